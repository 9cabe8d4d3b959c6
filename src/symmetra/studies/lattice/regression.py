"""Part 1 of the study: the density n and the mean squared field φ² of a configuration.

Networks are trained at 60×4 and μ = 1.05 alone, and tested at 29 μ on five boxes. The search of each architecture is
made once, at one size of the training set; its choice is trained at every size.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.studies.lattice.config import ETA, KINDS, MUS, SIZES, TRAIN_SIZE, LatticeConfig, Regression
from symmetra.studies.lattice.data import ensemble, folder
from symmetra.studies.lattice.regression_large import large
from symmetra.studies.lattice.regression_training import CHUNK, error, labelled, network, space, trained
from symmetra.studies.runner import Unit, rounded
from symmetra.studies.search import search

HOME, LARGEST = "60x4", "200x10"
AUGMENTED = ("ST", "FL")


def monte_carlo(scale: str, extents: list[int], mus: list[float], each: int) -> dict[str, Any]:
    """The test ensembles of a box: values with the errors of the Γ-method from every sweep.

    Args:
        scale: of the study.
        extents: of the box.
        mus: chemical potentials.
        each: configurations at each.
    """
    rows: dict[str, Any] = {"mu": mus, "n": [], "n_error": [], "phi2": [], "phi2_error": [], "tau_int": []}
    for mu in mus:
        made = ensemble(scale, "test", tuple(extents), ETA, mu, each)
        n, phi2 = made.estimate("n"), made.estimate("phi2")
        found = {"n": n.value, "n_error": n.error, "phi2": phi2.value, "phi2_error": phi2.error}
        for key, value in (found | {"tau_int": max(n.tau_int, phi2.tau_int)}).items():
            rows[key].append(value)
    return rounded(rows)


def objective(own: dict[str, Any], kind: str, params: dict[str, Any], repeat: int) -> float:
    """The validation error of one training, what the search minimises."""
    return trained(kind, params, **own, seed=repeat)[1]["validation"]


def chosen(kind: str, space: dict[str, list[Any]], trials: int, repeats: int, **own: Any) -> dict[str, Any]:
    """The search of an architecture: ``best``, its ``value`` and ``parameters``, and all ``trials``."""
    found = search(
        partial(objective, own, kind),
        space,
        trials=trials,
        repeats=repeats,
        seed=zlib.crc32(f"regression-{kind}".encode()),
        storage=folder(own["scale"]) / f"search-regression-{kind}.log",
    )
    parameters = sum(p.numel() for p in network(kind, found.best).parameters())
    tried = [[trial["params"], trial["value"]] for trial in found.trials]
    return rounded({"best": found.best, "value": found.value, "parameters": parameters, "trials": tried})


def instances(
    kind: str,
    params: dict[str, Any],
    count: int,
    augment: bool,
    test: int,
    each: int,
    sizes: list[list[int]],
    mus: list[float],
    **own: Any,
) -> dict[str, Any]:
    """Instances of one setting, and their tests.

    Args:
        kind: EQ, ST, FL or ST-stride.
        params: the setting.
        count: instances.
        augment: train on random periodic translations.
        test: configurations at the training setting.
        each: configurations at every box and μ.
        sizes: boxes.
        mus: chemical potentials.
        own: the other arguments of `trained`.

    Returns:
        Mean square errors, for every instance: ``test_mse`` at the training setting, ``validation`` and, before the
        second stage, ``adamw``; ``by_size`` and ``by_mu``; on the largest box, if asked for, ``curves``: means over the
        configurations of each μ of the predictions and (``n_true``, ``phi2_true``) of the labels.
    """
    made = [trained(kind, params, **own, seed=1000 + k, augment=augment, keep=True) for k in range(count)]
    nets: list[nn.Module] = [net.requires_grad_(False) for net, _ in made]
    x, y = labelled(own["scale"], "final", test)
    found: dict[str, Any] = {
        "parameters": sum(p.numel() for p in nets[0].parameters()),
        "train_seconds": sum(f["seconds"] for _, f in made),
        "test_mse": [float(error(net, x, y)) for net in nets],
        "validation": [f["validation"] for _, f in made],
        "adamw": [f["adamw"] for _, f in made],
    }
    return rounded(found | tests(nets, own["scale"], sizes, mus, each))


def tests(nets: list[nn.Module], scale: str, sizes: list[list[int]], mus: list[float], each: int) -> dict[str, Any]:
    """The errors of networks on the test ensembles: ``by_size``, ``by_mu``, and ``curves`` on the largest box."""
    found: dict[str, Any] = {"by_size": {}, "by_mu": {}, "curves": {}}
    for extents in sizes:
        size, rows = "x".join(map(str, extents)), {}
        curves: dict[str, Any] = {"mu": mus, "n": [], "phi2": [], "n_true": [], "phi2_true": []}
        for mu in mus:
            made = ensemble(scale, "test", tuple(extents), ETA, mu, each)
            x, y = torch.as_tensor(made.configurations[:each]).float(), torch.as_tensor(made.labels()[:each])
            outputs = predictions(nets, x)
            rows[f"{mu:g}"] = (outputs - y).square().mean((1, 2)).tolist()
            for i, name in enumerate(("n", "phi2")):
                curves[name].append(outputs[..., i].mean(1).tolist())
                curves[f"{name}_true"].append(float(y[:, i].mean()))
        found["by_size"][size] = torch.tensor(list(rows.values())).mean(0).tolist()
        if size in (HOME, LARGEST):
            found["by_mu"][size] = rows
        if size == LARGEST:
            found["curves"][size] = curves
    return found


def predictions(nets: list[nn.Module], x: Tensor) -> Tensor:
    """Outputs ``[networks, N, 2]`` in float64."""
    return torch.stack([torch.cat([net(part) for part in x.split(CHUNK // 5)]).double() for net in nets])


def units(config: LatticeConfig) -> list[Unit]:
    """The data of every box, the searches, and the earlier network."""
    task = config.regression
    data = {"scale": config.scale, "mus": list(mus(config)), "each": task.test_each}
    own = {"scale": config.scale, "pool": task.pool, "train": task.search_train}
    own |= {"steps": task.search_steps, "newton": task.search_newton, "trials": task.trials, "repeats": task.repeats}
    found = [
        Unit(f"regression/ensembles/{nt}x{nx}", monte_carlo, {"extents": [nt, nx]} | data) for nt, nx in boxes(config)
    ]
    found += [Unit(f"regression/search/{kind}", chosen, {"kind": kind, "space": space(kind)} | own) for kind in KINDS]
    if task.large_train:
        earlier = {"scale": config.scale, "train": task.large_train, "steps": task.large_steps, "each": task.test_each}
        found.append(Unit(f"regression/FL-large/n{task.large_train}/instances", large, earlier | {"seed": 1000}))
    return found


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """The instances of what the searches chose; all boxes at the largest training set, else that of the training."""
    task, found = config.regression, []
    arms = [(kind, kind, False) for kind in KINDS] + [(f"{kind}+aug", kind, True) for kind in AUGMENTED]
    for train in task.train:
        # Added when ST had come close to EQ: the setting of ST, with the stride in the convolution.
        for name, kind, augment in [*arms, ("ST-stride", "ST", False)] if train == task.train[-1] else arms:
            if f"regression/search/{kind}" not in results:
                continue
            everywhere = kind != "FL" and train == task.train[-1]
            arguments = {
                "kind": name.removesuffix("+aug"),
                "params": results[f"regression/search/{kind}"]["best"],
                "augment": augment,
                "train": train,
                "sizes": [list(box) for box in (boxes(config) if everywhere else [TRAIN_SIZE])],
                "mus": list(mus(config)),
            }
            found.append(
                Unit(f"regression/{name}/n{train}/instances", instances, arguments | shared(config.scale, task))
            )
    return found


def shared(scale: str, task: Regression) -> dict[str, Any]:
    """The arguments that all instances have."""
    own = {"scale": scale, "pool": task.pool, "steps": task.steps, "newton": task.newton}
    return own | {"count": task.instances, "test": task.test, "each": task.test_each}


def boxes(config: LatticeConfig) -> tuple[tuple[int, int], ...]:
    """All five; the quick scale keeps the smallest, that of the training, and none that takes long to sample."""
    return SIZES[:2] if config.scale == "quick" else SIZES


def mus(config: LatticeConfig) -> tuple[float, ...]:
    """All 29 values; every seventh in the quick scale."""
    return MUS[::7] if config.scale == "quick" else MUS
