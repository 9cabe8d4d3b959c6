"""The Fourier neural operator for fields in the plane, on grids of any size."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from symmetra.nn._circular import whole
from symmetra.nn._fourier import FourierOperator
from symmetra.nn._kernel_network import NeuralOperator, Pointwise
from symmetra.nn._unet import checked_fields, checked_padding


class FNO(nn.Module):
    """Pointwise maps around layers ``σ(K u + W u + b)``, where K multiplies the lowest Fourier modes by free matrices.

    The network of Li et al. (arXiv 2010.08895) without its coordinates: on a periodic box it commutes with every shift
    and with no rotation or reflection. What it lacks, :func:`symmetra.enforce.average` adds.

    Args:
        channels_in: fields that come in.
        channels_out: fields that come out.
        modes: highest frequency along each axis, below half of the points there.
        width: channels in between.
        layers: how many.
        padding: ``"circular"`` for a periodic box; ``"zeros"`` puts the fields into a box of twice the size, a quarter
            of it away from its ends: no shift is kept.

    Shape:
        ``[batch, channels_in, x, y]`` to ``[batch, channels_out, x, y]``; the same parameters serve every grid.

    Raises:
        InputError: numbers that are not positive, another padding, fields of another shape, too small a grid.

    Example:
        >>> import torch
        >>> FNO(4, 3, modes=6, width=8)(torch.zeros(2, 4, 33, 20)).shape
        torch.Size([2, 3, 33, 20])
    """

    def __init__(
        self,
        channels_in: Any,
        channels_out: Any,
        *,
        modes: Any = 8,
        width: Any = 32,
        layers: Any = 4,
        padding: Any = "circular",
    ) -> None:
        super().__init__()
        self.channels_in, self.padding = whole(channels_in, "channels_in"), checked_padding(padding)
        highest, wide = whole(modes, "modes"), whole(width, "width")
        channels = (wide,) * (whole(layers, "layers") + 1)
        self.lift = Pointwise(self.channels_in, wide, 2)
        self.operator = NeuralOperator(channels, lambda a, b: FourierOperator(2, a, b, highest), axes=2)
        self.mix = Pointwise(wide, 2 * wide, 2)
        self.last = Pointwise(2 * wide, whole(channels_out, "channels_out"), 2)

    def forward(self, x: Tensor) -> Tensor:
        """The fields that come out."""
        x = checked_fields(x, self.channels_in)
        (a, b), u = x.shape[-2:], self.lift(x)
        if self.padding == "zeros":
            u = functional.pad(u, (b // 2, b - b // 2, a // 2, a - a // 2))
        u = self.operator(u)
        if self.padding == "zeros":
            u = u[..., a // 2 : a // 2 + a, b // 2 : b // 2 + b]
        return self.last(functional.gelu(self.mix(u)))
