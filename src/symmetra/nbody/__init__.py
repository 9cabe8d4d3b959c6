"""Gravitating bodies: states along trajectories, the shipped planets, and the quantities of Kepler's problem."""

from symmetra.nbody._kepler import angular_momentum, energy, kepler_orbit, laplace_vector, strength
from symmetra.nbody._planets import DE421_GM_SUN, PLANETS, planet_masses, planets
from symmetra.nbody._states import States, read_states

__all__ = [
    "DE421_GM_SUN",
    "PLANETS",
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
