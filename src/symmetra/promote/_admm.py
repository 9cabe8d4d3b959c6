"""min ‖L(v)‖_* over polynomials that fit the data, with a proof of how far from the optimum it stopped.

Over-relaxed ADMM on Z = L(v), in one variable S (Z is its proximal point, S − Z the scaled multiplier), with Anderson
acceleration of S. Every few steps a dual feasible point comes from one more least-squares solve: with X = 2 Z − S and
D = ρ (L(v₂) − X), Lᵀ D = Aᵀ μ for μ = ρ μ₂, so for t = 1/‖D‖

    t ⟨b, μ⟩ − (λ/2) ‖t μ‖²   ≤   min ‖L(v)‖_* + ‖A v − b‖²/(2λ)          (λ = 0: exact data),

and the iterate v itself is feasible. ρ is a multiple of 1/mean σ, which makes the method invariant to the units of y
and of the generators, and stays there: changing it on the way took up to four times as many steps, and spoils the
history that the acceleration lives on. (Problem: Otto, Zolman, Kutz and Brunton, arXiv:2311.00212; method: Boyd et
al., Foundations and Trends in Machine Learning 3, 2011.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.linalg import Anderson, nuclear_norm, shrink_singular_values
from symmetra.promote._least_squares import DataStep
from symmetra.promote._operator import LieOperator

_RELAXATION = 1.7
_EVERY = 20  # steps between two bounds
_STIFFNESS = 4.0  # ρ times the mean singular value of the start; 3 … 5 take about the same, 1 and 8 up to twice


@dataclass(frozen=True)
class Solution:
    """A point and the bounds on either side of the optimum.

    Attributes:
        v: ``[p, c]``, the best feasible point met.
        upper: its objective.
        lower: no feasible point has a smaller one.
        iterations: steps taken.
    """

    v: Tensor
    upper: float
    lower: float
    iterations: int

    @property
    def gap(self) -> float:
        """(upper − lower)/upper, 0 where both vanish."""
        return max(self.upper - self.lower, 0.0) / self.upper if self.upper > 0 else 0.0


def minimise(operator: LieOperator, data: DataStep, gap: float, iterations: int, penalty: float = 0.0) -> Solution:
    """Solves to a relative duality gap.

    Args:
        operator: L on the part of the coefficients that it does not kill.
        data: A, b with the Gram matrix of L.
        gap: where to stop.
        iterations: where to stop at the latest.
        penalty: λ, 0 for exact data.
    """
    data.ridge(0.0)
    v = data.solve(torch.zeros_like(data.rows.mT @ data.values))
    image = operator.apply(v)
    size = float(nuclear_norm(image))
    noise = torch.finfo(image.dtype).eps * image.numel()
    if size <= noise * float(data.values.norm()):
        return Solution(v, 0.0, 0.0, 0)
    rho = _STIFFNESS * min(image.shape) / size
    data.ridge(penalty * rho)
    s, acceleration = image, Anderson()
    best, upper, lower, step = v, math.inf, 0.0, 0
    while step < iterations:
        z = shrink_singular_values(s, 1.0 / rho)
        target = 2.0 * z - s
        v = data.solve(operator.adjoint(target))
        image = operator.apply(v)
        s = acceleration.next(s, torch.add(s, image - z, alpha=_RELAXATION))
        step += 1
        if step % _EVERY:
            continue
        value = float(nuclear_norm(image))
        if penalty:
            value += float((data.rows @ v - data.values).square().sum()) / (2 * penalty)
        if value < upper:
            best, upper = v, value
        lower = max(lower, _bound(operator, data, target, rho, penalty))
        if upper - lower <= gap * upper:
            break
    return Solution(best, upper, lower, step)


def _bound(operator: LieOperator, data: DataStep, target: Tensor, rho: float, penalty: float) -> float:
    """The dual value of the feasible point that belongs to X = target."""
    g = operator.adjoint(target)
    dual = rho * (operator.apply(data.solve(g)) - target)
    mu = rho * data.multiplier(g)
    gain = float((data.values * mu).sum())
    scale = 1.0 / max(float(torch.linalg.matrix_norm(dual, 2)), 1e-300)
    if not penalty:
        return gain * scale
    cost = penalty * float(mu.square().sum())
    scale = min(scale, gain / cost) if cost > 0 else scale
    return gain * scale - cost * scale**2 / 2
