"""What of a geometry does not change when the molecule is turned: distances and angles."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.molecules._molecule import Molecule


def distances(positions: Tensor) -> Tensor:
    """All distances ``[B, pairs]``, those to the central atom first, then those between hydrogens in order."""
    atoms = positions.shape[1]
    i, j = torch.triu_indices(atoms, atoms, 1, device=positions.device)
    return (positions[:, i] - positions[:, j]).square().sum(-1).sqrt()


def cosines(positions: Tensor) -> tuple[Tensor, Tensor]:
    """The angles between bonds and their cosines, ``[B, h(h−1)/2]`` each."""
    bonds = positions[:, 1:] - positions[:, :1]
    i, j = torch.triu_indices(bonds.shape[1], bonds.shape[1], 1, device=positions.device)
    u, v = bonds[:, i], bonds[:, j]
    sine, cosine = torch.linalg.cross(u, v).norm(dim=-1), (u * v).sum(-1)
    return torch.atan2(sine, cosine), cosine / torch.hypot(sine, cosine)


def at_minimum(molecule: Molecule) -> Tensor:
    """The distances of the geometry at the minimum ``[pairs]``, in the same order."""
    return distances(molecule.minimum[None])[0]
