"""Upper confidence bound for the defect ρ(θ) = |L_θ β| / |M_θ β| of generators fixed by an independent fit.

Let ρ(θ) ≥ δ in truth, v = L_θβ/|L_θβ|, and w a unit vector that does not depend on β̂ (the direction of M_θ β in the
other fit). Then (vᵀL_θ − δ wᵀM_θ) β ≥ 0: a fixed linear functional of β, whose estimate falls below −t_ν(1−α) standard
errors with probability at most α. Since v·L_θβ̂ ≤ |L_θβ̂|, the claim ρ(θ) ≤ δ may be made when

    |L_θ β̂| + t ‖L_θ S‖ ≤ δ (w·M_θ β̂ − t |Sᵀ M_θᵀ w|),      S Sᵀ the estimated covariance of β̂;

the smallest such δ is U. Nothing is paid for the many coefficients, nor for a second bound. With unequal noise levels
the estimated variance of the functional is Σ p_c σ_c² Y_c with independent Y_c ~ χ²_ν/ν; the tail Φ(−t √y) is convex in
y, so by Jensen's inequality the t quantile with the ν of one output still holds. For a space V of generators, θ is its
worst direction, which is as fixed as V: the supremum over V of the bound is valid without a price for the choice.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples._confidence import Fit
from symmetra.linalg._distributions import student_quantile

Array = NDArray[np.float64]


def split_upper(l: Array, m: Array, first: Fit, second: Fit, space: Array, alpha: float) -> float:
    """U for a space of generators fixed by the first fit, from the independent second one.

    Args:
        l: numerator ``[K, Q, P]``.
        m: size ``[K', Q, P]``.
        first: the fit that chose the space (its coefficients alone are used).
        second: the fit on other data.
        space: basis ``[P, d]``.
        alpha: error rate.
    """
    d = space.shape[1]
    before = np.tensordot(np.tensordot(m, first.coefficients, (1, 0)), space, 1)  # [K', d]
    q, r = np.linalg.qr(before)
    if not invertible(r):
        return math.inf
    basis = np.linalg.solve(r.T, space.T).T  # generators of unit size in the first fit
    lv, mv = l @ basis, m @ basis  # [K, Q, d]
    t = -student_quantile(alpha, second.dof)
    numerator = float(np.linalg.norm(np.einsum("kqd,q->kd", lv, second.coefficients), 2))
    noise = largest_slice(through(lv, second.root))
    after = q.T @ np.einsum("kqd,q->kd", mv, second.coefficients)  # w(θ) = q θ is a unit vector
    size = float(np.linalg.eigvalsh(0.5 * (after + after.T))[0])
    along = through(np.einsum("ke,kqd->eqd", q, mv), second.root)  # [d, Q, d]
    spread = float(np.linalg.norm(along[0, :, 0])) if d == 1 else largest_slice(along)
    below = size - t * spread
    return (numerator + t * noise) / below if below > 0 else math.inf


def largest_slice(tensor: Array) -> float:
    """Upper bound for the largest spectral norm of Σ_d θ_d T[:, :, d] over unit θ; exact for one slice.

    The better of two unfoldings, and for two slices a polygon around the circle: a norm is convex in θ, so its maximum
    on the disc is at most that on the corners of a polygon that contains it (16 corners of 32: 0.5 % too large).
    """
    k, q, d = tensor.shape
    if d == 1:
        return _spectral(tensor[:, :, 0])
    if d == 2:
        angles = (np.arange(16) + 0.5) * math.pi / 16
        corners = np.stack([np.cos(angles), np.sin(angles)]) / math.cos(math.pi / 32)
        slices = np.moveaxis(tensor @ corners, 2, 0)
        gram = slices @ slices.transpose(0, 2, 1) if k <= q else slices.transpose(0, 2, 1) @ slices
        return math.sqrt(float(np.linalg.eigvalsh(gram)[:, -1].max()))
    return min(_spectral(tensor.reshape(k, q * d)), _spectral(tensor.transpose(0, 2, 1).reshape(k * d, q)))


def _spectral(matrix: Array) -> float:
    gram = matrix @ matrix.T if matrix.shape[0] <= matrix.shape[1] else matrix.T @ matrix
    return math.sqrt(max(float(np.linalg.eigvalsh(gram)[-1]), 0.0))


def through(tensor: Array, root: Array) -> Array:
    """T[:, q, :] S[q, s] -> ``[K, s, d]``."""
    return np.matmul(root.T, tensor)


def invertible(r: Array) -> bool:
    sizes = np.linalg.svd(r, compute_uv=False)
    return bool(sizes[-1] > 1e-10 * sizes[0])
