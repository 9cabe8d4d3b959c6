"""Two substances that react and diffuse (Pearson 1993, arXiv patt-sol/9304003)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from symmetra.fields._layout import Field
from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.fields._system import System


@dataclass(frozen=True, kw_only=True)
class GrayScott(System):
    """``∂_t A = D_A ∇²A − A B² + F (1 − A)``, ``∂_t B = D_B ∇²B + A B² − (F + k) B`` in a periodic square.

    All symmetries of the square (order 8) and all shifts.

    Attributes:
        feed: F.
        kill: k.
        diffusion_a: D_A.
        diffusion_b: D_B.
        size: of the square.
    """

    interval: float = 20.0
    dt: float = 2.0
    feed: float = 0.029
    kill: float = 0.057
    diffusion_a: float = 2e-5
    diffusion_b: float = 1e-5
    size: float = 1.0

    name: ClassVar[str] = "gray_scott"
    fields: ClassVar[tuple[Field, ...]] = (Field("A"), Field("B"))

    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """A rich in A, with patches of B."""
        patches = torch.sigmoid(8 * (self.grid(extents).random(count, 1, 4.0, source) - 0.8))
        x = torch.cat([1 - 0.5 * patches, 0.3 * patches], 1)
        return x, x[:, :0]

    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """Modes of A and B."""
        return grid.to_modes(x)

    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """A and B."""
        return grid.to_points(y)

    def decay(self, grid: SpectralGrid) -> Tensor:
        """Diffusion, and what is linear in the reactions."""
        return -torch.stack(
            [self.diffusion_a * grid.k2 + self.feed, self.diffusion_b * grid.k2 + self.feed + self.kill]
        )

    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """``−A B² + F`` and ``A B²``."""
        a, b = grid.to_points(y).unbind(1)
        reaction = a * b.square()
        return grid.to_modes(torch.stack([self.feed - reaction, reaction], 1))
