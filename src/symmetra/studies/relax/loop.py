"""One way to train for all parts of the study: the loop of the library, with the method's term and step in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.relax import branches, parameter_groups
from symmetra.training import fit

GAMMA_RATE = 1e-2  # of plain gradient steps of γ, that of the analysis of the controller
STEEPEST = 5.0  # slope of γ that is followed: at the very first steps it may be hundreds


class Optimizer(torch.optim.Adam):
    """Adam with clipped gradients for the weights; plain gradient steps for γ, which Adam would hold back.

    Args:
        net: the net.
        rate: of Adam.
        clip: largest norm of the gradient of the weights.
    """

    def __init__(self, net: nn.Module, rate: float, clip: float = 1.0) -> None:
        weights, gammas = (group["params"] for group in parameter_groups(net))
        self.gammas = [gamma for gamma in gammas if gamma.requires_grad]
        self.weights, self.clip = [p for p in weights if p.requires_grad], clip
        super().__init__(self.weights, lr=rate, fused=True)

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """One step of both."""
        for gamma in self.gammas:
            if gamma.grad is not None:
                gamma -= GAMMA_RATE * gamma.grad.clamp(-STEEPEST, STEEPEST)
        nn.utils.clip_grad_norm_(self.weights, self.clip)
        return super().step(closure)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Of both."""
        super().zero_grad(set_to_none)
        for gamma in self.gammas:
            gamma.grad = None


class Steps:
    """What follows every step of the optimiser: its rate falls along a cosine, and the method takes its step."""

    def __init__(self, optimizer: torch.optim.Optimizer, control: Any, steps: int) -> None:
        self.control = control
        self.rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)

    def step(self) -> None:
        """One step."""
        self.rates.step()
        self.control.step()


@contextmanager
def projected(net: nn.Module) -> Iterator[None]:
    """With every γ at zero: what a projection would leave."""
    layers = [layer for _, layer in branches(net)]
    kept = [layer.gamma.detach().clone() for layer in layers]
    with torch.no_grad():
        for layer in layers:
            layer.gamma.zero_()
        try:
            yield
        finally:
            for layer, gamma in zip(layers, kept):
                layer.gamma.copy_(gamma)


@dataclass
class Training:
    """How a training went.

    Attributes:
        score: the best validation error, of the net as it would be deployed.
        curves: steps of the validations; the errors with and without the free branches then; γ, λ and u of each layer
            over some steps; the effective deviations at the end.
        last: the largest |γ| over the last fifth of the steps.
        words: of the controller, for each layer.
    """

    score: float
    curves: dict[str, Any]
    last: float
    words: list[str]


def trained(
    net: nn.Module,
    control: Any,
    loss: Callable[[nn.Module, tuple[Tensor, ...]], Tensor],
    error: Callable[[nn.Module], Tensor],
    data: tuple[Tensor, ...],
    *,
    steps: int,
    batch: int,
    rate: float,
    seed: int,
    strict: bool,
    inputs: Callable[[tuple[Tensor, ...]], Any],
    looks: int = 12,
) -> Training:
    """Train in place; the net ends with the parameters of its best validation, by what would be deployed.

    Args:
        net: the net.
        control: its method, of :mod:`symmetra.relax`.
        loss: of a batch.
        error: of the net on validation data.
        data: tensors, samples first.
        steps: of the optimiser.
        batch: samples of a step.
        rate: of Adam at first.
        seed: of the order of the samples.
        strict: whether the net is deployed without its free branches.
        inputs: of a batch, for methods whose term looks at them.
        looks: how many validations.
    """
    seen: dict[str, list[float]] = {"full": [], "projected": []}

    def validate(net: nn.Module) -> Tensor:
        full = error(net)
        with projected(net):
            bare = error(net)
        seen["full"].append(float(full))
        seen["projected"].append(float(bare))
        return bare if strict else full

    result = fit(
        net,
        lambda net, *rows: loss(net, rows) + control.lagrangian(inputs(rows)),
        data,
        steps=steps,
        batch=batch,
        optimizer=lambda _: Optimizer(net, rate),
        schedule=lambda optimizer: Steps(optimizer, control, steps),
        validate=validate,
        every=max(1, steps // looks),
        seed=seed,
    )
    curves = {"steps": [entry["step"] for entry in result.history], **seen, **course(control)}
    return Training(float(result.best), rounded(curves), largest(control), control.words())


def course(control: Any) -> dict[str, Any]:
    """``gammas``, ``multipliers`` and ``slacks`` of every layer at some sixty ``numbers`` of steps; ``deviations``."""
    history = control.history
    every = max(1, len(history.numbers) // 60)
    rows = history.values[::every].permute(1, 2, 0).tolist()
    found = {"numbers": history.numbers[::every].tolist(), "deviations": control.deviations.tolist()}
    return found | dict(zip(("gammas", "multipliers", "slacks"), rows))


def largest(control: Any) -> float:
    """The largest |γ| over the last fifth of the steps; 0 without relaxed layers."""
    history = control.history
    late = history.values[history.numbers > 0.8 * history.steps][:, 0].abs()
    return float(late.max()) if late.numel() else 0.0


def rounded(value: Any) -> Any:
    """Numbers to four digits, for the journal."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
