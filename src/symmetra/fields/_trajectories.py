"""Trajectories of fields in memory, and the windows of them that models are trained on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.fields._layout import FieldLayout
from symmetra.fields._metadata import Metadata
from symmetra.inputs import InputError, describe


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Fields along trajectories, channels first.

    Attributes:
        metadata: of the data set; its trajectories and steps are those that are here.
        values: ``[trajectories, steps, channels, *extents]`` of the fields that change.
        constants: ``[trajectories, channels, *extents]`` of those that do not.
        time: ``[steps]``, or ``[trajectories, steps]``.
    """

    metadata: Metadata
    values: Tensor
    constants: Tensor
    time: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def layout(self, history: Any = 1) -> FieldLayout:
        """Of the inputs of :meth:`windows`; its ``output`` is that of the targets."""
        return FieldLayout.from_metadata(self.metadata, history)

    def windows(self, history: Any = 1, horizon: Any = 1, stride: Any = 1) -> tuple[Tensor, Tensor]:
        """Inputs ``[windows, history · channels + constants, *extents]``, targets ``[windows, horizon, channels, …]``.

        Args:
            history: steps that a model is given.
            horizon: steps that it is to predict.
            stride: steps from one window to the next.

        Raises:
            InputError: numbers below 1, or more than the trajectories are long.
        """
        return self._cut(self.places(history, horizon, stride), history, horizon)

    def batches(
        self, history: Any = 1, horizon: Any = 1, stride: Any = 1, batch: Any = 16
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """The same windows, ``batch`` at a time: no more of them are copied at once."""
        places = self.places(history, horizon, stride)
        if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
            raise InputError("batch", describe(batch), "a whole number ≥ 1", "batch=16")
        for first in range(0, len(places), batch):
            yield self._cut(places[first : first + batch], history, horizon)

    def places(self, history: Any = 1, horizon: Any = 1, stride: Any = 1) -> list[tuple[int, int]]:
        """Trajectory and first step of each window, those of one trajectory together."""
        for name, value in (("history", history), ("horizon", horizon), ("stride", stride)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(name, describe(value), "a whole number ≥ 1", f"{name}=1")
        steps = self.values.shape[1]
        if history + horizon > steps:
            raise InputError("history + horizon", f"{history} + {horizon}", f"at most {steps} steps", "shorter windows")
        starts = range(0, steps - history - horizon + 1, stride)
        return [(i, start) for i in range(len(self)) for start in starts]

    def _cut(self, places: list[tuple[int, int]], history: int, horizon: int) -> tuple[Tensor, Tensor]:
        windows = torch.stack([self.values[i, start : start + history + horizon] for i, start in places])
        constants = self.constants[[i for i, _ in places]]
        return torch.cat([windows[:, :history].flatten(1, 2), constants], 1), windows[:, history:]
