"""A periodic axis: trigonometric interpolation, exact for every mode that the grid can tell apart.

On an even number n of points the mode of n/2 periods (Nyquist's) is seen as its cosine alone: the sine vanishes at
every point. Its derivative at the points is then zero, the only choice that respects reflections, so that d/dx has two
null vectors, and more commutes with it than the circulants (10 dimensions instead of 8 for n = 8). The content of that
mode is therefore counted in the uncertainty, and a shift by one cell tells the mode from the constant.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor

from symmetra.actions._axis import Axis

_BAND = 16  # the highest n / 16 modes (at least two) stand for those beyond


class PeriodicAxis(Axis):
    """n points on a circle of length ``high − low``, the end left out."""

    periodic = True

    def __init__(self, n: int, low: float, high: float) -> None:
        self.n, self.low, self.length = n, low, high - low
        self.spacing = self.length / n
        self.coordinates = low + self.spacing * torch.arange(n, dtype=torch.float64)
        self._half = (n - 1) // 2

    def basis(self, points: Tensor) -> Tensor:
        """1, the cosines, the sines, and for even n the cosine of n/2 periods."""
        phase = (2 * math.pi / self.length) * (points[:, None] - self.low)
        modes = torch.arange(1, self._half + 1, dtype=points.dtype, device=points.device)
        parts = [torch.ones_like(phase), torch.cos(modes * phase), torch.sin(modes * phase)]
        return torch.cat(parts if self.n % 2 else [*parts, torch.cos(self.n // 2 * phase)], dim=1)

    def weights(self, points: Tensor) -> Tensor:
        """The interpolant at points ``[M]``; where they are points of the grid, it permutes the values exactly."""
        weights = super().weights(points)
        cells = (points - self.low).detach() / self.spacing
        there = (cells - cells.round()).abs() <= 64 * self.n * torch.finfo(torch.float64).eps
        exact = (cells.round()[:, None] % self.n == torch.arange(self.n, device=points.device)).to(weights.dtype)
        return weights + torch.where(there[:, None], exact - weights.detach(), 0.0)

    @cached_property
    def inverse(self) -> Tensor:
        """The basis is orthogonal on the points."""
        basis = self.basis(self.coordinates)
        return basis.mT / basis.square().sum(0)[:, None]

    @cached_property
    def derivative(self) -> Tensor:
        """In closed form, exactly circulant and antisymmetric."""
        steps = torch.arange(1, self.n, dtype=torch.float64)
        angle = steps * (math.pi / self.n)
        signs = 1 - 2 * (steps % 2)
        row = (math.pi / self.length) * signs / (torch.sin(angle) if self.n % 2 else torch.tan(angle))
        row = torch.cat([row.new_zeros(1), (row - row.flip(0)) / 2])  # D[i, j] = row[(i − j) mod n]
        index = torch.arange(self.n)
        return row[(index[:, None] - index[None, :]) % self.n]

    @cached_property
    def uncertainty(self) -> Tensor:
        """Twice the derivative of the highest modes: a mode just beyond them is seen as one just below."""
        return self._slope_of_band(0)

    @cached_property
    def falloff(self) -> Tensor:
        """The same of the next band of modes."""
        return self._slope_of_band(1)

    def _slope_of_band(self, band: int) -> Tensor:
        modes = torch.arange(1, self._half + 1, dtype=torch.float64)
        highest = [] if self.n % 2 else [modes.new_tensor([self.n / 2])]
        counts = torch.cat([modes.new_zeros(1), modes, modes, *highest])
        below, width = self.n / 2 - counts, max(2, self.n // _BAND)
        inside = (below >= band * width) & (below < (band + 1) * width)
        gain = torch.where(inside, 2 * counts * (2 * math.pi / self.length), 0.0)
        return self.basis(self.coordinates) * gain @ self.inverse
