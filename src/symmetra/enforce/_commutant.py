"""Maps between two representations from what commutes with each: no table of irreducibles, nothing to be recognised.

A random self-adjoint element of the commutant of each side splits it into irreducible copies, frames U_i and W_j. Of a
random map that commutes with the group the block ``W_jᴴ T U_i`` is zero or runs through all maps between two copies:
one up to a factor, or two or four if the irreducible is of complex or quaternionic type. Blocks of different pairs are
orthogonal, so that four random maps give an orthonormal basis without aligning any frames.
"""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.enforce._basis import MapSpace
from symmetra.enforce._irreducibles import NotSplit, random_matrices, split
from symmetra.enforce._projection import project

_TYPES = 4  # random maps: as many as a quaternionic irreducible has maps to itself
_ZERO = 1e-7  # singular values of the blocks, of size about one, below which there is nothing; rounding is 1e-13


class BlockMaps(MapSpace):
    """``W = Q_out B Q_inᴴ`` with the blocks of B in orthonormal bases ``[e, s, s]`` of their own.

    Args:
        out: orthogonal ``[m, m]``, the frames of the output one after the other.
        into: orthogonal ``[n, n]``, those of the input.
        blocks: rows and columns of each block with the basis of its matrices.
    """

    def __init__(self, out: Tensor, into: Tensor, blocks: list[tuple[slice, slice, Tensor]]) -> None:
        self.out, self.into, self.blocks, self.dtype = out, into, blocks, out.dtype
        self.sizes = [len(maps) for _, _, maps in blocks]
        self.shape, self.rank = (out.shape[0], into.shape[0]), sum(self.sizes)

    def _core(self, weights: Tensor) -> Tensor:
        B = weights.new_zeros(self.shape)
        for w, (rows, columns, maps) in zip(weights.split(self.sizes), self.blocks):
            B[rows, columns] = torch.tensordot(w, maps.to(w), 1)
        return B

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        return x @ self.into.to(x).conj() @ self._core(weights).mT @ self.out.to(x).mT

    def matrix(self, weights: Tensor) -> Tensor:
        return self.out.to(weights) @ self._core(weights) @ self.into.to(weights).mH

    def coordinates(self, W: Tensor) -> Tensor:
        B = self.out.mH.to(W) @ W @ self.into.to(W)
        parts = [torch.einsum("eab,ab->e", maps.conj().to(W), B[rows, columns]) for rows, columns, maps in self.blocks]
        return torch.cat([W.new_zeros(0), *parts])

    def vectors(self) -> Tensor:
        columns = [torch.zeros(self.shape[0] * self.shape[1], 0, dtype=self.dtype)]
        for rows, places, maps in self.blocks:
            W = self.out[:, rows] @ maps @ self.into[:, places].mH
            columns.append(W.flatten(1).mT)
        return torch.cat(columns, dim=1)


def solve(left: Tensor, right: Tensor) -> tuple[BlockMaps, Tensor]:
    """All W with ``A_a W = W B_a`` for operators that contain their adjoints, and the residual of each.

    Args:
        left: the A_a, ``[g, m, m]``.
        right: the B_a, ``[g, n, n]``.

    Raises:
        NotSplit: the sides do not fall into orthogonal irreducibles, or a block is neither zero nor clearly not.
    """
    out, into = ([piece.frame for piece in split(side)] for side in (left, right))
    Q, P = torch.cat(out, 1), torch.cat(into, 1)
    T = Q.mH @ project(random_matrices(_TYPES, len(Q), len(P), Q.dtype, 23), left, right) @ P
    blocks, row = list[tuple[slice, slice, Tensor]](), 0
    for W in out:
        rows, column = slice(row, row + W.shape[1]), 0
        for U in into:
            columns = slice(column, column + U.shape[1])
            found = T[:, rows, columns]
            if float(torch.linalg.vector_norm(found)) > _ZERO:
                _, values, Vh = torch.linalg.svd(found.flatten(1), full_matrices=False)
                kept = values > _ZERO
                if W.shape[1] != U.shape[1] or int(kept.sum()) == 3:
                    raise NotSplit("a block between two copies that is no multiple of an orthogonal map")
                blocks.append((rows, columns, Vh[kept].unflatten(1, found.shape[1:])))
            column = columns.stop
        row = rows.stop
    space = BlockMaps(Q, P, blocks)
    maps = space.vectors().mT.unflatten(1, space.shape)
    residual = torch.zeros(space.rank, dtype=torch.float64)
    for A, B in zip(left, right):
        size = max(1.0, float(torch.linalg.matrix_norm(A, 2)))
        residual = torch.maximum(residual, torch.linalg.matrix_norm(A @ maps - maps @ B) / size)
    return space, residual.sort().values
