"""The weights of a site and the errors of a series, against quadrature and known processes."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from symmetra.lattice._autocorrelation import estimate
from symmetra.lattice._weights import ratios

COUPLINGS = [
    *((eta, lam) for eta in (-6.0, -1.0, 0.0, 0.3, 4.01, 30.0) for lam in (0.02, 1.0, 25.0)),
    (4.25, 0.0),
    (0.5, 0.0),
]


@pytest.mark.parametrize(("eta", "lam"), COUPLINGS)
def test_ratios_are_those_of_the_integrals(eta, lam):
    found = ratios(eta, lam, 41)

    def moment(j):
        # ∫ x^{2j+1} exp(−ηx² − λx⁴) dx, a parabolic cylinder function; Γ where λ = 0.
        if lam == 0:
            return mpmath.gamma(j + 1) / mpmath.mpf(eta) ** (j + 1)
        z, nu = mpmath.mpf(eta) / mpmath.sqrt(2 * mpmath.mpf(lam)), j + 1
        scale = (2 * mpmath.mpf(lam)) ** (-mpmath.mpf(nu) / 2)
        return scale * mpmath.gamma(nu) * mpmath.exp(z**2 / 4) * mpmath.pcfd(-nu, z)

    with mpmath.workdps(60):
        for j in (0, 1, 2, 5, 17, 40):
            assert found[j] == pytest.approx(float(moment(j + 1) / moment(j)), rel=1e-12)
    j = np.arange(40)
    assert np.allclose(found[:-1] * (2 * eta + 4 * lam * found[1:]), 2 * j + 2, rtol=1e-11)


def test_ratios_of_the_table():
    known = [1.129331099744131e-01, 2.356911450130168e-02, 9.210480412096686e-03, 5.102101275047832e-03]
    known += [3.586007561674125e-03, 3.014257388939043e-03]
    assert np.allclose(ratios(4.01, 1.0, 5), np.array(known[1:]) / known[:-1], rtol=1e-13)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, -0.3])
def test_tau_of_a_known_process(rho):
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((4, 50_000)) * np.sqrt(1 - rho**2)
    x = np.empty_like(noise)
    x[:, 0] = rng.standard_normal(4)
    for t in range(1, x.shape[1]):
        x[:, t] = rho * x[:, t - 1] + noise[:, t]
    found = estimate(x[..., None], lambda m: float(m[0]), np.ones_like)
    tau = 0.5 * (1 + rho) / (1 - rho)
    assert abs(found.tau_int - tau) < 4 * found.tau_error + 0.01
    assert found.error == pytest.approx(np.sqrt(2 * tau / x.size), rel=0.06)
    assert found.binned == pytest.approx(found.error, rel=0.15)
    assert abs(found.value) < 4 * found.error
