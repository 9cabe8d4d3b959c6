"""Bodies: the shipped planets, states along trajectories, the quantities of Kepler's problem, and spring pendulums."""

from symmetra.nbody._kepler import angular_momentum, energy, kepler_orbit, laplace_vector, strength
from symmetra.nbody._planets import DE421_GM_SUN, PLANETS, planet_masses, planets
from symmetra.nbody._springs import SpringPendulum
from symmetra.nbody._states import States, read_states

__all__ = [
    "DE421_GM_SUN",
    "PLANETS",
    "SpringPendulum",
    "States",
    "angular_momentum",
    "energy",
    "kepler_orbit",
    "laplace_vector",
    "planet_masses",
    "planets",
    "read_states",
    "strength",
]
