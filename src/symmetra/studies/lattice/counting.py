"""Part 3 of the study: how many open worms are there? Trained on none and on five."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmetra.studies.lattice import worms_training as common
from symmetra.studies.lattice.config import LatticeConfig
from symmetra.studies.lattice.worms_tasks import COUNTING
from symmetra.studies.runner import Unit


def search(kind: str, scale: str, train: int, steps: int, trials: int, repeats: int) -> dict[str, Any]:
    """The best setting of an architecture, see `worms_training.chosen`."""
    return common.chosen(COUNTING, kind, scale, train, steps, trials, repeats)


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
    nets, facts = common.many(COUNTING, kind, params, scale, train, steps, count)
    found = common.scores(COUNTING, nets, scale, sizes, each)
    accuracy, loss = common.pooled(found, lambda size, _, n: f"{size}x{size}|{n}")
    by_parameters, _ = common.pooled(found, lambda size, setting, _: f"{size}x{size}|{setting}")
    return facts | {
        "accuracy": accuracy,
        "loss": loss,
        "accuracy_by_parameters": by_parameters,
    }


def units(config: LatticeConfig) -> list[Unit]:
    """The searches."""
    return common.searches(COUNTING, search, config, config.counting)


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Instances of what the searches chose."""
    return common.instances(COUNTING, instances, config, config.counting, results)
