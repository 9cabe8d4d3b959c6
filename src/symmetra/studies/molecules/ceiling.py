"""Part 1: how well any potential can fit the published labels, and how well it fits consistent ones.

A potential that is a polynomial of high degree in the internal coordinates (LiH: the bond length; NH3 with three equal
bonds: their length and their angle from the axis) is fitted by least squares to energies and forces at once. No model
with conservative forces can do better in that loss, whatever it is made of.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from symmetra.molecules import Labels, check_labels, published_labels
from symmetra.studies.molecules.config import MoleculesConfig
from symmetra.studies.molecules.data import labels
from symmetra.studies.runner import Unit

Array = NDArray[np.floating[Any]]
WEIGHTS = ((1.0, 2.0), (2.0, 1.0), (1.5, 1.5), (1.0, 5.0))
DEGREE = 14


def fit(molecule: str) -> dict[str, Any]:
    """The best potential for published and for consistent labels.

    Returns:
        ``slope`` of the published forces before scaling and its ``error``; ``published``, rows (weight of energy,
        weight of force, R² of energy, R² of force) after the published correction; ``consistent``, R² of energies and
        forces in hartree and hartree/ångström.
    """
    found = labels(f"{molecule}-published")
    energies, forces = published_labels(found, scaled=False)
    check = check_labels(found.positions, energies, forces)
    values, slopes = basis(found)
    scaled = [part.numpy() for part in published_labels(found)]
    exact = [found.energies.numpy(), found.forces.numpy()]
    exact[0] = exact[0] - exact[0].mean()
    return {
        "slope": check.slope,
        "error": check.error,
        "published": [[*pair, *_fitted(values, slopes, scaled[0], scaled[1], *pair)] for pair in WEIGHTS],
        "consistent": _fitted(values, slopes, exact[0], exact[1], 1.0, 1.0),
    }


def basis(found: Labels) -> tuple[Array, Array]:
    """Values ``[N, terms]`` of the terms and the forces that each of them exerts, as the paper counts them.

    These are the force along the bond for LiH, ``[N, 1, terms]``, and those of the hydrogens of NH3, ``[N, 9, terms]``.
    """
    bonds = found.positions[:, 1:].numpy()
    r = np.linalg.norm(bonds, axis=2)[:, :1]
    z, dz = _unit_interval(r[:, 0])
    first, slope = _chebyshev(z, dz)
    radial = bonds / r[..., None]
    if len(found.atoms) == 2:
        return first, -slope[:, None, :]
    polar = np.arccos(radial[:, 0, 2])
    z, dz = _unit_interval(polar)
    second, bend = _chebyshev(z, dz)
    chosen = [(i, j) for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)]
    i, j = np.array(chosen).T
    # Three bonds share the length and the angle: each hydrogen carries a third of the slope.
    axis = np.array([0.0, 0.0, 1.0])
    tilt = (radial * np.cos(polar)[:, None, None] - axis) / np.sin(polar)[:, None, None]
    along = -(slope[:, i] * second[:, j]) / 3
    around = -(first[:, i] * bend[:, j]) / (3 * r)
    forces = radial[..., None] * along[:, None, None] + tilt[..., None] * around[:, None, None]
    return first[:, i] * second[:, j], forces.reshape(len(z), 9, -1)


def _unit_interval(x: Array) -> tuple[Array, float]:
    middle, half = (x.max() + x.min()) / 2, (x.max() - x.min()) / 2
    return (x - middle) / half, 1 / half


def _chebyshev(z: Array, dz: float) -> tuple[Array, Array]:
    slopes = [chebyshev.chebval(z, chebyshev.chebder(row)) for row in np.eye(DEGREE + 1)[1:]]
    return chebyshev.chebvander(z, DEGREE), np.stack([np.zeros_like(z), *slopes], 1) * dz


def _fitted(values: Array, slopes: Array, energies: Array, forces: Array, w_e: float, w_f: float) -> list[float]:
    """R² of energies and forces of the best potential, after the published correction: quadratic and linear."""
    wanted = forces[:, 1:].reshape(len(forces), -1)[:, -slopes.shape[1] :]  # of LiH only z
    root_e, root_f = math.sqrt(w_e / len(energies)), math.sqrt(w_f / wanted.size)
    design = np.concatenate([root_e * values, root_f * slopes.reshape(-1, values.shape[1])])
    target = np.concatenate([root_e * energies, root_f * wanted.ravel()])
    coefficients = np.linalg.lstsq(design, target, rcond=1e-12)[0]
    return [
        corrected(values @ coefficients, energies, 2),
        corrected((slopes @ coefficients).ravel(), wanted.ravel(), 1),
    ]


def corrected(predicted: Array, wanted: Array, degree: int) -> float:
    """R² after a polynomial of what was predicted has been fitted to what was wanted."""
    rest = wanted - np.polyval(np.polyfit(predicted, wanted, degree), predicted)
    return float(1 - (rest**2).sum() / ((wanted - wanted.mean()) ** 2).sum())


def units(config: MoleculesConfig) -> list[Unit]:
    """Both molecules."""
    return [Unit(f"ceiling/{name}", fit, {"molecule": name}) for name in ("LiH", "NH3")]
