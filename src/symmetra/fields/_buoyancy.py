"""Flow under gravity: the square it lives in has more symmetries than the flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from symmetra.fields._layout import Field
from symmetra.fields._navier_stokes import NavierStokes
from symmetra.fields._spectral_grid import SpectralGrid


@dataclass(frozen=True, kw_only=True)
class BuoyantFlow(NavierStokes):
    """:class:`NavierStokes` whose tracer is a buoyancy b that pushes the flow along y: ``… + g b e_y``.

    The grid, its spacing and its boundaries have all symmetries of the square; gravity leaves the mirror of x (and the
    flip of y together with ``b → −b``, which no tensor field makes).

    Attributes:
        gravity: g.
    """

    speed: float = 0.3
    gravity: float = 1.0

    name: ClassVar[str] = "buoyant_flow"
    fields: ClassVar[tuple[Field, ...]] = (Field("buoyancy"), Field("pressure"), Field("velocity", 1))
    veto: ClassVar[tuple[str, ...]] = ("gravity y",)

    def forces(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """Those of the flow, and the weight."""
        weight = torch.zeros_like(y)
        weight[:, 2] = self.gravity * y[:, 0]
        return super().forces(grid, y) + weight
