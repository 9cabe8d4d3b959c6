"""Part 2 of the study: is there an open worm?"""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from symmetra.studies.lattice import worms_training as common
from symmetra.studies.lattice.config import LatticeConfig
from symmetra.studies.lattice.violations import feature_map, reaction
from symmetra.studies.lattice.worms_data import SMALL, TRAINED, worms
from symmetra.studies.runner import Unit


def entropy(output: Tensor, worms: Tensor) -> Tensor:
    """Binary cross entropy of a logit."""
    return binary_cross_entropy_with_logits(output, worms, reduction="none")


def tells(output: Tensor, worms: Tensor) -> Tensor:
    """Whether the sign of a logit is right."""
    return (output > 0) == (worms > 0)


TASK = common.Task("detection", (0, 1), (0, 1), (0, 1), entropy, tells, bias=True)


@lru_cache(maxsize=8)
def _losses(kind: str, scale: str, train: int, steps: int, repeats: int, params: str) -> list[float]:
    return common.search_losses(TASK, kind, scale, train, steps, repeats, json.loads(params))


def objective(
    kind: str, scale: str, train: int, steps: int, repeats: int, params: dict[str, Any], repeat: int
) -> float:
    """The cross entropy on configurations for the search."""
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
        ``accuracy`` and ``loss`` (cross entropy) of each instance by ``box|η|μ``, half of the configurations open;
        ``reaction``, the share of div = +1 in the reaction of each to violations, see `violations`, on the first box
        with room for two of them (8×8 but for some ST); the ``feature_maps`` there of the best of them; the
        ``validation`` errors and the steps ``best_step`` at which they were reached; ``parameters``; ``train_seconds``
        of all instances together, in the last sitting.
    """
    path = common.checkpoint(scale, TASK.name, kind, params, train, steps, count)
    ensemble, fit = common.trained(TASK, kind, params, scale, train, steps, range(1000, 1000 + count), path)
    nets: list[Any] = [ensemble.instance(k) for k in range(count)]
    found = common.scores(TASK, nets, scale, sizes, each)
    accuracy, loss = common.pooled(found, lambda size, setting, _: f"{size}x{size}|{setting}")
    overall = common.pooled(found, lambda size, *_: str(size))[0][str(SMALL)]
    for extent in sizes:
        made = [worms(scale, f"worms-test-{each}", extent, setting, each, 1) for setting in TRAINED]
        shares = [[v for one in made if (v := reaction(net, one)) is not None] for net in nets]
        if any(shares):
            break
    return {
        "parameters": common.size(nets[0]),
        "train_seconds": fit.seconds,
        "validation": fit.best.tolist(),
        "best_step": fit.best_step.tolist(),
        "accuracy": accuracy,
        "loss": loss,
        "reaction": [statistics.fmean(row) if row else None for row in shares],
        "feature_maps": feature_map(nets[overall.index(max(overall))], made[-1]),
    }


def units(config: LatticeConfig) -> list[Unit]:
    """The searches."""
    return common.searches(TASK, search, config, config.detection)


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Instances of what the searches chose."""
    return common.instances(TASK, instances, config, config.detection, results)
