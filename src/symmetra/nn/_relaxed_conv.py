"""Group convolution whose kernel may depend on where it is, as far as the data ask for it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.groups import FiniteGroup
from symmetra.inputs import InputError, describe
from symmetra.nn._perceptron import checked_sizes


class RelaxedGroupConv(nn.Module):
    """``y(g) = b + Σ_h Σ_l w_l(h) ψ_l(g⁻¹h) f(h)``, the relaxed group convolution of arXiv 2201.11969.

    A field f on a finite group moves by (u f)(h) = f(u⁻¹h). With weights w_l that are the same for all h this is the
    group convolution with kernel Σ_l w_l ψ_l, and equivariant; so it begins. Weights that come to differ say where
    the data prefer some elements. With as many banks as elements it is any linear map.

    Args:
        group: a finite group, of n elements.
        channels_in: fields that come in.
        channels_out: fields that come out.
        banks: kernels ψ_l that are mixed.
        bias: whether a constant is added to each field.

    Shape:
        ``[..., channels_in, n]`` to ``[..., channels_out, n]``, elements in the order of ``group.elements``.

    Attributes:
        kernels: ψ, ``[banks, channels_out, channels_in, n]``.
        mixture: w, ``[banks, n]``.

    Raises:
        InputError: a group that is not finite, or sizes that are not positive.

    Example:
        >>> from symmetra.groups import C
        >>> layer = RelaxedGroupConv(C(4), 2, 8)
        >>> layer(torch.zeros(5, 2, 4)).shape, layer.penalty().item()
        (torch.Size([5, 8, 4]), 0.0)
    """

    def __init__(self, group: Any, channels_in: Any, channels_out: Any, *, banks: Any = 2, bias: bool = True) -> None:
        super().__init__()
        if not isinstance(group, FiniteGroup):
            raise InputError("group", describe(group), "a finite group", "symmetra.groups.C(4)")
        checked_sizes(channels_in=channels_in, channels_out=channels_out, banks=banks)
        n = group.order
        self.channels_in, self.elements = channels_in, n
        self.quotient: Tensor
        self.register_buffer("quotient", group.table[group.inverses])  # [n, n], the element g⁻¹h
        self.kernels = nn.Parameter(torch.randn(banks, channels_out, channels_in, n) / (channels_in * n) ** 0.5)
        self.mixture = nn.Parameter(torch.full((banks, n), banks**-0.5))
        self.bias = nn.Parameter(torch.zeros(channels_out)) if bias else None

    def forward(self, f: Tensor) -> Tensor:
        """Fields on the group to fields on the group."""
        if f.shape[-2:] != (self.channels_in, self.elements):
            raise InputError("f", describe(f), f"shape [..., {self.channels_in}, {self.elements}]")
        kernel = torch.einsum("lh,loigh->ogih", self.mixture, self.kernels[..., self.quotient])
        y = torch.einsum("ogih,...ih->...og", kernel, f)
        return y if self.bias is None else y + self.bias[:, None]

    def penalty(self) -> Tensor:
        """How far the weights are from being the same everywhere: the mean of |w_l(h) − w_l(h')| over all of them."""
        return (self.mixture[:, :, None] - self.mixture[:, None, :]).abs().mean()

    def extra_repr(self) -> str:
        """Shown by ``print``."""
        banks, out, into, n = self.kernels.shape
        return f"{into} → {out} fields on {n} elements, {banks} kernels"
