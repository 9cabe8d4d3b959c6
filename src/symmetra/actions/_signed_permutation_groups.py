"""The symmetries of a grid together with the shifts of its periodic axes: how both are matrices of one group."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor

from symmetra.groups import FiniteGroup, grid_group
from symmetra.groups._finite import ORDER_LIMIT
from symmetra.inputs import InputError


def signed_permutation(matrices: Tensor) -> bool:
    """Whether all of ``[..., d, d]`` have one entry ±1 in every row and column, to rounding."""
    whole = matrices.round()
    ones = whole.abs()
    return bool(((matrices - whole).abs() < 1e-6).all() and (ones.sum(-1) == 1).all() and (ones.sum(-2) == 1).all())


def lifted(point: Tensor) -> Tensor:
    """Signed permutations ``[..., d, d]`` as they move the d planes in which periodic axes are circles, [..., 2d, 2d].

    A site p of N is at the angle 2π (p − (N−1)/2) / N, so that a flip of the array is the flip of the second axis.
    """
    d = point.shape[-1]
    blocks = torch.stack([point.abs(), point], dim=-1)  # the diagonals of the 2 × 2 blocks
    return torch.diag_embed(blocks).transpose(-3, -2).reshape(*point.shape[:-2], 2 * d, 2 * d)


def turns(steps: Tensor, orders: Any) -> Tensor:
    """The turns ``[..., 2d, 2d]`` that are shifts by ``steps [..., d]`` sites of ``orders`` ones."""
    angles = 2 * math.pi * steps.to(torch.float64) / torch.tensor(orders, dtype=torch.float64)
    rows = torch.stack([angles.cos(), -angles.sin(), angles.sin(), angles.cos()], dim=-1).unflatten(-1, (2, 2))
    return torch.diag_embed(rows.movedim(-3, -1), dim1=-4, dim2=-2).flatten(-4, -3).flatten(-2)


def _sample(n: int, source: torch.Generator | None, point: FiniteGroup, orders: Any, strides: Any) -> Tensor:
    counts = [order // stride for order, stride in zip(orders, strides, strict=True)]
    steps = torch.stack([s * torch.randint(c, (n,), generator=source) for c, s in zip(counts, strides)], -1)
    return turns(steps, orders) @ lifted(point._draw(n, source))


def with_rolls(point: FiniteGroup, orders: tuple[int, ...], strides: tuple[int, ...]) -> FiniteGroup:
    """A point group and the shifts of the axes of ``orders`` sites by multiples of ``strides``: 2d × 2d matrices."""
    for g in point._components:
        moved = {(orders[j], strides[j], orders[int(g[:, j].abs().argmax())], strides[int(g[:, j].abs().argmax())])
                 for j in range(len(orders))}  # fmt: skip
        if any(kind[:2] != kind[2:] for kind in moved):
            expected = f"axes that {point} exchanges to roll alike"
            raise InputError("rolls", f"{orders} by {strides}", expected, "a smaller group, or equal extents")
    rolled = [i for i, order in enumerate(orders) if order > 1]
    unit = torch.eye(len(orders), dtype=torch.long)
    steps = torch.stack([strides[i] * unit[i] for i in rolled]) if rolled else unit[:0]
    total = point.order * math.prod(order // stride for order, stride in zip(orders, strides, strict=True))
    sampler = partial(_sample, point=point, orders=orders, strides=strides) if total > ORDER_LIMIT else None
    generators = torch.cat([lifted(point._components), turns(steps, orders)])
    name = f"{point} and rolls of {'×'.join(map(str, orders))}" + ("" if set(strides) == {1} else f" by {strides}")
    return FiniteGroup(generators, name=name, _order=total, _sampler=sampler)


def clean_group(group: Any, dims: int) -> FiniteGroup:
    """The point group that an argument names or is, checked."""
    if not isinstance(group, FiniteGroup):
        return grid_group(group, dims)
    if group.d != dims or group.is_complex or not signed_permutation(group._components):
        expected = f"a group of signed permutations of {dims} axes"
        raise InputError("group", f"{group}, {group.d} × {group.d} matrices", expected, f"Hyperoctahedral({dims})")
    return group
