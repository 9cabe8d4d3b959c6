"""The course of a training in constant memory, and whether it swings: oscillation is one thing, violation another."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_ROWS = 1024


class Course:
    """The values of every step, thinned out: whenever the rows are full, every second one goes.

    Attributes:
        steps: how many were seen.
    """

    def __init__(self, like: Tensor) -> None:
        self.steps, self.stride, self.kept = 0, 1, 0
        self.rows = like.new_zeros(_ROWS, *like.shape)

    def due(self) -> bool:
        """Count one more step; whether its values are to be noted."""
        self.steps += 1
        return self.steps % self.stride == 0

    def add(self, values: Tensor) -> None:
        """Note the values after this step."""
        if self.kept == _ROWS:
            self.rows[: _ROWS // 2] = self.rows[1::2].clone()
            self.kept, self.stride = _ROWS // 2, 2 * self.stride
            if self.steps % self.stride:
                return
        self.rows[self.kept] = values
        self.kept += 1

    @property
    def numbers(self) -> Tensor:
        """The numbers of the steps kept ``[T]``, the first step being 1."""
        return self.stride * torch.arange(1, self.kept + 1)

    @property
    def values(self) -> Tensor:
        """Their values ``[T, ...]``."""
        return self.rows[: self.kept]

    def state_dict(self) -> dict[str, Any]:
        """Everything, as tensors."""
        return {"course": self.rows.clone(), "place": torch.tensor([self.steps, self.stride, self.kept])}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take it up again."""
        self.rows.copy_(state["course"])
        self.steps, self.stride, self.kept = (int(value) for value in state["place"])


def word(violation: Tensor, tolerance: float, one_sided: bool = False) -> str:
    """``settled``, ``oscillating`` or ``violated``, from the course ``[T]`` of one violation.

    Oscillating: beyond the tolerance in the last fifth, and before that at least twice from beyond it on one side to
    beyond it on the other, once of that in the last half. Violated: beyond it in the last fifth without swinging.
    Settled: neither. What left the finite numbers was oscillating if it changed sides before, and is violated else.

    Args:
        violation: what should be zero; or not positive, if ``one_sided``.
        tolerance: how far off is far.
        one_sided: whether negative values are no violation.
    """
    finite = torch.isfinite(violation)
    outside = torch.where(finite & (violation.abs() > tolerance), violation.sign(), 0)
    late = len(violation) - max(len(violation) // 5, 1)
    diverged = not bool(finite.all())
    places = outside.nonzero().flatten()
    sides = outside[places]
    crossings = places[1:][sides[1:] != sides[:-1]]
    swings = len(crossings) >= 2 and bool((crossings >= int(finite.sum()) // 2).any())
    if swings and (diverged or bool(outside[late:].any())):
        return "oscillating"
    wrong = outside[late:] > 0 if one_sided else outside[late:] != 0
    return "violated" if diverged or bool(wrong.any()) else "settled"
