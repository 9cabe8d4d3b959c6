"""The free field, λ = 0, on any box: a Gaussian integral, momentum by momentum."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symmetra.inputs import InputError
from symmetra.lattice._geometry import check_extents


def free_theory(extents: Any, eta: float, mu: float = 0.0) -> dict[str, float]:
    """``n``, ``phi2``, ``chi_n`` and ``chi_phi2`` at λ = 0, for any box.

    ln Z = −Σ_p ln D(p) up to a constant, with D = η − 2 cos(p − iμ) − Σ 2 cos q; all four are its derivatives by μ, η
    over the number of sites.

    Args:
        extents: of the box, time first, each at least 2.
        eta: coefficient of |φ|², above 2d.
        mu: chemical potential, below 2 asinh(m/2) in size.

    Raises:
        InputError: the integral diverges.
    """
    extents = check_extents(extents)
    mass = eta - 2 * len(extents)
    bound = 2 * math.asinh(math.sqrt(max(mass, 0.0)) / 2)
    if mass <= 0 or abs(mu) >= bound:
        raise InputError("mu", f"{mu:g} at eta = {eta:g}", f"|mu| below {bound:.6g} and eta above {2 * len(extents)}")
    momenta = np.meshgrid(*(2 * np.pi * np.arange(n) / n for n in extents), indexing="ij")
    time = momenta[0] - 1j * mu
    D = eta - 2 * np.cos(time) - sum(2 * np.cos(q) for q in momenta[1:])
    slope, curvature = -2j * np.sin(time), -2 * np.cos(time)  # of D by μ
    return {
        "n": float((-slope / D).mean().real),
        "phi2": float((1 / D).mean().real),
        "chi_n": float((slope**2 / D**2 - curvature / D).mean().real),
        "chi_phi2": float((1 / D**2).mean().real),
    }
