"""Energies and forces of small molecules: data with provenance, and equivariant quantum and classical models."""

from symmetra.molecules import quantum
from symmetra.molecules._energy import EnergyModel, Forces
from symmetra.molecules._file import read, write
from symmetra.molecules._geometries import geometries
from symmetra.molecules._label_check import LabelCheck, check_labels
from symmetra.molecules._labels import Labels
from symmetra.molecules._model import model
from symmetra.molecules._published import published_labels
from symmetra.molecules._pyscf import label
from symmetra.molecules._symmetry import symmetry
from symmetra.molecules._units import BOHR_ANGSTROM, HARTREE_EV

__all__ = [
    "model",
    "EnergyModel",
    "Forces",
    "symmetry",
    "quantum",
    "geometries",
    "label",
    "Labels",
    "check_labels",
    "LabelCheck",
    "read",
    "write",
    "published_labels",
    "BOHR_ANGSTROM",
    "HARTREE_EV",
]
