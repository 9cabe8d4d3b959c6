"""A symmetric operator on fields: the flow of a reaction with diffusion over unit time, on a periodic grid.

∂u/∂t = ν Δu + r (u − u³), split into the exact flows of its two parts: diffusion is a product with exp(−ν|k|²t) in
Fourier space, the reaction a function of u at each point. Both commute with every rigid motion, so their product does
too, however few the steps are. Fields are sums of bumps near the middle of the box, which rotations cannot leave.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.actions import AffineAction, Grid, SampledField, sampled_field
from symmetra.groups import SE

GRID = Grid((33, 33), low=-math.pi, high=math.pi)
DIFFUSION, REACTION, STEPS = 0.06, 1.0, 8
GENERATORS = ("rotation", "shift x", "shift y")


def action() -> SampledField:
    """SE(2) on scalar fields."""
    return sampled_field(AffineAction(SE(2)), GRID)


def fields(count: int, seed: int, bumps: int = 4) -> Tensor:
    """Random inputs ``[count, 1, 33, 33]``: Gaussians of width 0.35 … 0.45 within 0.8 of the middle.

    The largest value of each is between 0.6 and 1, so that few fields show all amplitudes: what has to be learned from
    more of them is the shape, where symmetry helps, not the range of the reaction, where it cannot.
    """
    source = torch.Generator().manual_seed(seed)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, bumps, 1, 1, dtype=torch.float64, generator=source)

    radius, angle, width = 0.8 * uniform(0.0, 1.0).sqrt(), uniform(0.0, 2 * math.pi), uniform(0.35, 0.45)
    height = uniform(-1.0, 1.0)
    x, y = GRID.points.unbind(-1)
    distance = (x - radius * angle.cos()).square() + (y - radius * angle.sin()).square()
    u = (height * torch.exp(-distance / (2 * width**2))).sum(1, keepdim=True)
    return u * uniform(0.6, 1.0)[:, :1] / u.abs().amax((-2, -1), keepdim=True)


def flow(u: Tensor) -> Tensor:
    """The fields after unit time, ``[..., 33, 33]``."""
    step = 1.0 / STEPS
    k = [2 * math.pi * torch.fft.fftfreq(n, axis.spacing, dtype=u.dtype) for n, axis in zip(GRID.shape, GRID.axes)]
    half = torch.exp(-DIFFUSION * step / 2 * (k[0][:, None].square() + k[1].square()))
    for _ in range(STEPS):
        u = torch.fft.ifft2(half * torch.fft.fft2(u)).real
        u = u * math.exp(REACTION * step) / torch.sqrt(1 + u * u * math.expm1(2 * REACTION * step))
        u = torch.fft.ifft2(half * torch.fft.fft2(u)).real
    return u


def moved(u: Tensor, cells: int = 5) -> Tensor:
    """Fields elsewhere: shifted by whole cells and turned by a right angle, exactly."""
    return torch.rot90(u, 1, (-2, -1)).roll((cells, -cells), (-2, -1))
