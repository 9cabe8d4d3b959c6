"""Direct products: block-diagonal matrices."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from symmetra.groups._algebra import Algebra
from symmetra.groups._finite import FiniteGroup
from symmetra.groups._group import Group
from symmetra.inputs import InputError, as_tensor, describe


def _embed(matrices: Tensor, start: int, d: int, dtype: torch.dtype, diagonal: float) -> Tensor:
    """Put blocks ``[k, m, m]`` at ``start`` into ``d × d`` matrices that are ``diagonal`` times the unit elsewhere."""
    result = diagonal * torch.eye(d, dtype=dtype).expand(matrices.shape[0], d, d).clone()
    stop = start + matrices.shape[-1]
    result[:, start:stop, start:stop] = matrices.to(dtype)
    return result


def block_diagonal(blocks: list[Tensor], dtype: torch.dtype) -> Tensor:
    """``[..., d1, d1], [..., d2, d2], …`` to ``[..., d, d]``, d the sum."""
    d = sum(block.shape[-1] for block in blocks)
    result = torch.zeros(*blocks[0].shape[:-2], d, d, dtype=dtype)
    start = 0
    for block in blocks:
        stop = start + block.shape[-1]
        result[..., start:stop, start:stop] = block
        start = stop
    return result


class _Product(Group):
    """What both kinds of product share: the factors, and how elements fall into blocks."""

    factors: tuple[Group, ...]

    def split(self, g: Tensor) -> tuple[Tensor, ...]:
        """The factors' parts of ``g [..., d, d]`` (a group or algebra element), real again for a real factor."""
        matrix = as_tensor(g, "g")
        if matrix.ndim < 2 or matrix.shape[-2:] != (self.d, self.d):
            raise InputError("g", describe(matrix), f"matrices [..., {self.d}, {self.d}] of {self.name}", "join(parts)")
        parts, start = [], 0
        for factor in self.factors:
            stop = start + factor.d
            part = matrix[..., start:stop, start:stop]
            parts.append(part.real if matrix.is_complex() and not factor.is_complex else part)
            start = stop
        return tuple(parts)

    def join(self, *parts: Tensor) -> Tensor:
        """The block-diagonal element with the given parts, one a factor: the inverse of :meth:`split`."""
        if len(parts) != len(self.factors):
            raise InputError("parts", f"{len(parts)} parts", f"{len(self.factors)}, one a factor", "join(g1, g2)")
        return block_diagonal([part.to(self.dtype) for part in parts], self.dtype)

    def _draw(self, n: int, source: torch.Generator | None) -> Tensor:
        return self.join(*(factor._draw(n, source) for factor in self.factors))

    def _has(self, g: Tensor, tolerance: float) -> bool:
        rest = g - block_diagonal([part.to(self.dtype) for part in self.split(g)], self.dtype)
        if float(rest.abs().max()) > tolerance * max(1.0, float(g.abs().max())):
            return False
        blocks = []
        start = 0
        for factor in self.factors:
            blocks.append(g[start : start + factor.d, start : start + factor.d])
            start += factor.d
        return all(factor.contains(block, tolerance) for factor, block in zip(self.factors, blocks, strict=True))

    def _content(self) -> tuple[object, ...]:
        return tuple((type(factor).__name__, factor._key) for factor in self.factors)


class ProductGroup(_Product):
    """``G1 × G2 × …`` with at least one factor that is not finite."""

    def __init__(self, factors: tuple[Group, ...]) -> None:
        self.__dict__.update(_parts(factors))

    @property
    def is_finite(self) -> bool:
        return all(factor.is_finite for factor in self.factors)

    @property
    def is_compact(self) -> bool:
        return all(factor.is_compact for factor in self.factors)

    @property
    def dimension(self) -> int:
        return sum(factor.dimension for factor in self.factors)

    @functools.cached_property
    def algebra(self) -> Algebra:
        blocks, start = [], 0
        for factor in self.factors:
            matrices = factor.algebra.matrices
            assert matrices is not None  # only algebras made from structure constants have none
            blocks.append(_embed(matrices, start, self.d, self.dtype, 0.0))
            start += factor.d
        return Algebra(torch.cat(blocks))


class FiniteProductGroup(_Product, FiniteGroup):
    """``G1 × G2 × …`` of finite groups: a :class:`FiniteGroup` with ``factors``."""

    def __init__(self, factors: tuple[FiniteGroup, ...]) -> None:
        order = 1
        for factor in factors:
            order *= factor.order
        self.__dict__.update(_parts(factors), _known_order=order)


def _parts(factors: tuple[Group, ...]) -> dict[str, object]:
    d = sum(factor.d for factor in factors)
    dtype = torch.complex128 if any(factor.is_complex for factor in factors) else torch.float64
    starts = [sum(factor.d for factor in factors[:i]) for i in range(len(factors))]
    pairs = list(zip(factors, starts, strict=True))
    return {
        "name": " × ".join(factor.name for factor in factors),
        "d": d,
        "dtype": dtype,
        "factors": factors,
        "_generators": torch.cat([_embed(factor._generators, at, d, dtype, 0.0) for factor, at in pairs]),
        "_components": torch.cat([_embed(factor._components, at, d, dtype, 1.0) for factor, at in pairs]),
        "_sampler": None,
        "_membership": None,
    }


def product(first: Group, second: Group) -> Group:
    """The direct product; factors of products are taken one by one."""
    factors: list[Group] = []
    for group in (first, second):
        factors.extend(group.factors if isinstance(group, _Product) else [group])
    finite = [factor for factor in factors if isinstance(factor, FiniteGroup)]
    if len(finite) == len(factors):
        return FiniteProductGroup(tuple(finite))
    return ProductGroup(tuple(factors))
