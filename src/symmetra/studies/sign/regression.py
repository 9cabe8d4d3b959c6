"""Part 4: y_i = x_i x_{i+1}² of four normal variables (indices in a circle), a target that mixes columns.

Exact floors of the mean square error over the variance 3 of y_i: an odd function of x_i alone can give no more than
E[y_i | x_i] = x_i, error 2, which is 2/3; a function that no sign changes is best at zero, which is 1.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.spectral import SignEquivariantGate
from symmetra.studies.runner import Unit
from symmetra.studies.sign.config import SignConfig
from symmetra.training import fit

K, TRAIN, BATCH, TEST, HIDDEN, RATE = 4, 20_000, 512, 100_000, 64, 3e-3
VARIANCE = 3.0  # E x² · E x⁴
ARMS = {
    "equivariant": "sign-equivariant",
    "product": "x · perceptron(|x|)",
    "perceptron": "plain perceptron",
    "separable": "odd, column by column",
    "invariant": "sign-invariant",
}


def target(x: Tensor) -> Tensor:
    """``y_i = x_i x_{i+1}²``."""
    return x * x.roll(-1, -1).square()


def _perceptron(size_in: int, size_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(size_in, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, size_out)
    )


class Gated(nn.Module):
    """``x · perceptron(|x|)``: every sign-equivariant function of a vector has this form."""

    def __init__(self) -> None:
        super().__init__()
        self.net = _perceptron(K, K)

    def forward(self, x: Tensor) -> Tensor:
        """The product."""
        return x * self.net(x.abs())


class Separable(nn.Module):
    """A perceptron for each column, made odd."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(_perceptron(1, 1) for _ in range(K))

    def forward(self, x: Tensor) -> Tensor:
        """Columns side by side."""
        columns = zip(self.nets, x.split(1, -1), strict=True)
        return torch.cat([net(column) - net(-column) for net, column in columns], -1)


class Invariant(nn.Module):
    """A perceptron of the sizes alone."""

    def __init__(self) -> None:
        super().__init__()
        self.net = _perceptron(K, K)

    def forward(self, x: Tensor) -> Tensor:
        """The perceptron."""
        sizes: Tensor = self.net(x.abs())
        return sizes


def network(arm: str, seed: int) -> nn.Module:
    """An untrained network of one of the ``ARMS``."""
    torch.manual_seed(seed)
    if arm == "equivariant":
        return nn.Sequential(SignEquivariantGate(K), SignEquivariantGate(K))
    made = {"product": Gated, "separable": Separable, "invariant": Invariant, "perceptron": lambda: _perceptron(K, K)}
    net: nn.Module = made[arm]()
    return net


def learning(arm: str, seed: int, steps: int) -> dict[str, Any]:
    """Train one network; its error over the variance of the target (``error``) on new points, and ``parameters``."""
    source = torch.Generator().manual_seed(seed)
    x, unseen = (torch.randn(count, K, generator=source) for count in (TRAIN, TEST))
    model = network(arm, seed)

    def loss(net: Any, points: Tensor) -> Tensor:
        return (net(points) - target(points)).square().mean() / VARIANCE

    def schedule(optimizer: Any) -> Any:
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)

    fit(model, loss, x, steps=steps, batch=BATCH, lr=RATE, schedule=schedule, seed=seed)
    with torch.no_grad():
        error = float(loss(model, unseen))
    return {"error": error, "parameters": sum(p.numel() for p in model.parameters())}


def units(config: SignConfig) -> list[Unit]:
    """Every arm and seed."""
    steps = config.regression_steps
    return [
        Unit(f"regression/{arm}/seed{seed}", learning, {"arm": arm, "seed": seed, "steps": steps})
        for seed in range(config.seeds)
        for arm in ARMS
    ]
