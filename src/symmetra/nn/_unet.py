"""The U-Net, small and plain: a reference model for fields in the plane."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from symmetra.inputs import InputError, describe
from symmetra.nn._circular import whole

PADDINGS = ("zeros", "circular")


class UNet(nn.Module):
    """Convolutions on coarser and coarser grids, and back to the fine one beside what was seen on the way down.

    The network of Ronneberger et al. (arXiv 1505.04597) with two 3 × 3 convolutions a level and GELU, averages on the
    way down and nearest neighbours on the way up. There are no layers of normalisation: amplitudes are physics. None
    of the symmetries of the grid is built in; with circular padding it commutes with the shifts by multiples of
    ``2 ** depth`` points where these divide the extents. What it lacks, :func:`symmetra.enforce.average` adds.

    Args:
        channels_in: fields that come in.
        channels_out: fields that come out.
        width: channels on the finest grid, twice as many on every coarser one.
        depth: how often the grid is halved.
        padding: ``"zeros"`` or, for a periodic box, ``"circular"``.

    Shape:
        ``[batch, channels_in, x, y]`` to ``[batch, channels_out, x, y]``, any extents.

    Raises:
        InputError: numbers that are not positive, another padding, fields of another shape.

    Example:
        >>> UNet(4, 3, width=8)(torch.zeros(2, 4, 33, 20)).shape
        torch.Size([2, 3, 33, 20])
    """

    def __init__(
        self, channels_in: Any, channels_out: Any, *, width: Any = 32, depth: Any = 3, padding: Any = "zeros"
    ) -> None:
        super().__init__()
        self.channels_in, mode = whole(channels_in, "channels_in"), checked_padding(padding)
        widths = [whole(width, "width") * 2**level for level in range(whole(depth, "depth") + 1)]
        self.down = nn.ModuleList([_twice(a, b, mode) for a, b in pairwise([self.channels_in, *widths])])
        self.up = nn.ModuleList([_twice(a + b, b, mode) for a, b in pairwise(reversed(widths))])
        self.last = nn.Conv2d(widths[0], whole(channels_out, "channels_out"), 1)

    def forward(self, x: Tensor) -> Tensor:
        """The fields that come out."""
        x, seen = checked_fields(x, self.channels_in), []
        for level, block in enumerate(self.down):
            x = block(functional.avg_pool2d(x, 2, ceil_mode=True) if level else x)
            seen.append(x)
        for block, beside in zip(self.up, reversed(seen[:-1]), strict=True):
            x = block(torch.cat([functional.interpolate(x, beside.shape[-2:]), beside], 1))
        return self.last(x)


def _twice(channels_in: int, channels_out: int, mode: Any) -> nn.Module:
    first = nn.Conv2d(channels_in, channels_out, 3, padding=1, padding_mode=mode)
    second = nn.Conv2d(channels_out, channels_out, 3, padding=1, padding_mode=mode)
    for layer in (first, second):  # torch's own weights let the signal die out, where no normalisation lifts it again
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return nn.Sequential(first, nn.GELU(), second, nn.GELU())


def checked_padding(padding: Any) -> Any:
    """One of the two."""
    if padding not in PADDINGS:
        raise InputError("padding", describe(padding), '"zeros" or "circular"', 'padding="circular"')
    return padding


def checked_fields(x: Tensor, channels: int) -> Tensor:
    """Fields in the plane, channels first."""
    if x.ndim != 4 or x.shape[1] != channels or not all(x.shape[2:]):
        raise InputError("x", describe(x), f"shape [batch, {channels}, x, y]", "channels behind the batch")
    return x
