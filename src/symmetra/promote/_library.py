"""A library of monomials as a subspace of an orthonormal polynomial basis."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.functions import Library, monomials
from symmetra.functions._orthonormal import OrthonormalBasis
from symmetra.inputs import InputError, describe

Array = NDArray[np.float64]


def monomial_exponents(library: Library) -> Tensor:
    """The exponents ``[T, n]`` of a library of monomials.

    A monomial has x_i ∂_i φ = a_i φ, so exponents are read off at one point and tried at another.

    Raises:
        InputError: something else than a library, a term that is not a monomial, or a monomial that stands there twice.
    """
    expected, instead = "a library of monomials", "symmetra.library.polynomial(n, degree)"
    if not isinstance(library, Library) or library.n is None:
        raise InputError("library", describe(library), expected, instead)
    points = 1.0 + torch.rand(2, library.n, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    values, slopes = library.values(points), library.gradients(points)
    powers = (points[0] * slopes[0] / values[0, :, None]).round()
    again = monomials(points, powers.to(torch.int64).clamp(min=0))
    wrong = (again - values).abs().amax(0) > 1e-9 * values.abs().amax(0)
    wrong |= (powers < 0).any(1) | ~torch.isfinite(powers).all(1)
    if wrong.any():
        raise InputError("library", f"the term {library.terms[int(wrong.nonzero()[0])]}", expected, instead)
    found = powers.to(torch.int64)
    if len({tuple(row) for row in found.tolist()}) < len(found):
        raise InputError("library", "a monomial that stands in it twice", "each monomial once", instead)
    return found


class LibraryMap:
    """Between library coefficients ``[T, c]`` and coefficients ``[P, c]`` in the orthonormal basis.

    Attributes:
        span: None for a library of all monomials, else an orthonormal basis of the span of the terms, ``[P, T]``.
    """

    def __init__(self, powers: Tensor, basis: OrthonormalBasis, centre: Array, half_width: Array) -> None:
        index = {tuple(row): m for m, row in enumerate(basis.exponents.tolist())}
        self._place = np.array([index[tuple(row)] for row in powers.tolist()])
        self._lines = basis.in_monomials(centre, half_width)  # φ_b in monomials
        self.span: Array | None = None
        if len(powers) < basis.size:
            selection = np.zeros((basis.size, len(powers)))
            selection[self._place, np.arange(len(powers))] = 1.0
            terms = sp.linalg.spsolve_triangular(self._lines.T.tocsr(), selection, lower=False)
            self.span = np.linalg.qr(terms)[0]

    def to_library(self, w: Tensor) -> Tensor:
        """Library coefficients of Σ_b w_b φ_b."""
        coefficients = self._lines.T @ w.detach().cpu().numpy()
        return torch.as_tensor(coefficients[self._place], device=w.device)


class PolynomialModel:
    """F(x) = Σ_j coefficients_j φ_j(x), with the terms of a library.

    Attributes:
        library: the terms.
        coefficients: ``[T]``, or ``[T, c]`` for c outputs.
    """

    def __init__(self, library: Library, coefficients: Tensor, evaluate: Callable[[Tensor], Tensor]) -> None:
        self.library, self.coefficients, self._evaluate = library, coefficients, evaluate

    def __call__(self, x: Tensor) -> Tensor:
        """F(x): ``[..., n]`` to ``[...]``, or ``[..., c]`` for c outputs."""
        assert self.library.n is not None
        values = self._evaluate(x.reshape(-1, self.library.n).to(self.coefficients))
        return values.reshape((*x.shape[:-1], *self.coefficients.shape[1:]))

    def __repr__(self) -> str:
        return f"PolynomialModel({self.library.size} terms in {self.library.n} variables)"
