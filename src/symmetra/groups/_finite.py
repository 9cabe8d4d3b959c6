"""Finite matrix groups: all elements from generators, table, classes, subgroups."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra.groups import _finite_closure as closure
from symmetra.groups import _subgroups
from symmetra.groups._algebra import Algebra
from symmetra.groups._group import Group, Membership, Sampler
from symmetra.groups._span import as_matrices
from symmetra.inputs import InputError, describe

ORDER_LIMIT = 50_000
TABLE_LIMIT = 10_000
SUBGROUP_LIMIT = 200


class FiniteGroup(Group):
    """The finite group that the matrices ``generators [k, d, d]`` generate.

    Elements are found on first use, by closure, and compared to about 1e-7; element 0 is the identity. The group has
    no Lie part: ``generators`` is empty ``[0, d, d]`` and the given matrices are ``components``.

    Args:
        generators: invertible matrices ``[k, d, d]``, or a list of them; ``[0, d, d]`` gives the trivial group.
        name: shown by ``repr``; "FiniteGroup(d)" if left out.

    Raises:
        InputError: for wrong shapes, singular matrices, and, once ``elements`` is asked for, for groups that have
            more than 50,000 elements (``order`` and ``sample`` of the named groups work above it).
    """

    def __init__(
        self,
        generators: Any,
        name: str | None = None,
        *,
        _order: int | None = None,
        _sampler: Sampler | None = None,
        _membership: Membership | None = None,
    ) -> None:
        matrices = as_matrices(generators, "generators").clone()
        if matrices.shape[0] and float(torch.linalg.svdvals(matrices)[:, -1].min()) < 1e-12:
            raise InputError("generators", "a singular matrix", "invertible matrices", "the matrix of a group element")
        self.__dict__.update(
            name=name or f"FiniteGroup({matrices.shape[-1]})",
            d=matrices.shape[-1],
            dtype=matrices.dtype,
            _generators=matrices.new_zeros(0, matrices.shape[-1], matrices.shape[-1]),
            _components=matrices,
            _known_order=_order,
            _sampler=_sampler,
            _membership=_membership,
        )

    @property
    def is_finite(self) -> bool:
        return True

    @property
    def is_compact(self) -> bool:
        return True

    @property
    def dimension(self) -> int:
        return 0

    @functools.cached_property
    def algebra(self) -> Algebra:
        return Algebra(self._generators)

    @functools.cached_property
    def _enumeration(self) -> closure.Enumeration:
        found = closure.enumerate_group(self._components.numpy(), ORDER_LIMIT)
        if found is None:
            raise closure.refuse(self.name, ORDER_LIMIT)
        return found

    @functools.cached_property
    def elements(self) -> Tensor:
        """All elements ``[order, d, d]``, the identity first. Shared, not copied: do not write into it."""
        return torch.from_numpy(self._enumeration.elements)

    @property
    def order(self) -> int:
        """The number of elements; for the named groups without listing them."""
        return self.__dict__["_known_order"] or len(self._enumeration.elements)

    @functools.cached_property
    def table(self) -> Tensor:
        """The multiplication table ``[order, order]``: ``elements[table[i, j]] = elements[i] @ elements[j]``."""
        if self.order > TABLE_LIMIT:
            expected = f"a group of at most {TABLE_LIMIT:,} elements"
            raise InputError("table", f"{self.name} of order {self.order:,}", expected, "multiply(g, h)")
        return torch.from_numpy(closure.multiplication_table(self._enumeration))

    @functools.cached_property
    def inverses(self) -> Tensor:
        """Index of the inverse of every element ``[order]``."""
        return torch.from_numpy(closure.inverse_indices(self._enumeration))

    @functools.cached_property
    def conjugacy_classes(self) -> tuple[Tensor, ...]:
        """The classes ``{h g h⁻¹}`` as tensors of indices, that of the identity first."""
        found = self._enumeration
        undo = np.argsort(found.right, axis=1)
        moves = np.stack([undo[s][found.left[s]] for s in range(len(undo))]) if len(undo) else np.zeros((0, 1), int)
        labels = _subgroups.orbits(moves, len(found.elements))
        return tuple(torch.from_numpy(np.flatnonzero(labels == c)) for c in range(labels.max() + 1))

    def index(self, g: Tensor) -> int:
        """The index of a matrix in ``elements``."""
        matrix = as_matrices([g], "g").to(self.dtype)
        places = {name: i for i, name in enumerate(closure.keys(self._enumeration.elements))}
        found = places.get(closure.keys(matrix.numpy())[0])
        if found is None:
            raise InputError("g", describe(g), f"an element of {self.name}", "one of elements")
        return found

    def subgroup(self, generators: Any) -> FiniteGroup:
        """The subgroup that some elements (matrices ``[k, d, d]``) generate; they must belong to this group."""
        matrices = as_matrices(generators, "generators").to(self.dtype)
        for i, g in enumerate(matrices):
            if not self.contains(g):
                raise InputError(f"generators[{i}]", describe(g), f"an element of {self.name}", "matrices in elements")
        return FiniteGroup(matrices, name=f"a subgroup of {self.name}")

    def subgroups(self) -> tuple[FiniteGroup, ...]:
        """All subgroups, by increasing order, the trivial one and the group itself included.

        Raises:
            InputError: above order 200; use :meth:`subgroup` with generators of your own.
        """
        if self.order > SUBGROUP_LIMIT:
            expected = f"a group of at most {SUBGROUP_LIMIT} elements"
            raise InputError("subgroups", f"{self.name} of order {self.order:,}", expected, "subgroup(generators)")
        found = _subgroups.all_subgroups(self.table.numpy())
        return tuple(
            FiniteGroup(self.elements[list(generators)], name=f"a subgroup of {self.name}, order {order}", _order=order)
            for order, generators in found
        )

    def _draw(self, n: int, source: torch.Generator | None) -> Tensor:
        if self._sampler is not None:
            return self._sampler(n, source)
        return self.elements[torch.randint(self.order, (n,), generator=source)]

    def _has(self, g: Tensor, tolerance: float) -> bool:
        if self._membership is not None:
            return self._membership(g, tolerance)
        gap = (self.elements - g).abs().amax(dim=(1, 2))
        return bool((gap <= tolerance * max(1.0, float(g.abs().max()))).any())
