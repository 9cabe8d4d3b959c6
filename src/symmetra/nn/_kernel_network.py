"""Neural operators: linear kernel layers with pointwise nonlinearities between them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, as_tensor, describe


class Pointwise(nn.Module):
    """The same affine map of the channels at every point, ``[..., channels, *grid]``.

    Args:
        channels_in: fields that come in.
        channels_out: fields that come out.
        axes: d, the number of axes of the grid.
    """

    def __init__(self, channels_in: int, channels_out: int, axes: int) -> None:
        super().__init__()
        self.axes = axes
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in) / channels_in**0.5)
        self.bias = nn.Parameter(torch.zeros(channels_out))

    def forward(self, u: Tensor) -> Tensor:
        """``W u(x) + b``."""
        flat = u.flatten(-self.axes)
        return (self.weight @ flat + self.bias[:, None]).unflatten(-1, u.shape[-self.axes :])


class NeuralOperator(nn.Module):
    """``u ← σ(K u + W u + b)``, layer after layer: a kernel layer K beside a pointwise map W; no σ after the last.

    It has the symmetries that all its kernel layers share, because σ, W and b act on scalar fields point by point; only
    ``positions`` break them. With :class:`FourierOperator` it is the Fourier neural operator, with circular
    convolutions a convolutional network, with :class:`KernelOperator` or symbols it is equivariant by construction.

    Args:
        channels: fields before, between and after the layers, such as ``(1, 16, 16, 1)``.
        layer: makes a kernel layer, ``layer(channels_in, channels_out) -> Module`` on ``[..., channels, *grid]``.
        axes: d, the number of axes of the grid.
        activation: pointwise; smooth ones keep the error of discretisation small.
        positions: ``[p, n_1, …, n_d]``, fields appended to the input, such as the coordinates of the grid: the common
            way to let a convolutional model see where it is, at the price of every symmetry.

    Example:
        >>> from symmetra.nn import FourierOperator
        >>> net = NeuralOperator((1, 8, 1), lambda i, o: FourierOperator((15, 15), i, o, modes=4), axes=2)
        >>> net(torch.zeros(3, 1, 15, 15)).shape
        torch.Size([3, 1, 15, 15])
    """

    def __init__(
        self,
        channels: Any,
        layer: Any,
        axes: int,
        activation: Callable[[Tensor], Tensor] = nn.functional.gelu,
        positions: Any = None,
    ) -> None:
        super().__init__()
        widths = list(channels) if isinstance(channels, tuple | list) else []
        if len(widths) < 2 or not all(isinstance(c, int) and c > 0 for c in widths):
            raise InputError("channels", describe(channels), "two or more positive numbers", "(1, 16, 16, 1)")
        if not callable(layer):
            raise InputError("layer", describe(layer), "layer(channels_in, channels_out) -> a module")
        self.axes, self.activation = axes, activation
        fields = None if positions is None else as_tensor(positions, "positions").to(torch.get_default_dtype())
        self.positions: Tensor | None
        self.register_buffer("positions", fields)
        widths[0] += 0 if fields is None else len(fields)
        pairs = list(pairwise(widths))
        self.kernels = nn.ModuleList([layer(i, o) for i, o in pairs])
        self.pointwise = nn.ModuleList([Pointwise(i, o, axes) for i, o in pairs])

    def forward(self, u: Tensor) -> Tensor:
        """Fields ``[..., channels[0], *grid]`` to ``[..., channels[-1], *grid]``."""
        if self.positions is not None:
            places = self.positions.to(u).expand(*u.shape[: -1 - self.axes], *self.positions.shape)
            u = torch.cat([u, places], dim=-1 - self.axes)
        last = len(self.kernels) - 1
        for place, (kernel, pointwise) in enumerate(zip(self.kernels, self.pointwise, strict=True)):
            u = kernel(u) + pointwise(u)
            u = u if place == last else self.activation(u)
        return u


def circular_convolution(channels_in: int, channels_out: int, size: int, axes: int = 2) -> nn.Module:
    """An ordinary convolution on a periodic grid, for :class:`NeuralOperator`: all weights free, no bias of its own.

    Args:
        channels_in: fields that come in.
        channels_out: fields that come out.
        size: of the stencil along each axis, odd.
        axes: 1, 2 or 3.
    """
    kinds = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
    if axes not in kinds or isinstance(size, bool) or not isinstance(size, int) or size < 1 or size % 2 == 0:
        got = f"size {size!r} on {axes!r} axes"
        raise InputError("size", got, "an odd size on 1, 2 or 3 axes", "circular_convolution(8, 8, 5, axes=2)")
    return kinds[axes](channels_in, channels_out, size, padding=size // 2, padding_mode="circular", bias=False)
