"""The models of the study: a network of z-scores that predicts the change from one step to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.actions import SignedPermutation
from symmetra.enforce import PhysicalUnits
from symmetra.fields import FieldLayout
from symmetra.nn import FNO, UNet

NETWORKS: dict[str, Callable[..., nn.Module]] = {"unet": UNet, "fno": FNO}


class Surrogate(nn.Module):
    """``(x_{t−h+1}, …, x_t, constants) ↦ x_t + change``, all in physical units.

    Statistics are taken component by component, as benchmarks do, and commute with no rotation; the model is averaged
    outside of them. Adding the last step commutes with every symmetry.

    Args:
        network: of z-scores.
        layout: of the inputs.
        inputs: of the training set, ``[windows, channels, *extents]``.
        targets: the step after, ``[windows, fields, *extents]``.
    """

    def __init__(self, network: nn.Module, layout: FieldLayout, inputs: Tensor, targets: Tensor) -> None:
        super().__init__()
        self.last = layout.last
        changes = targets - inputs[:, self.last]
        statistics = [f(part) for part in (inputs, changes) for f in (_mean, _deviation)]
        self.change = PhysicalUnits(network, *statistics)

    def forward(self, x: Tensor) -> Tensor:
        """The next step."""
        return x[:, self.last] + self.change(x)

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """The mean of VRMSE², so that windows late in a decay count as much as early ones."""
        return ((self(x) - y).square().mean((-2, -1)) / (y.var((-2, -1)) + 1e-7)).mean()


def moved(action_in: SignedPermutation, action_out: SignedPermutation, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Every sample moved by a random element of its own, inputs and targets alike: augmentation."""
    elements = action_in.group.elements
    chosen = elements[torch.randint(len(elements), (len(x),))]
    pairs = [(action_in.transform(g, a), action_out.transform(g, b)) for g, a, b in zip(chosen, x, y, strict=True)]
    inputs, targets = zip(*pairs, strict=True)
    return torch.stack(inputs), torch.stack(targets)


def _mean(x: Tensor) -> Any:
    return x.mean((0, 2, 3))


def _deviation(x: Tensor) -> Any:
    return x.std((0, 2, 3)).clamp_min(1e-8)
