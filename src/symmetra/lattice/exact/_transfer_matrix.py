"""One or two sites in space, any number in time: the transfer matrix, charge by charge, in logarithms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from symmetra.inputs import InputError
from symmetra.lattice._weights import check_couplings
from symmetra.lattice.exact._radial import Array, radial


@dataclass(frozen=True)
class Sector:
    """The transfer matrix at one charge.

    Attributes:
        charge: Q.
        log_values: logarithms of its eigenvalues, descending.
        field: expectation of |φ_x|² in each eigenvector.
    """

    charge: int
    log_values: Array
    field: Array


def transfer_matrix(
    extents: tuple[int, int], eta: float, lam: float, mu: float = 0.0, *, states: int = 9, angular: int = 6
) -> dict[str, float]:
    """``n``, ``phi2`` and ``chi_n`` on N_t × 1 or N_t × 2 sites.

    The step from one time slice to the next, e^{μ}φ*φ' + e^{−μ}φφ'*, is diagonal in the angular momentum q of a site,
    where it is e^{μq} I_q(2rr'): μ enters as e^{μQN_t} alone. The links in space and the potential stand half before
    and half after the step, so that the matrix is symmetric. What ``states`` and ``angular`` leave out
    weighs less the colder the box: at η = 4.01, λ = 1, μ = 1 it is 10⁻⁵ of n at N_t = 2 and 10⁻⁷ at N_t = 50.

    Args:
        extents: (N_t, N_x) with N_x = 1 or 2.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴, positive.
        mu: chemical potential.
        states: radial functions kept for each q.
        angular: angular momenta kept for a site, on both sides of Q/2.

    Raises:
        InputError: more than two sites in space.
    """
    steps, width = extents
    check_couplings(eta, lam)
    if width not in (1, 2):
        raise InputError("extents", f"{extents}", "one or two sites in space", "extents=(50, 2)")
    logs, charges, fields = [], [], []
    # Charges whose weight e^{N_t(μQ − E_Q)} is below 10⁻²⁰ of the largest are left out, on both sides.
    for sign in (1, -1):
        peak, charge = -np.inf, 0 if sign == 1 else -1
        while True:
            sector = _sector(width, float(eta), float(lam), abs(charge), states, angular)
            values = steps * (sector.log_values + mu * charge)
            logs.append(values)
            charges.append(np.full(len(values), float(charge)))
            fields.append(sector.field)
            peak = max(peak, float(values[0]))
            if values[0] < peak - 46:
                break
            charge += sign
    log, charge_of, field = np.concatenate(logs), np.concatenate(charges), np.concatenate(fields)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean, square = float(weight @ charge_of), float(weight @ charge_of**2)
    return {
        "n": mean / width,
        "phi2": float(weight @ field),
        "chi_n": steps * (square - mean**2) / width,
    }


@lru_cache(maxsize=256)
def _sector(width: int, eta: float, lam: float, charge: int, states: int, angular: int) -> Sector:
    """The sector of a charge that is not negative; −Q has the same one."""
    from scipy.special import ive

    if width == 1:
        # The link of a site with itself is −2|φ|².
        r, root = radial(eta - 2, lam, 2.0, 64)
        x = 2 * np.outer(r, r)
        values, vectors = np.linalg.eigh(np.outer(root, root) * ive(charge, x) * np.exp(x))
        keep = np.argsort(values)[::-1][: 4 * states]
        keep = keep[values[keep] > 1e-14 * values.max()]
        return Sector(charge, np.log(values[keep]), (vectors[:, keep] ** 2).T @ r**2)
    r, root = radial(eta, lam, 4.0, 48)
    x = 2 * np.outer(r, r)
    lowest = charge // 2 - angular
    momenta = list(range(lowest, lowest + 2 * angular + 1 + charge % 2))
    basis, eigenvalues = {}, {}
    for q in {abs(p) for p in momenta} | {abs(charge - p) for p in momenta}:
        values, vectors = np.linalg.eigh(np.outer(root, root) * ive(q, x) * np.exp(x))
        basis[q], eigenvalues[q] = vectors[:, ::-1][:, :states], values[::-1][:states].clip(min=0.0)
    # exp(2 r₁ r₂ cos θ), half of the two links of the pair: I_m(2 r₁ r₂) moves m units of momentum.
    bessel = [ive(m, x) * np.exp(x) for m in range(2 * angular + 2)]
    size = states * states
    half = np.zeros((len(momenta) * size, len(momenta) * size))
    for i, p in enumerate(momenta):
        for j, q in enumerate(momenta):
            left = np.einsum("ia,ib->iab", basis[abs(p)], basis[abs(q)])
            right = np.einsum("ia,ib->iab", basis[abs(charge - p)], basis[abs(charge - q)])
            block = np.einsum("iab,ij,jcd->acbd", left, bessel[abs(p - q)], right, optimize=True)
            half[i * size : (i + 1) * size, j * size : (j + 1) * size] = block.reshape(size, size)
    step = np.concatenate([np.outer(eigenvalues[abs(p)], eigenvalues[abs(charge - p)]).ravel() for p in momenta])
    values, vectors = np.linalg.eigh((half * step) @ half.T)
    keep = np.argsort(values)[::-1][: 6 * states]
    keep = keep[values[keep] > 1e-14 * values.max()]
    field = np.zeros(len(keep))
    for i, p in enumerate(momenta):
        part = vectors[i * size : (i + 1) * size, keep].reshape(states, states, -1)
        square = basis[abs(p)].T @ (r[:, None] ** 2 * basis[abs(p)])
        field += np.einsum("ack,ab,bck->k", part, square, part, optimize=True)
    return Sector(charge, np.log(values[keep]), field)
