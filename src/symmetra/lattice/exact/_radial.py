"""Quadrature in |φ| for the boxes that can be summed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def radial(eta: float, lam: float, hopping: float, nodes: int) -> tuple[Array, Array]:
    """Nodes r and the square roots of weights · r · exp(−ηr² − λr⁴), Gauss–Legendre.

    The interval ends where the site with all that pulls on it, exp((hopping − η)r² − λr⁴), is 10⁻²⁰ of its largest.

    Args:
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        hopping: largest factor of r² from the links.
        nodes: how many.
    """
    r = np.linspace(0, 60, 60_001)
    exponent = (hopping - eta) * r**2 - lam * r**4
    inside = exponent > exponent.max() - 46
    end = r[inside][-1] + r[1]
    x, w = np.polynomial.legendre.leggauss(nodes)
    r = end * (x + 1) / 2
    return r, np.sqrt(end * w / 2 * r * np.exp(-eta * r**2 - lam * r**4))
