"""Training under the fair protocol: one loss, one optimiser, one schedule for every arm, all seeds at once.

Training is in float32, of energies relative to the mean of the pool; scores are in float64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from symmetra import molecules, training
from symmetra.molecules import Labels
from symmetra.studies.molecules.data import labels

CLIP = 10.0


class Surface(nn.Module):
    """A model relative to a reference, without the checks of its input, which ``vmap`` over seeds does not allow.

    Args:
        model: whose ``mean``, ``spread`` and ``signal`` make the energy.
        reference: what is taken off, in hartree.
    """

    def __init__(self, model: Any, reference: float = 0.0) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("offset", model.mean - reference)

    def forward(self, positions: Tensor) -> Tensor:
        """Energies ``[B]`` in hartree, less the reference."""
        return self.offset + self.model.spread * self.model.signal(positions)


def energies_and_forces(model: Callable[[Tensor], Tensor], positions: Tensor) -> tuple[Tensor, Tensor]:
    """Both, the forces as minus the gradient; inside ``vmap``, too."""

    def total(x: Tensor) -> tuple[Tensor, Tensor]:
        energies = model(x)
        return energies.sum(), energies

    slope, energies = torch.func.grad(total, has_aux=True)(positions)
    return energies, -slope


def units_of_loss(molecule: str) -> tuple[float, float, float]:
    """Variance of the energies, mean square of the forces, mean of the energies in the pool: for all arms and sizes."""
    pool = labels(f"{molecule}-train")
    return float(pool.energies.var()), float(pool.forces.square().mean()), float(pool.energies.mean())


def loss(molecule: str) -> Callable[..., Tensor]:
    """Mean square errors of energies and forces, in the units above, halved: ``loss(model, x, energies, forces)``."""
    energy, force, _ = units_of_loss(molecule)

    def value(model: Any, x: Tensor, energies: Tensor, forces: Tensor) -> Tensor:
        own, pull = energies_and_forces(model, x)
        return ((own - energies).square().mean() / energy + (pull - forces).square().mean() / force) / 2

    return value


def augmented(value: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """A loss on geometries that are turned, their hydrogens exchanged, anew in every step."""

    def of_moved(model: Any, x: Tensor, energies: Tensor, forces: Tensor) -> Tensor:
        x, forces = moved(x, forces)
        return value(model, x, energies, forces)

    return of_moved


def moved(x: Tensor, forces: Tensor) -> tuple[Tensor, Tensor]:
    """Positions and forces turned and their hydrogens exchanged at random, in ways that ``vmap`` knows.

    >>> x = torch.randn(5, 4, 3)
    >>> torch.allclose(*(torch.cdist(y[:, :1], y).sum((1, 2)) for y in (x, moved(x, x)[0])), atol=1e-5)
    True
    """
    count, atoms = x.shape[:2]
    q = torch.nn.functional.normalize(torch.randn(count, 4, dtype=x.dtype), dim=1)
    w, v = q[:, :1, None], q[:, 1:]
    order = torch.rand(count, atoms - 1).argsort(1) + 1
    order = torch.cat([torch.zeros_like(order[:, :1]), order], 1)[..., None].expand(-1, -1, 3)

    def turned(y: Tensor) -> Tensor:
        y = y.gather(1, order)
        axis = v[:, None].expand_as(y)
        once = torch.linalg.cross(axis, y)
        return y + 2 * (w * once + torch.linalg.cross(axis, once))

    return turned(x), turned(forces)


def tensors(found: Labels, molecule: str, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Positions, energies less the mean of the pool, and forces."""
    energies = found.energies - units_of_loss(molecule)[2]
    return found.positions.to(dtype), energies.to(dtype), found.forces.to(dtype)


def fitted(
    arm: str,
    molecule: str,
    train: Sequence[Labels],
    held: Labels,
    seeds: Sequence[int],
    rates: Sequence[float],
    steps: int,
    batch: int,
    every: int,
) -> tuple[training.Ensemble, training.Fit]:
    """An arm with several seeds, each on a training set and with a learning rate of its own, trained side by side.

    Every instance ends with its parameters of least loss on the held labels.
    """
    kind = arm.removesuffix("-augmented")
    models = [
        molecules.model(kind, molecule, seed).standardise(part.energies)
        for seed, part in zip(seeds, train, strict=True)
    ]
    torch.manual_seed(seeds[0])  # of the random motions
    reference, value = units_of_loss(molecule)[2], loss(molecule)
    ensemble = training.Ensemble([Surface(model, reference).float() for model in models]).train()
    unseen = tensors(held, molecule)
    fit = training.fit(
        ensemble,
        augmented(value) if arm.endswith("-augmented") else value,
        tuple(torch.stack(parts) for parts in zip(*(tensors(part, molecule) for part in train), strict=True)),
        steps=steps,
        batch=batch,
        lr=list(rates),
        schedule=partial(torch.optim.lr_scheduler.CosineAnnealingLR, T_max=steps),
        clip=CLIP,
        validate=lambda model: value(model, *unseen),
        every=every,
        seed=seeds[0],
        shared=False,
    )
    return ensemble.eval(), fit


def scores(model: Surface, found: Labels, molecule: str) -> dict[str, float]:
    """``loss``; ``energy_r2`` and ``force_r2``; ``energy`` (mhartree) and ``force`` (hartree/Å), root mean squares."""
    x, wanted, push = tensors(found, molecule, torch.float64)
    energies, forces = (part.detach() for part in energies_and_forces(model.double(), x))
    off, pull = (energies - wanted).square().mean(), (forces - push).square().mean()
    energy, force, _ = units_of_loss(molecule)
    spread = (wanted - wanted.mean()).square().mean()
    return {
        "loss": float(off / energy + pull / force) / 2,
        "energy_r2": float(1 - off / spread),
        "force_r2": float(1 - pull / push.square().mean()),
        "energy": 1e3 * float(off.sqrt()),
        "force": float(pull.sqrt()),
    }
