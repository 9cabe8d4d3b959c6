"""Dictionaries of scalar functions φ_j, for what is linear in its coefficients: h(x) = Σ_j c_j φ_j(x)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import jacfwd, vmap

from symmetra.functions._monomials import exponents, monomial_gradients, monomial_name, monomials, variable_names
from symmetra.inputs import InputError, describe

__all__ = ["Library", "named", "polynomial"]


class _Block:
    """Some terms of a library: their names, values and gradients."""

    def __init__(
        self,
        terms: list[str],
        values: Callable[[Tensor], Tensor],
        gradients: Callable[[Tensor], Tensor],
        n: int | None,
        constants: list[bool],
    ) -> None:
        self.terms, self.values, self.gradients, self.n, self.constants = terms, values, gradients, n, constants


class Library:
    """A dictionary of functions of x ∈ Rⁿ; libraries add up with ``+``.

    Attributes:
        terms: names, in the order of the coefficients.
        n: number of variables, None while only named terms are in it.
    """

    def __init__(self, blocks: list[_Block]) -> None:
        self._blocks = blocks
        self.terms = [term for block in blocks for term in block.terms]
        sizes = {block.n for block in blocks if block.n is not None}
        if len(sizes) > 1:
            raise InputError("library", f"parts for {sorted(sizes)} variables", "one number of variables")
        self.n = sizes.pop() if sizes else None

    @property
    def size(self) -> int:
        """T, the number of terms."""
        return len(self.terms)

    @property
    def constants(self) -> Tensor:
        """Which terms are the constant function, ``[T]`` bool."""
        return torch.tensor([flag for block in self._blocks for flag in block.constants], dtype=torch.bool)

    def __add__(self, other: Library) -> Library:
        if not isinstance(other, Library):
            raise InputError("library", describe(other), "another library", 'library.named("1/r", f)')
        return Library(self._blocks + other._blocks)

    def values(self, x: Tensor) -> Tensor:
        """φ_j(x): ``[N, n]`` to ``[N, T]``."""
        return torch.cat([block.values(x) for block in self._blocks], dim=-1)

    def gradients(self, x: Tensor) -> Tensor:
        """∇φ_j(x): ``[N, n]`` to ``[N, T, n]``."""
        return torch.cat([block.gradients(x) for block in self._blocks], dim=-2)


def polynomial(n: int, degree: int, constant: bool = True, variables: list[str] | None = None) -> Library:
    """All monomials of total degree up to ``degree`` in n variables.

    Args:
        n: number of variables.
        degree: highest total degree.
        constant: whether the constant function is one of them.
        variables: names for the terms.
    """
    for value, argument in ((n, "n"), (degree, "degree")):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(argument, describe(value), "a whole number of at least 1")
    names = variables or variable_names(n)
    if len(names) != n:
        raise InputError("variables", f"{len(names)} names", f"{n} names")
    powers = exponents(n, degree, lowest=0 if constant else 1)
    terms = [monomial_name(a, names) for a in powers]
    return Library(
        [
            _Block(
                terms,
                lambda x: monomials(x, powers),
                lambda x: monomial_gradients(x, powers),
                n,
                [not bool(a.sum()) for a in powers],
            )
        ]
    )


def named(name: str, function: Callable[[Tensor], Tensor]) -> Library:
    """One term of one's own, such as ``named("1/r", lambda s: 1 / s[:3].norm())``.

    Args:
        name: how it is called in results.
        function: of one sample ``[n]``, to a scalar.
    """
    if not callable(function):
        raise InputError("function", describe(function), "a callable [n] -> scalar")

    def one(x: Tensor) -> Tensor:
        value = function(x)
        if not isinstance(value, Tensor) or value.numel() != 1:
            raise InputError(f"term {name}", describe(value), "a scalar tensor", "a function of one sample [n]")
        return value.reshape(1)

    return Library([_Block([name], vmap(one), vmap(jacfwd(one)), None, [False])])
