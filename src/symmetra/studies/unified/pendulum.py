"""Part 2: neural ODEs of the double spring pendulum, plain, with so(2) enforced, and with so(3) promoted.

The protocol is the published one (arXiv:2311.00212) with fewer steps: rollouts of four intervals, Adam on all
trajectories at once, float32, the parameters with the least validation error. Every arm has the same number of steps,
the same schedule (cosine) and the same grid of learning rates, searched on splits that the comparison does not use;
the weight of the penalty is searched once, at 100 trajectories on the split of seed 0, as published.
"""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from symmetra import training
from symmetra.linalg import principal_angles
from symmetra.nn import QuadraticGated
from symmetra.studies.runner import Unit
from symmetra.studies.unified.config import UnifiedConfig
from symmetra.studies.unified.pendulum_data import PENDULUM, split, starts
from symmetra.studies.unified.pendulum_models import ARMS, Trial, layers, lie_operator, rollout

RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
GAMMAS = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)


@dataclass(frozen=True)
class Scale:
    """How much is run.

    Attributes:
        steps: of the optimiser, in every arm.
        sizes: numbers of training trajectories.
        seeds: splits that the arms are compared on.
        count: trajectories in all, a third of them for training.
        horizon: intervals of 0.2 that trajectories are drawn from.
        rates: learning rates that are tried.
        gammas: weights of the penalty that are tried.
        searched: (sizes, seeds) of the search of the learning rate.
    """

    steps: int
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    count: int = 1500
    horizon: int = 150
    rates: tuple[float, ...] = RATES
    gammas: tuple[float, ...] = GAMMAS
    searched: tuple[tuple[int, ...], tuple[int, ...]] = ((25,), (100, 101))


ALL = (5, 10, 25, 50, 100, 250, 500)
SIZES = {
    "quick": Scale(8, (5,), (0, 1), 30, 20, (3e-3, 3e-2), (1e-3, 1e-2), ((5,), (100,))),
    "laptop": Scale(1_500, ALL, (0, 1, 2, 3, 4)),
    "paper": Scale(10_000, ALL, tuple(range(10))),
}

FIRST_GAMMA = 1e-3
"""The weight of the penalty while the learning rate of the promoted arm is searched."""

CHOSEN = {"mlp": 3e-3, "so2": 1e-2, "promoted": 1e-2, "gated": 3e-3, "o2": 3e-3}
"""Learning rates with the least error in the search at laptop scale."""

GAMMA = 1e-3
"""The weight of the penalty with the least error in the search at laptop scale."""


def _train(
    arm: str, size: int, runs: list[tuple[int, float, float]], steps: int, count: int, horizon: int
) -> tuple[training.Ensemble, training.Fit]:
    """Trials with (seed, learning rate, gamma), trained as one ensemble; the best parameters by validation."""
    trials = []
    for seed, _, gamma in runs:
        torch.manual_seed(seed)
        first, validation, test = split(count, horizon, seed)
        trials.append(Trial(arm, (first[:size], validation, test), gamma))
    ensemble = training.Ensemble(trials)
    fit = training.fit(
        ensemble,
        lambda trial, _: trial("training"),
        torch.zeros(1),
        steps=steps,
        lr=[rate for _, rate, _ in runs],
        schedule=partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=steps),
        validate=lambda trial: trial("validation"),
        every=min(steps, 40),
    )
    return ensemble, fit


def search(
    arm: str,
    sizes: list[int],
    seeds: list[int],
    rates: list[float],
    gammas: list[float],
    steps: int,
    count: int,
    horizon: int,
) -> dict[str, Any]:
    """Validation errors over a grid of learning rates and weights of the penalty, and the best point of it.

    Returns:
        ``grid`` of (rate, gamma, geometric mean of the error over sizes and seeds, every error), ``best`` (rate,
        gamma), ``cpu_seconds``.
    """
    begun, points = time.process_time(), [(rate, gamma) for rate in rates for gamma in gammas]
    errors: dict[tuple[float, float], list[float]] = {point: [] for point in points}
    for size in sizes:
        runs = [(seed, *point) for point in points for seed in seeds]
        _, fit = _train(arm, size, runs, steps, count, horizon)
        for (_, *point), score in zip(runs, fit.best.tolist()):
            errors[point[0], point[1]].append(score)
    means = {point: math.exp(statistics.fmean(map(math.log, scores))) for point, scores in errors.items()}
    best = min(points, key=lambda point: means[point])
    return {
        "grid": [[*point, means[point], errors[point]] for point in points],
        "best": list(best),
        "cpu_seconds": time.process_time() - begun,
    }


