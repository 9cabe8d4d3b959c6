"""Part 2: whether every model has the symmetry that its name promises, with random and with trained weights."""

from __future__ import annotations

import itertools
from typing import Any

import torch

from symmetra import molecules
from symmetra.molecules._geometries import rotations
from symmetra.studies.molecules.config import ARMS, MoleculesConfig
from symmetra.studies.molecules.data import labels
from symmetra.studies.runner import Unit, rounded

MODELS = (*ARMS, "replica-euler", "replica-plain", "replica-graph")


def audit(name: str, molecule: str, count: int, seeds: list[int]) -> dict[str, Any]:
    """Symmetry errors of a model with random weights, in units of the spread of its own energies.

    Returns:
        For every seed the largest change of the energy under ``rotation`` (``count`` of them, each of another general
        geometry), ``parity`` and ``permutation`` (all orders of the hydrogens), under rotations about the axis of an
        ``axial`` molecule, and the largest error of the ``force`` as a vector under rotations, over the largest force.
    """
    result: dict[str, Any] = {key: [] for key in ("rotation", "parity", "permutation", "axial", "force")}
    x = labels(f"{molecule}-general").positions
    x = x[torch.arange(count) % len(x)]
    turn = rotations(count, torch.Generator().manual_seed(0))
    axial = labels(f"{molecule}-published").positions[:count]
    about = torch.matrix_exp(torch.linspace(0, 6, len(axial), dtype=x.dtype)[:, None, None] * _about_z())
    orders = [torch.tensor([0, *order]) for order in itertools.permutations(range(1, x.shape[1]))]
    for seed in seeds:
        model = molecules.model(name, molecule, seed)
        with torch.no_grad():
            energies, forces = model.energies_and_forces(x)
            turned, pulled = model.energies_and_forces(x @ turn.mT)
            spread = energies.std() + 1e-12

            def off(changed: torch.Tensor, before: torch.Tensor = energies, unit: torch.Tensor = spread) -> float:
                return float((changed - before).abs().max() / unit)

            result["rotation"].append(off(turned))
            result["parity"].append(off(model(-x)))
            result["permutation"].append(max(off(model(x[:, order])) for order in orders))
            result["axial"].append(off(model(axial @ about.mT), model(axial)))
            result["force"].append(float((pulled - forces @ turn.mT).abs().max() / forces.abs().max()))
    return rounded(result, 3)


def _about_z() -> torch.Tensor:
    generator = torch.zeros(3, 3, dtype=torch.float64)
    generator[1, 0], generator[0, 1] = 1.0, -1.0
    return generator


def units(config: MoleculesConfig) -> list[Unit]:
    """Every model of both molecules."""
    return [
        Unit(
            f"audit/{molecule}/{name}",
            audit,
            {"name": name, "molecule": molecule, "count": config.audited, "seeds": list(config.weights)},
        )
        for molecule in ("NH3", "LiH")
        for name in MODELS
    ]
