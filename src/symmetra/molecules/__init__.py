"""Energies and forces of small molecules: data with provenance, and equivariant quantum and classical models."""

__all__: list[str] = []
