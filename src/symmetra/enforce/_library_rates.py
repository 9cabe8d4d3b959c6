"""Rates of change from trajectories: a polynomial through the samples around each one."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe

DEGREE = 4


def differentiate(x: Float[Tensor, "N n"], t: Any, window: int) -> tuple[Float[Tensor, "N n"], Float[Tensor, "N n"]]:
    """Smoothed states and their rates, both ``[N, n]``: values and slopes of local polynomials of degree 4.

    On evenly spaced times this is the filter of Savitzky and Golay; at the ends the window stands to one side.

    Args:
        x: states in the order of time.
        t: times ``[N]``, ascending, or the one time step.
        window: samples a polynomial, odd; more of them smooth more.
    """
    times = as_tensor(t, "t", torch.float64)
    times = times * torch.arange(len(x), dtype=torch.float64) if times.ndim == 0 else times
    if times.shape != (len(x),) or not bool((times.diff() > 0).all()):
        raise InputError("t", describe(times), f"{len(x)} ascending times, or a step above 0", "t=0.01")
    if isinstance(window, bool) or not isinstance(window, int) or window < DEGREE + 1 or window % 2 == 0:
        raise InputError("window", describe(window), f"an odd number of at least {DEGREE + 1}", "window=9")
    if len(x) < window:
        raise InputError("x", f"a trajectory of {len(x)} states", f"at least {window}, one window", "window=5")
    start = (torch.arange(len(x)) - window // 2).clamp(0, len(x) - window)
    rows = start[:, None] + torch.arange(window)
    offset = times[rows] - times[:, None]
    scale = offset.abs().amax(1, keepdim=True)
    powers = (offset / scale)[..., None] ** torch.arange(DEGREE + 1)  # around the time of the sample itself
    fitted = torch.linalg.lstsq(powers, x[rows]).solution
    return fitted[:, 0], fitted[:, 1] / scale
