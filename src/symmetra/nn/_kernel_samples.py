"""Equivariant kernels on a grid: as stencils of a convolution, as Fourier symbols, as matrices between all points."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from symmetra.actions import Grid
from symmetra.enforce import KernelConstraint
from symmetra.inputs import InputError, describe

_SHIFT = 1e-9  # relative change of a kernel under a common shift of both points that counts as none
_ALIKE = 1e-6  # kernels that differ by less on the grid, relative to the largest, are one
_ENTRIES = 50_000_000  # numbers in the matrices between all points: 400 MB


def checked(kernels: Any, grid: Any) -> tuple[KernelConstraint, Grid]:
    """Kernels between points of the grid's space.

    Raises:
        InputError: if they are none.
    """
    if not isinstance(kernels, KernelConstraint):
        raise InputError("kernels", describe(kernels), "equivariant kernels", "enforce.kernel_constraint(…)")
    if not isinstance(grid, Grid):
        raise InputError("grid", describe(grid), "a grid", "actions.Grid((33, 33), low=-1.0, high=1.0)")
    both = kernels.library.n
    if both is not None and both != 2 * grid.dimension:
        got = f"a grid of {grid.dimension} axes for kernels of {both} coordinates"
        raise InputError("grid", got, f"{both // 2} axes", "kernels of (y, x), both on the grid")
    if kernels.rank == 0:
        raise InputError("kernels", "no kernel: the group leaves none in the library", "rank >= 1", "a higher degree")
    return kernels, grid


def invariant_under_shifts(kernels: KernelConstraint, grid: Grid) -> bool:
    """Whether K(y + s, x + s) = K(y, x)."""
    source = torch.Generator().manual_seed(0)
    width = torch.tensor(grid.high, dtype=torch.float64) - torch.tensor(grid.low, dtype=torch.float64)
    y, x, s = (width * (torch.rand(16, grid.dimension, dtype=torch.float64, generator=source) - 0.5) for _ in range(3))
    here, there = kernels.values(y, x), kernels.values(y + s, x + s)
    return float((here - there).abs().max()) <= _SHIFT * float(here.abs().max())


def at_displacements(kernels: KernelConstraint, grid: Grid, offsets: list[Tensor]) -> Tensor:
    """K(δ, 0) · cell for δ = offsets · spacing, whole offsets an axis: ``[J, m_out, m_in, *offsets]``.

    Raises:
        InputError: kernels that know where they are.
    """
    if not invariant_under_shifts(kernels, grid):
        got = f"kernels that change under shifts, of {kernels.action_in.group}"
        expected = "a group with the translations"
        raise InputError("kernels", got, expected, "AffineAction(SE(2)), or KernelOperator without a radius")
    steps = [axis.spacing * o.to(torch.float64) for axis, o in zip(grid.axes, offsets, strict=True)]
    delta = torch.stack(torch.meshgrid(*steps, indexing="ij"), dim=-1)
    return kernels.values(delta, torch.zeros_like(delta)).movedim((-3, -2, -1), (0, 1, 2)) * grid.cell


def stencils(kernels: KernelConstraint, grid: Grid, radius: float) -> Tensor:
    """Kernels cut off beyond a distance, ``[J, m_out, m_in, 2r_1 + 1, …]``, independent on the grid, of unit gain."""
    reach = [math.floor(radius / axis.spacing + 1e-9) for axis in grid.axes]
    longest = [(n - 1) // 2 if closed else n - 1 for n, closed in zip(grid.shape, grid.periodic, strict=True)]
    if min(reach) < 1 or any(r > most for r, most in zip(reach, longest, strict=True)):
        fits = min(most * axis.spacing for most, axis in zip(longest, grid.axes, strict=True))
        least = max(axis.spacing for axis in grid.axes)
        raise InputError("radius", f"{radius:g}", f"a length from {least:.3g} to {fits:.3g}", f"radius={fits:.3g}")
    offsets = [torch.arange(-r, r + 1) for r in reach]
    values = at_displacements(kernels, grid, offsets)
    steps = [axis.spacing * o for axis, o in zip(grid.axes, offsets, strict=True)]
    distance = torch.stack(torch.meshgrid(*steps, indexing="ij")).square().sum(0).sqrt()
    return independent(values * (distance <= radius * (1 + 1e-9)), grid.dimension)


def kernel_symbols(kernels: Any, grid: Any) -> Tensor:
    """The Fourier transforms of equivariant kernels on a periodic grid, for ``FourierOperator(…, symbols=…)``.

    Kernels should fall off within half the box (a ``window``), since they are continued periodically.

    Args:
        kernels: from :func:`symmetra.enforce.kernel_constraint`, of a group that contains the translations.
        grid: periodic along every axis.

    Returns:
        ``[J, m_out, m_in, *grid.shape]``, complex, at the frequencies of :func:`torch.fft.fftn`.
    """
    kernels, grid = checked(kernels, grid)
    if not all(grid.periodic):
        raise InputError(
            "grid", f"periodic={grid.periodic}", "a grid that is periodic along every axis", "periodic=True"
        )
    offsets = [torch.fft.fftfreq(n, 1 / n, dtype=torch.float64).round() for n in grid.shape]
    values = at_displacements(kernels, grid, offsets)
    for axis, n in enumerate(grid.shape):
        if n % 2 == 0:  # half a period away in which direction? neither
            values.select(3 + axis, n // 2).zero_()
    return torch.fft.fftn(independent(values, grid.dimension), dim=tuple(range(3, values.ndim)))


def matrices(kernels: KernelConstraint, grid: Grid) -> Tensor:
    """Kernels times quadrature weights between all points, ``[J, m_out, m_in, N, N]``; trapezoidal at ends of axes."""
    count = math.prod(grid.shape)
    numbers = kernels.rank * math.prod(kernels.sizes) * count**2
    if numbers > _ENTRIES:
        got, expected = f"{numbers:,} numbers between {count:,} points", f"at most {_ENTRIES:,}"
        raise InputError("grid", got, expected, "radius=…, or FourierOperator with kernel_symbols")
    weights = torch.ones(1, dtype=torch.float64)
    for axis, n in zip(grid.axes, grid.shape, strict=True):
        line = torch.full((n,), axis.spacing, dtype=torch.float64)
        if not axis.periodic:
            line[[0, -1]] /= 2
        weights = torch.outer(weights, line).flatten()
    points = grid.points.flatten(0, -2)
    values = kernels.values(points[:, None].expand(count, count, -1), points.expand(count, count, -1))
    return independent(values.movedim((-3, -2, -1), (0, 1, 2)) * weights, 1)


def independent(values: Tensor, summed: int) -> Tensor:
    """An orthogonal basis of the span of kernels ``[J, m_out, m_in, *]``, Σ|K| over the last axes at most 1.

    Args:
        values: the kernels.
        summed: how many of the last axes are summed over in a layer; the sum bounds its gain.
    """
    _, size, rows = torch.linalg.svd(values.flatten(1), full_matrices=False)
    kept = rows[size > _ALIKE * size[0]].unflatten(1, values.shape[1:])
    gain = kept.abs().sum(tuple(range(-summed, 0))).flatten(1).amax(1)
    return kept / gain.reshape(-1, *(1,) * (kept.ndim - 1))
