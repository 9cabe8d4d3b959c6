"""A convolution on a lattice that commutes with its translations and with a point group."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from symmetra.enforce._orbits import signed_permutation
from symmetra.inputs import InputError, describe
from symmetra.nn._linear import EquivariantLinear, direct_sum, runs
from symmetra.representations import Representation, Vector

_CONVOLUTIONS = (functional.conv1d, functional.conv2d, functional.conv3d)


class EquivariantConv(nn.Module):
    """``y(p) = b + Σ_o K(o) x(p + o)`` with ``K(g o) = ρ_out(g) K(o) ρ_in(g)⁻¹``: every such kernel.

    A point group acts on a field by ``(g x)(p) = ρ(g) x(g⁻¹ p)``. The kernel is an equivariant map from
    ``V_in ⊗ (the permutation of the offsets)`` to ``V_out``, so that its basis is that of :class:`EquivariantLinear`.
    With periodic boundaries the layer commutes with translations and the point group exactly.

    Args:
        V_in: representation on the channels of the input.
        V_out: representation on those of the output, of the same finite group.
        kernel_size: an odd number of points along every axis.
        dims: the number of axes, 1 to 3.
        bias: whether invariant vectors of ``V_out`` are added.
        grid: how the group moves points, by signed permutations of the axes; its own matrices if None.
        padding_mode: "circular", or "zeros" (translations then hold only away from the boundary).
        dtype: as for :class:`EquivariantLinear`.
        device: as for :class:`EquivariantLinear`.

    Shape:
        ``x [N, V_in.dimension, *grid]`` to ``[N, V_out.dimension, *grid]``; for three axes, say, grid ``[nx, ny, nz]``.

    Attributes:
        kernel: the linear layer whose matrix is the kernel.

    Raises:
        InputError: an even kernel, a continuous group, or one that does not permute the axes.

    Example:
        >>> from symmetra.groups import C
        >>> from symmetra.representations import Scalar, Vector
        >>> one, V = Scalar(C(4)), Vector(C(4))
        >>> layer = EquivariantConv(one, V, kernel_size=3, dims=2)
        >>> layer.kernel.weight.shape  # two orbits of four offsets, one copy of V in each, two maps to V a copy
        torch.Size([4])
    """

    def __init__(
        self,
        V_in: Any,
        V_out: Any,
        kernel_size: Any = 3,
        dims: Any = 2,
        bias: bool = True,
        grid: Any = None,
        padding_mode: Any = "circular",
        dtype: Any = None,
        device: Any = None,
    ) -> None:
        super().__init__()
        for argument, rep in (("V_in", V_in), ("V_out", V_out)):
            if not isinstance(rep, Representation):
                raise InputError(argument, describe(rep), "a representation", "Scalar(C(4)), Vector(C(4))")
        if isinstance(dims, bool) or dims not in (1, 2, 3):
            raise InputError("dims", describe(dims), "1, 2 or 3 axes", "dims=2")
        if isinstance(kernel_size, bool) or not isinstance(kernel_size, int) or kernel_size < 1 or not kernel_size % 2:
            expected = "an odd number of points, so that the group has a centre to turn about"
            raise InputError("kernel_size", describe(kernel_size), expected, "kernel_size=3")
        if padding_mode not in ("circular", "zeros"):
            raise InputError("padding_mode", describe(padding_mode), '"circular" or "zeros"', '"circular"')
        offsets = offset_permutation(Vector(V_in.group) if grid is None else grid, kernel_size, dims)
        self.V_in, self.V_out, self.dims, self.padding_mode = V_in, V_out, dims, padding_mode
        self.n_in, self.reach = V_in.dimension, kernel_size // 2
        self.shape = (V_out.dimension, V_in.dimension, *[kernel_size] * dims)
        spread = direct_sum([copies * (part * offsets) for part, copies in runs(V_in)])
        self.kernel = EquivariantLinear(spread, V_out, bias, dtype, device)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution."""
        if x.ndim != self.dims + 2 or x.shape[1] != self.n_in:
            expected = f"shape [N, {self.n_in}, " + ", ".join("xyz"[: self.dims]) + "]"
            raise InputError("x", describe(x), expected, "channels behind the batch")
        K, b = self.kernel.matrix().reshape(self.shape), self.kernel.vector()
        mode = "circular" if self.padding_mode == "circular" else "constant"
        padded = functional.pad(x, [self.reach] * (2 * self.dims), mode=mode)
        return _CONVOLUTIONS[self.dims - 1](padded, K, b)


def offset_permutation(grid: Any, kernel_size: int, dims: int) -> Representation:
    """How the group permutes the offsets ``{−r, …, r}^dims`` of a kernel, row-major."""
    if not isinstance(grid, Representation):
        raise InputError("grid", describe(grid), "the representation that moves points", "Vector(C(4))")
    group, expected = grid.group, f"a finite group of signed permutations of {dims} axes"
    moves = [signed_permutation(grid, h) for h in group.components]
    if group.generators.shape[0] or grid.dimension != dims or any(move is None for move in moves):
        got = f"{grid} of {group}, on {grid.dimension} axes"
        raise InputError("grid", got, expected, "Vector(C(4)), Vector(Hyperoctahedral(dims)), or dims=…")
    half = kernel_size // 2
    points = torch.tensor(list(itertools.product(range(-half, half + 1), repeat=dims)), dtype=torch.float64)

    def rho(g: Tensor) -> Tensor:
        moved = points @ grid.rho(g).dense().round().to(torch.float64).mT
        return (points[:, None] == moved[None]).all(-1).to(torch.float64)

    return Representation(group, rho, name=f"offsets({kernel_size})")
