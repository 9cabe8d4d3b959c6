"""Charged bodies and the networks that forecast them: equivariant, free beside it, plain."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.actions import Action, Pytree, Trivial
from symmetra.groups import O
from symmetra.nbody import interacting
from symmetra.nn import EGNN, PlainGNN, ResidualPathway
from symmetra.relax import RelaxedModule

GROUP = O(3)
Inputs = tuple[Tensor, Tensor, Tensor, Tensor]


class Turned(Action):
    """Rotations and reflections of all points of a cloud, ``[..., N, 3]``, an element for each cloud or one for all."""

    group = GROUP

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """Every point times g."""
        return x @ g.to(x).mT

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """Every point times ξ."""
        return x @ xi.to(x).mT


INPUTS = Pytree((Trivial(GROUP), Turned(), Turned(), Trivial(GROUP)))
"""How (features, positions, velocities, edges) move; shifts leave all networks here equivariant as they are built."""


@functools.cache
def systems(count: int, seed: int, field: float = 0.0) -> tuple[Inputs, Tensor]:
    """Inputs (|v| and the charge, positions, velocities, products of charges) and later positions, float32.

    With a field, along z, bodies feel it inside the window only; the inputs are the same with and without.
    """
    data = interacting("charged", count, seed=seed, external=(0.0, 0.0, field))
    speed = torch.linalg.vector_norm(data.velocities, dim=-1)
    parts = (torch.stack([speed, data.charges], dim=-1), data.positions, data.velocities, data.couplings[..., None])
    features, x, v, edges = (part.float() for part in parts)
    return (features, x, v, edges), data.targets.float()


class FreeBranch(nn.Module):
    """What stands beside a layer of the equivariant network: a perceptron on all numbers of one body at a time.

    Positions go in relative to the centre of the bodies, so that shifts stay a symmetry.

    Args:
        hidden: channels of the layer.
        width: of the perceptron.
    """

    def __init__(self, hidden: int, width: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.net = nn.Sequential(nn.Linear(hidden + 6, width), nn.SiLU(), nn.Linear(width, hidden + 3))
        with torch.no_grad():  # of the size of what the layer beside it does to the positions at first
            for parameter in self.net[2].parameters():
                parameter[hidden:] *= 0.1

    def forward(self, state: Tensor, velocities: Tensor, edges: Tensor | None = None) -> Tensor:
        """Increments of features and positions."""
        h, x = state[..., : self.hidden], state[..., self.hidden :]
        return self.net(torch.cat([h, x - x.mean(-2, keepdim=True), velocities], dim=-1))


class Forecast(nn.Module):
    """Later positions from one bundle of inputs, by a network on points."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Inputs) -> Tensor:
        """``[B, N, 3]``."""
        return self.net(*x)[1]


def network(kind: str, hidden: int, layers: int, **prior: float) -> Forecast:
    """``equivariant``, ``relaxed``, ``pathway`` (with priors), ``plain``, or ``scheduled``.

    The last is relaxed without a gauge: a γ that is set by hand needs none, and its penalty is on the outputs.
    """
    sizes: dict[str, Any] = {"hidden": hidden, "layers": layers, "velocities": True, "edge_features": 1}
    if kind == "plain":
        return Forecast(PlainGNN(2, 1, **sizes))
    net = EGNN(2, 1, **sizes)
    if kind == "equivariant":
        return Forecast(net)
    free = [FreeBranch(hidden, 2 * hidden) for _ in range(layers)]
    if kind in ("relaxed", "scheduled"):
        gauge: dict[str, Any] = {"gauge": "none", "momentum": 0.0} if kind == "scheduled" else {}
        return Forecast(RelaxedModule(net, {f"layers.{i}": branch for i, branch in enumerate(free)}, **gauge))
    net.layers = nn.ModuleList([ResidualPathway(a, b, **prior) for a, b in zip(net.layers, free)])
    return Forecast(net)
