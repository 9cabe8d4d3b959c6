"""The toy: maps of signals on four places that commute with cyclic shifts, or do so in all layers but one.

Three layers of channels 2 – 8 – 8 – 1 on the places of Z(4), tanh between them. Teacher and student have the same form,
a circulant map in every layer; the broken teacher adds ``strength`` times a dense map of spectral norm 1 at one layer.
The student relaxes every layer by a dense map. With ``pool`` the signal is averaged over the places after the first
layer: then only the first layer ever sees where something is, and a break there can be put right nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.groups import Z
from symmetra.relax import Method, RelaxedModule, branches, method, parameter_groups, project
from symmetra.representations import Representation, Vector

PLACES = 4
CHANNELS = (2, 8, 8, 1)
LAYERS = len(CHANNELS) - 1
RHO = 0.02
# What the methods are told where nothing else is said; equality is damped, "textbook" is not.
SETTINGS: dict[str, dict[str, Any]] = {
    "equality": {"dual_lr": 1e-2, "penalty": 2.0},
    "textbook": {"dual_lr": 1e-2, "order": "simultaneous"},
    "resilient": {"dual_lr": 1e-2, "slack_lr": 1e-2, "rho": RHO},
    "ridge": {"weight": RHO},
}


class Circulant(nn.Module):
    """A linear map of signals that commutes with shifts: ``y[o, s] = Σ w[o, i, (s − t) mod 4] x[i, t]``."""

    shifts: Tensor

    def __init__(self, channels_in: int, channels_out: int, scale: float, source: torch.Generator) -> None:
        super().__init__()
        entries = torch.randn(channels_out, channels_in, PLACES, generator=source, dtype=torch.float64)
        self.weight = nn.Parameter(scale / (PLACES * channels_in) ** 0.5 * entries)
        places = torch.arange(PLACES)
        shifts = nn.functional.one_hot((places[:, None] - places).flatten() % PLACES, PLACES)
        self.register_buffer("shifts", shifts.mT.to(entries.dtype), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Signals ``[N, channels_in × 4]`` to ``[N, channels_out × 4]``."""
        blocks = (self.weight @ self.shifts).unflatten(2, (PLACES, PLACES))  # a product: faster than indexing
        return nn.functional.linear(x, blocks.transpose(1, 2).flatten(2).flatten(0, 1))


class Pool(nn.Module):
    """Every place gets the mean over the places."""

    def forward(self, x: Tensor) -> Tensor:
        """``[N, c × 4]``."""
        return x.unflatten(1, (-1, PLACES)).mean(2, keepdim=True).expand(-1, -1, PLACES).flatten(1)


def dense(channels_in: int, channels_out: int, source: torch.Generator) -> nn.Linear:
    """A linear map of signals that respects nothing; entries N(0, 1), to be normalised by whoever uses it."""
    layer = nn.Linear(PLACES * channels_in, PLACES * channels_out, bias=False, dtype=torch.float64, device="meta")
    layer = layer.to_empty(device="cpu")
    with torch.no_grad():
        layer.weight.copy_(torch.randn(layer.weight.shape, generator=source, dtype=torch.float64))
    return layer


def actions() -> tuple[Representation, Representation]:
    """How inputs and outputs move."""
    shift = Vector(Z(PLACES))
    return CHANNELS[0] * shift, CHANNELS[-1] * shift


def network(
    seed: int, relaxed: Sequence[int] = range(LAYERS), *, scale: float = 1.0, gamma: float = 1.0, pool: bool = False
) -> nn.Sequential:
    """A net of float64; the layers in ``relaxed`` are `RelaxedModule`. The same circulant part whichever they are."""
    source = torch.Generator().manual_seed(seed)
    layers: list[nn.Module] = []
    for i, (a, b) in enumerate(pairwise(CHANNELS)):
        even, odd = Circulant(a, b, scale, source), dense(a, b, source)
        layers.append(RelaxedModule(even, odd, gamma) if i in relaxed else even)
        layers += [nn.Tanh()] if i + 1 < LAYERS else []
        layers += [Pool()] if pool and i == 0 else []
    return nn.Sequential(*layers)


@dataclass(frozen=True)
class Task:
    """Noisy training points and clean test points; errors are relative to the mean square of the test targets."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor

    @torch.no_grad()
    def error(self, net: nn.Module) -> float:
        """The normalised mean squared test error."""
        return float((net(self.x_test) - self.y_test).square().mean() / self.y_test.square().mean())


@torch.no_grad()
def task(
    seed: int,
    broken: int | None = None,
    *,
    samples: int = 128,
    noise: float = 0.05,
    strength: float = 2.0,
    pool: bool = False,
) -> Task:
    """The data of a teacher whose symmetry is broken at one layer, or at none."""
    relaxed = () if broken is None else (broken,)
    teacher = network(1000 + seed, relaxed, scale=1.5, gamma=strength, pool=pool).eval()
    source = torch.Generator().manual_seed(2000 + seed)
    size = PLACES * CHANNELS[0]
    x, x_test = (torch.randn(n, size, generator=source, dtype=torch.float64) for n in (samples, 2000))
    y = teacher(x)
    y = y + noise * torch.randn(y.shape, generator=source, dtype=torch.float64)
    return Task(x, y, x_test, teacher(x_test))


@dataclass(frozen=True)
class Outcome:
    """A trained net with its errors as it stands (full) and without its f_neq (projected)."""

    net: nn.Module
    control: Method
    full: float
    projected: float


def controlled(name: str, net: nn.Module, steps: int, settings: dict[str, Any] | None = None) -> Method:
    """The method of that name with the settings of the toy, or others; ``textbook`` is equality without damping."""
    given = SETTINGS.get(name, {}) if settings is None else settings
    if name in ("schedule", "penalty"):
        action_in, action_out = actions()
        given = {"action_in": action_in, "action_out": action_out} | given
        given = {"steps": steps} | given if name == "schedule" else given
    return method("equality" if name == "textbook" else name, net, **given)


def train(net: nn.Module, control: Method, data: Task, *, steps: int = 1500, lr: float = 3e-3) -> Outcome:
    """Full-batch steps: Adam for the weights, gradient descent at 1e-2 for γ."""
    rest, gammas = (group["params"] for group in parameter_groups(net))
    optimizers: list[Any] = [torch.optim.Adam([p for p in rest if p.requires_grad], lr, fused=True)]
    if moving := [gamma for gamma in gammas if gamma.requires_grad]:
        optimizers.append(torch.optim.SGD(moving, 1e-2, foreach=False))
    net.train()
    for _ in range(steps):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(data.x), data.y)
        (loss + control.lagrangian(data.x)).backward()
        for optimizer in optimizers:
            optimizer.step()
        control.step()
    net.eval()
    strict = project(net, tolerance=float("inf")).net if branches(net) else net
    return Outcome(net, control, data.error(net), data.error(strict))
