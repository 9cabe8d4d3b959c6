"""The largest value of a quadratic on a ball, bounded from above by duality whatever the convergence."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def largest_quadratic(h: Array, c: Array, k: float, radius: float) -> float:
    """The maximum of uᵀH u + 2 cᵀu + k over |u| ≤ R, never below the true maximum.

    With H = Σ λ_i q_i q_iᵀ every μ > max(λ_max, 0) gives the upper bound k + μ R² + Σ (q_iᵀc)²/(μ − λ_i), and the
    smallest of them is the maximum (strong duality of the trust-region problem, hard case included). So a search over
    μ that stops early, or in the hard case, can only give too large a value. All constants are relative.

    Args:
        h: symmetric ``[q, q]``.
        c: ``[q]``.
        k: constant.
        radius: R ≥ 0.
    """
    values, vectors = np.linalg.eigh(h)
    b2 = (vectors.T @ c) ** 2
    size = float(np.sqrt(b2.sum()))
    low = max(float(values[-1]), 0.0)
    if radius == 0.0:
        return k
    high = low + size / radius
    scale = max(high, float(np.abs(values).max()))
    if scale == 0.0:
        return k

    def bound(mu: float) -> float:
        gap = mu - values
        return k + mu * radius**2 + float((b2 / gap).sum())

    low = max(low, float(values[-1]) + 1e-15 * scale)
    if low <= 0.0:
        low = 1e-15 * scale
    mu, high = low, max(high, low * (1 + 1e-12))
    for _ in range(60):
        # Newton's step for 1/|u(μ)| = 1/R, which is nearly linear in μ; it comes from the left and is kept in a bracket
        gap = mu - values
        weights = b2 / gap**2
        length = math.sqrt(float(weights.sum()))
        if length <= radius:
            high = mu
        else:
            low = mu
        if high - low <= 1e-14 * high or abs(length - radius) <= 1e-9 * radius:
            break
        slope = float((weights / gap).sum())
        step = mu + (length / radius - 1.0) * length**2 / slope if slope > 0 else high
        mu = step if low < step < high else 0.5 * (low + high)
    return bound(mu)


def largest_norm(a: Array, b: Array, radius: float) -> float:
    """Upper bound, tight, for max |a + B u| over |u| ≤ R."""
    return math.sqrt(max(largest_quadratic(b.T @ b, b.T @ a, float(a @ a), radius), 0.0))


def smallest_norm(a: Array, b: Array, radius: float) -> float:
    """Lower bound, tight, for min |a + B u| over |u| ≤ R."""
    return math.sqrt(max(-largest_quadratic(-(b.T @ b), -(b.T @ a), -float(a @ a), radius), 0.0))
