"""Bodies: the shipped planets, Kepler's problem, spring pendulums, and data of charged, gravitating or bound bodies."""

from symmetra.nbody._interacting import Interacting, interacting
from symmetra.nbody._interacting_file import read_interacting, write_interacting
from symmetra.nbody._kepler import angular_momentum, energy, kepler_orbit, laplace_vector, strength
from symmetra.nbody._pair_forces import PairForces
from symmetra.nbody._planets import DE421_GM_SUN, PLANETS, planet_masses, planets
from symmetra.nbody._springs import SpringPendulum
from symmetra.nbody._states import States, read_states

__all__ = [
    "DE421_GM_SUN",
    "Interacting",
    "PLANETS",
    "PairForces",
    "SpringPendulum",
    "States",
    "angular_momentum",
    "energy",
    "interacting",
    "kepler_orbit",
    "laplace_vector",
    "planet_masses",
    "planets",
    "read_interacting",
    "read_states",
    "strength",
    "write_interacting",
]
