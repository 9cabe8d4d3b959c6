"""Tables, arrays for figures and sentences, made from the parts of the result."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from symmetra.discover.conservation._result import Conservation
from symmetra.nbody import DE421_GM_SUN, States, planet_masses
from symmetra.studies.planets.config import PlanetsConfig
from symmetra.studies.planets.jackknife import Jackknife
from symmetra.studies.planets.law_symmetry import NAMED, LawSymmetry
from symmetra.studies.planets.power_law import PowerLaw

SETS = {"near": "Mercury to Jupiter", "all": "all eight planets", "inner": "the four inner planets"}


def tables(found: dict[str, Conservation], power: PowerLaw, law: LawSymmetry) -> dict[str, list[dict[str, Any]]]:
    """Title to rows."""
    masses = planet_masses()
    out: dict[str, list[dict[str, Any]]] = {
        f"Conserved quantities of {SETS[name]}": [
            {
                "quantity": row["quantity"],
                "drift / spread (rms)": row["defect"],
                "upper bound": row["upper"],
                "rate × radian / spread": float(result.rate_defects[i]),
                "verdict": row["verdict"],
            }
            for i, row in enumerate(result.rows())
            if not result.labels[i]
        ]
        for name, result in found.items()
    }
    out["Strength and exponent of each planet"] = [
        {
            "planet": name,
            "GM / GM(Sun) − 1": float(power.strengths.value[i] / DE421_GM_SUN - 1),
            "± (standard error)": float(power.strengths.error[i] / DE421_GM_SUN),
            "m / M (DE421)": masses.get(name, float("nan")),
            "exponent + 2": float(power.exponents.value[i] + 2),
            "± of the exponent": float(power.exponents.error[i]),
            "share across the radius": float(power.sideways[i]),
        }
        for i, name in enumerate(power.bodies)
    ]
    out["Symmetries of the law of force, named beforehand"] = [
        {"field": name, "defect": float(law.defects[i]), "upper bound": float(law.upper[i])}
        for i, name in enumerate(NAMED)
    ]
    out["Spectrum over the 13 candidate fields"] = [
        {
            "value": float(law.spectrum.value[i]),
            "± (standard error)": float(law.spectrum.error[i]),
            "Kepler's law exactly": float(law.exact[i]),
        }
        | {f"degree {d}": float(other[i]) for d, other in law.others.items()}
        for i in range(len(law.exact))
    ]
    return out


def figures(
    near: States, states: States, found: dict[str, Conservation], power: PowerLaw, law: LawSymmetry
) -> dict[str, dict[str, np.ndarray]]:
    """Name to arrays (see the README of the study)."""
    out = {
        f"spectrum {name}": {key: value.numpy()[result.trivial :] for key, value in result.spectra.items()}
        | {"certified": np.array(len(result.certified))}
        for name, result in found.items()
    }
    result = found["near"]
    values = result.library.values(torch.from_numpy(near.state)) @ result.coefficients[list(result.certified)].mT
    h = values.numpy()
    spread = h.std(0)
    drift = np.empty_like(h)
    for name in near.bodies:
        mask = near.body == name
        drift[mask] = (h[mask] - h[mask].mean(0)) / spread
    out["drift"] = {"t_days": near.t, "body": near.body, "drift": drift}
    in_plane = states.x @ law.axes.T
    out["orbits"] = {"body": states.body, "x": in_plane[:, 0], "y": in_plane[:, 1], "z": in_plane[:, 2]}
    out["force"] = {
        "body": states.body,
        "r": np.linalg.norm(states.x, axis=1),
        "a": np.linalg.norm(states.a, axis=1),
        "exponent": np.asarray(power.exponent.value),
    }
    out["strengths"] = {
        "body": np.array(power.bodies),
        "excess": power.strengths.value / DE421_GM_SUN - 1,
        "error": power.strengths.error / DE421_GM_SUN,
        "mass": np.array([planet_masses().get(name, np.nan) for name in power.bodies]),
    }
    out["law spectrum"] = {"value": law.spectrum.value, "error": law.spectrum.error, "exact": law.exact}
    return out


def sentences(
    config: PlanetsConfig,
    found: dict[str, Conservation],
    alone: dict[str, Conservation],
    stability: Jackknife,
    power: PowerLaw,
    law: LawSymmetry,
) -> dict[str, list[str]]:
    """Section to sentences."""
    near, everything, inner = found["near"], found["all"], found["inner"]
    rate, drift = near.spectra["rates"], near.spectra["drift"]
    k = near.dimension
    return {
        "conserved": [
            f"Among {near.library.size} functions (monomials of degree at most 2 in position and velocity, and 1/r)"
            f" {len(near.certified)} are certified as conserved by Mercury to Jupiter: "
            + "; ".join(near.expressions()[i] for i in near.certified)
            + ".",
            f"The relative defects are {_list(rate[near.trivial : k])} from the rates, {_list(drift[near.trivial : k])}"
            f" from the drift over 300 years; the next ones are {float(rate[k]):.2g} and {float(drift[k]):.2g}.",
            f"The strength in the conserved energy differs from DE421's GM by"
            f" {stability.value[3] / DE421_GM_SUN - 1:+.1e} (standard error {stability.error[3] / DE421_GM_SUN:.1e}).",
            f"All eight planets keep {len(everything.certified)}, with drift over spread up to"
            f" {max([c.upper for c in everything.certificates if np.isfinite(c.upper)], default=np.nan):.2g}: the Sun"
            " itself moves, mostly because of Jupiter, and the outer planets feel it.",
        ],
        "force": [
            f"With one strength for each planet the exponent is {float(power.exponent.value):.7f} (standard error"
            f" {float(power.exponent.error):.1e}).",
            "The strengths are GM(1 + m/M) up to the mean pull of the other planets: "
            + ", ".join(
                f"{name} {power.strengths.value[i] / DE421_GM_SUN - 1:+.2e} (m/M {planet_masses()[name]:.1e})"
                for i, name in enumerate(power.bodies)
                if name in config.near and name in planet_masses()
            )
            + ". Saturn pulls Jupiter outwards by 2e-5 of the Sun's pull on average, which Jupiter's lacks; beyond"
            " Jupiter its mass adds to the Sun's, and the strengths are no longer the planet's own.",
        ],
        "symmetry": [
            "A law fitted without assuming isotropy, with every angular dependence up to degree"
            f" {config.degrees[0]}, has {int((law.spectrum.value <= config.delta_law).sum())} symmetries among 13"
            f" candidates: their span is so(3) and Kepler's scaling to an angle of {law.angle:.1e}; the algebra is"
            f" {law.algebra}.",
            "Defects: " + ", ".join(f"{name} {d:.1e}" for name, d in zip(NAMED, law.defects, strict=True)) + ".",
            "Rotations out of the plane of the orbits are known"
            f" {law.upper[:2].max() / law.upper[2]:.0f} times less well than the one within it, because the positions"
            f" keep within {law.latitude:.3f} (rms sine) of that plane.",
        ],
        "limits": [
            f"Five planets: {near.coverage.message}.",
            f"Four inner planets: {inner.coverage.message}.",
            f"One planet: {next(iter(alone.values())).coverage.message}.",
            f"The first field that is not a symmetry has a defect of only {law.spectrum.value[4]:.3f}, because it"
            f" hardly moves near-planar orbits; for Kepler's law exactly it would be {law.exact[4]:.3f}. What the law"
            " does far from the plane these data cannot decide.",
            "The numbers bound departures along these orbits in these three centuries; they are no statement about"
            " other orbits. The data are a fitted numerical integration, so they show the laws that it contains.",
        ],
    }


def _list(values: torch.Tensor) -> str:
    return ", ".join(f"{float(v):.1e}" for v in values)
