"""The symmetries of a regular grid, on fields of any tensor order: exact, because nothing is interpolated."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import Action
from symmetra.actions._rolls import Rolls
from symmetra.actions._signed_permutation_groups import clean_group, lifted, signed_permutation, with_rolls
from symmetra.actions._signed_permutation_move import Blocks, Move, made
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

_made: Callable[..., Move] = lru_cache(maxsize=65536)(made)


class SignedPermutation(Action):
    """Signed permutations of the axes of a grid, on fields of tensor order 0, 1, 2, …, true or pseudo.

    An element R permutes and flips axes. A field moves with it, ``(g f)(p) = (det R)^q R ⊗ … ⊗ R f(R⁻¹ p)`` about the
    centre of the grid, with one factor R for each tensor index and q = 1 for a pseudo-field (vorticity, a magnetic
    field): permute axes, flip axes, gather channels, change signs. Nothing is rounded in any dtype, also of whole
    numbers, so that the laws of a group hold bit for bit. See arXiv 2511.09573 on averaging over such groups.

    Args:
        group: a subgroup of ``Hyperoctahedral(d)``, such as ``C(4)``, ``D(4)``, ``Signs(3)`` or a
            :class:`~symmetra.groups.FiniteGroup` of one's own; or its name, see :func:`~symmetra.groups.grid_group`.
        blocks: what the channels are, ``(slice, order, parity)`` for each block of channels: the slice of a field of
            tensor order r holds dʳ components, row-major, or several such fields one after the other; parity −1 for a
            pseudo-field. Every channel belongs to one block. History steps are more blocks, or more leading axes.
        dims: d, from 1 to 3.
        channel_axis: ``-1 - d`` for ``[..., C, *extents]``, the default, or ``-1`` for ``[..., *extents, C]``.
        rolls: the sites of each periodic axis that rolls, ``None`` for one that does not: ``(64, None)``. The group is
            then that of the point group and of the shifts, 2d × 2d matrices as those of :class:`Rolls`.
        strides: the shifts are multiples of this, a number or one for each axis.

    Attributes:
        group: what acts.
        point_group: its part without shifts.
        channels: how many channels the blocks cover.

    Raises:
        InputError: a group of other matrices, blocks that leave out or repeat channels, or a slice whose length is no
            multiple of dʳ.

    Example:
        >>> action = SignedPermutation("C4", [(slice(0, 2), 1, 1)], dims=2)
        >>> velocity = torch.tensor([[[1, 2], [3, 4]], [[5, 6], [7, 8]]])
        >>> action.transform(action.group.components[0], velocity).tolist()
        [[[-6, -8], [-5, -7]], [[2, 4], [1, 3]]]
    """

    def __init__(
        self, group: Any, blocks: Any, dims: Any, channel_axis: Any = None, rolls: Any = None, strides: Any = 1
    ) -> None:
        if isinstance(dims, bool) or not isinstance(dims, int) or not 1 <= dims <= 3:
            raise InputError("dims", describe(dims), "1, 2 or 3 dimensions", "dims=2")
        if channel_axis not in (None, -1, -1 - dims) or isinstance(channel_axis, bool):
            expected = f"{-1 - dims} (channels first) or -1 (last)"
            raise InputError("channel_axis", describe(channel_axis), expected, "channel_axis=-1")
        self.dims, self.last = dims, channel_axis == -1
        self.blocks = _clean_blocks(blocks, dims)
        self.channels = max(stop for _, stop, _, _ in self.blocks)
        self.group = self.point_group = clean_group(group, dims)
        self.rolls = None
        if rolls is not None:
            orders, steps = _clean_rolls(rolls, strides, dims)
            self.rolls = Rolls(orders)
            self.group = with_rolls(self.point_group, orders, steps)

    def element(self, point: Any, *steps: Any) -> Tensor:
        """The group element that does ``point [d, d]``, then shifts by so many sites along each axis."""
        point = torch.as_tensor(point, dtype=torch.float64)
        return point if self.rolls is None else self.rolls.element(*steps) @ lifted(point)

    def _axes(self, g: Tensor) -> SignedAxes:
        """The point part of an element."""
        size = self.dims if self.rolls is None else 2 * self.dims
        if g.shape != (size, size):
            raise InputError("g", describe(g), f"an element [{size}, {size}] of {self.group}", "group.elements[0]")
        point = g
        if self.rolls is not None:  # the determinants of the 2 × 2 blocks are the entries of the point part
            a, b, c, d = (g[i::2, j::2] for i in (0, 1) for j in (0, 1))
            point = a * d - b * c
        if not signed_permutation(point):
            raise InputError("g", describe(g), f"an element of {self.group}", "group.elements[0]")
        return SignedAxes.of_matrix(point)

    def move(self, g: Tensor) -> Move:
        """One element as a callable that holds numbers alone, for use inside of a network."""
        axes = self._axes(g)
        shift, sites = (0,) * self.dims, (1,) * self.dims
        if self.rolls is not None:
            shift, sites = tuple(self.rolls.steps(g @ lifted(axes.matrix.to(g)).mT).tolist()), self.rolls.extents
        return _made(axes, shift, sites, self.blocks, self.last)

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """The moved fields, exactly; a batch of elements broadcasts against the batch of fields."""
        if g.ndim == 2:
            return self.move(g)(x)
        sample = self.dims + 1
        lead = torch.broadcast_shapes(g.shape[:-2], x.shape[:-sample])
        rows = x.expand(*lead, *x.shape[-sample:]).reshape(-1, *x.shape[-sample:])
        elements = g.expand(*lead, *g.shape[-2:]).reshape(-1, *g.shape[-2:])
        moved = [self.move(one)(row) for one, row in zip(elements, rows, strict=True)]
        if len({one.shape for one in moved}) > 1:
            got = f"elements that exchange axes of other extents, of fields {tuple(x.shape)}"
            raise InputError("g", got, "moved fields of one shape", "one element at a time")
        return torch.stack(moved).reshape(*lead, *moved[0].shape) if moved else x.expand(*lead, *x.shape[-sample:])

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """Zero."""
        return torch.zeros_like(x)

    def boundaries(self, g: Tensor, table: Tensor) -> Tensor:
        """The moved table ``[..., d, 2]`` of what is at the lower and the upper end of each axis."""
        move = self.move(g)
        ends = torch.stack([row.flip(-1) if j in move.flips else row for j, row in enumerate(table.unbind(-2))], -2)
        return ends[..., list(move.order), :]

    def words(self, g: Tensor) -> str:
        """An element in words, ``x → −y, y → x``; and the shift that follows, if there is one."""
        shift = self.move(g).shift
        return self._axes(g).words() + (f", then shift by {shift}" if any(shift) else "")

    def __repr__(self) -> str:
        return f"SignedPermutation({self.group}, {self.channels} channels, dims={self.dims})"


def _clean_blocks(blocks: Any, dims: int) -> Blocks:
    """(first, stop, order, parity) of each block in the order of the channels, which they cover without a gap."""
    example = "[(slice(0, 2), 1, 1)], or a layout's action"
    found = []
    for block in blocks if isinstance(blocks, list | tuple) else ():
        part, order, parity = block if isinstance(block, list | tuple) and len(block) == 3 else (block, None, None)
        whole = isinstance(part, slice) and all(isinstance(v, int) for v in (part.start or 0, part.stop))
        if not whole or isinstance(order, bool) or not isinstance(order, int) or order < 0 or parity not in (1, -1):
            raise InputError("blocks", describe(block), "(slice, tensor order, parity 1 or -1)", example)
        start, stop = part.start or 0, part.stop
        if part.step not in (None, 1) or not 0 <= start < stop or (stop - start) % dims**order:
            expected = f"channels in steps of 1, a multiple of {dims}^{order} = {dims**order} of them"
            raise InputError("blocks", describe(part), expected, example)
        found.append((start, stop, order, int(parity)))
    found.sort()
    ends = [0, *(stop for _, stop, _, _ in found)]
    if not found or any(start != end for (start, *_), end in zip(found, ends)):
        raise InputError("blocks", describe(blocks), "every channel in one block, without gaps", example)
    return tuple(found)


def _clean_rolls(rolls: Any, strides: Any, dims: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The sites of each axis, 1 where it does not roll, and the steps of its shifts."""
    sites = tuple(1 if n is None else n for n in rolls) if isinstance(rolls, list | tuple) else ()
    steps = tuple(strides) if isinstance(strides, list | tuple) else (strides,) * dims
    for name, values, given in (("rolls", sites, rolls), ("strides", steps, strides)):
        if len(values) != dims or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in values):
            expected = f"a positive whole number for each of {dims} axes"
            raise InputError(name, describe(given), expected, "rolls=(64, None), strides=8")
    if any(n > 1 and n % s for n, s in zip(sites, steps)):
        raise InputError("strides", describe(strides), f"divisors of {sites}", "strides=1")
    return sites, tuple(s if n > 1 else 1 for n, s in zip(sites, steps))
