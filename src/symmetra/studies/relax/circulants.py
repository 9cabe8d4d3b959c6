"""Part (a): the toy of shifts on four places, symmetric or broken at one layer; every method, and the verdicts."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import torch

from symmetra import relax
from symmetra.measure import equivariance_error
from symmetra.relax import ConstraintController, project
from symmetra.studies.relax.loop import course, largest, rounded
from symmetra.studies.relax.toy import LAYERS, Task, actions, controlled, network, task, train

DATA = {"symmetric": None, "broken0": 0, "broken1": 1, "broken2": 2}
METHODS = ("strict", "free", "textbook", "equality", "resilient", "ridge")
LOOKED_AT = 500  # of the clean points, for the choice of the ridge's weight; errors are on the others


def parts(data: Task) -> tuple[Task, Task]:
    """The same training points with clean points to choose by, and with others to report on."""
    first, others = slice(None, LOOKED_AT), slice(LOOKED_AT, None)
    return tuple(replace(data, x_test=data.x_test[p], y_test=data.y_test[p]) for p in (first, others))  # type: ignore[return-value]


def learn(name: str, data: str, seed: int, steps: int, weights: list[float]) -> dict[str, Any]:
    """One method on one draw.

    Args:
        name: of the method.
        data: ``symmetric``, or ``broken`` with the number of the layer.
        seed: of the draw and of the student.
        steps: of training.
        weights: of the ridge, of which the best by other points is taken; one weight of 0 for all other methods.

    Returns:
        ``full`` and ``projected`` errors over the mean square of the targets; ``deployed``, the one that the method
        stands for; ``last``, the largest |γ| over the last fifth; ``multipliers`` at the end; ``words`` of the
        controller; ``defects``, equivariance errors before and after projection in float64; ``weight`` taken;
        ``curves``; ``cpu_seconds``.
    """
    begun = time.process_time()
    look, test = parts(task(seed, DATA[data]))
    found = []
    for weight in weights:
        net = network(seed)
        control = controlled(name, net, steps, {"weight": weight} if name == "ridge" else None)
        found.append((train(net, control, look, steps=steps).full, weight, net, control))
    _, weight, net, control = min(found, key=lambda item: item[0])
    action_in, action_out = actions()
    bare = project(net, tolerance=float("inf")).net
    full, strict = test.error(net), test.error(bare)
    defects = [float(equivariance_error(f, test.x_test[:200], action_in, action_out)) for f in (net, bare)]
    return {
        "full": full,
        "projected": strict,
        "deployed": strict if name in ("strict", "textbook", "equality") else full,
        "last": largest(control),
        "multipliers": control.multipliers.tolist(),
        "words": control.words(),
        "defects": defects,
        "weight": weight,
        "curves": rounded(course(control)),
        "cpu_seconds": time.process_time() - begun,
    }


def verdict(data: str, seed: int, seeds: list[int], steps: int) -> dict[str, Any]:
    """What `symmetra.relax.verdict` says of one draw.

    Args:
        data: as for :func:`learn`.
        seed: of the draw.
        seeds: of the trainings behind the verdict.
        steps: of each.

    Returns:
        ``answer``; ``layer`` named, if any; ``multipliers`` and ``clean`` ones, every seed and layer; ``margin``;
        ``oscillated``; ``ablation``, held-out errors with one layer free at a time; ``cpu_seconds``.
    """
    begun = time.process_time()
    first, look = parts(task(seed, DATA[data]))

    def training(rows: Any, settings: dict[str, Any], free: Any) -> tuple[Any, Any, float]:
        net = network(int(torch.randint(2**31, ())), range(LAYERS) if free is None else free)
        control = ConstraintController(net, **settings)
        outcome = train(net, control, replace(look, x=rows[0], y=rows[1]), steps=steps)
        return outcome.net, control, outcome.full

    found = relax.verdict(training, (first.x, first.y), *actions(), seeds=seeds)
    return {
        "answer": found.answer,
        "layer": found.layer,
        "multipliers": found.multipliers.tolist(),
        "clean": found.clean.tolist(),
        "margin": found.margin,
        "oscillated": found.oscillated,
        "ablation": None if found.ablation is None else found.ablation.tolist(),
        "cpu_seconds": time.process_time() - begun,
    }
