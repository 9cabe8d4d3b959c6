"""Representations of a factor, seen as representations of the direct product."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from symmetra.representations._base import Representation
from symmetra.representations._basic import Scalar
from symmetra.representations._linear_map import LinearMap


class Lifted(Representation):
    """``ρ(g₁, g₂, …) = ρ(g_i)``: elements are block-diagonal, and the rows from ``start`` to ``stop`` are ours."""

    def __init__(self, rep: Representation, group: Any, start: int) -> None:
        self.rep, self.group, self.start = rep, group, start
        self.stop = start + rep.group.d
        self.dimension, self.is_complex = rep.dimension, rep.is_complex

    @property
    def name(self) -> str:
        return f"{self.rep.name}[{self.rep.group}]"

    def _block(self, g: Tensor) -> Tensor:
        block = g[..., self.start : self.stop, self.start : self.stop]
        return block.real if block.is_complex() and not self.rep.group.identity.is_complex() else block

    def _map(self, g: Tensor) -> LinearMap:
        return self.rep.rho(self._block(g))

    def _derivative(self, A: Tensor) -> LinearMap:
        return self.rep.drho(self._block(A))

    def _identity(self) -> tuple[Any, ...]:
        return (self.group, self.rep, self.start)

    @property
    def dual(self) -> Representation:
        return Lifted(self.rep.dual, self.group, self.start)

    @property
    def conjugate(self) -> Representation:
        return Lifted(self.rep.conjugate, self.group, self.start) if self.is_complex else self


def _lift(rep: Representation, group: Any, start: int) -> Representation:
    from symmetra.representations._algebra import Sum, TensorProduct

    if rep.group is group or rep.group == group:
        return rep
    if isinstance(rep, Scalar):
        return Scalar(group)
    if isinstance(rep, Sum):
        return Sum(group, [(_lift(part, group, start), count) for part, count in rep.runs])
    if isinstance(rep, TensorProduct):
        return TensorProduct(group, [_lift(part, group, start) for part in rep.factors])
    if isinstance(rep, Lifted):  # a lift of a lift is one lift, further down the diagonal
        return Lifted(rep.rep, group, start + rep.start)
    return Lifted(rep, group, start)


def _place(part: Any, whole: Any) -> int | None:
    """Where the blocks of group ``part`` start among the factors of ``whole``; None if they are not among them."""
    wanted, there = getattr(part, "factors", (part,)), getattr(whole, "factors", (whole,))
    for i in range(len(there) - len(wanted) + 1):
        if tuple(there[i : i + len(wanted)]) == tuple(wanted):
            return sum(factor.d for factor in there[:i])
    return None


def on_one_group(first: Representation, second: Representation) -> tuple[Any, tuple[Representation, Representation]]:
    """Both over one group: theirs if shared, the larger if the other is a factor of it, else the direct product."""
    one, two = first.group, second.group
    if one is two or one == two:
        return one, (first, second)
    place = _place(two, one)
    if place is not None:
        return one, (first, _lift(second, one, place))
    place = _place(one, two)
    if place is not None:
        return two, (_lift(first, two, place), second)
    group = one * two
    return group, (_lift(first, group, 0), _lift(second, group, one.d))
