"""The translations of a periodic lattice, by whole sites."""

from __future__ import annotations

import copy
import math
import operator
from functools import cached_property, reduce
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import Action
from symmetra.actions._linear import Trivial
from symmetra.actions._signed_permutation_groups import turns
from symmetra.groups import C
from symmetra.inputs import InputError, describe


class Rolls(Action):
    """The shifts of a periodic lattice, ``C(N_1) × … × C(N_d)``, rolling the last axes of ``[..., C, *extents]``.

    ``g = (a_1, …, a_d)`` moves what is at the site p to p + a, as ``torch.roll`` does. An element is a matrix of the
    group, one turn by ``2π a / N`` for each axis; :meth:`element` and :meth:`steps` go to and fro. There are no
    generators: what is small is a shift by one site.

    Args:
        extents: the sites along each axis.

    Attributes:
        group: the product of the cyclic groups.
        extents: as given.

    Raises:
        InputError: extents that are not positive whole numbers, or fields of other extents.

    Example:
        >>> shifts = Rolls((3, 2))
        >>> shifts.transform(shifts.element(1, 0), torch.tensor([[1, 2], [3, 4], [5, 6]])).tolist()
        [[5, 6], [1, 2], [3, 4]]
    """

    def __init__(self, extents: Any) -> None:
        sizes = tuple(extents) if isinstance(extents, tuple | list) else ()
        if not sizes or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sizes):
            raise InputError("extents", describe(extents), "the sites along each axis of the lattice", "(60, 4)")
        self.extents = self._orders = sizes
        self.group = reduce(operator.mul, map(C, sizes))

    def element(self, *steps: Any) -> Tensor:
        """The group element ``[2d, 2d]`` that shifts by so many sites along each axis."""
        if len(steps) != len(self._orders) or not all(isinstance(a, int) for a in steps):
            expected = f"{len(self._orders)} whole numbers, one for each axis"
            raise InputError("steps", describe(steps), expected, "element(1, 0)")
        return turns(torch.tensor([a % n for a, n in zip(steps, self._orders, strict=True)]), self._orders)

    def steps(self, g: Tensor) -> Tensor:
        """How far elements ``[..., 2d, 2d]`` shift along each axis: whole numbers ``[..., d]``, from 0 to N − 1."""
        d = len(self._orders)
        if g.ndim < 2 or g.shape[-2:] != (2 * d, 2 * d):
            raise InputError("g", describe(g), f"elements [..., {2 * d}, {2 * d}] of {self.group}", "element(1, 0)")
        across, down = list(range(0, 2 * d, 2)), list(range(1, 2 * d, 2))
        orders = torch.tensor(self._orders, device=g.device)
        turns = torch.atan2(g[..., down, across], g[..., across, across]) / (2 * math.pi)
        return (turns * orders).round().long() % orders

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """The rolled field, exactly; a batch of elements broadcasts against the batch of fields ``[C, *extents]``."""
        d = len(self.extents)
        if tuple(x.shape[max(x.ndim - d, 0) :]) != self.extents:
            raise InputError("x", describe(x), f"fields [..., {', '.join(map(str, self.extents))}]", "their own Rolls")
        steps = self.steps(g)
        source = steps.new_zeros(*steps.shape[:-1], 1)  # of every site, in the row-major order of the sites
        for size, order, step in zip(self.extents, self._orders, steps.unbind(-1), strict=True):
            along = (torch.arange(size, device=g.device) - (step * size // order)[..., None]) % size
            source = (source[..., :, None] * size + along[..., None, :]).flatten(-2)
        source = source.to(x.device) if x.ndim == d else source.to(x.device)[..., None, :]
        fields, source = torch.broadcast_tensors(x.flatten(-d), source)
        return fields.gather(-1, source).unflatten(-1, self.extents)

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """Zero."""
        return torch.zeros_like(x)

    def words(self, g: Tensor) -> str:
        """An element in words, ``shift by (1, 0)``."""
        return f"shift by ({', '.join(map(str, self.steps(g).tolist()))})"

    def inside(self, features: Any, batch: int) -> Any:
        """How the output of a layer moves, as far as its shape tells; ``None`` where it does not.

        Features ``[batch, channels, *extents]`` on the same lattice roll with it. Where M of N sites are left, a shift
        by a moves them by a M / N, rounded down, so that what is no multiple of the stride will not fit. Features
        ``[batch, channels]`` do not move.
        """
        shape = tuple(features.shape) if isinstance(features, Tensor) else ()
        if shape[:1] != (batch,) or len(shape) not in (2, 2 + len(self._orders)):
            return None
        if len(shape) == 2:
            return Trivial(self.group)
        moved = copy.copy(self)
        moved.extents = shape[2:]
        return moved

    @cached_property
    def _strides(self) -> list[tuple[int, int]]:
        """Axis and step of the shifts that tell which multiples a network keeps: the divisors of the extents."""
        return [(axis, s) for axis, n in enumerate(self._orders) for s in range(1, n) if n % s == 0]

    @property
    def probes(self) -> Tensor:
        """Elements ``[k, 2d, 2d]`` that tell which shifts a network keeps."""
        d = len(self._orders)
        return torch.stack([self.element(*(s * (i == axis) for i in range(d))) for axis, s in self._strides])

    def unkept(self, kept: Tensor) -> str:
        """In words, which shifts are not kept, from whether each of the probes is ``[k]``."""
        least = list(self._orders)
        for (axis, s), holds in zip(self._strides, kept.tolist(), strict=True):
            least[axis] = min(least[axis], s) if holds else least[axis]
        moving = [(s, n) for s, n in zip(least, self._orders, strict=True) if n > 1]
        if all(s == n for s, n in moving):
            return "every shift"
        same = len({s for s, _ in moving}) == 1
        return f"shifts that are not multiples of {moving[0][0] if same else tuple(least)}"

    def __repr__(self) -> str:
        return f"Rolls({self.extents})"
