"""Rods that align, are turned by a flow, and drive it (review: Doostmohammadi et al. 2018, arXiv 1812.09310)."""

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
class ActiveNematic(System):
    """An active nematic in a periodic square: Q, symmetric and traceless, with the flow of Stokes that it drives.

    ``∂_t Q + u·∇Q = W Q − Q W + λ E + (a − tr Q²) Q + K ∇²Q``, where E and W are the symmetric and the antisymmetric
    part of ``G_ij = ∂_j u_i``; ``0 = −∇p + η ∇²u − μ u − ζ ∇·(c Q)``, ``∇·u = 0``; ``∂_t c + ∇·(u c) = D ∇²c``. All
    symmetries of the square (order 8) and all shifts. Where ``ζ = λ = 0`` nothing flows and Q relaxes to |Q|² = a.

    Attributes:
        activity: ζ, positive where rods push.
        alignment: λ.
        order: a.
        elasticity: K.
        viscosity: η.
        friction: μ.
        diffusivity: D of the concentration c.
        size: of the square.
    """

    interval: float = 0.2
    dt: float = 0.02
    activity: float = 4.0
    alignment: float = 0.5
    order: float = 1.0
    elasticity: float = 0.04
    viscosity: float = 1.0
    friction: float = 0.5
    diffusivity: float = 0.02
    size: float = 2 * math.pi

    name: ClassVar[str] = "active_nematic"
    fields: ClassVar[tuple[Field, ...]] = (
        Field("concentration"),
        Field("velocity", 1),
        Field("orientation", 2, symmetric=True),
    )

    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Directions that wander smoothly, at an even concentration but for a few per cent."""
        grid = self.grid(extents)
        noise = grid.random(count, 3, 3.0, source)
        q = noise[:, 1:] * (self.order / 2 / noise[:, 1:].square().sum(1, keepdim=True)).sqrt()
        x = self.leave(grid, grid.to_modes(torch.cat([1 + 0.2 * noise[:, :1], q], 1)) * grid.keep)
        return x, x[:, :0]

    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """Modes of c, Q_xx and Q_xy, ``[batch, 3, *modes]``; the flow follows from them."""
        trace_free = torch.stack([x[:, 0], (x[:, 3] - x[:, 6]) / 2, (x[:, 4] + x[:, 5]) / 2], 1)
        return grid.to_modes(trace_free) * grid.keep

    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """Concentration, velocity, and all four components of Q."""
        c, u, q = y[:, :1], self.flow(grid, y), y[:, 1:]
        return grid.to_points(torch.cat([c, u, q, q[:, [1]], -q[:, [0]]], 1))

    def flow(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """Modes of the velocity that the rods drive, ``[batch, 2, *modes]``."""
        c, xx, xy = grid.to_points(y).unbind(1)
        stress = grid.to_modes(torch.stack([c * xx, c * xy], 1)) * grid.keep
        push = torch.stack([grid.divergence(stress), grid.divergence(torch.stack([stress[:, 1], -stress[:, 0]], 1))], 1)
        drag = self.viscosity * grid.k2 + self.friction
        inverse = torch.where(drag > 0, 1 / drag.clamp(min=1e-300), 0.0)
        return -self.activity * grid.solenoidal(push) * inverse

    def decay(self, grid: SpectralGrid) -> Tensor:
        """Diffusion, elasticity and the growth of order."""
        q = self.order - self.elasticity * grid.k2
        return torch.stack([-self.diffusivity * grid.k2, q, q])

    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """All that is not linear."""
        u = self.flow(grid, y)
        d_u = grid.to_points(grid.gradient(u))  # [batch, i, j]: ∂_j u_i
        stretch, shear = (d_u[:, 0, 0] - d_u[:, 1, 1]) / 2, (d_u[:, 0, 1] + d_u[:, 1, 0]) / 2
        spin = (d_u[:, 0, 1] - d_u[:, 1, 0]) / 2  # W_xy
        u = grid.to_points(u)
        c, xx, xy = grid.to_points(y).unbind(1)
        d_q = grid.to_points(grid.gradient(y[:, 1:]))
        carried = (u[:, None] * d_q).sum(2)
        size = 2 * (xx.square() + xy.square())
        rates = [
            2 * spin * xy + self.alignment * stretch - size * xx - carried[:, 0],
            -2 * spin * xx + self.alignment * shear - size * xy - carried[:, 1],
        ]
        spread = -grid.divergence(grid.to_modes(u * c[:, None]))
        return torch.cat([spread[:, None], grid.to_modes(torch.stack(rates, 1))], 1) * grid.keep
