"""Point symmetries of evolution equations, by prolongation to jet space."""

from symmetra.discover.evolution._equation import evolution_equation

__all__ = ["evolution_equation"]
