"""A regular grid on a box: where a sampled field is known, and which of its axes close upon themselves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._axis import Axis
from symmetra.actions._spectral import PeriodicAxis
from symmetra.actions._spline import FEWEST, SplineAxis
from symmetra.inputs import InputError, describe


@dataclass(frozen=True)
class Grid:
    """A regular grid on a box ``[low, high]`` in ``d`` dimensions.

    Args:
        shape: The number of points along each axis; a whole number for one axis.
        low: Where the box begins, a number or one an axis.
        high: Where it ends. A periodic axis leaves this point out, since it is ``low`` again; others include it.
        periodic: Whether the axes are periodic, ``True``, ``False`` or one an axis.

    Example:
        >>> Grid((4, 17), low=0.0, high=(2.0, 1.0), periodic=(True, False)).points[1, 16]
        tensor([0.5000, 1.0000], dtype=torch.float64)
    """

    shape: Any
    low: Any
    high: Any
    periodic: Any = True

    def __post_init__(self) -> None:
        shape = self.shape if isinstance(self.shape, tuple | list | torch.Size) else (self.shape,)
        whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 3 for n in shape)
        if not shape or not whole:
            raise InputError("shape", describe(self.shape), "at least 3 points along each axis", "(64, 64)")
        for name in ("low", "high", "periodic"):
            given = getattr(self, name)
            values = tuple(given) if isinstance(given, tuple | list) else (given,) * len(shape)
            kind = bool if name == "periodic" else (int, float)
            if len(values) != len(shape) or not all(isinstance(v, kind) for v in values):
                what = "truth value" if name == "periodic" else "number"
                raise InputError(name, describe(given), f"a {what}, or one for each of {len(shape)} axes")
            object.__setattr__(self, name, values if name == "periodic" else tuple(float(v) for v in values))
        object.__setattr__(self, "shape", tuple(shape))
        if not all(low < high < float("inf") and low > -float("inf") for low, high in zip(self.low, self.high)):
            raise InputError("high", f"{self.high} with low = {self.low}", "finite ends, each above its low")
        short = [n for n, closed in zip(self.shape, self.periodic) if not closed and n < FEWEST]
        if short:
            raise InputError("shape", f"{short[0]} points", f"at least {FEWEST} along an axis that is not periodic")

    @property
    def dimension(self) -> int:
        """d, the number of axes."""
        return len(self.shape)

    @cached_property
    def axes(self) -> tuple[Axis, ...]:
        """Each axis with its interpolation: Fourier where it is periodic, quintic splines elsewhere."""
        ends = zip(self.shape, self.low, self.high, self.periodic)
        return tuple(PeriodicAxis(n, a, b) if closed else SplineAxis(n, a, b) for n, a, b, closed in ends)

    @cached_property
    def points(self) -> Tensor:
        """The coordinates ``[*shape, d]``, float64; the first axis of the field is the first coordinate."""
        return torch.stack(torch.meshgrid(*(axis.coordinates for axis in self.axes), indexing="ij"), dim=-1)

    @property
    def cell(self) -> float:
        """The volume that one point stands for."""
        volume = 1.0
        for axis in self.axes:
            volume *= axis.spacing
        return volume
