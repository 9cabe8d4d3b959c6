"""Part 2 of the study: is there an open worm?"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from symmetra.studies.lattice import worms_training as common
from symmetra.studies.lattice.config import LatticeConfig
from symmetra.studies.lattice.violations import feature_map, reaction
from symmetra.studies.lattice.worms_data import SMALL, TRAINED, worms
from symmetra.studies.lattice.worms_tasks import DETECTION
from symmetra.studies.runner import Unit


def search(kind: str, scale: str, train: int, steps: int, trials: int, repeats: int) -> dict[str, Any]:
    """The best setting of an architecture, see `worms_training.chosen`."""
    return common.chosen(DETECTION, kind, scale, train, steps, trials, repeats)


def instances(
    kind: str, params: dict[str, Any], sizes: list[int], scale: str, train: int, steps: int, count: int, each: int
) -> dict[str, Any]:
    """Instances of one setting.

    Returns:
        ``accuracy`` and ``loss`` (cross entropy) of each instance by ``box|η|μ``, half of the configurations open;
        ``reaction``, the share of div = +1 in the reaction of each to violations, see `violations`, on the first box
        with room for two of them (8×8 but for some ST); the ``feature_maps`` there of the best of them; the
        ``validation`` errors and the steps ``best_step`` at which they were reached; ``parameters``; ``train_seconds``
        of all instances together, in the last sitting.
    """
    nets, facts = common.many(DETECTION, kind, params, scale, train, steps, count)
    found = common.scores(DETECTION, nets, scale, sizes, each)
    accuracy, loss = common.pooled(found, lambda size, setting, _: f"{size}x{size}|{setting}")
    overall = common.pooled(found, lambda size, *_: str(size))[0][str(SMALL)]
    for extent in sizes:
        made = [worms(scale, f"worms-test-{each}", extent, setting, each, 1) for setting in TRAINED]
        shares = [[v for one in made if (v := reaction(net, one)) is not None] for net in nets]
        if any(shares):
            break
    return facts | {
        "accuracy": accuracy,
        "loss": loss,
        "reaction": [statistics.fmean(row) if row else None for row in shares],
        "feature_maps": feature_map(nets[overall.index(max(overall))], made[-1]),
    }


def units(config: LatticeConfig) -> list[Unit]:
    """The searches."""
    return common.searches(DETECTION, search, config, config.detection)


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Instances of what the searches chose."""
    return common.instances(DETECTION, instances, config, config.detection, results)
