"""A small classifier of point clouds from vector neurons, and its plain twin."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._perceptron import checked_sizes, perceptron
from symmetra.nn._vector_neurons import PlainVectorLinear, VectorInvariant, VectorLinear, VectorNorm, VectorReLU


class VectorBlock(nn.Module):
    """A linear map, the norm if there is one, the nonlinearity."""

    def __init__(self, channels_in: int, channels_out: int, plain: bool, norm: bool = True) -> None:
        super().__init__()
        make = PlainVectorLinear if plain else VectorLinear
        self.linear = make(channels_in, channels_out)
        self.norm = VectorNorm(channels_out) if norm else nn.Identity()
        self.activation = VectorReLU(channels_out, direction=make(channels_out, channels_out))

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.linear(x)))


class PointClassifier(nn.Module):
    """Classes of point clouds that do not change when a cloud is rotated, reflected, shifted or listed otherwise.

    Vector neurons (arXiv 2104.12229) on a graph of nearest neighbours: vectors (x_j − x_i, x_i) to the neighbours j of
    each point, a block, their mean, more blocks, the mean over the points beside each, inner products, a perceptron.

    Args:
        classes: how many.
        channels: vectors at each point.
        blocks: after the mean over neighbours, at least 1.
        neighbours: of each point, itself included.
        plain: make the twin that mixes coordinates: as many layers of the same shape, none of them equivariant.

    Shape:
        clouds ``[B, N, 3]`` to scores ``[B, classes]``; N may differ from call to call.

    Attributes:
        edges: the block before the mean over neighbours.
        blocks: those after it.

    Raises:
        InputError: sizes that are not positive, clouds of another shape or with fewer points than neighbours.

    Example:
        >>> PointClassifier(4, channels=6)(torch.randn(8, 20, 3)).shape
        torch.Size([8, 4])
    """

    def __init__(
        self, classes: Any, *, channels: Any = 16, blocks: Any = 2, neighbours: Any = 8, plain: bool = False
    ) -> None:
        super().__init__()
        checked_sizes(classes=classes, channels=channels, blocks=blocks, neighbours=neighbours)
        self.neighbours = neighbours
        self.edges = VectorBlock(2, channels, plain, norm=False)  # distances are to be seen
        widths = [(channels, channels)] * (blocks - 1) + [(2 * channels, channels)]
        self.blocks = nn.ModuleList([VectorBlock(i, o, plain) for i, o in widths])
        self.invariant = nn.Flatten(-2) if plain else VectorInvariant(channels)
        self.score = nn.Sequential(nn.LayerNorm(6 * channels), perceptron(6 * channels, 4 * channels, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Scores of the classes."""
        if x.ndim != 3 or x.shape[-1] != 3 or x.shape[1] < self.neighbours:
            expected = f"clouds [B, N, 3] of at least {self.neighbours} points"
            raise InputError("x", describe(x), expected, "PointClassifier(…, neighbours=4)")
        x = x - x.mean(1, keepdim=True)
        # Not by matrix products: their rounding depends on the orientation, and with it who is near whom. Nor by
        # torch.cdist, which has no forward derivative.
        apart = sum((a[:, :, None] - a[:, None]).square() for a in x.detach().unbind(-1))
        near = torch.as_tensor(apart).topk(self.neighbours, largest=False).indices  # [B, N, k]
        around = x[:, None].expand(-1, x.shape[1], -1, -1).take_along_dim(near[..., None], dim=2)
        centre = x[:, :, None].expand_as(around)
        h = self.edges(torch.stack([around - centre, centre], dim=-2)).mean(2)
        for block in self.blocks[:-1]:
            h = block(h)
        h = self.blocks[-1](torch.cat([h, h.mean(1, keepdim=True).expand_as(h)], dim=-2))
        invariants = self.invariant(h)
        return self.score(torch.cat([invariants.mean(1), invariants.amax(1)], dim=-1))
