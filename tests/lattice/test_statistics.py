"""What is measured against what is known exactly: values, and whether the errors are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from symmetra.lattice import exact, simulate

CASES = {
    "2x2": ((2, 2), 4.01, 1.0, 1.0, lambda: exact.two_by_two(4.01, 1.0, 1.0)),
    "2x2, other couplings": ((2, 2), 2.5, 0.4, -0.6, lambda: exact.two_by_two(2.5, 0.4, -0.6)),
    "6x2": ((6, 2), 4.01, 1.0, 0.9, lambda: exact.transfer_matrix((6, 2), 4.01, 1.0, 0.9, states=5, angular=4)),
    "free 4x3": ((4, 3), 4.6, 0.0, 0.3, lambda: exact.free_theory((4, 3), 4.6, 0.3)),
    "free 3x2x2": ((3, 2, 2), 6.6, 0.0, -0.4, lambda: exact.free_theory((3, 2, 2), 6.6, -0.4)),
}


@pytest.mark.parametrize("name", CASES)
def test_pulls_over_fifty_seeds(name):
    extents, eta, lam, mu, oracle = CASES[name]
    known = oracle()
    runs = [simulate(extents, eta, lam, mu, samples=2400, seed=seed, separation=5) for seed in range(50)]
    for observable, value in known.items():
        found = [run.estimate(observable) for run in runs]
        pull = [(e.value - value) / e.error for e in found]
        # Of 50 normal numbers the mean has a standard deviation of 0.14, the standard deviation one of 0.10; those of
        # the susceptibilities have tails.
        bound, largest = (0.42, 1.3) if observable in ("n", "phi2") else (0.6, 1.6)
        assert abs(np.mean(pull)) < bound, observable
        assert 0.7 < np.std(pull, ddof=1) < largest, observable


def test_the_correlator_is_the_propagator_of_the_free_theory():
    extents, eta, mu = (6, 4), 4.6, 0.3
    runs = [simulate(extents, eta, 0.0, mu, samples=2000, seed=s, separation=5, correlator=True) for s in range(8)]
    found = np.stack([run.correlator() for run in runs])
    p = 2 * np.pi * np.arange(6)[:, None] / 6 - 1j * mu
    q = 2 * np.pi * np.arange(4)[None] / 4
    known = np.fft.ifftn(1 / (eta - 2 * np.cos(p) - 2 * np.cos(q))).real
    pull = (found.mean(0) - known) / (found.std(0, ddof=1) / np.sqrt(8))
    # The sign of μ tells ⟨φ_x φ*_0⟩ from its mirror in time.
    assert np.abs(found.mean(0) / known - 1).max() < 0.05
    assert np.sqrt((pull**2).mean()) < 2
    line = known.sum(0)
    gap, error = runs[0].mass_gap(axis=1)
    assert abs(gap - np.arccosh((line[0] + line[2]) / (2 * line[1]))) < 4 * error


def test_canonical_runs_stay_in_their_sector():
    eta, lam = 4.01, 1.0
    for charge in (0, 1, -2):
        run = simulate((8, 2), eta, lam, samples=2000, seed=3, charge=charge)
        k = run.configurations[:, 0].reshape(-1, 8, 2)
        assert (k.sum(2) == charge).all()
        found, known = run.estimate("phi2"), sector(8, charge, eta, lam)
        assert abs(found.value - known) < 4 * found.error
        assert run.estimate("n").value == pytest.approx(charge / 2)


def sector(steps, charge, eta, lam):
    """⟨|φ|²⟩ at one charge of the transfer matrix."""
    from symmetra.lattice.exact._transfer_matrix import _sector

    part = _sector(2, eta, lam, abs(charge), 5, 4)
    weight = np.exp(steps * (part.log_values - part.log_values.max()))
    return float(weight @ part.field / weight.sum())


def test_density_is_odd_in_mu_and_its_slope_is_chi():
    a, b = (simulate((6, 3), 4.01, 1.0, mu, samples=4000, seed=1).estimate("n") for mu in (0.8, -0.8))
    assert abs(a.value + b.value) < 4 * np.hypot(a.error, b.error)
    h = 0.1
    up, down = (simulate((6, 3), 4.01, 1.0, 0.8 + s, samples=8000, seed=2).estimate("n") for s in (h, -h))
    chi = simulate((6, 3), 4.01, 1.0, 0.8, samples=8000, seed=5).estimate("chi_n")
    slope, error = (up.value - down.value) / (2 * h), np.hypot(up.error, down.error) / (2 * h)
    assert abs(chi.value - slope) < 4 * np.hypot(error, chi.error)
