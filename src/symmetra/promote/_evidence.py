"""From the minimiser to the algebra: threshold, refit, and say whether the data determine it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.promote._admm import Solution
from symmetra.promote._noisy_rank import smallest_rank, within_noise
from symmetra.promote._problem import Problem
from symmetra.promote._tangent import Polished, gram_outside, polish, spectrum_of

_NULL = 1e-9  # eigenvalues of Σ A_ηᵀ A_η that are rounding
_ACCIDENT = 0.01  # probability of an accidental fit from which on noisy data decide nothing
_EXACT = 1e-7  # relative residual of a refit that counts as interpolation


@dataclass(frozen=True)
class Evidence:
    """See the fields of the same names in the result; ``refit`` ``[P, c]``, ``directions`` ``[k, q]``."""

    refit: Tensor
    directions: Tensor
    spectrum: Tensor
    rank: int
    gap: float
    freedom: int
    residual: float
    determined: bool
    reason: str


def evidence_of(problem: Problem, solution: Solution, penalty: float, noise: float, tolerance: float) -> Evidence:
    """The algebra of the minimiser with what speaks for it."""
    operator, v = problem.operator, solution.v
    outputs, p = v.shape[1], v.shape[0]
    if p == 0 or float(operator.apply(v).norm()) <= 1e-12 * float(problem.y.norm()):
        return _everything(problem, noise)
    if noise == 0.0:
        tail = polish(operator, problem.rows, v, tolerance)
    else:
        tail = smallest_rank(problem, v, noise, tolerance)
    kernel = problem.equations - problem.rows.shape[0]
    spare = (problem.rows.shape[0] * outputs) - tail.freedom
    directions = tail.directions[tail.rank :]
    refit = _symmetric_fit(problem, tail.directions, tail.rank)
    error = float((problem.features @ refit - problem.y).norm())
    scale = problem.scale
    total = tail.freedom + kernel * outputs
    fits = error <= _EXACT * scale
    if noise > 0.0:
        fits = within_noise(error**2, noise, problem.y.numel() - total)
    complete = problem.unique and noise == 0.0
    determined = fits and tail.converged and tail.accident <= _ACCIDENT and (spare > 0 or complete)
    reason = _words(tail, spare, fits, complete, noise)
    final = spectrum_of(operator, problem.live.mT @ refit)[0] if determined else tail.spectrum
    if not determined:
        refit = problem.complete(v)
        error = float((problem.features @ refit - problem.y).norm())
    final = final / final[0] if float(final[0]) > 0 else final
    return Evidence(
        refit, directions, final, tail.rank, _gap(final, tail.rank), total, error / scale, determined, reason
    )


def _symmetric_fit(problem: Problem, directions: Tensor, rank: int) -> Tensor:
    """Least squares among the polynomials that the generators kill: enforcement by the null space of Σ A_ηᵀ A_η."""
    modes, vectors = torch.linalg.eigh(gram_outside(problem.operator, directions, rank))
    top = float(problem.operator.gram.diagonal().max())
    null = torch.cat([problem.live @ vectors[:, modes <= _NULL * top], problem.kernel], dim=1)
    return null @ (torch.linalg.pinv(problem.features @ null, rtol=1e-11) @ problem.y)


def _everything(problem: Problem, noise: float) -> Evidence:
    """The data are fitted by a polynomial with all symmetries."""
    q = problem.operator.shape[0]
    like = problem.y
    refit = problem.complete(like.new_zeros(problem.live.shape[1], like.shape[1]))
    error = float((problem.features @ refit - like).norm())
    k = problem.kernel.shape[1] * like.shape[1]
    determined = problem.equations * like.shape[1] > k
    reason = f"a polynomial with all {q} symmetries fits" + (", within the noise" if noise else "")
    if not determined:
        reason = f"not determined: {reason}, as one always does for so few samples"
    return Evidence(
        refit,
        torch.eye(q).to(like),
        like.new_zeros(q),
        0,
        math.inf,
        k,
        error / max(float(like.norm()), 1e-300),
        determined,
        reason,
    )


def _gap(spectrum: Tensor, rank: int) -> float:
    if rank == 0 or rank == spectrum.numel() or float(spectrum[rank]) == 0.0:
        return math.inf
    return float(spectrum[rank - 1] / spectrum[rank])


def _words(tail: Polished, spare: int, fits: bool, complete: bool, noise: float) -> str:
    """Why, in one line."""
    if complete:
        return "the samples alone determine the polynomial"
    if not tail.converged:
        if noise:
            return "not determined: no polynomial with fewer degrees of freedom than data fits within the noise"
        return "not determined: no polynomial with exactly the thresholded symmetries goes through the data"
    if spare <= 0:
        return f"not determined: at least {1 - spare} more values are needed to tell this algebra from an accident"
    if tail.accident > _ACCIDENT:
        return f"not determined: data without these symmetries fit as well with probability {tail.accident:.2g}"
    if not fits:
        return "not determined: a polynomial with exactly these symmetries does not fit the data"
    kind = "within the noise" if noise else "exactly"
    return f"a polynomial with exactly these symmetries fits {spare} more equations than it has freedom, {kind}"
