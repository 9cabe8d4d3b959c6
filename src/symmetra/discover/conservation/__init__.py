"""Conserved quantities: the dual of a symmetry of the flow, by drift against spread and by rates."""

from symmetra.discover.conservation._conserved import conserved
from symmetra.discover.conservation._result import Conservation

__all__ = ["Conservation", "conserved"]
