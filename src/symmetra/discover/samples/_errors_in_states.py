"""Polynomial least squares where the states carry Gaussian errors of known size.

Observed are z = s + u with u ~ N(0, C) and y = F(s) + e. With t_a(z) the polynomials whose mean is s^a
(:func:`symmetra.discover.samples._powers.unsmoothing`), the equations

    Σ_i ψ_i(β) = 0,    ψ_i(β)_a = t_a(z_i) y_i − Σ_b t_{a+b}(z_i) β_b

have mean zero at the true β for every row, whatever the states are (adjusted least squares; Cheng and Schneeweiss,
J. R. Stat. Soc. B 60 (1998) 189). β̂ solves them; its covariance is the sandwich of the ψ_i, each divided by one minus
its leverage, so no assumption on the variance is made. Unlike everything for exact states this holds asymptotically.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._confidence import Fit, undetermined
from symmetra.discover.samples._degree import highest_degree
from symmetra.discover.samples._frame import Frame
from symmetra.discover.samples._gates import EXACT, larger_class_fits
from symmetra.linalg._distributions import f_tail

Array = NDArray[np.float64]

_MANY = 210  # moments beyond which a second degree up is not tested


@dataclass(frozen=True)
class _Equations:
    """β̂ ``[m, c]`` and the rows' influence on it ``[N, c, m]``, with what is left of y ``[N, c]``."""

    beta: Array
    influence: Array
    residuals: Array


def _solve(z: Array, y: Array, degree: int, error: Array) -> _Equations | None:
    n, (rows, columns) = z.shape[1], y.shape
    m = poly.count(n, degree)
    if rows <= m + 1:
        return None
    t = poly.values(z, 2 * degree) @ poly.unsmoothing(n, 2 * degree, error).T  # t_a, and t_{a+b} by its index
    index = poly.product_index(n, degree, degree)
    gram = t.mean(0)[index]
    sizes, axes = np.linalg.eigh(gram)
    if sizes[0] <= 1e-8 * sizes[-1]:  # the errors are as large as what distinguishes the monomials
        return None
    inverse = (axes / sizes) @ axes.T
    basis = t[:, :m]
    beta = inverse @ (basis.T @ y) / rows  # [m, c]
    weights = np.zeros((t.shape[1], m, columns))  # Σ_b t_{a+b} β_b as combinations of the t
    for b in range(m):
        weights[index[:, b], np.arange(m)] += beta[b]  # a ↦ a + b never meets itself
    turned = np.tensordot(weights, inverse, (1, 0)).reshape(t.shape[1], -1)  # [·, c m]
    solved = basis @ inverse
    influence = (solved[:, None, :] * y[:, :, None] - (t @ turned).reshape(rows, columns, m)) / rows
    leverage = (solved * basis).sum(1) / rows
    influence /= np.maximum(1.0 - leverage, 0.1)[:, None, None]
    return _Equations(beta, influence, y - basis @ beta)


def corrected_least_squares(z: Array, y: Array, degree: int, error: Array) -> Fit:
    """The fit that is unbiased under errors of the states.

    Args:
        z: observed states ``[N, n]``, scaled.
        y: outputs ``[N, c]``, scaled.
        degree: of the model.
        error: covariance C of the errors, in the units of z.
    """
    rows, columns = y.shape
    m = poly.count(z.shape[1], degree)
    solved = _solve(z, y, degree, error)
    if solved is None:
        return undetermined(m * columns, y, degree)
    flat = solved.influence.reshape(rows, -1)
    sizes, axes = np.linalg.eigh(flat.T @ flat)
    root = axes * np.sqrt(np.maximum(sizes, 0.0))
    return Fit(solved.beta.T.reshape(-1), root, rows - m, solved.residuals, True, degree)


def lack_of_fit(
    z: Array, y: Array, degree: int, error: Array, known: dict[int, _Equations | None] | None = None
) -> float:
    """p-value, corrected for the number of tests, of the terms of the next one and two degrees being zero.

    Args:
        z: observed states ``[N, n]``, scaled.
        y: outputs ``[N, c]``, scaled.
        degree: of the model.
        error: covariance of the errors.
        known: fits that need not be made again, by their degree.
    """
    n, (rows, columns) = z.shape[1], y.shape
    m, tests, best = poly.count(n, degree), 0, 1.0
    known = {} if known is None else known
    for up in (1, 2):  # an even term may be missing where the next degree is odd
        larger = poly.count(n, degree + up)
        if not larger_class_fits(larger, rows) or (up == 2 and poly.count(n, 2 * degree + 4) > _MANY):
            break
        if degree + up not in known:
            known[degree + up] = _solve(z, y, degree + up, error)
        solved = known[degree + up]
        if solved is None:
            break
        extra = larger - m
        for c in range(columns):
            if np.sqrt((solved.residuals[:, c] ** 2).mean()) < EXACT:
                continue
            moved = solved.influence[:, c, m:]
            value = solved.beta[m:, c]
            statistic = value @ np.linalg.lstsq(moved.T @ moved, value, rcond=1e-12)[0]
            ratio = statistic / extra * (rows - extra) / (rows - 1)
            best, tests = min(best, float(f_tail(np.asarray(ratio), extra, rows - extra))), tests + 1
    return min(1.0, max(tests, 1) * best)


def choose_degree_corrected(z: Array, y: Array, error: Array, level: float = 0.01) -> int:
    """The smallest degree beyond which nothing is significant."""
    top = highest_degree(z.shape[1], z.shape[0])
    known: dict[int, _Equations | None] = {}
    return next((d for d in range(top) if lack_of_fit(z, y, d, error, known) >= level), top)


def suspected_error(frame: Frame, fit: Fit, columns: int) -> Array | None:
    """The errors that states said to be exact would have if all residuals of a linear fit came from them.

    Nothing in the data tells such errors from noise on the outputs if F is linear: the residuals have constant size
    in both cases. They are taken in proportion to the standard deviation of each state.

    Args:
        frame: coordinates of the fit.
        fit: of degree 1.
        columns: number of outputs.

    Returns:
        Their covariance in the units of the fit, None if F is constant or the fit is exact.
    """
    slopes = fit.coefficients[: fit.root.shape[1]].reshape(columns, -1)[:, 1:]
    spread = np.linalg.inv(frame.whiten)
    relative = frame.whiten @ np.diag((spread**2).sum(1)) @ frame.whiten.T  # of errors as large as the states vary
    noise = float((fit.residuals**2).sum()) / max(fit.dof, 1)
    reach = float(np.einsum("ci,ij,cj->", slopes, relative, slopes))
    if noise <= columns * EXACT**2 or reach <= noise:
        return None
    return relative * noise / reach
