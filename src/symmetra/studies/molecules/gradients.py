"""Part 5: how large the gradients are with which training begins."""

from __future__ import annotations

from typing import Any

import torch

from symmetra import molecules
from symmetra.studies.molecules.config import MoleculesConfig
from symmetra.studies.molecules.data import labels
from symmetra.studies.molecules.fair_training import Surface, loss, tensors, units_of_loss
from symmetra.studies.runner import Unit, rounded

GEOMETRIES = 25


def gradients(arm: str, molecule: str, starts: int) -> dict[str, Any]:
    """The gradient of the loss at random initial parameters.

    Returns:
        ``squares``, for every start the mean over parameters of the squared deviation of the gradient from its mean
        over starts, whose own mean is the variance of the gradient; ``losses`` at the starts.
    """
    train, value = labels(f"{molecule}-train")[:GEOMETRIES], loss(molecule)
    reference = units_of_loss(molecule)[2]
    found, losses = [], []
    for seed in range(starts):
        model: Any = molecules.model(arm, molecule, 1000 + seed).standardise(train.energies)
        one = value(Surface(model, reference), *tensors(train, molecule, torch.float64))
        found.append(torch.cat([g.flatten() for g in torch.autograd.grad(one, list(model.parameters()))]))
        losses.append(float(one.detach()))
    stacked = torch.stack(found)
    squares = (stacked - stacked.mean(0)).square().mean(1) * starts / (starts - 1)
    return rounded({"squares": squares.tolist(), "losses": losses})


def units(config: MoleculesConfig) -> list[Unit]:
    """Every arm on NH3."""
    fair = config.fair
    return [
        Unit(f"gradients/NH3/{arm}", gradients, {"arm": arm, "molecule": "NH3", "starts": fair.starts})
        for arm in fair.arms["NH3"]
        if arm != "plain-augmented"
    ]
