"""Convolutions and local pooling on periodic lattices of any dimension, with windows of any size."""

from __future__ import annotations

import functools
import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from symmetra.inputs import InputError, describe

_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
# Up to so many rolled channels are copied faster than torch's convolution starts (measured on processors).
_FEW = 32


def whole(value: Any, argument: str, minimum: int = 1) -> int:
    """A whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise InputError(argument, describe(value), f"a whole number >= {minimum}", f"{argument}={max(minimum, 2)}")
    return value


def each_axis(value: Any, argument: str, dimensions: Any) -> tuple[int, ...]:
    """One whole number for each axis, from one for all of them, or from a tuple whose length is the dimension."""
    if isinstance(value, tuple | list) and value:
        return tuple(whole(part, argument) for part in value)
    return (whole(value, argument),) * whole(dimensions, "dimensions")


def shifted(x: Tensor, axis: int, size: int, stride: int, before: int) -> tuple[Tensor, ...]:
    """What ``size`` neighbours along one of the last axes see, the first of them ``before`` steps back."""
    rolled = (torch.roll(x, before - a, axis) if a != before else x for a in range(size))
    return tuple(part.movedim(axis, -1)[..., ::stride].movedim(-1, axis) for part in rolled)


def checked(x: Tensor, windows: tuple[int, ...], name: str, channels: int | None = None) -> Tensor:
    """Fields on a lattice that has room for the windows."""
    if x.ndim != len(windows) + 2 or (channels is not None and x.shape[1] != channels):
        expected = f"shape [batch, {channels or 'channels'}, *extents], {len(windows)} extents"
        raise InputError("x", describe(x), expected, "channels behind the batch")
    if any(size > extent for size, extent in zip(windows, x.shape[2:], strict=True)):
        expected = f"extents that the {name} {windows} fits into, which would see a site twice"
        raise InputError("x", f"the extents {tuple(x.shape[2:])}", expected, f"a smaller {name}")
    return x


class CircularConv(nn.Module):
    """``y(p) = b + Σ_a K(a) x(s p + a − (k − 1)//2)`` on a periodic lattice, the offsets ``0 ≤ a < k`` on every axis.

    Kernels of even size reach one site further forwards than backwards, as padding ``(k − 1)//2`` before and ``k//2``
    after does. At stride 1 the layer commutes with all translations. Any dimension will do.

    :func:`circular_convolution` is the odd stencil of a neural operator: no bias, no stride, any leading axes.

    Args:
        channels_in: fields that come in.
        channels_out: fields that come out.
        kernel: sites along each axis, one number or a tuple, which then says the dimension.
        stride: every s-th site along each axis is kept, beginning with the first; one number or a tuple.
        bias: whether a constant is added.
        dimensions: the number of axes, where the kernel is one number.

    Shape:
        ``[batch, channels_in, *extents]`` to ``[batch, channels_out, *⌈extents / stride⌉]``.

    Raises:
        InputError: numbers that are not positive; fields of another shape; a kernel larger than an extent.

    Example:
        >>> CircularConv(4, 16, 2)(torch.zeros(7, 4, 60, 5)).shape
        torch.Size([7, 16, 60, 5])
    """

    def __init__(
        self,
        channels_in: Any,
        channels_out: Any,
        kernel: Any,
        stride: Any = 1,
        bias: bool = True,
        dimensions: Any = 2,
    ) -> None:
        super().__init__()
        self.channels_in, self.channels_out = whole(channels_in, "channels_in"), whole(channels_out, "channels_out")
        self.kernel = each_axis(kernel, "kernel", dimensions)
        self.stride = each_axis(stride, "stride", len(self.kernel))
        if len(self.stride) != len(self.kernel):
            raise InputError("stride", describe(stride), f"one for each of {len(self.kernel)} axes", "stride=1")
        self.weight = nn.Parameter(torch.empty(self.channels_out, self.channels_in, *self.kernel))
        self.bias = nn.Parameter(torch.empty(self.channels_out)) if bias else None
        bound = 1 / math.sqrt(self.channels_in * math.prod(self.kernel))  # as torch initialises its convolutions
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -bound, bound)

    def forward(self, x: Tensor) -> Tensor:
        """The convolution."""
        checked(x, self.kernel, "kernel", self.channels_in)
        return self._product(x) if self._by_product else self._convolution(x)

    @property
    def _by_product(self) -> bool:
        """Whether one product of matrices beats torch's convolution, which has none above three dimensions."""
        sites, d = math.prod(self.kernel), len(self.kernel)
        return sites == 1 or sites * self.channels_in <= _FEW or d not in _CONVOLUTIONS

    def _product(self, x: Tensor) -> Tensor:
        # Channels before the batch: one product for the whole batch, and since the output keeps this layout in memory,
        # the next layer finds it.
        d, x = len(self.kernel), x.transpose(0, 1)
        for axis, size, stride in zip(range(-d, 0), self.kernel, self.stride, strict=True):
            if size > 1 or stride > 1:
                x = torch.cat(shifted(x, axis, size, stride, (size - 1) // 2))
        y = self.weight.permute(0, *range(d + 1, 0, -1)).flatten(1) @ x.flatten(1)
        y = y if self.bias is None else y + self.bias[:, None]
        return y.unflatten(1, x.shape[1:]).transpose(0, 1)

    def _convolution(self, x: Tensor) -> Tensor:
        pads = [n for k in reversed(self.kernel) for n in ((k - 1) // 2, k // 2)]
        padded = functional.pad(x, pads, mode="circular")
        return _CONVOLUTIONS[len(self.kernel)](padded, self.weight, self.bias, self.stride)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.channels_in}, {self.channels_out}, kernel={self.kernel}, stride={self.stride}"


class CircularPool(nn.Module):
    """The average or the maximum over the windows ``p, …, p + w − 1`` of a periodic lattice.

    At stride 1 it commutes with all translations; at stride s with those by multiples of s, and only where s divides
    the extents. Where it does not, the last window goes around the lattice and shares sites with the first, so that
    every window is as large as any other, and the network still runs; no translation along that axis is then kept.

    Args:
        kind: "average" or "max".
        window: sites along each axis, one number or a tuple, which then says the dimension.
        stride: as large as the window if left out.
        dimensions: the number of axes, where the window is one number.

    Shape:
        ``[batch, channels, *extents]`` to ``[batch, channels, *⌈extents / stride⌉]``.

    Raises:
        InputError: an unknown kind; numbers that are not positive; a window larger than an extent.

    Example:
        >>> CircularPool("max", 2, stride=1)(torch.arange(3.0).reshape(1, 1, 1, 3).expand(1, 1, 3, 3))[0, 0, 0]
        tensor([1., 2., 2.])
    """

    def __init__(self, kind: Any, window: Any, stride: Any = None, dimensions: Any = 2) -> None:
        super().__init__()
        if kind not in ("average", "max"):
            raise InputError("kind", describe(kind), '"average" or "max"', 'CircularPool("average", 2)')
        self.kind, self.window = kind, each_axis(window, "window", dimensions)
        self.stride = self.window if stride is None else each_axis(stride, "stride", len(self.window))
        if len(self.stride) != len(self.window):
            raise InputError("stride", describe(stride), f"one for each of {len(self.window)} axes", "stride=2")

    def forward(self, x: Tensor) -> Tensor:
        """The pooled fields."""
        checked(x, self.window, "window")
        for axis, size, stride in zip(range(-len(self.window), 0), self.window, self.stride, strict=True):
            if size == stride and x.shape[axis] % size == 0:  # tiles: cheaper to take apart than to roll
                parts = x.unflatten(axis, (-1, size)).unbind(axis)
            else:
                parts = shifted(x, axis, size, stride, 0)
            x = torch.stack(parts).amax(0) if self.kind == "max" else functools.reduce(torch.add, parts)
        return x if self.kind == "max" else x / math.prod(self.window)

    def extra_repr(self) -> str:
        """The kind and the sizes."""
        return f"{self.kind}, window={self.window}, stride={self.stride}"
