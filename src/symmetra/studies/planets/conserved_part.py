"""The part on conserved quantities: the searches, their angle to Kepler's quantities, the strength in the energy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from symmetra.discover.conservation._conserved import conserved
from symmetra.discover.conservation._result import Conservation
from symmetra.linalg import principal_angles
from symmetra.nbody import DE421_GM_SUN, States
from symmetra.studies.planets.config import PlanetsConfig
from symmetra.studies.planets.data import functions, kepler_rows, time_blocks
from symmetra.studies.planets.jackknife import Jackknife, jackknife


@dataclass(frozen=True)
class Reading:
    """What is read off one search: see the plan of the claims."""

    certified: int
    angle: float
    separation: float
    gm: float


def search(states: States, config: PlanetsConfig) -> Conservation:
    """Conserved quantities of some bodies, told apart."""
    return conserved(
        states.state, states.rate, functions(), states.body, delta=config.delta_conserved, alpha=config.alpha
    )


def read(found: Conservation, states: States) -> Reading:
    """The numbers that decide; angles are infinite and GM is NaN where fewer than four are certified."""
    rows = found.coefficients[list(found.certified)]
    last = float(found.spectrum[found.dimension - 1]) if len(rows) else float("nan")
    following = float(found.spectrum[found.dimension]) if found.dimension < len(found.spectrum) else float("inf")
    if len(rows) < 4:
        return Reading(len(rows), float("inf"), following / last, float("nan"))
    values = found.library.values(torch.from_numpy(states.state))
    metric = torch.linalg.qr(values - values.mean(0), mode="r").R
    angles = principal_angles(rows @ metric.mT, kepler_rows(found.terms, DE421_GM_SUN) @ metric.mT)
    return Reading(len(rows), float(angles.max()), following / last, energy_strength(found))


def energy_strength(found: Conservation) -> float:
    """GM in the combination of certified quantities that is closest to v²/2 and something of 1/r."""
    rows = found.coefficients[list(found.certified)].numpy()
    target = kepler_rows(found.terms, 0.0)[3].numpy()
    others = np.array([term != "1/r" for term in found.terms])
    weights = np.linalg.lstsq(rows[:, others].T, target[others], rcond=None)[0]
    return float(-(weights @ rows)[~others][0])


def strength_in_time(states: States, config: PlanetsConfig) -> Jackknife:
    """(certified, angle, separation, GM) with one span of time left out after the other, ``[4]``."""

    def estimate(keep: np.ndarray) -> np.ndarray:
        part = states.take(keep)
        reading = read(search(part, config), part)
        return np.array([reading.certified, reading.angle, reading.separation, reading.gm])

    return jackknife(estimate, time_blocks(states, config.blocks))
