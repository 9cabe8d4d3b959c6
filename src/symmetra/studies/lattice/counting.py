"""Part 3 of the study: how many open worms are there? Trained on none and on five."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from torch import Tensor

from symmetra.studies.lattice import worms_training as common
from symmetra.studies.lattice.config import LatticeConfig
from symmetra.studies.runner import Unit


def squared(output: Tensor, worms: Tensor) -> Tensor:
    """(output − worms)²."""
    return (output - worms).square()


def rounds(output: Tensor, worms: Tensor) -> Tensor:
    """Whether an output rounds to the number of worms."""
    return output.round() == worms


# Without biases, in all architectures: on one size, a constant at every site of a sum pool and one at the output can
# make up for each other, which loses every other size. The search chooses by configurations with any number of worms:
# on none and five alone, five times the maximum of |div| is as exact as half its sum.
NUMBERS = tuple(range(11))
TASK = common.Task("counting", (0, 5), NUMBERS, NUMBERS, squared, rounds, bias=False)


@lru_cache(maxsize=8)
def _losses(kind: str, scale: str, train: int, steps: int, repeats: int, params: str) -> list[float]:
    return common.search_losses(TASK, kind, scale, train, steps, repeats, json.loads(params))


def objective(
    kind: str, scale: str, train: int, steps: int, repeats: int, params: dict[str, Any], repeat: int
) -> float:
    """The mean square error over all numbers of worms."""
    return _losses(kind, scale, train, steps, repeats, json.dumps(params))[repeat]


def search(kind: str, scale: str, train: int, steps: int, trials: int, repeats: int) -> dict[str, Any]:
    """The best setting of an architecture, see `worms_training.chosen`."""
    of_kind = partial(objective, kind, scale, train, steps, repeats)
    return common.chosen(TASK, of_kind, kind, scale, trials, repeats)


def instances(
    kind: str, params: dict[str, Any], sizes: list[int], scale: str, train: int, steps: int, count: int, each: int
) -> dict[str, Any]:
    """Instances of one setting.

    Returns:
        ``accuracy`` (after rounding) and ``loss`` (mean square) of each instance by ``box|number of worms``, over all
        η and μ; ``accuracy_by_parameters`` by ``box|η|μ``, over all numbers; the ``validation`` errors and the steps
        ``best_step`` at which they were reached; ``parameters``; ``train_seconds`` of all instances together,
        in the last sitting.
    """
    path = common.checkpoint(scale, TASK.name, kind, params, train, steps, count)
    ensemble, fit = common.trained(TASK, kind, params, scale, train, steps, range(1000, 1000 + count), path)
    nets = [ensemble.instance(k) for k in range(count)]
    found = common.scores(TASK, nets, scale, sizes, each)
    accuracy, loss = common.pooled(found, lambda size, _, n: f"{size}x{size}|{n}")
    by_parameters, _ = common.pooled(found, lambda size, setting, _: f"{size}x{size}|{setting}")
    return {
        "parameters": common.size(nets[0]),
        "train_seconds": fit.seconds,
        "validation": fit.best.tolist(),
        "best_step": fit.best_step.tolist(),
        "accuracy": accuracy,
        "loss": loss,
        "accuracy_by_parameters": by_parameters,
    }


def units(config: LatticeConfig) -> list[Unit]:
    """The searches."""
    return common.searches(TASK, search, config, config.counting)


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Instances of what the searches chose."""
    return common.instances(TASK, instances, config, config.counting, results)
