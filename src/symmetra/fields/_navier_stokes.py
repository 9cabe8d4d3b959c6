"""Incompressible flow in a periodic square, with something carried along."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from symmetra.fields._layout import Field
from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.fields._system import System


@dataclass(frozen=True, kw_only=True)
class NavierStokes(System):
    """``∂_t u + ∇·(u u) = −∇p + ν ∇²u``, ``∇·u = 0``, ``∂_t s + ∇·(u s) = D ∇²s`` in a periodic square.

    All symmetries of the square (order 8) and all shifts. The energy ``½ |u|²`` decays by ``−ν |∇u|²`` and nothing
    else, since modes above two thirds of the highest are dropped.

    Attributes:
        viscosity: ν.
        diffusivity: D of the tracer s.
        speed: root mean square of u at the beginning.
        periods: across the box at the beginning.
        size: of the square.
    """

    interval: float = 0.2
    dt: float = 0.02
    viscosity: float = 0.01
    diffusivity: float = 0.01
    speed: float = 1.0
    periods: float = 3.0
    size: float = 2 * math.pi

    name: ClassVar[str] = "navier_stokes"
    fields: ClassVar[tuple[Field, ...]] = (Field("tracer"), Field("pressure"), Field("velocity", 1))

    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """A smooth random flow and a smooth random tracer."""
        grid = self.grid(extents)
        noise = grid.random(count, 3, self.periods, source)
        flow = grid.to_points(grid.solenoidal(grid.to_modes(noise[:, 1:])))
        flow = self.speed * flow / flow.square().sum(1, keepdim=True).mean(grid.axes, keepdim=True).sqrt()
        x = self.leave(grid, grid.to_modes(torch.cat([noise[:, :1], flow], 1)))
        return x, x[:, :0]

    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """Modes of the tracer and of the velocity, ``[batch, 3, *modes]``."""
        y = grid.to_modes(x[:, [0, 2, 3]]) * grid.keep
        return torch.cat([y[:, :1], grid.solenoidal(y[:, 1:])], 1)

    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """Tracer, pressure and velocity."""
        pressure = grid.divergence(self.forces(grid, y)[:, 1:]) * -grid.inverse_k2
        return grid.to_points(torch.cat([y[:, :1], pressure[:, None], y[:, 1:]], 1))

    def decay(self, grid: SpectralGrid) -> Tensor:
        """Diffusion and viscosity."""
        return -torch.stack([self.diffusivity * grid.k2, self.viscosity * grid.k2, self.viscosity * grid.k2])

    def forces(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """``−∂_j (u_j f)`` for the tracer and both components of u."""
        x = grid.to_points(y)
        fluxes = grid.to_modes(x[:, :, None] * x[:, None, 1:]) * grid.keep
        return -grid.divergence(fluxes)

    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """The forces; the pressure takes their divergence away."""
        forces = self.forces(grid, y)
        return torch.cat([forces[:, :1], grid.solenoidal(forces[:, 1:])], 1)
