"""How rotations, reflections and exchanges of equal atoms move the positions of a molecule, and its forces."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions import Action
from symmetra.groups import SO, Group, O, S
from symmetra.inputs import InputError, describe
from symmetra.molecules._molecule import molecule_named


class Atoms(Action):
    """Rotations turn the vectors ``[..., atoms, 3]``, permutations carry the i-th hydrogen to place π(i).

    What :func:`symmetry` returns; the central atom stays first.

    Args:
        group: of 3 × 3 rotations and reflections, of permutation matrices of the hydrogens, or a product of one of
            each in this order.
        permutes: whether a group that is no product permutes.
    """

    def __init__(self, group: Group, permutes: bool = False) -> None:
        self.group, self.permutes = group, permutes

    def _parts(self, g: Tensor) -> tuple[Tensor | None, Tensor | None]:
        split = getattr(self.group, "split", None)
        if split is not None:
            return split(g)
        return (None, g) if self.permutes else (g, None)

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """The moved positions or forces, in the dtype of ``x``."""
        turn, permute = self._parts(g)
        if turn is not None:
            x = x @ turn.to(x).mT
        if permute is not None:
            hydrogens = permute.to(x) @ x[..., 1:, :]
            x = torch.cat([x[..., :1, :].expand(*hydrogens.shape[:-2], 1, 3), hydrogens], -2)
        return x

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """``x ξᵀ``: each vector by the algebra element; nothing moves under permutations."""
        turn, _ = self._parts(xi)
        return torch.zeros_like(x) if turn is None else x @ turn.to(x).mT

    def __repr__(self) -> str:
        return f"Atoms({self.group})"


def symmetry(molecule: Any, group: Any) -> Atoms:
    """The action of a group on positions ``[B, atoms, 3]``, and on forces, for :func:`symmetra.measure.audit`.

    Energies are invariant under it and forces move with the positions. An audit of the forces is the sharper one,
    ``audit(Forces(m), x, a, a)``: they have no constant beside which an error looks small. Parity is no part of SO(3):
    ask for O(3) to have it tried.

    Args:
        molecule: ``"LiH"`` or ``"NH3"``.
        group: ``"SO(3)"``, ``"O(3)"``, ``"S"`` for the exchanges of the hydrogens, ``"SO(3) x S"`` or ``"O(3) x S"``.

    Raises:
        InputError: an unknown molecule or group.
    """
    permutations = S(molecule_named(molecule).hydrogens)
    groups = {
        "SO(3)": SO(3),
        "O(3)": O(3),
        "S": permutations,
        "SO(3) x S": SO(3) * permutations,
        "O(3) x S": O(3) * permutations,
    }
    if not isinstance(group, str) or group not in groups:
        raise InputError("group", describe(group), ", ".join(groups), "group='SO(3)'")
    return Atoms(groups[group], group == "S")
