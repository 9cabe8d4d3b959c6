"""The box of two by two sites: a ring of four pairs of links, with l summed and the flux enumerated."""

from __future__ import annotations

import math

import numpy as np

from symmetra.lattice._weights import check_couplings
from symmetra.lattice.exact._radial import Array, radial


def two_by_two(eta: float, lam: float, mu: float = 0.0, *, nodes: int = 48) -> dict[str, float]:
    """``n``, ``phi2`` and ``chi_n`` on 2 × 2 sites.

    The sites form a ring in which neighbours share two links. Summed over l, a link of flux k between moduli r and r'
    weighs I_k(2rr'). What circulates in the ring is the same at all four pairs, so that Z is the sum over that current
    of tr(M_t M_s M_t M_s), with matrices in r.

    Args:
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        mu: chemical potential.
        nodes: of the quadrature in r.
    """
    check_couplings(eta, lam)
    r, root = radial(eta, lam, 2 + 2 * math.cosh(mu), nodes)
    # A flux sum that is cut too early looks like a number: only one that no longer changes is given.
    flux, last = 16, np.full(3, np.inf)
    while True:
        found = _sums(r, root, mu, flux)
        if np.allclose(found, last, rtol=1e-11, atol=1e-13):
            return dict(zip(("n", "phi2", "chi_n"), map(float, found), strict=True))
        flux, last = 3 * flux // 2, found


def _sums(r: Array, root: Array, mu: float, flux: int) -> Array:
    """n, φ² and χ_n with no flux above ``flux`` on a link."""
    from scipy.special import ive

    k, x = np.arange(-flux, flux + 1), 2 * np.outer(r, r)

    def links(mu: float) -> Array:
        """A link of each flux, up to a factor; a site's weight stands half in each of the two pairs it belongs to."""
        with np.errstate(divide="ignore"):
            log = np.log(ive(np.abs(k)[:, None, None], x)) + x + np.log(np.outer(root, root)) / 2
        log += mu * k[:, None, None]
        return np.asarray(np.exp(log - log.max()))

    def pair(link: Array, current: int, power: int) -> Array:
        """Both links of a pair, with (k₁ + k₂)^power."""
        first = slice(max(current, 0), len(k) + min(current, 0))
        second = slice(max(-current, 0), len(k) + min(-current, 0))
        factor = (k[first] + k[second]).astype(float) ** power
        return np.asarray(np.einsum("k,kij,kij->ij", factor, link[first], link[second]))

    time, space = links(mu), links(0.0)
    z = moved = squared = field = 0.0
    for current in range(-flux, flux + 1):
        t0, t1, t2 = (pair(time, current, power) for power in range(3))
        s = pair(space, current, 0)
        loop = s @ t0 @ s
        z += float((t0 * loop.T).sum())
        moved += 2 * float((t1 * loop.T).sum())
        squared += 2 * float((t2 * loop.T).sum()) + 2 * float((t1 * (s @ t1 @ s).T).sum())
        field += float(((t0 * loop.T).sum(1) * r**2).sum())
    n = moved / z / 4
    return np.array([n, field / z, squared / z / 4 - 4 * n * n])
