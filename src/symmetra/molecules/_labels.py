"""Molecules with their energies and forces, and where these came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from symmetra.inputs import InputError, describe


@dataclass(frozen=True, eq=False)
class Labels:
    """Geometries of one molecule with energies and forces.

    Attributes:
        atoms: element of each atom, ``("N", "H", "H", "H")``.
        positions: ``[N, atoms, 3]`` in ångström.
        energies: ``[N]`` in hartree.
        forces: ``[N, atoms, 3]`` in hartree/ångström, −dE/d(position); files hold them in hartree/bohr.
        provenance: method, basis, program and whatever else is needed to make them again.
        refused: geometries for which there is no label, as (number in the request, reason).
    """

    atoms: tuple[str, ...]
    positions: Tensor
    energies: Tensor
    forces: Tensor
    provenance: Mapping[str, str] = field(default_factory=dict)
    refused: tuple[tuple[int, str], ...] = ()

    def __post_init__(self) -> None:
        count = len(self.positions)
        shapes = {"positions": (count, len(self.atoms), 3), "energies": (count,)}
        for name, shape in (shapes | {"forces": shapes["positions"]}).items():
            if tuple(getattr(self, name).shape) != shape:
                raise InputError(name, describe(getattr(self, name)), f"shape {shape}")

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, rows: Any) -> Labels:
        """Some of them: a slice, a mask or a tensor of numbers."""
        return replace(
            self, positions=self.positions[rows], energies=self.energies[rows], forces=self.forces[rows], refused=()
        )
