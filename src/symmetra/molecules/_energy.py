"""What all models of a molecule share: positions in, energies out, forces as the exact derivative."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.molecules._molecule import Molecule, as_positions

SPREAD = 0.1  # hartree: about the standard deviation over a set of distorted geometries


class EnergyModel(nn.Module):
    """Positions ``[B, atoms, 3]`` in ångström to energies ``[B]`` in hartree.

    A subclass gives :meth:`signal`, a number of size one that depends on differences of positions only. The energy is
    ``mean + spread · signal``, with the two numbers from :meth:`standardise`; until then the energy of the minimum of
    RHF/STO-3G and 0.1 hartree. Parameters are float64; ``.float()`` and ``.to(device)`` work as usual, and results
    have the dtype of the positions.

    Attributes:
        molecule: what the positions are of.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, molecule: Molecule, mean: float | None = None, spread: float = SPREAD) -> None:
        super().__init__()
        self.molecule = molecule
        self.register_buffer("mean", torch.tensor(molecule.energy if mean is None else mean, dtype=torch.float64))
        self.register_buffer("spread", torch.tensor(spread, dtype=torch.float64))

    @abstractmethod
    def signal(self, positions: Tensor) -> Tensor:
        """The standardised energy ``[B]``, for positions that have been checked, in the dtype of the parameters."""

    def forward(self, positions: Any) -> Tensor:
        """Energies ``[B]`` in hartree."""
        x = as_positions(positions, self.molecule)
        return self._energies(x.to(self.mean.dtype)).to(x.dtype)

    def forces(self, positions: Any) -> Tensor:
        """``−dE/dx`` ``[B, atoms, 3]`` in hartree/ångström, exact; see :meth:`energies_and_forces`."""
        return self.energies_and_forces(positions)[1]

    def energies_and_forces(self, positions: Any) -> tuple[Tensor, Tensor]:
        """Both in one pass; the forces can be trained on, unless gradients are off."""
        x = as_positions(positions, self.molecule)
        training = torch.is_grad_enabled()
        with torch.enable_grad():
            inside = x.to(self.mean.dtype)
            if not (training and inside.requires_grad):
                inside = inside.detach().requires_grad_()
            energies = self._energies(inside)
            (slope,) = torch.autograd.grad(energies.sum(), inside, create_graph=training)
        if not training:
            energies, slope = energies.detach(), slope.detach()
        return energies.to(x.dtype), -slope.to(x.dtype)

    def standardise(self, energies: Any) -> Any:
        """Set the scale of the output from energies in hartree, those of the training set; returns the model.

        Raises:
            InputError: fewer than two energies, or equal ones.
        """
        values = as_tensor(energies, "energies").to(torch.float64).flatten()
        if len(values) < 2 or float(values.std()) == 0.0:
            raise InputError("energies", describe(energies), "at least two different energies", "those of the set")
        self.mean.copy_(values.mean())
        self.spread.copy_(values.std())
        return self

    def _energies(self, positions: Tensor) -> Tensor:
        return self.mean + self.spread * self.signal(positions)


class Forces(nn.Module):
    """A model whose output are its forces, for what takes a module: ``measure.audit(Forces(m), x, action, action)``.

    Energies have a constant beside which an error looks small; forces have none.

    Args:
        model: an :class:`EnergyModel`.
    """

    def __init__(self, model: EnergyModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, positions: Any) -> Tensor:
        """``−dE/dx`` ``[B, atoms, 3]`` in hartree/ångström."""
        return self.model.forces(positions)


def uniform(generator: torch.Generator, *shape: int, low: float, high: float) -> nn.Parameter:
    """A float64 parameter drawn from [low, high)."""
    values = torch.rand(*shape, dtype=torch.float64, generator=generator)
    return nn.Parameter(low + (high - low) * values)
