"""The characterisation of sign-equivariant polynomials as code: solved for, not written down."""

from __future__ import annotations

from typing import Any

from symmetra.enforce import LibraryConstraint, library_constraint
from symmetra.functions import library
from symmetra.groups import Signs
from symmetra.representations import Vector
from symmetra.spectral._columns import size

__all__ = ["sign_equivariant_basis"]


def sign_equivariant_basis(k: Any, degree: Any) -> LibraryConstraint:
    """All polynomial maps p of R^k with p(S x) = S p(x) for every diagonal S of signs, up to a total degree.

    They come from the null space of the constraints of ``Signs(k)`` on a dictionary of all monomials. The theorem of
    arXiv 2312.02339 says what must be found: in output i the monomials odd in x_i and even in the others,
    ``C(k + ⌊(degree − 1)/2⌋, k)`` of them.

    Args:
        k: the number of signs.
        degree: the highest total degree.

    Example:
        >>> sign_equivariant_basis(2, 3).expressions()
        ['(x, 0)', '(x³, 0)', '(x·y², 0)', '(0, y)', '(0, x²·y)', '(0, y³)']
    """
    V = Vector(Signs(size(k, "k")))
    return library_constraint(library.polynomial(k, size(degree, "degree")), V, V)
