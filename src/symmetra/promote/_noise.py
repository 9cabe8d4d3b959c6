"""How much of the data to fit: all of it, or down to the noise (discrepancy principle)."""

from __future__ import annotations

import math

import torch

from symmetra.inputs import InputError
from symmetra.promote._admm import Solution, minimise
from symmetra.promote._least_squares import DataStep
from symmetra.promote._problem import Problem

_SEARCH_GAP = 1e-3
_ACCURACY = 0.01  # of the residual's size
_TRIES = 40


def fit(problem: Problem, noise: float, gap: float, iterations: int) -> tuple[Solution, float]:
    """The minimiser and the weight λ of its data term (0: interpolation).

    The residual norm grows with λ; a search in log λ brings it to noise · √(N c) within 1 %, or as near to that as the
    least residual of the library allows.

    Raises:
        InputError: noise far below what the library can fit.
    """
    p, c = problem.rows.shape[1], problem.values.shape[1]
    zero = problem.values.new_zeros(p, c)
    if p == 0 or problem.rows.shape[0] == 0:
        return Solution(zero, 0.0, 0.0, 0), 0.0
    if noise == 0.0:
        if problem.unique:
            v = torch.linalg.solve(problem.rows, problem.values)
            value = float(torch.linalg.svdvals(problem.operator.apply(v)).sum())
            return Solution(v, value, value, 0), 0.0
        data = DataStep(problem.operator.gram, problem.rows, problem.values)
        return minimise(problem.operator, data, gap, iterations), 0.0
    count = problem.y.numel()
    target = noise * math.sqrt(count)
    if problem.floor > 1.5 * target:
        got = f"{noise:g}, but the best fit of the library leaves {problem.floor / math.sqrt(count):.2e}"
        raise InputError("noise", got, "the standard deviation of y, or a library that can fit", "a larger library")
    target = math.sqrt(max(target**2 - problem.floor**2, (0.1 * target) ** 2))  # what may be left in the range of A
    if float(problem.values.norm()) <= target:
        return Solution(zero, 0.0, 0.0, 0), math.inf
    data = DataStep(problem.operator.gram, problem.rows, problem.values)

    def misfit(solution: Solution) -> float:
        return math.log(float((problem.rows @ solution.v - problem.values).norm()) / target)

    start = minimise(problem.operator, data, 0.1, iterations)
    guess = math.log(target**2 / max(start.upper, 1e-300))
    low, high = -math.inf, math.inf
    for _ in range(_TRIES):
        off = misfit(minimise(problem.operator, data, _SEARCH_GAP, iterations, math.exp(guess)))
        if abs(off) < _ACCURACY:
            break
        low, high = (guess, high) if off < 0 else (low, guess)
        if math.isinf(low) or math.isinf(high):
            guess -= math.copysign(min(max(1.5 * abs(off), 0.05), 3.0), off)
        else:
            guess = (low + high) / 2
        if high - low < 1e-3:
            break
    penalty = math.exp(guess)
    return minimise(problem.operator, data, gap, iterations, penalty), penalty
