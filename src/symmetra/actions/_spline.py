"""An axis with two ends: interpolation by quintic B-splines, and what splines of higher order say of its error."""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from symmetra.actions._axis import Axis

FEWEST = 16  # points: enough for the splines of order 7 and for the twelfth difference
_SMOOTHNESS = 12  # order of the difference that picks what oscillates from point to point


class SplineAxis(Axis):
    """n points from ``low`` to ``high``, both included; knots at the points but those next to the ends."""

    periodic = False

    def __init__(self, n: int, low: float, high: float, degree: int = 5) -> None:
        self.n, self.low, self.length, self.degree = n, low, high - low, degree
        self.spacing = self.length / (n - 1)
        self.coordinates = torch.linspace(low, high, n, dtype=torch.float64)
        inner = self.coordinates[(degree + 1) // 2 : n - (degree + 1) // 2]
        ends = torch.ones(degree + 1, dtype=torch.float64)
        self._knots = torch.cat([low * ends, inner, high * ends])

    def basis(self, points: Tensor) -> Tensor:
        """The B-splines by the recursion of Cox and de Boor; beyond the ends their last pieces are continued."""
        t, x = self._knots.to(points), points[:, None]
        interval = torch.searchsorted(t, points.detach().contiguous(), right=True) - 1
        interval = interval.clamp(self.degree, self.n - 1)
        values = (torch.arange(len(t) - 1, device=x.device) == interval[:, None]).to(x.dtype)
        for k in range(1, self.degree + 1):
            width = t[k:] - t[:-k]
            share = torch.where(width > 0, (x - t[:-k]) / torch.where(width > 0, width, 1.0), 0.0)
            values = share[:, :-1] * values[:, :-1] + torch.where(width[1:] > 0, 1 - share[:, 1:], 0.0) * values[:, 1:]
        return values

    @cached_property
    def uncertainty(self) -> Tensor:
        """Eight times the change from order 5 to 7, and what oscillates from point to point, which no spline sees."""
        finer = SplineAxis(self.n, self.low, self.low + self.length, self.degree + 2)
        half = _SMOOTHNESS // 2
        signs = torch.tensor([(-1.0) ** j * math.comb(_SMOOTHNESS, j) for j in range(_SMOOTHNESS + 1)])
        rough = torch.zeros(self.n, self.n, dtype=torch.float64)
        for i in range(self.n):
            first = min(max(i - half, 0), self.n - _SMOOTHNESS - 1)
            rough[i, first : first + _SMOOTHNESS + 1] = signs * (-1.0) ** (i - first) / 2.0**_SMOOTHNESS
        return 8 * (finer.derivative - self.derivative) + (math.pi / self.spacing) * rough
