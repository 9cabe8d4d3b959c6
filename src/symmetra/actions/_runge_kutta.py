"""Integrating an autonomous vector field over unit time to near the rounding level, differentiably.

Dormand and Prince's method of order 8 with the error estimates of orders 5 and 3 (Hairer, Nørsett, Wanner, "Solving
Ordinary Differential Equations I", section II.10); the coefficients are those that SciPy publishes with its ``DOP853``.
All samples share their steps, and the sizes compared are relative to each sample's own, so that units do not matter.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from symmetra.inputs import InputError


@functools.cache
def _tables() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The stages' coefficients, the weights, and the two error estimates."""
    from scipy.integrate import DOP853  # not at module level: importing it takes as long as all of symmetra

    a, b, third, fifth = (torch.tensor(t, dtype=torch.float64) for t in (DOP853.A, DOP853.B, DOP853.E3, DOP853.E5))
    return a, b, third, fifth


def _step(field: Callable[[Tensor], Tensor], x: Tensor, slope: Tensor, h: float) -> tuple[Tensor, Tensor, float]:
    """One step: the new point, its slope, and the error relative to the tolerance's unit."""
    stages, final, e3, e5 = _tables()
    slopes = [slope]
    for stage in range(1, len(final)):
        weights = stages[stage].tolist()
        shift = sum((w * k for w, k in zip(weights, slopes, strict=False) if w), torch.zeros_like(x))
        slopes.append(field(x + h * shift))
    new = x + h * sum((w * k for w, k in zip(final.tolist(), slopes, strict=True) if w), torch.zeros_like(x))
    new_slope = field(new)
    with torch.no_grad():
        ks = torch.stack([*slopes, new_slope])
        fifth = torch.tensordot(e5.to(ks), ks, dims=1).norm(dim=-1)
        third = torch.tensordot(e3.to(ks), ks, dims=1).norm(dim=-1)
        size = torch.maximum(x.norm(dim=-1), new.norm(dim=-1)) + h * slope.norm(dim=-1)
        joint = (fifth.square() + 0.01 * third.square()).sqrt()
        error = h * fifth.square() / (joint * size).clamp_min(torch.finfo(torch.float64).tiny)
        worst = float(error.max()) if error.numel() else 0.0
    return new, new_slope, worst


def integrate(field: Callable[[Tensor], Tensor], x: Tensor, tolerance: float = 1e-13, steps: int = 2_000) -> Tensor:
    """The point reached from ``x [N, n]`` after unit time along ``field``.

    Args:
        field: ``[N, n] -> [N, n]``, float64.
        x: Starting points.
        tolerance: Largest error of a step, relative to the size of the sample.
        steps: How many steps are tried before the flow is said not to exist that long.

    Raises:
        InputError: if the solution leaves every bounded set within unit time, as those of quadratic fields may.
    """
    done, h, slope = 0.0, 0.1, field(x)
    for _ in range(steps):
        h = min(h, 1.0 - done)
        new, new_slope, error = _step(field, x, slope, h)
        if error <= tolerance:  # false for NaN: an overflow within the step makes it smaller
            x, slope, done = new, new_slope, done + h
            if 1.0 - done < 1e-14:
                return x
        growth = 0.2 if not error < float("inf") else 5.0 if error == 0 else 0.9 * (tolerance / error) ** 0.125
        h *= min(5.0, max(0.2, growth))
        if h < 1e-9:
            break
    raise InputError(
        "g",
        f"a flow that is not finite for unit time (reached {done:.3g})",
        "one that exists for these points",
        "smaller coefficients",
    )