def compare(
    arm: str, size: int, seeds: list[int], rate: float, gamma: float, steps: int, count: int, horizon: int
) -> dict[str, Any]:
    """One arm at one number of trajectories, all seeds.

    Returns:
        For every seed the ``validation`` and ``test`` errors and the ``best_step``; for gated arms the ``spectrum`` of
        the operator ξ ↦ L_ξ F over so(3), ascending, the ``generator`` of its least value in the basis of so(3) (unit
        length), and the ``angle`` between it and the rotation about the vertical; the ``defect`` ‖F(gx) − gF(x)‖ over
        ‖F(x)‖ for rotations g about the vertical on test states; of the first seed, a ``forecast`` (states 0.2 apart
        from a new start) beside the ``truth``; ``parameters``, ``cpu_seconds``.
    """
    begun = time.process_time()
    ensemble, fit = _train(arm, size, [(seed, rate, gamma) for seed in seeds], steps, count, horizon)
    with torch.no_grad():
        test = ensemble.each(lambda trial, _: trial("test"), torch.zeros(1))
        trials: list[Any] = [ensemble.instance(k) for k in range(len(seeds))]
        found = [_generator(trial) for trial in trials] if arm != "mlp" else []
        forecast, truth = _forecast(trials[0])
    return {
        "validation": fit.best.tolist(),
        "test": test.double().tolist(),
        "best_step": fit.best_step.tolist(),
        **{key: [one[key] for one in found] for key in ("spectrum", "generator", "angle") if found},
        "defect": [_defect(trial) for trial in trials],
        "forecast": forecast,
        "truth": truth,
        "parameters": sum(p.numel() for p in trials[0].field.parameters()),
        "cpu_seconds": time.process_time() - begun,
    }


@torch.no_grad()
def _generator(trial: Any) -> dict[str, Any]:
    """The singular values of the operator over so(3), and the generator that it moves least."""
    field: QuadraticGated = trial.field
    operator = lie_operator(layers(field), trial.generators).double()
    left, sizes, _ = torch.linalg.svd(operator, full_matrices=False)
    least = left[:, -1:].mT
    vertical = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)  # L_12 of so(3)
    angle = float(principal_angles(least, vertical)[0])
    return {"spectrum": sizes.flip(0).tolist(), "generator": least[0].tolist(), "angle": angle}


@torch.no_grad()
def _defect(trial: Any) -> float:
    x = trial.test_states[:, 0]
    angles = 2 * math.pi * torch.rand(len(x), generator=torch.Generator().manual_seed(0))
    turn = torch.matrix_exp(angles[:, None, None] * trial.generators[0])
    turned, after = (turn @ x[..., None])[..., 0], (turn @ trial.field(x)[..., None])[..., 0]
    return float((trial.field(turned) - after).norm() / after.norm())


def _forecast(trial: Any, steps: int = 50) -> tuple[list[Any], list[Any]]:
    """A forecast of 10 time units from a start that no arm has seen, and the truth; rounded, for a figure."""
    start = starts(1, seed=2)
    truth = PENDULUM.trajectories(start, steps)[0, 1:]
    states: Tensor = rollout(trial.field, start.float(), steps)[0]
    return _rounded(states), _rounded(truth)


def _rounded(states: Tensor) -> list[Any]:
    return [[round(v, 4) for v in row] for row in states.double().nan_to_num(0.0, 1e6, -1e6).tolist()]


def units(config: UnifiedConfig) -> list[Unit]:
    """The searches, then every size with every arm, small ones first."""
    scale = SIZES[config.scale]
    common = {"steps": scale.steps, "count": scale.count, "horizon": scale.horizon}
    sizes, seeds = (list(values) for values in scale.searched)
    grid = {"sizes": sizes, "seeds": seeds, "rates": list(scale.rates)}
    found = [
        Unit(f"pendulum/search/{arm}", search, {"arm": arm, **grid, "gammas": [_gamma(arm, FIRST_GAMMA)], **common})
        for arm in ARMS
    ]
    once = {"sizes": [min(100, scale.count // 3)], "seeds": [0], "rates": [CHOSEN["promoted"]]}
    found.append(
        Unit("pendulum/search/gamma", search, {"arm": "promoted", **once, "gammas": list(scale.gammas), **common})
    )
    for size in scale.sizes:
        for arm in ARMS:
            chosen = {"rate": CHOSEN[arm], "gamma": _gamma(arm, GAMMA)}
            own = {"arm": arm, "size": size, "seeds": list(scale.seeds), **chosen, **common}
            found.append(Unit(f"pendulum/n{size}/{arm}", compare, own))
    return found


def _gamma(arm: str, weight: float) -> float:
    return weight if arm == "promoted" else 0.0
