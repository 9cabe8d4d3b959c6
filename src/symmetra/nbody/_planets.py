"""The shipped planets: heliocentric states from the JPL ephemeris DE421 (described in ``data/planets.md``)."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from symmetra.nbody._states import States, parse_states

PLANETS = ("Mercury", "Venus", "EMB", "Mars", "Jupiter", "Saturn", "Uranus", "Neptune")

DE421_GM_SUN = 2.959122082855911e-4
"""GM of the Sun in DE421, au³/day² with DE421's own au."""

_MASSES = {
    "Mercury": 1.7e-7,
    "Venus": 2.4e-6,
    "EMB": 3.0e-6,
    "Mars": 3.2e-7,
    "Jupiter": 9.5e-4,
    "Saturn": 2.9e-4,
    "Uranus": 4.4e-5,
    "Neptune": 5.2e-5,
}


@lru_cache(maxsize=1)
def planets() -> States:
    """2,700 states of the eight planets over 300 years: au, au/day, au/day², axes of the ICRF, origin in the Sun.

    The values are those of a fitted numerical integration: real dynamics, no added noise. The frame moves with the
    Sun, so every planet also feels the Sun's own acceleration.

    >>> states = planets()
    >>> len(states), states.bodies[:2]
    (2700, ('Mercury', 'Venus'))
    """
    with resources.files("symmetra.nbody.data").joinpath("planets.csv").open(encoding="utf-8") as file:
        states = parse_states(file, "planets.csv")
    for array in (states.body, states.t, states.x, states.v, states.a):
        array.setflags(write=False)
    return states


def planet_masses() -> dict[str, float]:
    """DE421's mass of each planet (with moons) over that of the Sun, to two digits, as tabulated with the data."""
    return dict(_MASSES)
