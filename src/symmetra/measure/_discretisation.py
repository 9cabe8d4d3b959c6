"""How much of an error the grid explains: actions on sampled fields bring the error of what they move."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from symmetra.actions import SampledField
from symmetra.lie_derivative import as_batched, lie_terms
from symmetra.measure._evaluate import detached, difference, squares


class Discretisation:
    """The discretisation error of an equivariance test: of what goes into the map, carried through it, and of outputs.

    Args:
        f: The batched map.
        x: Samples.
        action_in: How inputs move; without a grid there is no such error.
        action_out: How outputs move.
    """

    def __init__(self, f: Callable[[Any], Any], x: Any, action_in: Any, action_out: Any) -> None:
        self._f, self._x, self._action = f, x, action_in
        self._in = action_in.uncertainty if isinstance(action_in, SampledField) else None
        self._out = action_out.uncertainty if isinstance(action_out, SampledField) else None

    def exact_elements(self) -> Tensor:
        """Elements ``[k, *e]`` that move the points of the grid to each other, about which it leaves nothing open."""
        return self._action.cell_shifts if self._in is not None else self._action.group.generators[:0]

    def generators(self, denominators: list[float]) -> list[float | None]:
        """The relative error of each Lie derivative that the grid explains; ``None`` without a grid."""
        if self._in is None:
            return [None] * len(denominators)
        carried, outside = lie_terms(as_batched(self._f, True), self._in, self._out, batched=True)(self._x)
        return [_relative([a, b], c) for a, b, c in zip(carried, outside, denominators, strict=True)]

    def element(self, g: Tensor, denominator: float) -> float | None:
        """The same for a finite element."""
        if self._in is None:
            return None
        moved = self._action.transform(g, self._x)
        parts = [difference(detached(self._f(moved + self._in.transform(g, self._x))), detached(self._f(moved)))]
        if self._out is not None:
            parts.append(self._out.transform(g, detached(self._f(self._x))))
        return _relative(parts, denominator)


def _relative(parts: list[Any], denominator: float) -> float:
    size = sum(math.sqrt(float(squares(detached(part)).mean())) for part in parts)
    return size / math.sqrt(denominator) if denominator > 0 else math.nan
