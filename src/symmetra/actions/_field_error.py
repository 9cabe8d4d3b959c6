"""What the grid leaves open about a moved field, estimated as a field of its own."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import Action

_EDGE = 1 / 8  # the part of a periodic axis, on each side of its seam, over which a jump is smoothed out
_SAFETY, _FACTOR = 4.0, (0.15, 6.0)  # of the sum r + r² + … of what lies beyond, and its bounds
_ROUNDING = 4.0  # roundings of u, in units of its precision, that a derivative carries to the highest mode


class FieldError(Action):
    """The error of ``ξu`` (and of ``gu``) as a field, linear in ξ; an action, so that it passes through maps as ξu.

    Args:
        field: The :class:`SampledField` it belongs to.
    """

    def __init__(self, field: Any) -> None:
        self.field, self.group = field, field.group

    def generate(self, xi: Tensor, u: Tensor) -> Tensor:
        """The unresolved part of ``−a·∇u`` with its rounding, and twice the part that jumps across the seams."""
        field = self.field
        double = field._checked(u)
        open_slopes = [self._unresolved(double, k) + self._rounding(u, k) for k in range(field.grid.dimension)]
        total = sum(field.transported(xi, open_slopes), torch.zeros_like(double))
        jumps = self._jumps(xi, double.device)
        if jumps is not None:
            slopes = field.gradient(u)
            total = total - 2 * sum(jumps[..., k] * slope for k, slope in enumerate(slopes))
        return total.to(u.dtype)

    def transform(self, g: Tensor, u: Tensor) -> Tensor:
        """The unresolved part of u, moved; where a point comes from outside the box, u at its edge.

        Where points come from points (shifts by whole cells, quarter turns) nothing is interpolated: rounding is left.
        """
        field = self.field
        axes, double = field.grid.axes, field._checked(u)
        points = field.grid.points.to(u.device)
        source = field.vector_field.transform(self.group.inverse(g), points)
        tail = self._rounding(u, 0) * (axes[0].spacing / math.pi)
        cells = torch.stack([(source[..., k] - axis.low) / axis.spacing for k, axis in enumerate(axes)])
        if bool((cells - cells.round()).abs().max() > 1e-9 * max(field.grid.shape)):
            tail = sum((self._unresolved(double, k) * (axis.spacing / math.pi) for k, axis in enumerate(axes)), tail)
        total, lost = field.transform(g, tail), field.outside(source)
        if bool(lost.any()):
            ends = [source[..., k].clamp(axis.low, axis.low + axis.length) for k, axis in enumerate(axes)]
            total = total + lost * field.interpolated(double, torch.stack(ends, dim=-1))
        return total.to(u.dtype)

    def _unresolved(self, u: Tensor, k: int) -> Tensor:
        """The part of ``∂_k u`` that the points leave open, continued geometrically where bands of modes tell how."""
        axis, dims = self.field.grid.axes[k], tuple(range(-self.field.grid.dimension, 0))
        found = self.field._along(axis.uncertainty, u, k)
        if axis.falloff is None:
            return found
        size = torch.linalg.vector_norm(found.detach(), dim=dims, keepdim=True)
        before = torch.linalg.vector_norm(self.field._along(axis.falloff, u.detach(), k), dim=dims, keepdim=True)
        ratio = size / (before + size).clamp_min(torch.finfo(torch.float64).tiny)  # r / (1 + r)
        return found * (_SAFETY * ratio / (1 - 2 * ratio).clamp_min(1e-3)).clamp(*_FACTOR)

    def _rounding(self, u: Tensor, k: int) -> Tensor:
        """Rounding of u, of random sign, as the derivative along axis k carries it."""
        axis, dims = self.field.grid.axes[k], tuple(range(-self.field.grid.dimension, 0))
        size = u.detach().abs().to(torch.float64).square().mean(dims, keepdim=True).sqrt()
        signs = torch.randint(0, 2, self.field.grid.shape, generator=torch.Generator().manual_seed(k)) * 2.0 - 1.0
        return (_ROUNDING * torch.finfo(u.dtype).eps * math.pi / axis.spacing) * size * signs.to(size)

    def _jumps(self, xi: Tensor, device: torch.device) -> Tensor | None:
        """A field with the jumps of ``a`` across the seams, smooth elsewhere and zero inside: ``[*grid, d]``."""
        field, total = self.field, None
        points = field.grid.points.to(device)
        for k, axis in enumerate(field.grid.axes):
            if not axis.periodic:
                continue
            here, there = points.clone(), points.clone()
            here[..., k], there[..., k] = axis.low, axis.low + axis.length
            jump = field.vector_field.generate(xi, there) - field.vector_field.generate(xi, here)
            if not bool(jump.any()):
                continue
            place = (points[..., k] - axis.low) / axis.length  # 0 … 1 from seam to seam
            depth = (torch.minimum(place, 1 - place) / _EDGE).clamp(max=1.0)
            window = torch.where(place < 0.5, -0.5, 0.5) * (0.5 + 0.5 * torch.cos(math.pi * depth)).square()
            total = (0 if total is None else total) + window[..., None] * jump
        return total
