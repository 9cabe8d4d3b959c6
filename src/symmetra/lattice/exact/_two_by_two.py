"""The box of two by two sites: a ring of four pairs of links, with l summed and the flux enumerated."""

from __future__ import annotations

import math

import numpy as np

from symmetra.lattice._weights import check_couplings
from symmetra.lattice.exact._radial import Array, radial


def two_by_two(eta: float, lam: float, mu: float = 0.0, *, nodes: int = 48, flux: int = 20) -> dict[str, float]:
    """``n``, ``phi2`` and ``chi_n`` on 2 × 2 sites.

    The sites form a ring in which neighbours share two links. Summed over l, a link of flux k between moduli r and r'
    weighs I_k(2rr'). What circulates in the ring is the same at all four pairs, so that Z is the sum over that current
    of tr(M_t M_s M_t M_s), with matrices in r.

    Args:
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        mu: chemical potential.
        nodes: of the quadrature in r.
        flux: largest flux kept on a link.
    """
    from scipy.special import iv

    check_couplings(eta, lam)
    r, root = radial(eta, lam, 2 + 2 * math.cosh(mu), nodes)
    # A site's weight stands half in each of the two pairs it belongs to.
    bessel = [iv(k, 2 * np.outer(r, r)) for k in range(flux + 1)]
    share = np.sqrt(np.outer(root, root))

    def pair(current: int, mu: float, power: int) -> Array:
        """Both links of a pair, with (k₁ + k₂)^power."""
        total = np.zeros((nodes, nodes))
        for first in range(-flux, flux + 1):
            second = first - current
            if abs(second) <= flux:
                factor = float(first + second) ** power * math.exp(mu * (first + second))
                total += factor * bessel[abs(first)] * bessel[abs(second)]
        return np.asarray(total * share**2)

    z = moved = squared = field = 0.0
    for current in range(-flux, flux + 1):
        t0, t1, t2 = (pair(current, mu, power) for power in range(3))
        s = pair(current, 0.0, 0)
        loop = s @ t0 @ s
        z += float((t0 * loop.T).sum())
        moved += 2 * float((t1 * loop.T).sum())
        squared += 2 * float((t2 * loop.T).sum()) + 2 * float((t1 * (s @ t1 @ s).T).sum())
        field += float(((t0 * loop.T).sum(1) * r**2).sum())
    n = moved / z / 4
    return {"n": n, "phi2": field / z, "chi_n": squared / z / 4 - 4 * n * n}
