"""Light in a conductor: a vector and a pseudovector in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from symmetra.fields._curl import curl_modes
from symmetra.fields._layout import Field
from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.fields._system import System


@dataclass(frozen=True, kw_only=True)
class Electromagnetism(System):
    """``∂_t E = ∇×B − (σ + χ |E|²) E``, ``∂_t B = −∇×E`` in a periodic cube, in units of the speed of light.

    E is a vector, B a pseudovector, the conductivity σ a constant scalar field: all symmetries of the cube (order 48)
    and all shifts. The energy ``½ (|E|² + |B|²)`` only decays, and B keeps its divergence, which is zero.

    Attributes:
        loss: the largest σ.
        saturation: χ.
        size: of the cube.
    """

    interval: float = 0.05
    dt: float = 0.01
    loss: float = 1.0
    saturation: float = 1.0
    size: float = 1.0

    name: ClassVar[str] = "electromagnetism"
    fields: ClassVar[tuple[Field, ...]] = (Field("electric_field", 1), Field("magnetic_field", 1, parity=-1))
    constants: ClassVar[tuple[Field, ...]] = (Field("conductivity"),)
    extents: ClassVar[tuple[int, ...]] = (24, 24, 24)
    boundaries: ClassVar[tuple[str, ...]] = ("periodic", "periodic", "periodic")

    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Smooth random fields without divergence in a patchy conductor."""
        grid = self.grid(extents)
        noise = grid.random(count, 7, 2.0, source)
        parts = [grid.to_points(grid.solenoidal(grid.to_modes(noise[:, i : i + 3]))) for i in (0, 3)]
        return torch.cat(parts, 1), self.loss * torch.sigmoid(4 * noise[:, 6:])

    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """The fields at the points: the conductor acts there."""
        return x

    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """The same."""
        return y

    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """Both equations of Maxwell that hold rates."""
        modes = grid.to_modes(y)
        curls = grid.to_points(torch.cat([curl_modes(grid, modes[:, 3:]), -curl_modes(grid, modes[:, :3])], 1))
        current = (constants + self.saturation * y[:, :3].square().sum(1, keepdim=True)) * y[:, :3]
        return torch.cat([curls[:, :3] - current, curls[:, 3:]], 1)
