"""One signed permutation as the few tensor operations it comes to: flip, permute, gather channels, negate, roll."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

Blocks = tuple[tuple[int, int, int, int], ...]  # first channel, channel after the last, tensor order, parity


@dataclass(frozen=True)
class Move:
    """One element, as it moves fields ``[..., C, *extents]`` or ``[..., *extents, C]``: numbers, and no tensor.

    Attributes:
        dims: the axes of the grid.
        channels: how many there must be.
        last: whether they are the last axis.
        order: for each axis of the result, that of the field it comes from.
        flips: the axes of the field that are reversed.
        runs: (first, count) of the channels of the field that make the result, in order.
        negative: (first, count) of the channels of the result that change their sign.
        shift: how far each axis of the result is rolled.
        sites: how many sites each axis must have; 1 for any number.
    """

    dims: int
    channels: int
    last: bool
    order: tuple[int, ...]
    flips: tuple[int, ...]
    runs: tuple[tuple[int, int], ...]
    negative: tuple[tuple[int, int], ...]
    shift: tuple[int, ...]
    sites: tuple[int, ...]

    def extents(self, x: Tensor) -> torch.Size:
        """How large the grid of a field is."""
        return x.shape[-1 - self.dims : -1] if self.last else x.shape[-self.dims :]

    def __call__(self, x: Tensor) -> Tensor:
        """The moved field, in the dtype of ``x``: a new tensor, or ``x`` itself where nothing moves."""
        d, axis = self.dims, -1 if self.last else -1 - self.dims
        if x.ndim <= d or x.shape[axis] != self.channels:
            wanted = ["..."] + ["extent"] * d
            wanted.insert(d + 1 if self.last else 1, str(self.channels))
            other = "" if self.last or x.ndim <= d or x.shape[-1] != self.channels else "channel_axis=-1"
            raise InputError("x", describe(x), f"fields [{', '.join(wanted)}]", other)
        if self.negative and not (x.dtype.is_signed or x.is_complex()):
            raise InputError("x", describe(x), "numbers with a sign: some channels are negated", "x.long()")
        if any(wanted not in (1, n) for wanted, n in zip(self.sites, self.extents(x))):
            raise InputError("x", describe(x), f"a grid of {self.sites} sites", "their own rolls=")
        first = x.ndim - d - (1 if self.last else 0)  # the first axis of the grid
        fresh = bool(self.flips)
        if self.flips:
            x = x.flip([first + axis for axis in self.flips])
        if self.order != tuple(range(d)):
            x = x.permute([*range(first), *(first + axis for axis in self.order), *range(first + d, x.ndim)])
            fresh = False
        if len(self.runs) > 1:
            x = torch.cat([x.narrow(axis, start, count) for start, count in self.runs], dim=axis)
        elif self.negative and not fresh:
            x = x.clone(memory_format=torch.contiguous_format)
        else:
            x = x.contiguous()
        for start, count in self.negative:
            x.narrow(axis, start, count).neg_()
        if any(self.shift):
            x = torch.roll(x, self.shift, tuple(range(first, first + d)))
        return x


def _runs(values: list[int]) -> tuple[tuple[int, int], ...]:
    """Consecutive numbers as (first, count)."""
    found: list[tuple[int, int]] = []
    for value in values:
        if found and value == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((value, 1))
    return tuple(found)


def made(g: SignedAxes, shift: tuple[int, ...], sites: tuple[int, ...], blocks: Blocks, last: bool = False) -> Move:
    """The move of a signed permutation, then of a shift.

    With ``R e_j = s_j e_i``, axis i of the result is axis j of the field, reversed where ``s_j = −1``; a tensor has
    ``T'_{i…} = (det R)^{parity is odd} s_j … T_{j…}``.
    """
    d, order, determinant = len(g.to), g.source, g.determinant
    signs = tuple(g.sign[j] for j in order)
    source: list[int] = []
    negative: list[int] = []
    for start, stop, rank, parity in blocks:
        for base in range(start, stop, d**rank):
            for indices in itertools.product(range(d), repeat=rank):
                if math.prod(signs[i] for i in indices) * (determinant if parity < 0 else 1) < 0:
                    negative.append(len(source))
                source.append(base + sum(order[i] * d ** (rank - 1 - k) for k, i in enumerate(indices)))
    flips = tuple(j for j, sign in enumerate(g.sign) if sign < 0)
    return Move(d, len(source), last, order, flips, _runs(source), _runs(negative), shift, sites)
