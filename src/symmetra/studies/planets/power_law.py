"""The exponent and the strengths: a = −GM_b r^p x/r, one strength for each body b.

Within a body, log(−a·x/r) = log GM_b + p log r: p is the common slope of centred values, each body weighted by the
inverse variance of its own residuals. This part *assumes* a central force; ``law_symmetry`` does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from symmetra.nbody import States, strength
from symmetra.studies.planets.data import time_blocks
from symmetra.studies.planets.jackknife import Jackknife, jackknife


@dataclass(frozen=True, eq=False)
class PowerLaw:
    """What was measured of a central power law.

    Attributes:
        bodies: names.
        exponent: the common exponent.
        exponents: by itself for each body, ``[B]``.
        strengths: GM_b at exponent −2, ``[B]``, au³/day².
        sideways: rms share of the acceleration across the direction of the Sun, ``[B]``.
    """

    bodies: tuple[str, ...]
    exponent: Jackknife
    exponents: Jackknife
    strengths: Jackknife
    sideways: np.ndarray


def power_law(states: States, weighted: tuple[str, ...], blocks: int) -> PowerLaw:
    """Exponents and strengths.

    Args:
        states: of all bodies.
        weighted: the bodies that the common exponent is taken from.
        blocks: time blocks of the jackknife.
    """
    bodies = states.bodies
    r = np.linalg.norm(states.x, axis=1)
    pull = -(states.a * states.x).sum(1) / r
    log_r, log_pull = np.log(r), np.log(pull)
    masks = {name: states.body == name for name in bodies}
    across = np.linalg.norm(states.a + pull[:, None] * states.x / r[:, None], axis=1) / np.linalg.norm(states.a, axis=1)

    def slope(use: np.ndarray) -> tuple[float, float, float]:
        u, y = log_r[use] - log_r[use].mean(), log_pull[use] - log_pull[use].mean()
        value = (u @ y) / (u @ u)
        return value, ((y - value * u) ** 2).mean(), u @ u

    def common(keep: np.ndarray) -> np.ndarray:
        parts = [slope(masks[name] & keep) for name in weighted]
        weights = np.array([size / variance for _, variance, size in parts])
        return np.array((weights * [value for value, _, _ in parts]).sum() / weights.sum())

    def each(keep: np.ndarray) -> np.ndarray:
        return np.array([slope(mask & keep)[0] for mask in masks.values()])

    own = strength(states.x, states.a)

    def strengths(keep: np.ndarray) -> np.ndarray:
        return np.array([own[mask & keep].mean() for mask in masks.values()])

    spans = time_blocks(states, blocks)
    return PowerLaw(
        bodies,
        jackknife(common, spans),
        jackknife(each, spans),
        jackknife(strengths, spans),
        np.array([np.sqrt((across[mask] ** 2).mean()) for mask in masks.values()]),
    )
