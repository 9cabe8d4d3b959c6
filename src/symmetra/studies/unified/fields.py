"""Part 4 of the study: networks on spatial fields, plain, with translations, enforced and promoted.

Each learns a symmetric operator (:mod:`~symmetra.studies.unified.fields_data`) from a few pairs of fields. All arms get
the same pairs, steps and grid of learning rates; the rate is chosen by the error on the same validation fields.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra import discover
from symmetra.lie_derivative import lie_terms
from symmetra.promote import NuclearNormPenalty
from symmetra.studies.runner import Unit
from symmetra.studies.unified.config import UnifiedConfig
from symmetra.studies.unified.fields_data import GENERATORS, action, fields, flow, moved
from symmetra.studies.unified.fields_models import ARMS, FAMILIES, network
from symmetra.training import fit

RATES = (3e-3, 1e-2, 3e-2)
SIZES, SEEDS, STEPS = (4, 16, 64), 5, 150
BATCH, POINTS, STRENGTH = 8, 4, 0.1  # pairs a step; fields at which the penalty looks in a step, and its weight
# The fields of the comparison, training, validation and test, were not looked at while its settings were chosen.
VALIDATION, TEST, LOOK = 16, 64, 16  # fields for the choice of the rate, for the errors, and for the defects
TOLERANCE = 0.05  # relative defect up to which a trained network counts as symmetric


def relative_error(outputs: Tensor, targets: Tensor) -> float:
    """‖F(u) − v‖ / ‖v‖ over all fields."""
    return float((outputs - targets).square().sum().sqrt() / targets.square().sum().sqrt())


def trained(family: str, arm: str, seed: int, rate: float, pairs: tuple[Tensor, Tensor], steps: int) -> torch.nn.Module:
    """One network after ``steps`` steps of Adam with one cycle of the learning rate up to ``rate``."""
    model, size = network(family, arm, seed), pairs[1].square().mean()
    looks = None
    if arm == "promoted":
        penalty = NuclearNormPenalty(model, action(), action(), pairs[0])
        looks = penalty.batches(min(POINTS, len(pairs[0])), seed)

    def loss(net: Any, u: Tensor, v: Tensor) -> Tensor:
        error = (net(u) - v).square().mean() / size
        return error if looks is None else error + STRENGTH * penalty(next(looks))

    def schedule(optimizer: Any) -> Any:
        return torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)

    fit(model, loss, pairs, steps=steps, batch=min(BATCH, len(pairs[0])), lr=rate, schedule=schedule, seed=seed)
    return model.eval()


def defects(operator: Any, u: Tensor, batched: bool | None = None) -> dict[str, float]:
    """The relative size of L_ξ F over fields u, for each generator of SE(2)."""
    with torch.no_grad():
        changes, turned = lie_terms(operator, action(), action(), batched)(u)
    sizes = [(a.norm().square() + b.norm().square()).sqrt() for a, b in zip(changes, turned, strict=True)]
    found = [float((a - b).norm() / size) for a, b, size in zip(changes, turned, sizes, strict=True)]
    return dict(zip(GENERATORS, found, strict=True))


def algebra(operator: Any, u: Tensor, rtol: float | None, batched: bool | None = None) -> dict[str, Any]:
    """What discovery says of an operator: dimension and name of what it does not refute, verdicts on the generators."""
    found = discover.operator(operator, u, action(), rtol=rtol, batched=batched)
    certified = len(found.certified)
    name = found.name if certified == found.dimension else f"{found.name}, {certified} of it certified"
    verdicts = {name: c.verdict for name, c in zip(GENERATORS, found.tried.values(), strict=True)}
    return {"dimension": found.dimension, "name": name, "verdicts": verdicts}


def learning(family: str, arm: str, size: int, seed: int, steps: int, rates: list[float]) -> dict[str, Any]:
    """Train one network at every learning rate and look at the best.

    Args:
        family: ``cnn`` or ``fno``.
        arm: ``plain``, ``shifts``, ``enforced`` or ``promoted``.
        size: number of training pairs; those of a seed are the first of the next size.
        seed: of the fields, the weights and the order.
        steps: of the optimiser.
        rates: learning rates tried.

    Returns:
        The test ``error``, that on fields ``moved`` by a shift and a right angle, the ``train`` error, the chosen
        ``rate``, the number of ``parameters``, the ``defects`` and the ``algebra``.
    """
    u = fields(size, 2000 + seed).float()
    inputs = {"train": u, "validation": fields(VALIDATION, 3).float(), "error": fields(TEST, 4).float()}
    inputs["moved"] = moved(inputs["error"])
    targets = {name: flow(values.double()).float() for name, values in inputs.items()}
    best: dict[str, Any] = {"validation": float("inf")}
    for rate in rates:
        model = trained(family, arm, seed, rate, (u, targets["train"]), steps)
        with torch.no_grad():
            errors = {name: relative_error(model(inputs[name]), targets[name]) for name in inputs}
        if errors["validation"] < best["validation"]:
            best, chosen = errors | {"rate": rate}, model
    look = inputs["error"][:LOOK].double()
    best |= {"parameters": sum(p.numel() for p in chosen.parameters()), "defects": defects(chosen.double(), look)}
    return best | {"algebra": algebra(chosen, look, TOLERANCE)}


def truth() -> dict[str, Any]:
    """The operator itself, and one that keeps the shift along y alone: defects, the grid's error, discovery."""
    look = fields(LOOK, 2)

    def shaken(u: Tensor) -> Tensor:
        return flow(u) * (1 + 0.2 * torch.sin(action().grid.points[..., 0]))

    errors = dict(zip(GENERATORS, action().error(look).tolist(), strict=True))
    result = {"defects": defects(flow, look, True), "grid": errors, "algebra": algebra(flow, look, 1e-3, True)}
    return result | {"shaken": {"defects": defects(shaken, look, True), "algebra": algebra(shaken, look, 1e-3, True)}}


def units(config: UnifiedConfig) -> list[Unit]:
    """Every family, arm, size and seed; quick: the smallest size, one seed, one rate and a few steps."""
    quick = config.scale == "quick"
    sizes, seeds, arms = (SIZES[:1], 1, ("plain", "enforced", "promoted")) if quick else (SIZES, SEEDS, ARMS)
    shared = {"steps": 20, "rates": [1e-2]} if quick else {"steps": STEPS, "rates": list(RATES)}
    return [Unit("fields/truth", truth)] + [
        Unit(
            f"fields/{family}/{arm}/n{size}/seed{seed}",
            learning,
            {"family": family, "arm": arm, "size": size, "seed": seed} | shared,
        )
        for size in sizes
        for seed in range(seeds)
        for family in FAMILIES
        for arm in arms
    ]
