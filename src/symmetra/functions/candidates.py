"""Candidate generators: finite-dimensional spaces of vector fields in which a symmetry is looked for.

A field is ξ_θ(x) = Σ_p θ_p ζ_p(x). Orders of the basis (fixed, part of the interface): ``linear(n)`` has
p = i·n + j for x_j ∂_i; ``affine(n)`` has p = i·(n+1) + j for ψ_j ∂_i with ψ = (x_1 … x_n, 1);
``polynomial(n, d)`` has p = i·M + m with the monomials of :func:`symmetra.functions.exponents`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from symmetra.functions._fields import CallableFields, CandidateSpace, PolynomialFields
from symmetra.functions._monomials import exponents
from symmetra.groups import Group
from symmetra.inputs import InputError, describe

__all__ = ["CandidateSpace", "affine", "fields", "from_group", "linear", "polynomial"]


def linear(n: int) -> PolynomialFields:
    """All linear fields x ↦ A x on Rⁿ: gl(n), n² candidates."""
    return PolynomialFields(_count(n, "n"), exponents(n, 1, lowest=1))


def affine(n: int) -> PolynomialFields:
    """All affine fields x ↦ A x + b on Rⁿ: aff(n), n² + n candidates."""
    _count(n, "n")
    return PolynomialFields(n, torch.cat([exponents(n, 1, lowest=1), exponents(n, 0)]))


def polynomial(n: int, degree: int) -> PolynomialFields:
    """All polynomial fields of total degree up to ``degree`` on Rⁿ; above degree 1 they have local flows only."""
    return PolynomialFields(_count(n, "n"), exponents(n, _count(degree, "degree", 0)))


def from_group(group: Group, representation: Any = None) -> PolynomialFields:
    """The generators of a group as candidates, one a generator and in the same order.

    Args:
        group: a Lie group of matrices; one in homogeneous coordinates (SE, Affine, …) acts on R^{d-1} by affine fields.
        representation: how it acts on x instead, a real representation of the group.
    """
    if not isinstance(group, Group):
        raise InputError("group", describe(group), "a group", "symmetra.groups.SO(3)")
    if representation is not None:
        if representation.is_complex:
            raise InputError("representation", "a complex one", "a real one", "the real form of it")
        basis = torch.stack([representation.drho(a).dense() for a in group.generators])
    else:
        basis = group.generators
    if basis.shape[0] == 0:
        raise InputError("group", f"{group.name}, which has no Lie algebra", "a group with generators", "SO(n), say")
    if basis.is_complex():
        raise InputError("group", f"{group.name} of complex matrices", "a real group", "from_group(group, real_rep)")
    basis = basis.to(torch.float64)
    if representation is None and group.homogeneous:
        n = basis.shape[-1] - 1
        powers = torch.cat([exponents(n, 1, lowest=1), exponents(n, 0)])
        return PolynomialFields(n, powers, basis[:, :n, :])
    return PolynomialFields(basis.shape[-1], exponents(basis.shape[-1], 1, lowest=1), basis)


def fields(
    functions: Sequence[Callable[[Tensor], Tensor]], n: int, names: Sequence[str] | None = None
) -> CallableFields:
    """A user's own vector fields; each maps one sample ``[n]`` to a vector ``[n]``."""
    if not isinstance(functions, Sequence) or not functions or not all(callable(f) for f in functions):
        raise InputError("functions", describe(functions), "a non-empty list of callables [n] -> [n]")
    return CallableFields(_count(n, "n"), list(functions), list(names or [f"ξ{p + 1}" for p in range(len(functions))]))


def _count(value: int, argument: str, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(argument, describe(value), f"a whole number of at least {least}")
    return value
