"""The simultaneous certificate as published (Kendiukhov 2026, "Certified symmetry discovery"), for comparison."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples._confidence import Fit, joint_radius
from symmetra.discover.samples._split_bound import through
from symmetra.linalg._trust_region import largest_norm, smallest_norm

Array = NDArray[np.float64]


def plain_upper(l: Array, m: Array, fit: Fit, columns: int, space: Array, alpha: float) -> float:
    """U: separate extremes of numerator and sizes, Euclidean basis, Frobenius radii.

    Args:
        l: numerator ``[K, Q, P]``.
        m: both terms of the size, stacked, ``[2K, Q, P]``.
        fit: on all data.
        columns: number of outputs.
        space: ``[P, d]``.
        alpha: error rate.
    """
    radius = joint_radius(fit.root.shape[1] // columns, fit.dof, columns, alpha)
    basis = np.linalg.qr(space)[0]
    if basis.shape[1] == 1:
        half = m.shape[0] // 2
        theta = basis[:, 0]
        parts = [
            smallest_norm(h @ theta @ fit.coefficients, h @ theta @ fit.root, radius) for h in (m[:half], m[half:])
        ]
        above = largest_norm(l @ theta @ fit.coefficients, l @ theta @ fit.root, radius)
        below = math.hypot(*parts)
        return above / below if below > 0 else math.inf
    lv, mv = l @ basis, m @ basis
    radii = [
        radius * np.linalg.norm(through(v, fit.root).transpose(0, 2, 1).reshape(-1, v.shape[1]), 2) for v in (lv, mv)
    ]
    values = [np.linalg.svd(np.einsum("kqd,q->kd", v, fit.coefficients), compute_uv=False) for v in (lv, mv)]
    below = values[1][-1] - radii[1]
    return float((values[0][0] + radii[0]) / below) if below > 0 else math.inf
