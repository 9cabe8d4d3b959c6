"""Least squares with an exact confidence region, each output with a noise level of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.linalg._distributions import f_cdf, f_upper_quantile

Array = NDArray[np.float64]

RANK = 1e-9  # relative size of a singular value of the design below which a direction is not determined


@dataclass(frozen=True)
class Fit:
    """An estimate with its error.

    Attributes:
        coefficients: β̂ ``[Q]``, index (output, monomial).
        root: S ``[Q, Q]`` with S Sᵀ the estimated covariance of β̂.
        dof: degrees of freedom of the noise levels.
        residuals: ``[N, c]``.
        determined: whether the design has full rank.
        degree: of the model.
    """

    coefficients: Array
    root: Array
    dof: int
    residuals: Array
    determined: bool
    degree: int


def least_squares(z: Array, y: Array, degree: int) -> Fit:
    """The polynomial of a degree that fits best; outputs are independent of each other.

    Args:
        z: states ``[N, n]``, scaled.
        y: outputs ``[N, c]``, scaled.
        degree: of the model.
    """
    design = poly.values(z, degree)
    rows, m = design.shape
    columns = y.shape[1]
    if rows <= m:
        return undetermined(m * columns, y, degree)
    q, r = np.linalg.qr(design)
    sizes = np.linalg.svd(r, compute_uv=False)
    if sizes[-1] <= RANK * sizes[0]:
        return undetermined(m * columns, y, degree)
    projected = q.T @ y
    residuals = y - q @ projected
    inverse = np.linalg.solve(r, np.eye(m))
    sigma = np.sqrt((residuals**2).sum(0) / (rows - m))
    root = np.zeros((columns, m, columns, m))
    for c in range(columns):
        root[c, :, c, :] = sigma[c] * inverse
    return Fit((inverse @ projected).T.reshape(-1), root.reshape(m * columns, -1), rows - m, residuals, True, degree)


def undetermined(size: int, y: Array, degree: int) -> Fit:
    """A fit that says nothing."""
    return Fit(np.zeros(size), np.full((size, size), np.inf), 0, y, False, degree)


def with_known(fit: Fit, count: int) -> Fit:
    """The fit with coefficients 1 appended that carry no error."""
    if count == 0:
        return fit
    root = np.concatenate([fit.root, np.zeros((count, fit.root.shape[1]))])
    return replace(fit, coefficients=np.concatenate([fit.coefficients, np.ones(count)]), root=root)


@lru_cache(maxsize=4096)
def joint_radius(size: int, dof: int, columns: int, alpha: float) -> float:
    """R such that Σ_c |S_c⁻¹(β̂_c − β_c)|² ≤ R² has probability at least 1 − α.

    Every output has its own noise level, estimated from its own residuals, so that the sum consists of independent
    size · F(size, dof) variables. One output is the F quantile; for more, the variables are rounded up to a grid and
    convolved, which can only make R too large (by less than 1 %).
    """
    if columns == 1:
        return float(np.sqrt(size * f_upper_quantile(alpha, size, dof)))
    top = size * f_upper_quantile(alpha * 1e-3, size, dof) * 1.5
    cells = 1 << 15
    edges = np.linspace(0.0, top, cells + 1)
    single = np.diff(f_cdf(edges / size, size, dof))  # the mass of cell i is put on its upper edge i + 1
    total = single
    for _ in range(columns - 1):
        total = np.fft.irfft(np.fft.rfft(total, 2 * cells) * np.fft.rfft(single, 2 * cells))[:cells]
    reached = np.cumsum(np.maximum(total, 0.0))
    first = int(np.searchsorted(reached, 1.0 - alpha + 1e-12))
    if first >= reached.size:
        return float("inf")
    return float(np.sqrt((first + columns) * (edges[1] - edges[0])))
