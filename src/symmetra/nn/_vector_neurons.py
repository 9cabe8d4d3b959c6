"""Vector neurons: channels of vectors, mapped so that rotations and reflections act on every vector alone."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._perceptron import checked_sizes

TINY = 1e-6  # added to lengths that are divided by


class VectorLinear(nn.Module):
    """``y_o = Σ_i W_oi x_i`` of vectors x_i, the linear layer of arXiv 2104.12229; it has no bias, no vector is fixed.

    Args:
        channels_in: vectors that come in.
        channels_out: vectors that come out.

    Shape:
        ``[..., channels_in, d]`` to ``[..., channels_out, d]``, for any d.

    Example:
        >>> VectorLinear(2, 8)(torch.randn(5, 2, 3)).shape
        torch.Size([5, 8, 3])
    """

    def __init__(self, channels_in: Any, channels_out: Any) -> None:
        super().__init__()
        checked_sizes(channels_in=channels_in, channels_out=channels_out)
        self.weight = nn.Parameter(torch.randn(channels_out, channels_in) / channels_in**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        if x.ndim < 2 or x.shape[-2] != self.weight.shape[1]:
            raise InputError("x", describe(x), f"vectors [..., {self.weight.shape[1]}, d]")
        return self.weight @ x

    def extra_repr(self) -> str:
        """Shown by ``print``."""
        return f"{self.weight.shape[1]} → {self.weight.shape[0]} vectors"


class PlainVectorLinear(nn.Module):
    """The twin of :class:`VectorLinear` that mixes coordinates as well: any affine map of all d · channels numbers.

    Args:
        channels_in: vectors that come in.
        channels_out: vectors that come out.
        dims: d.

    Shape:
        ``[..., channels_in, d]`` to ``[..., channels_out, d]``.

    Example:
        >>> PlainVectorLinear(2, 8)(torch.randn(5, 2, 3)).shape
        torch.Size([5, 8, 3])
    """

    def __init__(self, channels_in: Any, channels_out: Any, dims: Any = 3) -> None:
        super().__init__()
        checked_sizes(channels_in=channels_in, channels_out=channels_out, dims=dims)
        self.dims = dims
        self.linear = nn.Linear(dims * channels_in, dims * channels_out)

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        if x.ndim < 2 or x.shape[-2] * x.shape[-1] != self.linear.in_features or x.shape[-1] != self.dims:
            expected = f"vectors [..., {self.linear.in_features // self.dims}, {self.dims}]"
            raise InputError("x", describe(x), expected)
        return self.linear(x.flatten(-2)).unflatten(-1, (-1, self.dims))


class VectorReLU(nn.Module):
    """Cuts off what points against a learned direction: x − ⟨x, k⟩ k where ⟨x, k⟩ < 0, with k = U x of length 1.

    Args:
        channels: vectors.
        slope: share of the part that is cut off which is kept, as in a leaky ReLU.
        direction: the map that gives k; :class:`VectorLinear` if left out.

    Shape:
        ``[..., channels, d]`` to the same.

    Example:
        >>> layer = VectorReLU(4, slope=0.0)
        >>> y = layer(torch.randn(7, 4, 3))
        >>> bool(((y * layer.direction(y)).sum(-1) > -1e3).all())
        True
    """

    def __init__(self, channels: Any, slope: Any = 0.2, direction: Any = None) -> None:
        super().__init__()
        checked_sizes(channels=channels)
        if isinstance(slope, bool) or not isinstance(slope, int | float) or not 0 <= slope <= 1:
            raise InputError("slope", describe(slope), "a number from 0 to 1", "slope=0.2")
        self.slope = float(slope)
        self.direction = VectorLinear(channels, channels) if direction is None else direction

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        k = self.direction(x)
        k = k / (torch.linalg.vector_norm(k, dim=-1, keepdim=True) + TINY)
        return x - (1 - self.slope) * (x * k).sum(-1, keepdim=True).clamp(max=0) * k


class VectorNorm(nn.Module):
    """Vectors over the root mean square of their lengths: w_c x_c / (mean_c |x_c|²)^½, over the channels of one point.

    The published layer normalises each length over the batch (arXiv 2104.12229); a net trained on clouds that lose
    points would then be used with the statistics of other clouds than it sees.

    Args:
        channels: vectors.

    Shape:
        ``[..., channels, d]`` to the same.

    Example:
        >>> y = VectorNorm(8)(5 * torch.randn(100, 8, 3))
        >>> bool(((y.square().sum(-1).mean(-1) - 1).abs() < 1e-4).all())
        True
    """

    def __init__(self, channels: Any) -> None:
        super().__init__()
        checked_sizes(channels=channels)
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        square = x.square().sum(-1, keepdim=True).mean(-2, keepdim=True)
        return self.weight[:, None] * x * (square + TINY).rsqrt()


class VectorMaxPool(nn.Module):
    """Of many vectors the one that reaches farthest along a learned direction: argmax_n ⟨x_n, U x_n⟩, each channel.

    Args:
        channels: vectors.

    Shape:
        ``[..., N, channels, d]`` to ``[..., channels, d]``.

    Example:
        >>> VectorMaxPool(4)(torch.randn(2, 9, 4, 3)).shape
        torch.Size([2, 4, 3])
    """

    def __init__(self, channels: Any) -> None:
        super().__init__()
        self.direction = VectorLinear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        best = (x * self.direction(x)).sum(-1).argmax(dim=-2)
        return x.take_along_dim(best[..., None, :, None], dim=-3).squeeze(-3)


class VectorInvariant(nn.Module):
    """Inner products ⟨x_c, T_j⟩ of each vector with a few learned ones, T = M x: all that rotations leave of x.

    Args:
        channels: vectors.
        frame: how many T_j.

    Shape:
        ``[..., channels, d]`` to ``[..., channels · frame]``.

    Example:
        >>> VectorInvariant(8)(torch.randn(5, 8, 3)).shape
        torch.Size([5, 24])
    """

    def __init__(self, channels: Any, frame: Any = 3) -> None:
        super().__init__()
        self.frame = VectorLinear(channels, frame)

    def forward(self, x: Tensor) -> Tensor:
        """The layer."""
        return (x @ self.frame(x).mT).flatten(-2)
