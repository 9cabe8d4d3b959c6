"""Models that the commands are pointed at."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def radius(x: Tensor) -> Tensor:
    return (x * x).sum()


def interval(x: Tensor) -> Tensor:
    """The square of the interval of special relativity."""
    return x[0] ** 2 - (x[1:] ** 2).sum()


def skew(x: Tensor) -> Tensor:
    return x[0] + x[1] ** 3


def oscillator(state: Tensor) -> Tensor:
    return torch.stack([state[1], -state[0]])


def failing(x: Tensor) -> Tensor:
    raise RuntimeError("the valve is stuck\nand more lines")


class Radius(nn.Module):
    """Invariant under rotations, exactly."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([[2.0]]))

    def forward(self, x: Tensor) -> Tensor:
        return (x * x).sum(-1, keepdim=True) @ self.weight


network = Radius()
number = 3
