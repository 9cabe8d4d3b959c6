"""Symmetries of x' = F(x) from measured rates: F is fitted, and its error enters the certificate."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.discover._result import Discovery
from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._assembly import as_array, as_settings, result
from symmetra.discover.samples._bracket import Bracket
from symmetra.discover.samples._evidence import Evidence, gather
from symmetra.discover.samples._frame import Frame
from symmetra.functions import CandidateSpace, PolynomialFields
from symmetra.inputs import InputError, as_samples

Array = NDArray[np.float64]


def from_rates(
    rates: Any,
    x: Any,
    candidates: CandidateSpace,
    *,
    degree: int | None = None,
    state_error: Any = 0.0,
    delta: float = 0.05,
    alpha: float = 0.01,
    measure: Any = "samples",
    seed: int = 0,
) -> Discovery:
    """The fields that commute with F, from samples of x' = F(x) + noise.

    **Guarantee.** With probability at least 1 − alpha every combination ξ of the certified generators has
    ‖DF ξ − Dξ F‖ ≤ δ ‖(DF ξ, Dξ F)‖, lengths in whitened states and root mean square over the measure. Where both terms
    vanish (a translation that F does not feel) that is 0/0, and the claim is ‖(DF ξ, Dξ F)‖ ≤ (δ/5) ‖ |DF| |ξ| ‖.

    It is exact for any number of samples if F is a polynomial of the degree stated in the certificate, the states are
    exact, and the errors of the rates are independent and Gaussian, of one unknown size in each column. The first is
    tested against larger classes, the last against trends with the states and along the rows, and a failed test
    withdraws every claim. Errors in states that are said to be exact show as such a trend unless F is linear; then the
    claim must also survive if all noise were in the states, in proportion to their standard deviations. With
    ``state_error`` > 0 the guarantee holds asymptotically.

    Args:
        rates: ``[N, n]``.
        x: states ``[N, n]``; rows of a trajectory in their order.
        candidates: polynomial fields.
        degree: of F; by default chosen by cross-validation on the part of the rows that certifies nothing.
        state_error: standard deviation of the Gaussian error of the states, one number or one a column; 0 declares
            them exact; None says that it is not known, and then nothing is certified.
        delta: tolerance δ.
        alpha: error rate of all claims together.
        measure: ``"samples"``, or bounds ``[n, 2]`` of a box, over which the defect is taken.
        seed: of the division of the rows.
    """
    states = as_array(as_samples(x, "x", candidates.n), "x")
    y = as_array(as_samples(rates, "F", candidates.n), "F")
    if y.shape != states.shape:
        raise InputError("F", f"{y.shape[0]} rates", f"one a state, {states.shape[0]}", "rates at the states x")
    settings = as_settings(candidates.n, delta, alpha, degree, state_error, measure)
    evidence = gather(states, y, Bracket(candidates), settings, seed)
    return result("dynamics", states, candidates, evidence, settings, _own_coefficients(evidence, candidates))


def _own_coefficients(evidence: Evidence, candidates: CandidateSpace) -> Array | None:
    """The fitted F in the candidate basis ``[P]``, if the candidates contain such a field."""
    assert isinstance(candidates, PolynomialFields)
    if not evidence.chains:
        return None
    frame: Frame = evidence.frame
    n = frame.centre.size
    exponents = candidates.exponents.numpy()
    top = int(exponents.sum(1).max())
    if evidence.degree > top:
        return None
    # z-monomials as polynomials in x, then F_c(x) over the candidates' monomials
    shift = poly.substitution(poly.powers(n, evidence.degree), -frame.whiten @ frame.centre, frame.whiten)
    over_x = (evidence.fit.coefficients.reshape(n, -1) @ shift) * frame.scale[:, None]
    where = poly.positions(n, evidence.degree)
    target = np.zeros((n, len(exponents)))
    missing = set(range(over_x.shape[1]))
    for k, row in enumerate(map(tuple, exponents.tolist())):
        if row in where:
            target[:, k] = over_x[:, where[row]]
            missing.discard(where[row])
    basis = candidates.tensor.numpy().reshape(candidates.size, -1)
    coefficients, *_ = np.linalg.lstsq(basis.T, target.reshape(-1), rcond=None)
    left = np.linalg.norm(coefficients @ basis - target.reshape(-1))
    dropped = np.linalg.norm(over_x[:, sorted(missing)]) if missing else 0.0
    return coefficients if max(left, dropped) <= 0.1 * np.linalg.norm(over_x) else None
