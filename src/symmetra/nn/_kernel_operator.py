"""Integral operators with equivariant kernels, by quadrature on a grid."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._kernel_samples import checked, matrices, stencils

_CONVOLUTIONS = {1: nn.functional.conv1d, 2: nn.functional.conv2d, 3: nn.functional.conv3d}


class KernelOperator(nn.Module):
    """``(T u)_o(y) = Σ_i ∫ K_oi(y, x) u_i(x) dx``, every K_oi a learned mixture of equivariant kernels.

    With a ``radius`` the kernels must be invariant under shifts; they become the stencil of a convolution, circular on
    periodic axes, with zeros beyond axes that end. Without one they are matrices between all points: for kernels that
    depend on both points, on small grids. What the grid breaks of a symmetry is the error of quadrature: keep kernels
    wider than a cell (``window``) and fields smooth. No bias: that is for scalars only, see :class:`NeuralOperator`.

    Args:
        kernels: from :func:`symmetra.enforce.kernel_constraint`.
        grid: an :class:`symmetra.actions.Grid`.
        channels_in: fields that come in, each of m_in components.
        channels_out: fields that come out, each of m_out components.
        radius: distance |y − x|, in the unit of the grid, beyond which kernels are cut off.

    Attributes:
        weight: ``[J, channels_out, channels_in]``, for J kernels that are independent on the grid.

    Example:
        >>> from symmetra import actions, enforce, groups, library
        >>> plane = actions.AffineAction(groups.SE(2))
        >>> kernels = enforce.kernel_constraint(library.polynomial(4, 4), plane, plane, window=0.5)
        >>> layer = KernelOperator(kernels, actions.Grid((15, 15), low=-3.0, high=3.0), 2, 8, radius=1.5)
        >>> layer, layer(torch.zeros(4, 2, 15, 15)).shape
        (KernelOperator(2 → 8, 3 kernels, stencil 7 x 7), torch.Size([4, 8, 15, 15]))
    """

    def __init__(self, kernels: Any, grid: Any, channels_in: int, channels_out: int, radius: Any = None) -> None:
        super().__init__()
        kernels, grid = checked(kernels, grid)
        if radius is not None and (isinstance(radius, bool) or not isinstance(radius, int | float)):
            raise InputError("radius", describe(radius), "a length in the unit of the grid, or None", "radius=1.0")
        if radius is not None and grid.dimension not in _CONVOLUTIONS:
            raise InputError("grid", f"{grid.dimension} axes", "1, 2 or 3 axes", "radius=None")
        self.shape, self.periodic, self.local = grid.shape, grid.periodic, radius is not None
        self.channels_in, self.channels_out, self.sizes = channels_in, channels_out, kernels.sizes
        samples = matrices(kernels, grid) if radius is None else stencils(kernels, grid, float(radius))
        # torch convolves without turning the stencil round: weight at offset q meets u(y + q), and K there is K(−q)
        samples = samples.flip(tuple(range(3, samples.ndim))) if self.local else samples
        self.samples: Tensor
        self.register_buffer("samples", samples)
        size = 1 / math.sqrt(channels_in * self.sizes[1])
        self.weight = nn.Parameter(size * torch.randn(len(samples), channels_out, channels_in))

    def forward(self, u: Tensor) -> Tensor:
        """Fields ``[..., channels_in · m_in, *grid]`` to ``[..., channels_out · m_out, *grid]``."""
        d, samples = len(self.shape), self.samples.to(self.weight)
        batch = u.shape[: -1 - d]
        rows = u.reshape(-1, *u.shape[-1 - d :])
        if self.local:
            stencil = torch.einsum("joi,jmn...->omin...", self.weight, samples).flatten(2, 3).flatten(0, 1)
            out = _CONVOLUTIONS[d](self._continued(rows), stencil)
        else:
            fields = rows.unflatten(1, (self.channels_in, -1)).flatten(3)
            moved = torch.einsum("jmnyx,binx->bjimy", samples, fields)
            out = torch.einsum("joi,bjimy->bomy", self.weight, moved).flatten(1, 2).unflatten(-1, self.shape)
        return out.reshape(*batch, *out.shape[1:])

    def _continued(self, u: Tensor) -> Tensor:
        """The fields continued by the reach of the stencil: periodically, or by zeros."""
        for axis, closed in enumerate(self.periodic):
            reach, dim = self.samples.shape[3 + axis] // 2, 2 + axis
            last, first = u.narrow(dim, u.shape[dim] - reach, reach), u.narrow(dim, 0, reach)
            u = torch.cat([last, u, first] if closed else [0 * last, u, 0 * first], dim=dim)
        return u

    def extra_repr(self) -> str:
        """Shown by ``print``."""
        kind = f"stencil {' x '.join(map(str, self.samples.shape[3:]))}" if self.local else "between all points"
        return f"{self.channels_in} → {self.channels_out}, {len(self.weight)} kernels, {kind}"
