"""What is measured: functions of the means of K = Σ k_t, S = Σ_x R_x and T = Σ_x (R₊R − R²), R = W(f+2)/W(f).

n = ⟨K⟩/N                 φ² = ⟨S⟩/N                     derivatives of −ln Z/N by −μ and η
χ_n = var(K)/N            χ_φ² = (var(S) + ⟨T⟩)/N         second derivatives
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError
from symmetra.lattice._autocorrelation import Estimate, estimate

Array = NDArray[np.float64]
OBSERVABLES = ("n", "phi2", "chi_n", "chi_phi2")


def evaluate(name: Any, series: Array, sites: int) -> Estimate:
    """An observable from the series ``[chains, sweeps, 3]`` of K, S and T.

    Raises:
        InputError: there is no such observable.
    """
    if name not in OBSERVABLES:
        raise InputError("observable", repr(name), f"one of {', '.join(OBSERVABLES)}", 'estimate("n")')
    charge, first, second = (series[..., i] for i in range(3))

    def mean(values: Array, least: int = 0) -> Estimate:
        return estimate(values[..., None] / sites, lambda m: float(m[0]), np.ones_like, least)

    # Slow motion that one observable shows may hide under fast noise in another: no window is below those of n and φ².
    least = max(mean(charge).window, mean(first).window)
    if name in ("n", "phi2"):
        return mean(charge if name == "n" else first, least)
    # Deviations from the overall mean keep the variance from being a difference of large numbers.
    values = charge if name == "chi_n" else first
    centred = values - values.mean()
    extra = np.zeros_like(second) if name == "chi_n" else second
    primary = np.stack([centred, centred**2 + extra], axis=-1) / sites
    return estimate(
        primary, lambda m: float(m[1] - sites * m[0] ** 2), lambda m: np.array([-2 * sites * m[0], 1.0]), least
    )
