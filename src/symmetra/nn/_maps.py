"""Equivariant maps of one kind, given by weights: what a layer keeps of a basis."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from symmetra.enforce._orbits import OrbitMaps


class Maps(nn.Module):
    """Maps ``W(weight)`` and invariant vectors ``b(bias)``, linear in coordinates of orthonormal bases.

    Attributes:
        rank: the number of weights.
        bias_rank: the number of invariant vectors.
        deviation: standard deviations ``[rank]`` of initial weights that keep the variance.
    """

    rank: int
    bias_rank: int
    deviation: Tensor

    @abstractmethod
    def matrix(self, weight: Tensor) -> Tensor:
        """W ``[dim_out, dim_in]``."""

    @abstractmethod
    def vector(self, bias: Tensor) -> Tensor:
        """The vector b ``[dim_out]``."""

    def forward(self, weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
        """``W x + b`` for ``x [..., dim_in]``."""
        return functional.linear(x, self.matrix(weight), None if bias is None else self.vector(bias))


class SharedEntries(Maps):
    """Permutations with signs: every entry of W is ± one weight over the root of its orbit's size."""

    labels: Tensor
    entries: Tensor
    bias_labels: Tensor
    bias_entries: Tensor

    def __init__(self, maps: OrbitMaps, vectors: OrbitMaps, dtype: torch.dtype, device: torch.device | None) -> None:
        super().__init__()
        self.rank, self.bias_rank, self.shape = maps.rank, vectors.rank, maps.shape
        for name, space in (("", maps), ("bias_", vectors)):
            self.register_buffer(name + "labels", space.label.to(device))
            self.register_buffer(name + "entries", space.entries.to(dtype=dtype, device=device))
        # all rows of an orbit have the same sum of squares
        rows = maps.entries.square().reshape(self.shape).sum(1, keepdim=True).clamp(min=1e-300).rsqrt()
        self.deviation = torch.zeros(self.rank, dtype=rows.dtype)
        if self.rank:
            self.deviation[maps.label] = rows.expand(self.shape).flatten()

    def matrix(self, weight: Tensor) -> Tensor:
        return _spread(weight, self.labels, self.entries).reshape(self.shape)

    def vector(self, bias: Tensor) -> Tensor:
        return _spread(bias, self.bias_labels, self.bias_entries)


def _spread(weights: Tensor, labels: Tensor, entries: Tensor) -> Tensor:
    return weights.index_select(0, labels) * entries if weights.shape[0] else torch.zeros_like(entries)


class Bases(Maps):
    """Dense bases, one for every pair of parts, shared by the copies of these.

    Args:
        bases: ``bases[j][i]`` of the maps from part i of the input to part j of the output, ``[n'_j · n_i, rank]``.
        vectors: the invariant vectors of the parts of the output, ``[n'_j, rank]``.
        inner: dimension and copies of the parts of the input.
        outer: those of the output.
        dtype: of the buffers.
        device: of the buffers.
    """

    def __init__(
        self,
        bases: list[list[Tensor]],
        vectors: list[Tensor],
        inner: list[tuple[int, int]],
        outer: list[tuple[int, int]],
        dtype: torch.dtype,
        device: torch.device | None,
    ) -> None:
        super().__init__()
        self.inner, self.outer = inner, outer
        self.lengths = [p * q * E.shape[1] for (_, p), row in zip(outer, bases) for (_, q), E in zip(inner, row)]
        self.bias_lengths = [p * E.shape[1] for (_, p), E in zip(outer, vectors)]
        self.rank, self.bias_rank = sum(self.lengths), sum(self.bias_lengths)
        deviations = [torch.zeros(0)]
        for j, (row, b) in enumerate(zip(bases, vectors, strict=True)):
            self.register_buffer(f"vectors{j}", b.mT.contiguous().to(dtype=dtype, device=device))
            fan_in = sum(q * E.shape[1] for (_, q), E in zip(inner, row))
            for i, E in enumerate(row):
                self.register_buffer(f"basis{j}_{i}", E.mT.contiguous().to(dtype=dtype, device=device))
                size = outer[j][1] * inner[i][1] * E.shape[1]
                deviations.append(torch.full((size,), (outer[j][0] / max(fan_in, 1)) ** 0.5))
        self.deviation = torch.cat(deviations)

    def matrix(self, weight: Tensor) -> Tensor:
        parts, rows = iter(weight.split(self.lengths)), []
        for j, (m, p) in enumerate(self.outer):
            row = []
            for i, (n, q) in enumerate(self.inner):
                blocks = next(parts).view(p, q, -1) @ getattr(self, f"basis{j}_{i}")
                row.append(blocks.unflatten(-1, (m, n)).transpose(1, 2).reshape(p * m, q * n))
            rows.append(torch.cat(row, dim=1))
        return torch.cat(rows)

    def vector(self, bias: Tensor) -> Tensor:
        parts = zip(bias.split(self.bias_lengths), self.outer, strict=True)
        blocks = [part.view(p, -1) @ getattr(self, f"vectors{j}") for j, (part, (_, p)) in enumerate(parts)]
        return torch.cat([block.flatten() for block in blocks])
