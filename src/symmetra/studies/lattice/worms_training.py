"""Training for the worm tasks: the search of each architecture, the instances of what it chose, and their tests."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symmetra import training
from symmetra.nn import TranslationNetwork
from symmetra.studies.lattice.config import KINDS, LatticeConfig, Worms
from symmetra.studies.lattice.data import folder
from symmetra.studies.lattice.worms_data import SMALL, asked, labelled
from symmetra.studies.lattice.worms_tasks import TASKS, Task
from symmetra.studies.runner import Unit
from symmetra.studies.search import search

CHANNELS, BATCH, RATE = 16, 32, 0.01
CHUNK = 50  # test configurations that are evaluated at once


def space(kind: str) -> dict[str, list[Any]]:
    """What the search may choose; ST needs a convolution behind its stride, FL has no global pool."""
    return {
        "depth": [2, 3] if kind == "ST" else [1, 2],
        "kernel": [2, 3],
        "pool": ["average", "max", "sum"] if kind != "FL" else ["average", "max"],
        "dense": [0, 16],
    }


def network(kind: str, params: Mapping[str, Any], bias: bool) -> TranslationNetwork:
    """An untrained network with one output; its parameters come from torch's random stream.

    Args:
        kind: EQ, ST or FL.
        params: a setting of `space`.
        bias: whether layers have biases.
    """
    kernels = [params["kernel"], *[1 if kind == "EQ" else 2] * (params["depth"] - 1)]
    net = TranslationNetwork(
        kind,
        4,
        1,
        convolutions=[(CHANNELS, kernel) for kernel in kernels],
        dense=(params["dense"],) if params["dense"] else (),
        pool=params["pool"],
        extents=(SMALL, SMALL) if kind == "FL" else None,
    )
    for layer in net if not bias else ():
        if hasattr(layer, "bias"):
            layer.register_parameter("bias", None)
    return net


def trained(
    task: Task,
    kind: str,
    params: Mapping[str, Any],
    scale: str,
    train: int,
    steps: int,
    seeds: Sequence[int],
    checkpoint: Path | None = None,
) -> tuple[training.Ensemble, training.Fit]:
    """Networks that differ in their initialisation, trained as one ensemble; the best parameters by validation."""
    data = [labelled(scale, f"{task.name}-{use}", task.trained, n) for use, n in _sets(train)]
    nets = []
    for seed in seeds:
        torch.manual_seed(seed)
        nets.append(network(kind, params, task.bias))
    ensemble = training.Ensemble(nets)

    def loss(net: Callable[[Tensor], Tensor], x: Tensor, y: Tensor) -> Tensor:
        return task.loss(net(x)[:, 0], y).mean()

    def optimizer(parameters: Any) -> torch.optim.Optimizer:
        return torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)

    fit = training.fit(
        ensemble,
        loss,
        data[0],
        steps=steps,
        batch=BATCH,
        optimizer=optimizer,
        schedule=lambda own: torch.optim.lr_scheduler.CosineAnnealingLR(own, T_max=steps),
        validate=lambda net: loss(net, *data[1]),
        every=-(-steps // 20),
        checkpoint=checkpoint,
    )
    return ensemble, fit


def many(
    task: Task, kind: str, params: Mapping[str, Any], scale: str, train: int, steps: int, count: int
) -> tuple[list[Any], dict[str, Any]]:
    """Instances of one setting; and the facts of their training, which goes on from where it was interrupted."""
    what = (task.name, kind, params, train, steps, count)
    path = folder(scale) / f"{task.name}-{kind}-{zlib.crc32(json.dumps(what).encode()):08x}.safetensors"
    ensemble, fit = trained(task, kind, params, scale, train, steps, range(1000, 1000 + count), path)
    nets = [ensemble.instance(k) for k in range(count)]
    return nets, {
        "parameters": size(nets[0]),
        "train_seconds": fit.seconds,
        "validation": fit.best.tolist(),
        "best_step": fit.best_step.tolist(),
    }


def _sets(train: int) -> tuple[tuple[str, int], tuple[str, int]]:
    return ("train", train), ("validation", max(train // 10, 40))


@lru_cache(maxsize=8)
def _losses(name: str, kind: str, scale: str, train: int, steps: int, repeats: int, params: str) -> list[float]:
    """What the search minimises, of all repeats, which share their steps; on 8×8 and at the training settings."""
    task = TASKS[name]
    ensemble, _ = trained(task, kind, json.loads(params), scale, train, steps, range(repeats))
    x, y = labelled(scale, f"{name}-search", task.searched, max(train // 10, 44))
    with torch.no_grad():
        return [float(task.loss(output[:, 0], y).mean()) for output in ensemble(x)]


def objective(
    name: str, kind: str, scale: str, train: int, steps: int, repeats: int, params: dict[str, Any], repeat: int
) -> float:
    """The mean loss of one repeat on configurations for the search."""
    return _losses(name, kind, scale, train, steps, repeats, json.dumps(params))[repeat]


def chosen(task: Task, kind: str, scale: str, train: int, steps: int, trials: int, repeats: int) -> dict[str, Any]:
    """The result of a search: ``best``, its ``value`` and ``parameters``, and all ``trials``.

    Args:
        task: the task.
        kind: EQ, ST or FL.
        scale: of the study.
        train: training configurations.
        steps: of each training.
        trials: settings to try, all of them if there are fewer.
        repeats: trainings of each.
    """
    storage, choices = folder(scale) / f"search-{task.name}-{kind}.log", space(kind)
    seed = zlib.crc32(f"{task.name}-{kind}".encode())
    trials = min(trials, math.prod(map(len, choices.values())))
    of_kind = partial(objective, task.name, kind, scale, train, steps, repeats)
    found = search(of_kind, choices, trials=trials, repeats=repeats, seed=seed, storage=storage)
    return {
        "best": found.best,
        "value": found.value,
        "parameters": size(network(kind, found.best, task.bias)),
        "trials": [[trial["params"], trial["value"]] for trial in found.trials],
    }


def size(net: nn.Module) -> int:
    """How many parameters a network has."""
    return sum(p.numel() for p in net.parameters())


Cell = tuple[int, str, int]
Scores = dict[str, list[float]]


@torch.no_grad()
def scores(
    task: Task, nets: Sequence[nn.Module], scale: str, sizes: Sequence[int], each: int
) -> dict[Cell, tuple[Tensor, Tensor]]:
    """Accuracy and mean loss of every network, ``[networks]``, by box, ``η|μ`` and number of worms."""
    found = {}
    for extent, (eta, mu), n, x in asked(scale, f"worms-test-{each}", sizes, task.asked, each):
        outputs = torch.stack([torch.cat([net(part)[:, 0] for part in x.split(CHUNK)]) for net in nets])
        y = torch.full_like(outputs, float(n))
        found[extent, f"{eta:g}|{mu:g}", n] = (
            task.right(outputs, y).double().mean(1),
            task.loss(outputs, y).double().mean(1),
        )
    return found


def pooled(found: Mapping[Cell, tuple[Tensor, Tensor]], key: Callable[[int, str, int], str]) -> tuple[Scores, Scores]:
    """Accuracies and losses by ``key(box, η|μ, worms)``, means over the cells that share one."""
    groups: dict[str, list[tuple[Tensor, Tensor]]] = {}
    for cell, values in found.items():
        groups.setdefault(key(*cell), []).append(values)
    means = {name: torch.stack([torch.stack(v) for v in values]).mean(0) for name, values in groups.items()}
    return {n: v[0].tolist() for n, v in means.items()}, {n: v[1].tolist() for n, v in means.items()}


def searches(task: Task, function: Callable[..., dict[str, Any]], config: LatticeConfig, worms: Worms) -> list[Unit]:
    """The units of the searches."""
    own = {"scale": config.scale, "train": worms.train, "steps": worms.search_steps}
    own |= {"trials": worms.trials, "repeats": worms.repeats}
    return [Unit(f"{task.name}/search/{kind}", function, {"kind": kind, **own}) for kind in KINDS]


def instances(
    task: Task,
    function: Callable[..., dict[str, Any]],
    config: LatticeConfig,
    worms: Worms,
    results: Mapping[str, dict[str, Any]],
) -> list[Unit]:
    """The units that train and test what the searches chose; FL is tested on the box that it was made for."""
    own = {"scale": config.scale, "train": worms.train, "steps": worms.steps}
    own |= {"count": worms.instances, "each": worms.test_each}
    return [
        Unit(
            f"{task.name}/{kind}/instances",
            function,
            {
                "kind": kind,
                "params": results[f"{task.name}/search/{kind}"]["best"],
                "sizes": [SMALL] if kind == "FL" else list(worms.sizes),
                **own,
            },
        )
        for kind in KINDS
        if f"{task.name}/search/{kind}" in results
    ]
