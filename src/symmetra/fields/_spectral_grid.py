"""A periodic box and what Fourier transforms make easy on it: derivatives, filters, random smooth fields."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

import torch
from torch import Tensor


class SpectralGrid:
    """Points of a periodic box and their wavenumbers; transforms run over the last axes, float64.

    Everything here treats the axes alike and commutes with the permutations and flips that map the box to itself.

    Args:
        extents: points along each axis.
        lengths: of the box.
        device: of the fields.
    """

    def __init__(self, extents: tuple[int, ...], lengths: tuple[float, ...], device: Any = None) -> None:
        self.extents, self.lengths, self.device = extents, lengths, device
        self.axes = tuple(range(-len(extents), 0))

    def to_modes(self, x: Tensor) -> Tensor:
        """``[..., *extents]`` to complex amplitudes, half of the last axis."""
        return torch.fft.rfftn(x, dim=self.axes)

    def to_points(self, modes: Tensor) -> Tensor:
        """And back."""
        return torch.fft.irfftn(modes, s=self.extents, dim=self.axes)

    @cached_property
    def _counts(self) -> list[Tensor]:
        """Periods along each axis, broadcasting against modes."""
        counts = []
        for axis, n in enumerate(self.extents):
            fft = torch.fft.rfftfreq if axis == len(self.extents) - 1 else torch.fft.fftfreq
            shape = [-1 if other == axis else 1 for other in range(len(self.extents))]
            counts.append(fft(n, 1 / n, dtype=torch.float64, device=self.device).reshape(shape))
        return counts

    @cached_property
    def k(self) -> Tensor:
        """Wavenumbers ``[d, *modes]``; 0 for the highest mode of an even axis, whose derivative is no real field."""
        waves = [
            torch.where(2 * count.abs() < n, 2 * math.pi / length * count, 0.0)
            for count, n, length in zip(self._counts, self.extents, self.lengths, strict=True)
        ]
        return torch.stack(torch.broadcast_tensors(*waves))

    @cached_property
    def k2(self) -> Tensor:
        """Minus the Laplacian ``[*modes]``."""
        waves = [2 * math.pi / length * count for count, length in zip(self._counts, self.lengths, strict=True)]
        return torch.stack(torch.broadcast_tensors(*waves)).square().sum(0)

    @cached_property
    def inverse_k2(self) -> Tensor:
        """Its inverse on the modes whose derivative is known, 0 on the rest."""
        k2 = self.k.square().sum(0)
        return torch.where(k2 > 0, 1 / k2.clamp(min=1e-300), 0.0)

    @cached_property
    def keep(self) -> Tensor:
        """1 on the modes below two thirds of the highest: products of two of them come out without aliases."""
        inside = [3 * count.abs() < n for count, n in zip(self._counts, self.extents, strict=True)]
        return torch.stack(torch.broadcast_tensors(*inside)).all(0).to(torch.float64)

    def gradient(self, modes: Tensor) -> Tensor:
        """``∂_j f``, ``[..., *modes]`` to ``[..., d, *modes]``."""
        return 1j * self.k * modes.unsqueeze(-len(self.extents) - 1)

    def divergence(self, modes: Tensor) -> Tensor:
        """``∂_j f_j``, ``[..., d, *modes]`` to ``[..., *modes]``."""
        return (1j * self.k * modes).sum(-len(self.extents) - 1)

    def solenoidal(self, modes: Tensor) -> Tensor:
        """The part of a vector field ``[..., d, *modes]`` without divergence."""
        potential = self.divergence(modes) * self.inverse_k2
        return modes + self.gradient(potential)

    def random(self, count: int, channels: int, periods: float, source: torch.Generator | None) -> Tensor:
        """Smooth random fields ``[count, channels, *extents]`` of mean 0 and deviation 1, some ``periods`` across."""
        noise = torch.randn(count, channels, *self.extents, dtype=torch.float64, generator=source)
        counts = torch.stack(torch.broadcast_tensors(*self._counts)).square().sum(0)
        modes = self.to_modes(noise) * torch.exp(-counts / (2 * periods**2)) * self.keep * (counts > 0)
        smooth = self.to_points(modes)
        return smooth / smooth.std(self.axes, keepdim=True, correction=0)
