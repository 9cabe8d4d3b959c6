"""Sound in a layered medium between two walls, with both other ends open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from symmetra.fields._layout import Field
from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.fields._system import System


@dataclass(frozen=True, kw_only=True)
class Acoustics(System):
    """``∂_t p = −ρ c² ∇·u``, ``ρ ∂_t u = −∇p``, with walls at the ends of x and open ends of y.

    The density ρ and the speed of sound c are constant fields, which move with the rest; both flips then remain
    (order 4), and no shift. Walls: the fields are continued to twice the box, p evenly and u_x oddly, which makes them
    periodic. Open: a layer at both ends of y takes all waves in. The energy ``½ (ρ |u|² + p²/ρc²)`` is kept but for
    what the layers take, whatever the medium.

    Attributes:
        layer: width of the absorbing layers, as a part of y.
        absorption: the largest rate in them.
        contrast: of the medium: ρ and c lie between 1 and 1 + contrast.
        size: of the square.
    """

    interval: float = 0.05
    dt: float = 0.004
    layer: float = 0.15
    absorption: float = 30.0
    contrast: float = 1.0
    size: float = 1.0

    name: ClassVar[str] = "acoustics"
    fields: ClassVar[tuple[Field, ...]] = (Field("pressure"), Field("velocity", 1))
    constants: ClassVar[tuple[Field, ...]] = (Field("density"), Field("speed_of_sound"))
    boundaries: ClassVar[tuple[str, ...]] = ("wall", "open")

    def grid(self, extents: tuple[int, ...], device: Any = None) -> SpectralGrid:
        """Twice as long in x."""
        return SpectralGrid((2 * extents[0], extents[1]), (2 * self.size, self.size), device)

    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Smooth pulses of pressure at rest, away from the ends, in a medium of smooth patches."""
        noise = SpectralGrid(extents, self.lengths).random(count, 3, 3.0, source)
        x = torch.zeros(count, 3, *extents, dtype=torch.float64)
        quiet = torch.ones_like(x[0, 0])
        for axis, n in enumerate(extents):
            window = torch.sin(torch.pi * (torch.arange(n, dtype=torch.float64) + 0.5) / n).square()
            quiet = quiet * window.unsqueeze(1 - axis)
        x[:, 0] = quiet * noise[:, 0]
        return x, 1 + self.contrast * torch.sigmoid(4 * noise[:, 1:])

    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """The fields on both halves of the doubled box, at its points."""
        pressure, across, along = x.flip(-2).unbind(1)
        return torch.cat([x, torch.stack([pressure, -across, along], 1)], -2)

    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """The first half."""
        return y[..., : y.shape[-2] // 2, :]

    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """Both equations, and the layers."""
        density, speed = torch.cat([constants, constants.flip(-2)], -2).unbind(1)
        modes = grid.to_modes(y)
        slopes = grid.to_points(torch.cat([grid.gradient(modes[:, 0]), grid.divergence(modes[:, 1:])[:, None]], 1))
        rates = torch.stack(
            [-density * speed.square() * slopes[:, 2], *(-slopes[:, :2] / density[:, None]).unbind(1)], 1
        )
        return rates - self._layers(y.shape[-1], y.device) * y

    def _layers(self, n: int, device: torch.device) -> Tensor:
        """The rate of absorption along y."""
        ends = ((torch.arange(n, dtype=torch.float64, device=device) + 0.5) / n - 0.5).abs()
        return self.absorption * ((ends - 0.5) / self.layer + 1).clamp(min=0).square()
