"""The arguments that describe fields on a grid, checked."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.discover.evolution._jets import JetSpace
from symmetra.functions import Library, library
from symmetra.inputs import InputError, as_tensor, describe


def coordinate_names(low: JetSpace) -> list[str]:
    """One name a column: ``u_x``, of several fields ``u1_x``, ``u2_x``."""
    if low.fibre == 1:
        return low.names
    head, rest = low.names[: low.space + 1], low.names[low.space + 1 :]
    return head + [name.replace("u", f"u{a + 1}", 1) for name in rest for a in range(low.fibre)]


def as_library(terms: Any, low: JetSpace) -> Library:
    """The terms of the right-hand side, from a degree or as they are."""
    if isinstance(terms, Library):
        return terms
    if isinstance(terms, bool) or not isinstance(terms, int) or terms < 1:
        raise InputError("library", describe(terms), "a degree, or a library on jets", "library=2")
    return library.polynomial(low.width, terms, variables=coordinate_names(low))


def as_axes(grid: Any, space: int) -> list[Tensor]:
    """The axes of space, uniform."""
    if grid is None:
        raise InputError("grid", "nothing", "the points x of the grid, and times=", "grid=x, times=t")
    axes = list(grid) if space > 1 and isinstance(grid, (list, tuple)) else [grid]
    if len(axes) != space:
        raise InputError("grid", describe(grid), f"{space} axes, one a space dimension", "grid=(x, y)")
    return [as_uniform(axis, "grid") for axis in axes]


def as_uniform(points: Any, name: str) -> Tensor:
    """Uniform points in ascending order, ``[N]``."""
    if points is None:
        raise InputError(name, "nothing", "the points of the grid", "grid=x, times=t")
    axis = as_tensor(points, name).to(torch.float64)
    if axis.ndim != 1 or len(axis) < 12:
        raise InputError(name, describe(axis), "at least 12 points in a row, [N]", f"{name} of more points")
    steps = axis.diff()
    if not bool((steps > 0).all()) or float(steps.max() - steps.min()) > 1e-6 * float(steps.mean()):
        raise InputError(name, "points at unequal distances", "a uniform, ascending grid", "interpolated fields")
    return axis


def as_fields(u: Any, jets: JetSpace, sizes: list[int]) -> Tensor:
    """Fields as ``[R, T, *S, m]``."""
    fields = as_tensor(u, "rhs").to(torch.float64)
    shape = fields.shape
    if jets.fibre == 1 and list(shape[-len(sizes) :]) == sizes and len(shape) <= len(sizes) + 1:
        fields = fields[..., None]
    if fields.ndim == len(sizes) + 1:
        fields = fields[None]
    if list(fields.shape[1:]) != [*sizes, jets.fibre]:
        expected = ", ".join(map(str, [*sizes, *([jets.fibre] if jets.fibre > 1 else [])]))
        raise InputError("rhs", describe(u), f"fields [{expected}], or several solutions [R, {expected}]")
    return fields
