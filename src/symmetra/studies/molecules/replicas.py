"""Part 3: the published table. Published circuits, labels and training, from their description, on a part of the set.

All geometries of a set lie on a line (LiH) or a surface (NH3), evenly; the gradient of a full batch of some of them is
that of all, so that the number of steps is as published and the number of geometries is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra import molecules, training
from symmetra.molecules import published_labels
from symmetra.studies.molecules.config import REPLICAS, MoleculesConfig
from symmetra.studies.molecules.data import evenly
from symmetra.studies.molecules.fair_training import Surface, energies_and_forces
from symmetra.studies.runner import Unit, rounded

SHUFFLE = 42  # seed of the published folds
Weights = Callable[[float], tuple[float, float]]


@dataclass(frozen=True)
class Protocol:
    """How one model is trained.

    Attributes:
        rate: of Adam.
        clip: of the norm of the gradient.
        phases: of the training, equally long, each with an optimiser of its own: weights of energies and forces
            against the share of the training that is done.
        huber: where the loss of the forces turns from square to linear; None for squares.
        relative: whether forces are divided by their root mean square.
    """

    rate: float
    clip: float
    phases: tuple[Weights, ...]
    huber: float | None = None
    relative: bool = False


PROTOCOLS = {
    ("replica-euler", "LiH"): Protocol(3e-3, 10.0, (lambda t: (1.0, 5 * min(1.0, t / 0.4)),)),
    ("replica-euler", "NH3"): Protocol(3e-3, 10.0, (lambda t: (1.0, 5 * min(1.0, t / 0.4)),), 1.0, True),
    ("replica-plain", "LiH"): Protocol(1e-2, 10.0, (lambda t: (2.0, 1.0),)),
    ("replica-plain", "NH3"): Protocol(1e-2, 10.0, (lambda t: (2.0, 1.0),)),
    ("replica-graph", "LiH"): Protocol(1e-2, 10.0, (lambda t: (1.5, 1.5),)),
    ("replica-graph", "NH3"): Protocol(1e-2, 10.0, (lambda t: (2.0, 0.0), lambda t: (2.0, 1.0))),
    ("mlp", "LiH"): Protocol(3e-3, 5.0, (lambda t: (1.0, 2 * max(0.0, t - 0.3) / 0.7),), 0.5),
    ("mlp", "NH3"): Protocol(3e-3, 5.0, (lambda t: (1.0, 2 * max(0.0, t - 0.3) / 0.7),), 0.5),
}


class _Objective:
    """The loss of a protocol, which knows how much of the training is done from the number of its calls."""

    def __init__(self, protocol: Protocol, weights: Weights, steps: int, unit: float) -> None:
        self.protocol, self.weights, self.steps, self.unit, self.calls = protocol, weights, steps, unit, 0

    def __call__(self, model: Any, x: Tensor, energies: Tensor, forces: Tensor) -> Tensor:
        first, second = self.weights(self.calls / self.steps)
        self.calls += 1
        own, pull = energies_and_forces(model, x)
        off = (counted(pull, forces.shape[1]) - forces) / self.unit
        bend = self.protocol.huber
        part = off.square() if bend is None else torch.nn.functional.huber_loss(off, off * 0, "none", bend)
        return first * (own - energies).square().mean() + second * part.mean()


def counted(forces: Tensor, columns: int) -> Tensor:
    """Forces as the paper counts them: those of the hydrogens, of LiH only along z; ``[N, columns]``."""
    return forces[:, 1:].flatten(1)[:, -columns:]


def _data(molecule: str, count: int) -> tuple[Tensor, Tensor, Tensor]:
    found = evenly(f"{molecule}-published", count)
    energies, forces = published_labels(found)
    return found.positions, energies, counted(forces, 1 if molecule == "LiH" else 9)


def train(name: str, molecule: str, parts: Sequence[tuple[Tensor, ...]], epochs: int, seed: int) -> Any:
    """A model trained on several training sets of one size side by side, with full batches."""
    protocol, models = PROTOCOLS[name, molecule], []
    for k in range(len(parts)):
        model: Any = molecules.model(name, molecule, seed + k)
        model.mean.zero_()
        model.spread.fill_(1.0)
        models.append(Surface(model).float())
    ensemble = training.Ensemble(models)
    together = tuple(torch.stack(part).float() for part in zip(*parts, strict=True))
    unit = float(together[2].square().mean().sqrt()) if protocol.relative else 1.0
    steps = epochs // len(protocol.phases)
    for weights in protocol.phases:
        objective = _Objective(protocol, weights, steps, unit)
        training.fit(
            ensemble, objective, together, steps=steps, lr=protocol.rate, clip=protocol.clip, every=steps, shared=False
        )
    return ensemble


def _score(model: Any, fitted: tuple[Tensor, ...], unseen: tuple[Tensor, ...]) -> dict[str, float]:
    """R² and mean absolute errors on unseen geometries after the published correction, fitted to the training set."""
    found, model = {}, model.double()
    pairs = [[part.detach() for part in energies_and_forces(model, rows[0])] for rows in (fitted, unseen)]
    for name, place, degree in (("energy", 0, 2), ("force", 1, 1)):
        both = [pair[place] if place == 0 else counted(pair[place], fitted[2].shape[1]) for pair in pairs]
        before, after = (part.numpy().ravel() for part in both)
        there, here = (rows[place + 1].numpy().ravel() for rows in (fitted, unseen))
        rest = here - np.polyval(np.polyfit(before, there, degree), after)
        found[f"{name}_r2"] = float(1 - (rest**2).sum() / ((here - here.mean()) ** 2).sum())
        found[f"{name}_mae"] = float(np.abs(rest).mean())
    return found


def single(name: str, molecule: str, count: int, epochs: int, seed: int) -> dict[str, Any]:
    """One run with a fifth held back: R² and mean absolute errors (of scaled labels), ``cpu_seconds``."""
    begun, data = time.process_time(), _data(molecule, count)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(SHUFFLE))
    test, rest = order[: count // 5], order[count // 5 :]
    fitted, unseen = tuple(part[rest] for part in data), tuple(part[test] for part in data)
    model = train(name, molecule, [fitted], epochs, seed).instance(0)
    found = _score(model, fitted, unseen) | {"parameters": sum(p.numel() for p in model.parameters())}
    return rounded(found | {"cpu_seconds": time.process_time() - begun})


def folds(name: str, molecule: str, count: int, epochs: int, seed: int) -> dict[str, Any]:
    """Five folds: R² and mean absolute errors of each, ``cpu_seconds``."""
    begun, data = time.process_time(), _data(molecule, count)
    order = torch.randperm(count // 5 * 5, generator=torch.Generator().manual_seed(SHUFFLE)).view(5, -1)
    rest = [torch.cat([order[k] for k in range(5) if k != fold]) for fold in range(5)]
    parts = [tuple(part[rows] for part in data) for rows in rest]
    ensemble = train(name, molecule, parts, epochs, seed)
    rows = [_score(ensemble.instance(k), parts[k], tuple(part[order[k]] for part in data)) for k in range(5)]
    found: dict[str, Any] = {key: [row[key] for row in rows] for key in rows[0]}
    return rounded(found | {"cpu_seconds": time.process_time() - begun})


def units(config: MoleculesConfig) -> list[Unit]:
    """The single run and the folds of every model."""
    return [
        Unit(
            f"replica/{kind.__name__}/{molecule}/{name}",
            kind,
            {"name": name, "molecule": molecule, "count": config.published, "epochs": epochs, "seed": 0},
        )
        for molecule in ("NH3", "LiH")
        for kind, epochs in zip((single, folds), config.epochs[molecule], strict=True)
        for name in REPLICAS
    ]
