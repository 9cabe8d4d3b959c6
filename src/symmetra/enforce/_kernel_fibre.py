"""How the kernel of an integral operator transforms: two points move, the matrix between their fibres with them.

Let u ↦ T u, (T u)(y) = ∫ K(y, x) u(x) dx, map fields over points x to fields over points y. A field moves by
(g u)(g x) = ρ_in(g, x) u(x). Substituting x → g x in the integral for T(g u) at the point g y gives a factor
|det Dg(x)|, and T(g u) = g T u for all u says

    K(g y, g x) = ρ_out(g, y) K(y, x) ρ_in(g, x)⁻¹ |det Dg(x)|⁻¹,

that is to say: K is an equivariant function of z = (y, x) with values in Hom(fibre_in, fibre_out) ⊗ densities in x. Its
derivative at the identity is  ∇_y K·a(y) + ∇_x K·a(x) = B_out K − K B_in − div a(x) K.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions import Action, Density, FibreAction


class PointPair(Action):
    """``z = (y, x) ↦ (g y, g x)``, the coordinates of the two points one after the other.

    Args:
        out: How the points y move.
        source: How the points x move, by the same group.
        n_out: Number of coordinates of y.
    """

    def __init__(self, out: Any, source: Any, n_out: int) -> None:
        self.out, self.source, self.n_out, self.group = out, source, n_out, out.group

    def split(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The points y and x."""
        return z[..., : self.n_out], z[..., self.n_out :]

    def transform(self, g: Any, x: Tensor) -> Tensor:
        """``(g y, g x)``."""
        out, source = self.split(x)
        return torch.cat([self.out.transform(g, out), self.source.transform(g, source)], dim=-1)

    def generate(self, xi: Any, x: Tensor) -> Tensor:
        """``(a_ξ(y), a_ξ(x))``."""
        out, source = self.split(x)
        return torch.cat([self.out.generate(xi, out), self.source.generate(xi, source)], dim=-1)

    def __repr__(self) -> str:
        return f"PointPair({self.out!r}, {self.source!r})"


class KernelFibre(FibreAction):
    """Values of a kernel over ``z = (y, x)``: ``K ↦ ρ_out(g, y) K ρ_in(g, x)⁻¹ |det Dg(x)|⁻¹``.

    Args:
        out: How the fibre over y moves, over the action on the points y.
        source: How the fibre over x moves.
        sizes: ``(m_out, m_in)``, the dimensions of the two fibres; kernels are ``[..., m_out · m_in]``, row-major.
        n_out: Number of coordinates of y.
    """

    def __init__(self, out: FibreAction, source: FibreAction, sizes: tuple[int, int], n_out: int) -> None:
        self.base = PointPair(out.base, source.base, n_out)
        self.out, self.source, self.sizes = out, source, sizes
        self._volume = Density(source.base)

    def _matrices(self, method: str, element: Any, z: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """ρ_out or B_out ``[..., m_out, m_out]``, the same of the input, and the volume factor ``[..., 1, 1]``."""
        y, x = self.base.split(z)
        sides = []
        for fibre, point, size in ((self.out, y, self.sizes[0]), (self.source, x, self.sizes[1])):
            units = torch.eye(size, dtype=z.dtype, device=z.device)
            columns = [getattr(fibre, method)(element, point, e.expand(*point.shape[:-1], size)) for e in units]
            sides.append(torch.stack(columns, dim=-1))
        one = torch.ones_like(x[..., :1])
        return sides[0], sides[1], getattr(self._volume, method)(element, x, one)[..., None]

    def transform(self, g: Any, x: Any, y: Any) -> Tensor:
        """``ρ_out(g, y) K ρ_in(g, x)⁻¹ |det Dg(x)|⁻¹``."""
        left, right, volume = self._matrices("transform", g, x)
        return (volume * (left @ y.unflatten(-1, self.sizes) @ torch.linalg.inv(right))).flatten(-2)

    def generate(self, xi: Any, x: Any, y: Any) -> Tensor:
        """``B_out K − K B_in − div a_ξ(x) K``."""
        left, right, volume = self._matrices("generate", xi, x)
        kernel = y.unflatten(-1, self.sizes)
        return (left @ kernel - kernel @ right + volume * kernel).flatten(-2)

    def __repr__(self) -> str:
        return f"KernelFibre({self.out!r}, {self.source!r})"
