"""The labels of arXiv 2512.05475, made from ours: each quantity scaled by itself, so that they no longer fit."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from symmetra.inputs import InputError, describe
from symmetra.molecules._labels import Labels
from symmetra.molecules._units import HARTREE_EV


def published_labels(labels: Any, scaled: bool = True) -> tuple[Tensor, Tensor]:
    """Energies and forces as the paper has them: forces in eV/ångström beside energies in hartree.

    No potential has these forces as its slope and these energies as its values: :func:`check_labels` tells a slope of
    27.21 before the scaling.

    Args:
        labels: in hartree and hartree/ångström.
        scaled: bring energies and forces to [−1, 1], each with its own factor and offset, as the models there got them;
            the range of the forces is that of the hydrogens, whose forces alone are learned there.

    Example:
        >>> import torch
        >>> from symmetra.molecules import geometries
        >>> x, e = geometries("published", "LiH", 3), torch.tensor([0.0, 1.0, 3.0])
        >>> energies, forces = published_labels(Labels(("Li", "H"), x, e, x))
        >>> energies
        tensor([-1.0000, -0.3333,  1.0000])
    """
    if not isinstance(labels, Labels):
        raise InputError("labels", describe(labels), "symmetra.molecules.Labels", "label(positions, molecule)")
    energies, forces = labels.energies, labels.forces * HARTREE_EV
    return (_scaled(energies, energies), _scaled(forces, forces[:, 1:])) if scaled else (energies, forces)


def _scaled(values: Tensor, among: Tensor) -> Tensor:
    return 2 * (values - among.min()) / (among.max() - among.min()) - 1
