"""Sums, tensor products, duals and conjugates of representations, of one group or of several."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor

from symmetra.inputs import InputError, describe
from symmetra.representations._base import Representation
from symmetra.representations._basic import Scalar
from symmetra.representations._kronecker import Kronecker, KroneckerSum
from symmetra.representations._linear_map import Dense, DirectSum, LinearMap
from symmetra.representations._product_group import on_one_group

if TYPE_CHECKING:
    from symmetra.groups import Group

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _bracketed(rep: Representation) -> str:
    """The name where only one symbol may stand: inside a product, or before a star."""
    single = not isinstance(rep, (Sum, TensorProduct))
    return rep.name if single else f"({rep.name})"


class Sum(Representation):
    """``V ⊕ W ⊕ …`` in the order written: components of V first. Equal neighbours are kept as copies."""

    def __init__(self, group: Group, runs: Sequence[tuple[Representation, int]]) -> None:
        self.group, self.runs = group, tuple(runs)
        self.dimension = sum(count * rep.dimension for rep, count in self.runs)
        self.is_complex = any(rep.is_complex for rep, _ in self.runs)

    @property
    def name(self) -> str:
        return " ⊕ ".join(
            rep.name if count == 1 else f"{count}·1" if isinstance(rep, Scalar) else f"{count}{_bracketed(rep)}"
            for rep, count in self.runs
        )

    def _map(self, g: Tensor) -> LinearMap:
        return DirectSum([rep.rho(g) for rep, _ in self.runs], [count for _, count in self.runs])

    def _derivative(self, A: Tensor) -> LinearMap:
        return DirectSum([rep.drho(A) for rep, _ in self.runs], [count for _, count in self.runs])

    def _identity(self) -> tuple[Any, ...]:
        return (self.group, self.runs)

    @property
    def dual(self) -> Representation:
        return Sum(self.group, [(rep.dual, count) for rep, count in self.runs])

    @property
    def conjugate(self) -> Representation:
        return Sum(self.group, [(rep.conjugate, count) for rep, count in self.runs])


class TensorProduct(Representation):
    """``V ⊗ W ⊗ …``: row-major components, the last factor's index fastest; kept factored."""

    def __init__(self, group: Group, factors: Sequence[Representation]) -> None:
        self.group, self.factors = group, tuple(factors)
        self.dimension = math.prod(rep.dimension for rep in self.factors)
        self.is_complex = any(rep.is_complex for rep in self.factors)

    @property
    def name(self) -> str:
        words = []
        for rep, run in itertools.groupby(self.factors):
            count = len(list(run))
            power = "⊗" + str(count).translate(_SUPERSCRIPTS)
            words += [_bracketed(rep)] * count if count < 4 else [_bracketed(rep) + power]
        return "⊗".join(words)

    def _map(self, g: Tensor) -> LinearMap:
        return Kronecker([rep.rho(g) for rep in self.factors])

    def _derivative(self, A: Tensor) -> LinearMap:
        return KroneckerSum([rep.drho(A) for rep in self.factors])

    def _identity(self) -> tuple[Any, ...]:
        return (self.group, self.factors)

    @property
    def dual(self) -> Representation:
        return TensorProduct(self.group, [rep.dual for rep in self.factors])

    @property
    def conjugate(self) -> Representation:
        return TensorProduct(self.group, [rep.conjugate for rep in self.factors])


class _Derived(Representation):
    """One representation seen another way."""

    def __init__(self, rep: Representation) -> None:
        self.rep, self.group, self.dimension, self.is_complex = rep, rep.group, rep.dimension, rep.is_complex

    def _identity(self) -> tuple[Any, ...]:
        return (self.rep,)


class Dual(_Derived):
    """``ρ*(g) = ρ(g⁻¹)ᵀ``."""

    @property
    def name(self) -> str:
        return f"{_bracketed(self.rep)}*"

    def _map(self, g: Tensor) -> LinearMap:
        return self.rep.rho(self.group.inverse(g)).T

    def _derivative(self, A: Tensor) -> LinearMap:
        return self.rep.drho(-A).T

    @property
    def dual(self) -> Representation:
        return self.rep


class Conjugate(_Derived):
    """The complex conjugate matrices."""

    @property
    def name(self) -> str:
        return f"conj({self.rep.name})"

    def _map(self, g: Tensor) -> LinearMap:
        return Dense(self.rep.rho(g).dense().conj())

    def _derivative(self, A: Tensor) -> LinearMap:
        return Dense(self.rep.drho(A).dense().conj())

    @property
    def conjugate(self) -> Representation:
        return self.rep


def direct_sum(first: Representation, second: Representation) -> Representation:
    """``first ⊕ second``; sums of sums are written in one row."""
    group, parts = on_one_group(first, second)
    runs: list[tuple[Representation, int]] = []
    for part in parts:
        for rep, count in part.runs if isinstance(part, Sum) else ((part, 1),):
            if runs and runs[-1][0] == rep:
                runs[-1] = (rep, runs[-1][1] + count)
            else:
                runs.append((rep, count))
    return Sum(group, runs)


def copies(count: int, rep: Representation) -> Representation:
    """``count`` copies of ``rep`` in a row, copy after copy."""
    if count < 1:
        raise InputError("count", describe(count), "a positive number of copies", "3 * V")
    if count == 1:
        return rep
    if isinstance(rep, Sum):
        return Sum(rep.group, [(rep.runs[0][0], count * rep.runs[0][1])] if len(rep.runs) == 1 else [(rep, count)])
    return Sum(rep.group, [(rep, count)])


def tensor_product(first: Representation, second: Representation) -> Representation:
    """``first ⊗ second``; products of products are written in one row, trivial factors dropped."""
    group, parts = on_one_group(first, second)
    factors = [rep for part in parts for rep in (part.factors if isinstance(part, TensorProduct) else (part,))]
    kept = [rep for rep in factors if not isinstance(rep, Scalar)]
    if not kept:
        return Scalar(group)
    return kept[0] if len(kept) == 1 else TensorProduct(group, kept)


def tensor_power(rep: Representation, k: Any) -> Representation:
    """``rep ⊗ … ⊗ rep`` with k factors; the trivial representation for ``k = 0``, a power of the dual for ``k < 0``."""
    if isinstance(k, bool) or not isinstance(k, int):
        raise InputError("k", describe(k), "an integer power", "V ** 2")
    base = rep if k >= 0 else rep.dual
    result: Representation = Scalar(rep.group)
    for _ in range(abs(k)):
        result = tensor_product(result, base)
    return result
