"""The curl of a periodic vector field: a pseudoscalar in the plane, a pseudovector in space."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.inputs import InputError, as_tensor, describe


def curl(velocity: Any, lengths: Any = None) -> Tensor:
    """The curl by Fourier transforms, float64.

    Args:
        velocity: ``[..., 2, X, Y]`` or ``[..., 3, X, Y, Z]``, periodic.
        lengths: of the box; 1 along each axis by default.

    Returns:
        ``[..., 1, X, Y]``, ``∂_x v_y − ∂_y v_x``, or ``[..., 3, X, Y, Z]``. Its parity is −1.

    Raises:
        InputError: for other shapes.
    """
    v = as_tensor(velocity, "velocity").to(torch.float64)
    d = next((d for d in (3, 2) if v.ndim > d and v.shape[-d - 1] == d), None)
    if d is None:
        raise InputError("velocity", describe(v), "[..., 2, X, Y] or [..., 3, X, Y, Z]", "channels first")
    sides = (1.0,) * d if lengths is None else tuple(float(length) for length in lengths)
    grid = SpectralGrid(tuple(v.shape[-d:]), sides, v.device)
    return grid.to_points(curl_modes(grid, grid.to_modes(v)))


def curl_modes(grid: SpectralGrid, v: Tensor) -> Tensor:
    """The same in modes."""
    d = len(grid.extents)
    i_k, parts = 1j * grid.k, v.unbind(-d - 1)
    if d == 2:
        return (i_k[0] * parts[1] - i_k[1] * parts[0]).unsqueeze(-3)
    return torch.stack([i_k[a - 2] * parts[a - 1] - i_k[a - 1] * parts[a - 2] for a in range(3)], -4)
