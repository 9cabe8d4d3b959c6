"""The charged φ⁴ field at finite chemical potential, sampled without a sign problem."""

from symmetra.inputs import MissingExtra

try:
    import numba  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingExtra("numba", "lattice") from error

from symmetra.lattice import exact
from symmetra.lattice._autocorrelation import Estimate
from symmetra.lattice._chain import Model
from symmetra.lattice._crew import Schedule
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._open import OpenWorms, open_worms
from symmetra.lattice._simulate import simulate
from symmetra.lattice._store import read, sample

__all__ = [
    "simulate",
    "sample",
    "read",
    "Ensemble",
    "Model",
    "Schedule",
    "Estimate",
    "open_worms",
    "OpenWorms",
    "exact",
]
