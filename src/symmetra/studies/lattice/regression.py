"""Part 1 of the study: the density n and the mean squared field φ² of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symmetra.studies.lattice.config import ETA, MUS, SIZES, LatticeConfig
from symmetra.studies.lattice.data import ensemble
from symmetra.studies.runner import Unit


def monte_carlo(scale: str, extents: list[int], mus: list[float], each: int) -> dict[str, Any]:
    """The test ensembles of a box: values with the errors of the Γ-method from every sweep.

    Args:
        scale: of the study.
        extents: of the box.
        mus: chemical potentials.
        each: configurations at each.
    """
    rows: dict[str, Any] = {"mu": mus, "n": [], "n_error": [], "phi2": [], "phi2_error": [], "tau_int": []}
    for mu in mus:
        made = ensemble(scale, "test", tuple(extents), ETA, mu, each)
        n, phi2 = made.estimate("n"), made.estimate("phi2")
        found = {"n": n.value, "n_error": n.error, "phi2": phi2.value, "phi2_error": phi2.error}
        for key, value in (found | {"tau_int": max(n.tau_int, phi2.tau_int)}).items():
            rows[key].append(float(f"{value:.5g}"))
    return rows


def units(config: LatticeConfig) -> list[Unit]:
    """The data of every box."""
    each = config.regression.test_each
    return [
        Unit(
            f"regression/ensembles/{nt}x{nx}",
            monte_carlo,
            {"scale": config.scale, "extents": [nt, nx], "mus": list(MUS), "each": each},
        )
        for nt, nx in SIZES
    ]


def later(config: LatticeConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """Nothing yet that depends on other results."""
    return []
