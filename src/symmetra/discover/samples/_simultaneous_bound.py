"""Confidence bounds for the defect ρ(θ) = |L_θ β| / |M_θ β| from the fit that chose the generator, or that was named.

The true β lies in a region around β̂ with probability 1 − α; extremes over the region hold for every θ at once, however
it was chosen. They are trust-region problems.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples._confidence import Fit, joint_radius
from symmetra.discover.samples._split_bound import invertible, largest_slice, through
from symmetra.linalg._distributions import student_quantile
from symmetra.linalg._trust_region import largest_norm, largest_quadratic, smallest_norm

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Region:
    """One generator over a whole confidence region: L_θβ = a + x u, M_θβ = b + y u with |u| ≤ radius.

    ρ ≤ δ everywhere if and only if the largest value of |L_θβ|² − δ²|M_θβ|² is not positive: one indefinite
    trust-region problem for every δ, and a bisection in δ. The bounds hold for all generators at once.
    """

    a: Array
    x: Array
    b: Array
    y: Array
    radius: float

    @classmethod
    def of(cls, l: Array, m: Array, fit: Fit, columns: int, theta: Array, alpha: float) -> Region:
        """For a generator ``[P]`` and the region of level 1 − α."""
        lt, mt = l @ theta, m @ theta
        radius = joint_radius(fit.root.shape[1] // columns, fit.dof, columns, alpha)
        return cls(lt @ fit.coefficients, lt @ fit.root, mt @ fit.coefficients, mt @ fit.root, radius)

    @property
    def plug_in(self) -> float:
        """ρ of the estimate; infinite where its size is 0."""
        size = float(np.linalg.norm(self.b))
        return float(np.linalg.norm(self.a)) / size if size > 0 else math.inf

    def upper(self) -> float:
        """U."""
        if not math.isfinite(self.radius):
            return math.inf
        below = smallest_norm(self.b, self.y, self.radius)
        if below <= 0.0:
            return math.inf
        low, high = self.plug_in, largest_norm(self.a, self.x, self.radius) / below
        forms = self._forms()
        for _ in range(14):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if self._exceeds(forms, middle, 1.0) else (low, middle)
        return high

    def lower(self) -> float:
        """L; below 1e-6 of the estimate nothing is left of the digits, and it is 0."""
        if not (math.isfinite(self.radius) and math.isfinite(self.plug_in)):
            return 0.0
        low, high = 0.0, self.plug_in
        forms = self._forms()
        for _ in range(24):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self._exceeds(forms, middle, -1.0) else (middle, high)
        return low if low > max(1e-6 * self.plug_in, 1e-7) else 0.0

    def _forms(self) -> tuple[tuple[Array, Array, float], tuple[Array, Array, float]]:
        x, y, a, b = self.x, self.y, self.a, self.b
        return (x.T @ x, x.T @ a, float(a @ a)), (y.T @ y, y.T @ b, float(b @ b))

    def _exceeds(self, forms: tuple[tuple[Array, Array, float], ...], delta: float, sign: float) -> bool:
        (h, c, k), (g, d, j) = forms
        s = delta**2
        return largest_quadratic(sign * (h - s * g), sign * (c - s * d), sign * (k - s * j), self.radius) > 0.0


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
        return Region.of(l, m, fit, columns, space[:, 0], alpha).upper()
    r = np.linalg.qr(np.tensordot(np.tensordot(m, fit.coefficients, (1, 0)), space, 1))[1]
    radius = joint_radius(fit.root.shape[1] // columns, fit.dof, columns, alpha)
    if not invertible(r) or not math.isfinite(radius):
        return math.inf
    basis = np.linalg.solve(r.T, space.T).T
    lv, mv = l @ basis, m @ basis
    plug_in = float(np.linalg.norm(np.einsum("kqd,q->kd", lv, fit.coefficients), 2))
    above = plug_in + radius * largest_slice(through(lv, fit.root))
    below = 1.0 - radius * largest_slice(through(mv, fit.root))
    return float(above / below) if below > 0 else math.inf


def named_bounds(l: Array, m: Array, fit: Fit, columns: int, theta: Array, alpha: float) -> tuple[float, float]:
    """L and U, each at error rate α, for one generator that was named before the data were seen, from all of them.

    The numerator has the one-dimensional bound at 0.9 α, the size the extreme over the confidence region at 0.1 α; the
    lower bound uses the region alone.
    """
    region = Region.of(l, m, fit, columns, theta, 0.1 * alpha)
    t = -student_quantile(0.9 * alpha, fit.dof)
    above = np.linalg.norm(region.a) + t * np.linalg.norm(region.x, 2)
    below = smallest_norm(region.b, region.y, region.radius) if math.isfinite(region.radius) else 0.0
    return Region.of(l, m, fit, columns, theta, alpha).lower(), float(above / below) if below > 0 else math.inf
