"""Quantities of Kepler's problem x'' = −GM x/r³, and its exact orbits; arrays ``[..., 3]``."""

from __future__ import annotations

import numpy as np

from symmetra.inputs import InputError
from symmetra.nbody._states import States


def angular_momentum(x: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The cross product x × v, per unit mass."""
    return np.cross(x, v)


def energy(x: np.ndarray, v: np.ndarray, gm: float | np.ndarray) -> np.ndarray:
    """v²/2 − GM/r, per unit mass."""
    return 0.5 * (v**2).sum(-1) - gm / np.linalg.norm(x, axis=-1)


def laplace_vector(x: np.ndarray, v: np.ndarray, gm: float) -> np.ndarray:
    """The vector v × (x × v) − GM x/r; it points to the perihelion, its length is GM times the eccentricity."""
    return np.cross(v, np.cross(x, v)) - gm * x / np.linalg.norm(x, axis=-1, keepdims=True)


def strength(x: np.ndarray, a: np.ndarray) -> np.ndarray:
    """The GM that each state shows by itself: −(a·x) r."""
    return -(a * x).sum(-1) * np.linalg.norm(x, axis=-1)


def kepler_orbit(
    times: np.ndarray,
    semi_major: float,
    eccentricity: float,
    gm: float = 1.0,
    inclination: float = 0.0,
    node: float = 0.0,
    perihelion: float = 0.0,
    body: str = "body",
) -> States:
    """An exact elliptic orbit, at perihelion at time 0.

    Kepler's equation M = E − e sin E is solved by Newton's method, started where it converges for every e < 1.

    Args:
        times: ``[N]``.
        semi_major: a > 0.
        eccentricity: 0 ≤ e < 1.
        gm: GM > 0.
        inclination: of the orbit against the x-y plane, radians.
        node: longitude of the ascending node, radians.
        perihelion: argument of the perihelion, radians.
        body: the name of the body.
    """
    if not 0.0 <= eccentricity < 1.0:
        raise InputError("eccentricity", repr(eccentricity), "0 ≤ e < 1, an ellipse")
    if not (semi_major > 0.0 and gm > 0.0):
        raise InputError("semi_major, gm", f"{semi_major!r}, {gm!r}", "positive numbers")
    t = np.asarray(times, dtype=np.float64)
    motion = np.sqrt(gm / semi_major**3)
    mean = np.remainder(motion * t + np.pi, 2 * np.pi) - np.pi
    anomaly = np.where(mean >= 0, np.pi, -np.pi) * (eccentricity > 0.8) + mean * (eccentricity <= 0.8)
    for _ in range(50):
        step = (anomaly - eccentricity * np.sin(anomaly) - mean) / (1 - eccentricity * np.cos(anomaly))
        anomaly = anomaly - step
        if np.abs(step).max(initial=0.0) < 1e-15:
            break
    root = np.sqrt(1 - eccentricity**2)
    rate = motion / (1 - eccentricity * np.cos(anomaly))
    zero = np.zeros_like(t)
    x = semi_major * np.stack([np.cos(anomaly) - eccentricity, root * np.sin(anomaly), zero], -1)
    v = semi_major * rate[:, None] * np.stack([-np.sin(anomaly), root * np.cos(anomaly), zero], -1)
    turn = _about_z(node) @ _about_x(inclination) @ _about_z(perihelion)
    x, v = x @ turn.T, v @ turn.T
    a = -gm * x / np.linalg.norm(x, axis=-1, keepdims=True) ** 3
    return States(np.full(t.shape, body), t, x, v, a)


def _about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _about_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
