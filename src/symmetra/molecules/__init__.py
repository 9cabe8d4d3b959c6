"""Energies and forces of small molecules: data with provenance, and equivariant quantum and classical models."""

from symmetra.molecules._units import BOHR_ANGSTROM, HARTREE_EV

__all__ = ["BOHR_ANGSTROM", "HARTREE_EV"]
