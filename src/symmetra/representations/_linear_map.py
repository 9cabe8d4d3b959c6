"""Linear maps that are applied, not stored: what ``rho(g)`` and ``drho(A)`` return.

A map of shape ``(n, m)`` may carry leading batch axes (one map a group element). ``map @ X`` follows ``torch.matmul``;
``map.apply(x)`` moves vectors ``[..., m]`` along the last axis, batch axes broadcasting. ``dense()`` builds the matrix,
and every torch function given a map does the same, so that ``torch.allclose(rho(g), M)`` works.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.inputs import InputError, describe


class LinearMap(ABC):
    """A batch of linear maps, kept in the form in which they are cheapest to apply.

    Attributes:
        rows, columns: The size of one map; ``batch`` is the shape of the batch.
    """

    rows: int
    columns: int
    batch: torch.Size
    dtype: torch.dtype

    @abstractmethod
    def act(self, x: Tensor) -> Tensor:
        """``[*b, m, r] -> [*b, n, r]``: the map on ``r`` columns at a time."""

    @abstractmethod
    def trace(self) -> Tensor:
        """The trace, by the structure of the map, shape ``[*batch]``."""

    @property
    @abstractmethod
    def T(self) -> LinearMap:
        """The transpose."""

    @property
    def shape(self) -> torch.Size:
        """``(*batch, n, m)``, as the dense matrix has it."""
        return torch.Size((*self.batch, self.rows, self.columns))

    def apply(self, x: Tensor) -> Tensor:
        """The map on vectors ``x [..., m]``; batch axes of the map and of ``x`` broadcast."""
        if x.ndim == 0 or x.shape[-1] != self.columns:
            expected = f"vectors of {self.columns} components along the last axis"
            raise InputError("x", describe(x), expected, f"x.reshape(..., {self.columns})")
        if not self.batch:  # one map for all vectors: the vectors are the columns of a single product
            moved = self.act(x.reshape(-1, self.columns).mT)
            return moved.mT.reshape(*x.shape[:-1], self.rows)
        return self.act(x[..., None])[..., 0]

    def dense(self) -> Tensor:
        """The matrix ``[*batch, n, m]``."""
        eye = torch.eye(self.columns, dtype=self.dtype, device=self.device)
        return self.act(eye.expand(*self.batch, *eye.shape))

    @property
    @abstractmethod
    def device(self) -> torch.device:
        """Where the numbers of the map live."""

    def __matmul__(self, other: Any) -> Any:
        if isinstance(other, LinearMap):
            return Composition(self, other)
        if not isinstance(other, Tensor):
            other = torch.as_tensor(other)
        if other.ndim == 0 or other.shape[max(other.ndim - 2, 0)] != self.columns:
            raise InputError(
                "x", describe(other), f"{self.columns} rows, as torch.matmul needs", "map.apply(x) for rows"
            )
        return self.act(other[:, None])[..., 0] if other.ndim == 1 else self.act(other)

    def __add__(self, other: Any) -> Tensor:
        return self.dense() + _densified(other)

    def __sub__(self, other: Any) -> Tensor:
        return self.dense() - _densified(other)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.dense().numpy(force=True).astype(dtype or None)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        args, kwargs = pytree.tree_map(_densified, (args, kwargs or {}))
        return func(*args, **kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}{tuple(self.shape)}"


def _densified(value: Any) -> Any:
    return value.dense() if isinstance(value, LinearMap) else value


class Dense(LinearMap):
    """A matrix that is stored: ``[*batch, n, m]``."""

    def __init__(self, matrix: Tensor) -> None:
        self.matrix = matrix
        self.rows, self.columns = matrix.shape[-2:]
        self.batch, self.dtype = matrix.shape[:-2], matrix.dtype

    def act(self, x: Tensor) -> Tensor:
        common = torch.promote_types(self.dtype, x.dtype)
        return self.matrix.to(common) @ x.to(common)

    def dense(self) -> Tensor:
        return self.matrix

    def trace(self) -> Tensor:
        return self.matrix.diagonal(dim1=-2, dim2=-1).sum(-1)

    @property
    def T(self) -> LinearMap:
        return Dense(self.matrix.mT)

    @property
    def device(self) -> torch.device:
        return self.matrix.device


class Composite(LinearMap):
    """What maps made of maps share: the batch shape, the dtype and the device of their parts."""

    def __init__(self, parts: Sequence[LinearMap]) -> None:
        self.parts = tuple(parts)
        self.batch = torch.broadcast_shapes(*(part.batch for part in self.parts))
        self.dtype = self.parts[0].dtype
        for part in self.parts[1:]:
            self.dtype = torch.promote_types(self.dtype, part.dtype)

    @property
    def device(self) -> torch.device:
        return self.parts[0].device


class Composition(Composite):
    """``first ∘ second``, applied one after the other."""

    def __init__(self, first: LinearMap, second: LinearMap) -> None:
        if first.columns != second.rows:
            raise InputError("x", repr(second), f"a map with {first.columns} rows", "maps of sizes that fit")
        super().__init__((first, second))
        self.rows, self.columns = first.rows, second.columns

    def act(self, x: Tensor) -> Tensor:
        return self.parts[0].act(self.parts[1].act(x))

    def trace(self) -> Tensor:
        return self.dense().diagonal(dim1=-2, dim2=-1).sum(-1)

    @property
    def T(self) -> LinearMap:
        return Composition(self.parts[1].T, self.parts[0].T)


class DirectSum(Composite):
    """Block-diagonal maps: ``counts[i]`` copies of ``parts[i]`` in a row, then the next."""

    def __init__(self, parts: Sequence[LinearMap], counts: Sequence[int]) -> None:
        super().__init__(parts)
        self.counts = tuple(counts)
        self.rows = sum(count * part.rows for part, count in zip(self.parts, self.counts, strict=True))
        self.columns = sum(count * part.columns for part, count in zip(self.parts, self.counts, strict=True))

    def act(self, x: Tensor) -> Tensor:
        blocks, width = [], x.shape[-1]
        sizes = [count * part.columns for part, count in zip(self.parts, self.counts, strict=True)]
        for part, count, block in zip(self.parts, self.counts, x.split(sizes, dim=-2), strict=True):
            if count == 1:
                blocks.append(part.act(block))
                continue
            # copies become columns: [*b, count, m, r] -> [*b, m, count r], one product for all of them
            copies = block.unflatten(-2, (count, part.columns)).transpose(-3, -2).flatten(-2)
            moved = part.act(copies).unflatten(-1, (count, width)).transpose(-3, -2)
            blocks.append(moved.flatten(-3, -2))
        common = torch.promote_types(self.dtype, x.dtype)
        batch = torch.broadcast_shapes(*(block.shape[:-2] for block in blocks))
        return torch.cat([block.expand(*batch, *block.shape[-2:]).to(common) for block in blocks], dim=-2)

    def trace(self) -> Tensor:
        return sum(
            (count * part.trace() for part, count in zip(self.parts, self.counts, strict=True)), torch.tensor(0.0)
        )

    @property
    def T(self) -> LinearMap:
        return DirectSum([part.T for part in self.parts], self.counts)
