"""The two molecules: their atoms, a geometry near the minimum, and what a batch of positions must look like."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.molecules._geometries import ATOMS

NEAREST, FARTHEST = 0.3, 100.0  # ångström between two nuclei: what lies outside is another unit, or no molecule


@dataclass(frozen=True)
class Molecule:
    """A central atom with hydrogens around it.

    Attributes:
        name: its formula.
        symbols: the atoms, the central one first.
        bond: the length of a bond at the minimum, in ångström.
        angle: the angle between two bonds, in degrees.
        energy: the minimum of RHF/STO-3G in hartree, whence untrained models start.
    """

    name: str
    symbols: tuple[str, ...]
    bond: float
    angle: float
    energy: float

    @property
    def hydrogens(self) -> int:
        """How many hydrogens; they are the atoms that may be exchanged."""
        return len(self.symbols) - 1

    @property
    def minimum(self) -> Tensor:
        """The geometry at the minimum ``[atoms, 3]`` in ångström, the central atom at the origin, the axis along z."""
        if self.hydrogens == 1:
            return torch.tensor([[0.0, 0, 0], [0, 0, self.bond]], dtype=torch.float64)
        polar = math.asin(2 / math.sqrt(3) * math.sin(math.radians(self.angle) / 2))
        around = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
        flat = math.sin(polar) * torch.stack([around.cos(), around.sin()], 1)
        bonds = torch.cat([flat, torch.full((3, 1), math.cos(polar), dtype=torch.float64)], 1)
        return torch.cat([torch.zeros(1, 3, dtype=torch.float64), self.bond * bonds])


MOLECULES = {
    "LiH": Molecule("LiH", ATOMS["LiH"], 1.51081, 0.0, -7.8633821),
    "NH3": Molecule("NH3", ATOMS["NH3"], 1.0325, 104.16, -55.4554198),
}


def molecule_named(name: Any) -> Molecule:
    """The molecule of that formula.

    Raises:
        InputError: another one.
    """
    if not isinstance(name, str) or name not in MOLECULES:
        raise InputError("molecule", describe(name), " or ".join(MOLECULES), "molecule='NH3'")
    return MOLECULES[name]


def as_positions(value: Any, molecule: Molecule, argument: str = "positions") -> Tensor:
    """Positions ``[B, atoms, 3]`` in ångström, checked.

    Raises:
        InputError: another shape, numbers that are not finite, or nuclei closer than 0.3 Å or farther than 100 Å.
    """
    positions = as_tensor(value, argument)
    atoms = len(molecule.symbols)
    if positions.ndim != 3 or positions.shape[1:] != (atoms, 3) or positions.is_complex():
        order = ", ".join(molecule.symbols)
        hint = f"{argument}[None]" if positions.shape == (atoms, 3) else f"{argument}.reshape(-1, {atoms}, 3)"
        raise InputError(argument, describe(positions), f"[B, {atoms}, 3], atoms in the order {order}", hint)
    i, j = torch.triu_indices(atoms, atoms, 1, device=positions.device)
    with torch.no_grad():
        distances = (positions[:, i] - positions[:, j]).norm(dim=-1)
        if len(positions) and not bool(((distances > NEAREST) & (distances < FARTHEST)).all()):
            near, far = float(distances.min()), float(distances.max())
            wrong = near if near <= NEAREST else far
            expected = f"nuclei {NEAREST} to {FARTHEST:g} ångström apart"
            raise InputError(argument, f"two nuclei {wrong:.3g} apart", expected, "positions in ångström (10 × nm)")
    return positions
