"""What a library is made of: blocks of terms that add up and multiply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from symmetra.functions._formula import linear_combination
from symmetra.inputs import InputError, describe

Evaluation = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Block:
    """Some terms of a library.

    Attributes:
        terms: their names.
        values: x ``[N, n]`` to ``[N, T]``.
        gradients: x ``[N, n]`` to ``[N, T, n]``.
        n: number of variables, None if any will do.
        constants: which terms are the constant function 1.
        powers: exponents ``[M, n]`` of the monomials that the terms are made of, None for other functions.
        matrix: ``[T, M]``, the terms in these monomials; None where they are the monomials themselves.
        variables: the names of the variables, where known.
    """

    terms: list[str]
    values: Evaluation
    gradients: Evaluation
    n: int | None
    constants: list[bool]
    powers: Tensor | None = None
    matrix: Tensor | None = None
    variables: list[str] | None = None

    def __mul__(self, other: Block) -> Block:
        """All products of a term of this block with one of the other, this block's terms first in order."""

        def values(x: Tensor) -> Tensor:
            return (self.values(x)[..., :, None] * other.values(x)[..., None, :]).flatten(-2)

        def gradients(x: Tensor) -> Tensor:
            one, two = self.values(x)[..., :, None, None], other.values(x)[..., None, :, None]
            slopes = self.gradients(x)[..., :, None, :] * two + one * other.gradients(x)[..., None, :, :]
            return slopes.flatten(-3, -2)

        terms = [a if b == "1" else b if a == "1" else f"{a}·{b}" for a in self.terms for b in other.terms]
        constants = [a and b for a in self.constants for b in other.constants]
        n, variables = self.n if other.n is None else other.n, self.variables or other.variables
        return Block(terms, values, gradients, n, constants, variables=variables)


class Library:
    """A dictionary of functions of x ∈ Rⁿ; libraries add up with ``+`` and multiply, term by term, with ``*``.

    Attributes:
        terms: names, in the order of the coefficients.
        n: number of variables, None while only named terms are in it.
    """

    def __init__(self, blocks: list[Block]) -> None:
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
    def constants(self) -> Bool[Tensor, " T"]:
        """Which terms are the constant function, ``[T]`` bool."""
        return torch.tensor([flag for block in self._blocks for flag in block.constants], dtype=torch.bool)

    @property
    def variables(self) -> list[str] | None:
        """The names of the variables, None while only named terms are in it."""
        return next((block.variables for block in self._blocks if block.variables is not None), None)

    def __add__(self, other: Any) -> Library:
        return Library(self._blocks + _library(other)._blocks)

    def __mul__(self, other: Any) -> Library:
        """``polynomial(2, 1) * named("1/r", f)``: the terms 1/r, x·1/r, y·1/r."""
        other = _library(other)
        if None not in (self.n, other.n) and self.n != other.n:
            raise InputError("library", f"factors for {self.n} and {other.n} variables", "one number of variables")
        return Library([a * b for a in self._blocks for b in other._blocks])

    def values(self, x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch T"]:
        """φ_j(x): ``[N, n]`` to ``[N, T]``."""
        return torch.cat([block.values(x) for block in self._blocks], dim=-1)

    def gradients(self, x: Float[Tensor, "*batch n"]) -> Float[Tensor, "*batch T n"]:
        """∇φ_j(x): ``[N, n]`` to ``[N, T, n]``."""
        return torch.cat([block.gradients(x) for block in self._blocks], dim=-2)

    def in_monomials(self) -> tuple[Tensor, Tensor] | None:
        """Exponents ``[M, n]`` and a matrix ``[T, M]`` with φ = matrix · (monomials); None if there are other terms."""
        if any(block.powers is None for block in self._blocks):
            return None
        powers = [tuple(row) for block in self._blocks for row in block.powers.tolist()]  # type: ignore[union-attr]
        distinct = sorted(set(powers), key=lambda a: (sum(a), tuple(-k for k in a)))
        column = {a: m for m, a in enumerate(distinct)}
        matrix = torch.zeros(self.size, len(distinct), dtype=torch.float64)
        row, start = 0, 0
        for block in self._blocks:
            count = len(block.powers)  # type: ignore[arg-type]
            places = [column[a] for a in powers[start : start + count]]
            inner = torch.eye(count, dtype=torch.float64) if block.matrix is None else block.matrix
            matrix[row : row + len(inner), places] += inner
            row, start = row + len(inner), start + count
        return torch.tensor(distinct, dtype=torch.int64), matrix


class LibraryFunction:
    """F_a(x) = Σ_j C_aj φ_j(x), with the terms of a library.

    Attributes:
        library: the terms.
        coefficients: C, ``[m, T]``.
    """

    def __init__(self, library: Library, coefficients: Float[Tensor, "m T"]) -> None:
        self.library, self.coefficients = library, coefficients

    def __call__(self, x: Tensor) -> Tensor:
        """F(x): ``[..., n]`` to ``[..., m]``, to ``[...]`` for one output; in the dtype of ``x``."""
        terms = self.library.values(x.reshape(-1, x.shape[-1]))
        values = terms @ self.coefficients.to(terms).mT
        shape = x.shape[:-1] if len(self.coefficients) == 1 else (*x.shape[:-1], len(self.coefficients))
        return values.reshape(shape)

    def expressions(self, digits: int = 4) -> list[str]:
        """One formula an output."""
        return [linear_combination(row, self.library.terms, digits) for row in self.coefficients]

    def __repr__(self) -> str:
        return f"LibraryFunction({', '.join(self.expressions())})"


def _library(value: Any) -> Library:
    if not isinstance(value, Library):
        raise InputError("library", describe(value), "another library", 'library.named("1/r", f)')
    return value
