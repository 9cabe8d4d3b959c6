"""What is measured against what is known exactly: values, and whether the errors are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from symmetra.lattice import exact, simulate
from symmetra.lattice._autocorrelation import estimate
from symmetra.lattice._chain import halves
from symmetra.lattice._weights import ratios

CASES = {
    "2x2": ((2, 2), 4.01, 1.0, 1.0, lambda: exact.two_by_two(4.01, 1.0, 1.0)),
    "2x2, other couplings": ((2, 2), 2.5, 0.4, -0.6, lambda: exact.two_by_two(2.5, 0.4, -0.6)),
    "6x2": ((6, 2), 4.01, 1.0, 0.9, lambda: exact.transfer_matrix((6, 2), 4.01, 1.0, 0.9, states=5, angular=4)),
    "free 4x3": ((4, 3), 4.6, 0.0, 0.3, lambda: exact.free_theory((4, 3), 4.6, 0.3)),
    "2x2, much charge": ((2, 2), 4.01, 1.0, 1.6, lambda: exact.two_by_two(4.01, 1.0, 1.6)),
    "free 2x2x2x2": ((2, 2, 2, 2), 8.6, 0.0, 0.2, lambda: exact.free_theory((2, 2, 2, 2), 8.6, 0.2)),
    "free 3x2x2": ((3, 2, 2), 6.6, 0.0, -0.4, lambda: exact.free_theory((3, 2, 2), 6.6, -0.4)),
}


@pytest.mark.parametrize("name", CASES)
def test_pulls_over_fifty_seeds(name):
    extents, eta, lam, mu, oracle = CASES[name]
    known = oracle()
    runs = [simulate(extents, eta, lam, mu, samples=2000, seed=seed, separation=5) for seed in range(50)]
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
    p = 2 * np.pi * np.arange(6)[:, None] / 6 - 1j * mu
    q = 2 * np.pi * np.arange(4)[None] / 4
    # The sign of μ tells ⟨φ_x φ*_0⟩ from its mirror in time.
    known = np.fft.ifftn(1 / (eta - 2 * np.cos(p) - 2 * np.cos(q))).real
    line = known.sum(0)
    gap = np.arccosh(line[1] / line[2])
    runs = [simulate(extents, eta, 0.0, mu, samples=400, seed=s, correlator=True) for s in range(30)]
    values, errors = (np.stack(part) for part in zip(*(run.correlator() for run in runs), strict=True))
    assert np.abs(values.mean(0) / known - 1).max() < 0.05
    pull = (values - known) / errors
    assert np.abs(pull.mean(0)).max() < 0.75 and 0.85 < np.sqrt((pull**2).mean()) < 1.15
    check_pulls([run.mass_gap(axis=1) for run in runs], gap)


def test_the_gap_in_time_is_that_of_the_transfer_matrix():
    from symmetra.lattice.exact._transfer_matrix import _sector

    ground, charged = (_sector(2, 4.01, 1.0, charge, 5, 4).log_values[0] for charge in (0, 1))
    runs = [simulate((10, 2), 4.01, 1.0, samples=400, seed=s, correlator=True) for s in range(30)]
    found = [run.mass_gap(axis=0, distance=3) for run in runs]
    check_pulls(found, ground - charged)
    assert 0.8 < np.mean([one.binned / one.error for one in found]) < 1.1


def check_pulls(found, known, mean=0.6):
    pull = [(e.value - known) / e.error for e in found]
    assert abs(np.mean(pull)) < mean and 0.65 < np.std(pull, ddof=1) < 1.4


def test_errors_of_short_series_are_what_they_say():
    """An autoregressive process seen for 100 tau_int in four chains: unwidened errors are a tenth too small."""
    rng, rho, length = np.random.default_rng(0), 0.9, 240
    x = np.empty((600, 4, length))
    x[..., 0] = rng.standard_normal((600, 4))
    noise = rng.standard_normal(x.shape) * np.sqrt(1 - rho**2)
    for t in range(1, length):
        x[..., t] = rho * x[..., t - 1] + noise[..., t]
    found = [estimate(one[..., None], lambda m: float(m[0]), np.ones_like) for one in x]
    pull = np.array([e.value / e.error for e in found])
    assert abs(pull.mean()) < 0.15 and 0.9 < pull.std() < 1.1
    spread = np.std([e.error for e in found]) / np.mean([e.error for e in found])
    assert 0.6 < spread / np.mean([e.error_error / e.error for e in found]) < 1.4
    # Chains that never leave where they began say so by the distance between them.
    apart = np.arange(4.0)[:, None] + 0.01 * rng.standard_normal((4, 200))
    assert estimate(apart[..., None], lambda m: float(m[0]), np.ones_like).error > 0.5


def test_every_site_is_like_every_other():
    run = simulate((4, 3), 4.01, 1.0, 0.9, samples=4000, seed=2)
    r = ratios(4.01, 1.0, 64)[halves(run.configurations)]
    error = r.std(0) / np.sqrt(len(r))
    assert np.abs((r.mean(0) - r.mean()) / error).max() < 4.5


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
    h = 0.05
    up, down = (simulate((6, 3), 4.01, 1.0, 0.8 + s, samples=8000, seed=2).estimate("n") for s in (h, -h))
    chi = simulate((6, 3), 4.01, 1.0, 0.8, samples=8000, seed=5).estimate("chi_n")
    slope, error = (up.value - down.value) / (2 * h), np.hypot(up.error, down.error) / (2 * h)
    assert abs(chi.value - slope) < 4 * np.hypot(error, chi.error)
