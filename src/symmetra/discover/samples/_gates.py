"""Tests of what a certificate assumes: the model class, constant noise, independent rows.

Passing a test proves nothing, so a certificate stays conditional on the assumptions; failing one withdraws it. The
levels are small, because each costs detections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.linalg._distributions import chi2_tail, f_tail, normal_tail

Array = NDArray[np.float64]

CLASS_LEVEL, NOISE_LEVEL, ROWS_LEVEL = 5e-4, 5e-4, 1e-4
EXACT = 1e-6  # relative residual below which the data count as free of noise: nothing that matters can hide there


@dataclass(frozen=True)
class Gates:
    """The p-values (already corrected for the number of outputs) and what they mean.

    Attributes:
        model_class: no larger class is needed.
        constant_noise: the residuals have one size in each column.
        independent_rows: the residuals of neighbouring rows are independent.
        testable: whether there are rows enough to try a larger class.
    """

    model_class: float
    constant_noise: float
    independent_rows: float
    testable: bool = True

    def reasons(self, steep: bool, declared: bool) -> tuple[str, ...]:
        """What speaks against a claim, in words.

        Args:
            steep: whether constant noise is required (it is where states are said to be exact).
            declared: whether the class was given by the user; else it must have been tested.
        """
        out = []
        if not (self.testable or declared):
            out.append("there are too few rows to try a larger model class; give degree= if it is known")
        if self.model_class < CLASS_LEVEL:
            out.append(f"a larger model class fits significantly better (lack of fit, p = {self.model_class:.1g})")
        if steep and self.constant_noise < NOISE_LEVEL:
            out.append(
                f"residuals are not of constant size (p = {self.constant_noise:.1g}), as errors in the states would "
                "make them along the slope of the model; give state_error="
            )
        if self.independent_rows < ROWS_LEVEL:
            out.append(f"residuals of neighbouring rows are correlated (p = {self.independent_rows:.1g})")
        return tuple(out)


def check_assumptions(z: Array, y: Array, degree: int) -> Gates:
    """All tests, from one factorisation of the next larger classes.

    Args:
        z: states ``[N, n]``, scaled, in the order in which they were taken.
        y: outputs ``[N, c]``, scaled to unit size.
        degree: of the model.
    """
    n, rows = z.shape[1], y.shape[0]
    m = poly.count(n, degree)
    if rows <= m + 1:
        return Gates(1.0, 1.0, 1.0)
    larger = [size for size in (poly.count(n, degree + 1), poly.count(n, degree + 2)) if larger_class_fits(size, rows)]
    q, r = np.linalg.qr(poly.values(z, degree + len(larger)))
    small = q[:, :m]
    projected = small.T @ y
    residuals = y - small @ projected
    noisy = np.sqrt((residuals**2).mean(0)) > EXACT
    if not noisy.any():
        return Gates(1.0, 1.0, 1.0)
    fit_p = 1.0
    gained = (q[:, m:].T @ y[:, noisy]) ** 2
    for size in larger:  # two degrees up, because an even term may be missing where the next degree is odd
        more = gained[: size - m].sum(0)
        left = np.maximum((residuals[:, noisy] ** 2).sum(0) - more, 1e-300)
        p = f_tail(more / (size - m) / (left / (rows - size)), size - m, rows - size)
        fit_p = min(fit_p, len(larger) * int(noisy.sum()) * float(p.min()))
    beta = np.linalg.lstsq(r[:m, :m], projected, rcond=1e-12)[0]
    return Gates(
        fit_p,
        _constant_noise(z, residuals, small, beta, degree),
        _independent_rows(residuals, small),
        bool(larger),
    )


def larger_class_fits(size: int, rows: int) -> bool:
    """Whether so many coefficients can be tested with so many rows."""
    return 2 * size <= rows


def _constant_noise(z: Array, residuals: Array, q: Array, beta: Array, degree: int) -> float:
    """Koenker's form of the score test, along the squared slopes of the model and along quadratics in the states.

    Errors u in the states make residuals −∇F_c·u, so their variance follows the squared slopes.
    """
    n, (rows, columns) = z.shape[1], residuals.shape
    values = poly.values(z, degree)
    slopes = np.stack([values @ (d @ beta) for d in _along(poly.derivative(n, degree))], 2)  # [N, c, n]
    quadratic = poly.values(z, 2)[:, 1:]
    freedom = 1.0 - (q**2).sum(1)
    p, tests = 1.0, 0
    for c in range(columns):
        if np.sqrt((residuals[:, c] ** 2).mean()) < EXACT:
            continue
        relative = residuals[:, c] ** 2 / np.maximum(freedom, 1e-3)
        for features in (slopes[:, c] ** 2, quadratic):
            centred = features - features.mean(0)
            size = np.linalg.norm(centred, axis=0)
            keep = size > 1e-8 * np.linalg.norm(features, axis=0)
            if keep.any() and rows > 2 * keep.sum() + 2:
                p, tests = min(p, _explained(centred[:, keep] / size[keep], relative)), tests + 1
    return min(1.0, max(tests, 1) * p)


def _along(derivative: Array) -> Array:
    """Coefficients of ∂_i F from those of F: ``[n, m, m]`` to be multiplied from the left."""
    return derivative.transpose(0, 2, 1)


def _explained(features: Array, target: Array) -> float:
    """p-value of N R² of the regression of the target on centred features."""
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    u = u[:, s > 1e-6 * s[0]]
    centred = target - target.mean()
    total = float(centred @ centred)
    share = float(((u.T @ centred) ** 2).sum()) / total if total > 0 else 0.0
    return chi2_tail(target.size * share, u.shape[1])


def _independent_rows(residuals: Array, q: Array) -> float:
    """Correlation of residuals at distance one and two along the rows, with exact mean and variance.

    For e = (I − Q Qᵀ) ε and a symmetric A, eᵀA e / eᵀe has under Gaussian independence mean tr(M A)/ν and variance
    2 (ν tr(M A M A) − tr²(M A)) / (ν² (ν + 2)), M = I − Q Qᵀ, ν its rank.
    """
    rows, columns = residuals.shape
    p, tests = 1.0, 0
    nu = rows - q.shape[1]
    for lag in (1, 2):
        if rows < 4 * lag + 8 or nu < 8:
            continue
        shifted = np.zeros_like(q)
        shifted[lag:] += 0.5 * q[:-lag]
        shifted[:-lag] += 0.5 * q[lag:]
        inner = q.T @ shifted
        trace = -float(np.trace(inner))
        square = 0.5 * (rows - lag) - 2.0 * float((shifted**2).sum()) + float((inner**2).sum())
        variance = 2.0 * (nu * square - trace**2) / (nu**2 * (nu + 2.0))
        for c in range(columns):
            e = residuals[:, c]
            if np.sqrt((e**2).mean()) < EXACT:
                continue
            statistic = float(e[lag:] @ e[:-lag]) / float(e @ e)
            p = min(p, 2.0 * normal_tail(abs(statistic - trace / nu) / np.sqrt(variance)))
            tests += 1
    return min(1.0, max(tests, 1) * p)
