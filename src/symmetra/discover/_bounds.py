"""Upper and lower confidence bounds for the defect ρ(θ) = |L_θ β| / |M_θ β| of a generator or a space of generators.

**One functional** (for θ fixed independently of the fit β̂; the split bound). Let ρ(θ) ≥ δ in truth, v = L_θβ/|L_θβ| and
w any unit vector that does not depend on β̂ (the direction of M_θ β in an independent fit). Then
(vᵀL_θ − δ wᵀM_θ) β ≥ 0: a fixed linear functional of β, whose estimate falls below −t_ν(1−α) standard errors with
probability at most α. Since v·L_θβ̂ ≤ |L_θβ̂|, the claim ρ(θ) ≤ δ may be made when

    |L_θ β̂| + t ‖L_θ S‖ ≤ δ (w·M_θ β̂ − t |Sᵀ M_θᵀ w|),      S Sᵀ the estimated covariance of β̂;

the smallest such δ is U. Nothing is paid for the many coefficients nor for a second bound. With unequal noise levels the
estimated variance of the functional is Σ p_c σ_c² Y_c with independent Y_c ~ χ²_ν/ν; the tail Φ(−t √y) is convex in y, so by
Jensen's inequality the t quantile with the ν of one output still holds. For a space V of generators, θ is its worst
direction, which is as fixed as V: the supremum over V of the bound is valid without any price for the choice.

**Simultaneous** (for θ chosen from β̂ itself): the extremes over a confidence region of β, by trust-region problems.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from symmetra.discover._confidence import Fit, joint_radius
from symmetra.linalg._trust_region import largest_norm, largest_quadratic, smallest_norm

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
    if not _invertible(r):
        return math.inf
    basis = np.linalg.solve(r.T, space.T).T  # generators of unit size in the first fit
    lv, mv = l @ basis, m @ basis  # [K, Q, d]
    t = float(student.isf(alpha, second.dof))
    numerator = float(np.linalg.norm(np.einsum("kqd,q->kd", lv, second.coefficients), 2))
    noise = largest_slice(_times(lv, second.root))
    after = q.T @ np.einsum("kqd,q->kd", mv, second.coefficients)  # w(θ) = q θ is a unit vector
    size = float(np.linalg.eigvalsh(0.5 * (after + after.T))[0])
    along = _times(np.einsum("ke,kqd->eqd", q, mv), second.root)  # [d, Q, d]
    spread = float(np.linalg.norm(along[0, :, 0])) if d == 1 else largest_slice(along)
    below = size - t * spread
    return (numerator + t * noise) / below if below > 0 else math.inf


def split_lower(l: Array, m: Array, first: Fit, second: Fit, theta: Array, alpha: float) -> float:
    """L for one generator: as above with w the direction of L_θ β in the first fit and v that of M_θ β.

    Args:
        l: numerator ``[K, Q, P]``.
        m: size ``[K', Q, P]``.
        first: an independent fit.
        second: the fit.
        theta: ``[P]``, independent of the second fit.
        alpha: error rate.
    """
    lt, mt = l @ theta, m @ theta
    before = lt @ first.coefficients
    if not np.any(before):
        return 0.0
    w = before / np.linalg.norm(before)
    t = float(student.isf(alpha, second.dof))
    above = w @ (lt @ second.coefficients) - t * np.linalg.norm(second.root.T @ (lt.T @ w))
    below = np.linalg.norm(mt @ second.coefficients) + t * np.linalg.norm(mt @ second.root, 2)
    return max(float(above / below), 0.0) if below > 0 else 0.0


def named_bounds(l: Array, m: Array, fit: Fit, columns: int, theta: Array, alpha: float) -> tuple[float, float]:
    """L and U, each at error rate α, for one generator that was named before the data were seen, from all of them.

    The numerator has the one-dimensional bound at 0.9 α, the size the extreme over the confidence region at 0.1 α; the
    lower bound uses the region alone.
    """
    lt, mt = l @ theta, m @ theta
    t = float(student.isf(0.9 * alpha, fit.dof))
    above = np.linalg.norm(lt @ fit.coefficients) + t * np.linalg.norm(lt @ fit.root, 2)
    size = fit.coefficients.size // columns
    below = smallest_norm(mt @ fit.coefficients, mt @ fit.root, joint_radius(size, fit.dof, columns, 0.1 * alpha))
    upper = float(above / below) if below > 0 else math.inf
    return simultaneous_bounds(l, m, fit, columns, theta, alpha)[0], upper


def simultaneous_bounds(l: Array, m: Array, fit: Fit, columns: int, theta: Array, alpha: float) -> tuple[float, float]:
    """L and U that hold at once for every generator, however it was chosen, with probability 1 − α.

    ρ ≤ δ on the whole region if and only if the largest value of |L_θβ|² − δ²|M_θβ|² on it is not positive: one
    indefinite trust-region problem for every δ, and a bisection in δ.
    """
    radius = joint_radius(fit.coefficients.size // columns, fit.dof, columns, alpha)
    lt, mt = l @ theta, m @ theta
    a, b = lt @ fit.coefficients, mt @ fit.coefficients
    x, y = lt @ fit.root, mt @ fit.root
    forms = (x.T @ x, x.T @ a, float(a @ a)), (y.T @ y, y.T @ b, float(b @ b))

    def exceeds(delta: float, sign: float) -> bool:
        h, c, k = (sign * (f - delta**2 * g) for f, g in zip(*forms, strict=True))
        return largest_quadratic(h, c, k, radius) > 0.0

    if not math.isfinite(radius) or smallest_norm(b, y, radius) <= 0.0:
        return 0.0, math.inf
    plug_in = float(np.linalg.norm(a) / np.linalg.norm(b))
    low, high = plug_in, largest_norm(a, x, radius) / smallest_norm(b, y, radius)
    for _ in range(40):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if exceeds(middle, 1.0) else (low, middle)
    upper, low, high_l = high, 0.0, plug_in
    for _ in range(40):
        middle = 0.5 * (low + high_l)
        low, high_l = (low, middle) if exceeds(middle, -1.0) else (middle, high_l)
    return (low if low > 1e-6 * plug_in and low > 1e-7 else 0.0), upper


def simultaneous_upper(l: Array, m: Array, fit: Fit, columns: int, space: Array, alpha: float) -> float:
    """U for a space of generators that was chosen from this very fit: for one generator as above, else by norms.

    Args:
        l: numerator ``[K, Q, P]``.
        m: size ``[K', Q, P]``.
        fit: the fit.
        columns: number of outputs.
        space: basis ``[P, d]``.
        alpha: error rate.
    """
    if space.shape[1] == 1:
        return simultaneous_bounds(l, m, fit, columns, space[:, 0], alpha)[1]
    r = np.linalg.qr(np.tensordot(np.tensordot(m, fit.coefficients, (1, 0)), space, 1))[1]
    radius = joint_radius(fit.coefficients.size // columns, fit.dof, columns, alpha)
    if not _invertible(r) or not math.isfinite(radius):
        return math.inf
    basis = np.linalg.solve(r.T, space.T).T
    lv, mv = l @ basis, m @ basis
    above = np.linalg.norm(np.einsum("kqd,q->kd", lv, fit.coefficients), 2) + radius * largest_slice(_times(lv, fit.root))
    below = 1.0 - radius * largest_slice(_times(mv, fit.root))
    return float(above / below) if below > 0 else math.inf


def plain_upper(l: Array, m: Array, fit: Fit, columns: int, space: Array, alpha: float) -> float:
    """The simultaneous certificate as published, for comparison: separate extremes, Euclidean basis, Frobenius radii.

    Args:
        l: numerator ``[K, Q, P]``.
        m: both terms of the size, stacked, ``[2K, Q, P]``.
        fit: on all data.
        columns: number of outputs.
        space: ``[P, d]``.
        alpha: error rate.
    """
    radius = joint_radius(fit.coefficients.size // columns, fit.dof, columns, alpha)
    basis = np.linalg.qr(space)[0]
    if basis.shape[1] == 1:
        half = m.shape[0] // 2
        theta = basis[:, 0]
        parts = [smallest_norm(h @ theta @ fit.coefficients, h @ theta @ fit.root, radius) for h in (m[:half], m[half:])]
        above = largest_norm(l @ theta @ fit.coefficients, l @ theta @ fit.root, radius)
        below = math.hypot(*parts)
        return above / below if below > 0 else math.inf
    lv, mv = l @ basis, m @ basis
    radii = [radius * np.linalg.norm(_times(v, fit.root).transpose(0, 2, 1).reshape(-1, v.shape[1]), 2) for v in (lv, mv)]
    values = [np.linalg.svd(np.einsum("kqd,q->kd", v, fit.coefficients), compute_uv=False) for v in (lv, mv)]
    below = values[1][-1] - radii[1]
    return float((values[0][0] + radii[0]) / below) if below > 0 else math.inf


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


def _times(tensor: Array, root: Array) -> Array:
    """T[:, q, :] S[q, s] -> ``[K, s, d]``."""
    return np.matmul(root.T, tensor)


def _invertible(r: Array) -> bool:
    sizes = np.linalg.svd(r, compute_uv=False)
    return bool(sizes[-1] > 1e-10 * sizes[0])
