"""Small networks that nothing makes equivariant, for averages over a group."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class UNet(nn.Module):
    """One level down and up, zero padding, and a skip connection; batch norm on the way."""

    def __init__(self, channels_in: int, channels_out: int, d: int, width: int = 8) -> None:
        super().__init__()
        conv, norm = ((nn.Conv2d, nn.BatchNorm2d), (nn.Conv3d, nn.BatchNorm3d))[d - 2]
        self.first, self.norm = conv(channels_in, width, 3, padding=1), norm(width)
        self.down, self.deep = conv(width, 2 * width, 2, stride=2), conv(2 * width, width, 3, padding=1)
        self.last = conv(2 * width, channels_out, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.tanh(self.norm(self.first(x)))
        deep = torch.tanh(self.deep(torch.tanh(self.down(h))))
        return self.last(torch.cat([h, nn.functional.interpolate(deep, size=h.shape[2:])], 1))


class FNO(nn.Module):
    """One Fourier layer with weights of its own at each of the lowest modes, and a coordinate channel."""

    def __init__(self, channels_in: int, channels_out: int, d: int, width: int = 8, modes: int = 2) -> None:
        super().__init__()
        self.d, self.modes = d, modes
        self.lift, self.project = nn.Linear(channels_in + 1, width), nn.Linear(width, channels_out)
        self.weight = nn.Parameter(0.3 * torch.randn(width, width, *(2 * modes,) * (d - 1), modes, 2))

    def forward(self, x: Tensor) -> Tensor:
        axes = tuple(range(1, self.d + 1))
        place = torch.linspace(0, 1, x.shape[2], dtype=x.dtype, device=x.device).reshape(-1, *(1,) * (self.d - 1))
        h = torch.cat([x, place.expand(len(x), 1, *x.shape[2:])], 1).movedim(1, -1)
        h = torch.tanh(self.lift(h))
        spectrum = torch.fft.rfftn(h, dim=axes)
        kept = (*(slice(0, 2 * self.modes) for _ in axes[:-1]), slice(0, self.modes))
        low = torch.einsum("b...i,io...->b...o", spectrum[(slice(None), *kept)], torch.view_as_complex(self.weight))
        spectrum = torch.zeros_like(spectrum)
        spectrum[(slice(None), *kept)] = low
        h = torch.tanh(h + torch.fft.irfftn(spectrum, s=h.shape[1:-1], dim=axes))
        return self.project(h).movedim(-1, 1)


class Dense(nn.Module):
    """Every site to every site."""

    def __init__(self, channels_in: int, channels_out: int, extents: tuple[int, ...]) -> None:
        super().__init__()
        sites = torch.Size(extents).numel()
        self.net = nn.Sequential(nn.Linear(channels_in * sites, 32), nn.Tanh(), nn.Linear(32, channels_out * sites))
        self.shape = (channels_out, *extents)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x.flatten(1)).reshape(-1, *self.shape)


class Pixels(nn.Module):
    """A perceptron at every site: moves with the grid, but mixes the components of vectors."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(channels_in, 16), nn.GELU(), nn.Linear(16, channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x.movedim(1, -1)).movedim(-1, 1)


def seen(net: nn.Module, x: Tensor) -> nn.Module:
    """The network with running statistics of some data, in evaluation mode."""
    with torch.no_grad():
        net.train()(x)
    return net.eval()
