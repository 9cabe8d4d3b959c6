"""Noisy data: the largest algebra that some polynomial has which fits within the noise.

The penalised minimiser is biased towards small singular values, so it must fit too closely elsewhere and shows more of
them than there are: its rank is an upper limit only. For r = 1, 2, … the data are therefore fitted on the manifold of
polynomials whose operator has rank r (Gauss-Newton on its tangent spaces, from the leading r directions of the
minimiser), and the first fit whose residual is that of noise is taken: with N values and f = dim T,
‖F(x) − y‖²/σ² ≤ N − f + 3 √(2 (N − f)).

With few residuals to spare such a fit may be an accident: N − f residuals of the size that the next smaller rank leaves
would also be as small as these, with a probability that χ² gives. It is part of the evidence.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.promote._problem import Problem
from symmetra.promote._tangent import Polished, freedom, spectrum_of, tangent_form

_STEPS = 15
_STIFF = 1e8  # weight of the tangent condition over the data
_DEVIATIONS = 3.0
_SETTLED = 1e-6  # relative singular values beyond r of a fit on the manifold


def within_noise(square: float, noise: float, count: int) -> bool:
    """Whether a residual sum of squares with ``count`` degrees of freedom is that of noise."""
    return count > 0 and square <= noise**2 * (count + _DEVIATIONS * math.sqrt(2 * count))


def smallest_rank(problem: Problem, v: Tensor, noise: float, tolerance: float) -> Polished:
    """The fit of smallest rank within the noise; ``converged`` is False where there is none.

    Args:
        problem: with rows and values that keep their scale.
        v: ``[p, c]``, the penalised minimiser.
        noise: σ.
        tolerance: relative singular values of the minimiser up to here are zero.
    """
    operator = problem.operator
    spectrum, directions, left = spectrum_of(operator, v)
    limit = int((spectrum > tolerance * spectrum[0]).sum())
    kernel = (problem.equations - problem.rows.shape[0]) * v.shape[1]
    spare = problem.y.numel() - kernel
    smaller = (float(problem.values.square().sum()) + problem.floor**2) / max(spare, 1)  # what rank 0 leaves
    for rank in range(1, min(limit, spectrum.numel() - 1) + 1):
        fit = _on_manifold(problem, v, rank)
        if fit is None:
            break  # more freedom than data, and so for every larger rank
        found, axes, sides = spectrum_of(operator, fit)
        if float(found[rank]) > _SETTLED * float(found[0]):
            continue
        free = freedom(operator, axes, sides, rank)
        square = float((problem.rows @ fit - problem.values).square().sum()) + problem.floor**2
        if within_noise(square, noise, spare - free):
            chance = torch.special.gammainc(*torch.tensor([(spare - free) / 2, square / smaller / 2]).double())
            return Polished(fit, found, axes, rank, free, True, float(chance))
        smaller = square / max(spare - free, 1)
    return Polished(v, spectrum, directions, limit, freedom(operator, directions, left, limit, tolerance), False)


def _on_manifold(problem: Problem, v: Tensor, rank: int) -> Tensor | None:
    """Argmin ‖A v − b‖ over polynomials of that rank, from v; None where data do not fix it."""
    outputs = v.shape[1]
    gram = torch.kron((problem.rows.mT @ problem.rows).contiguous(), torch.eye(outputs).to(v))
    side = (problem.rows.mT @ problem.values).reshape(-1, 1)
    for _ in range(_STEPS):
        _, directions, left = spectrum_of(problem.operator, v)
        form = tangent_form(problem.operator, directions, left, rank)
        stiff = _STIFF * float(gram.diagonal().max()) / float(form.diagonal().max())
        factor, info = torch.linalg.cholesky_ex(gram + stiff * form)
        if int(info) or float(factor.diagonal().min()) ** 2 < 1e-12 * float(gram.diagonal().max()):
            return None
        before, v = v, torch.cholesky_solve(side, factor).reshape(v.shape)
        if float((v - before).norm()) <= 1e-9 * float(v.norm()):
            break
    return v
