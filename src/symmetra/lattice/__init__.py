"""The charged φ⁴ field at finite chemical potential, sampled without a sign problem."""

from symmetra.lattice._autocorrelation import Estimate
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._simulate import Schedule, simulate

__all__ = ["simulate", "Ensemble", "Estimate", "Schedule"]
