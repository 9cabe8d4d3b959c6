"""Maps of a group that is not unitarisable here, or known only approximately: the null space of the constraints.

Small problems get every singular value, so that the cut is the user's; larger ones the projection of random matrices by
conjugate gradients, which needs no matrix of the size of the map space.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.enforce._basis import MapSpace
from symmetra.enforce._irreducibles import random_matrices
from symmetra.enforce._near_null_space import near_null_space
from symmetra.enforce._projection import project
from symmetra.inputs import InputError
from symmetra.linalg import null_space

SPECTRUM_LIMIT = 1_300  # entries of W up to which all singular values are computed (about 3 s)
SIZE_LIMIT = 20_000  # entries of W up to which the projection is tried


class DenseMaps(MapSpace):
    """Orthonormal columns ``[dim_out · dim_in, rank]``."""

    def __init__(self, columns: Tensor, shape: tuple[int, int]) -> None:
        self.columns, self.shape, self.rank, self.dtype = columns, shape, columns.shape[1], columns.dtype

    def matrix(self, weights: Tensor) -> Tensor:
        return (self.columns.to(weights) @ weights).reshape(self.shape)

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        return x @ self.matrix(weights).mT

    def coordinates(self, W: Tensor) -> Tensor:
        return self.columns.mH.to(W) @ W.flatten()

    def vectors(self) -> Tensor:
        return self.columns.clone()


def solve(left: Tensor, right: Tensor, rtol: float) -> tuple[DenseMaps, Tensor, float]:
    """All W with ``A_a W = W B_a``, their spectrum and the gap behind them.

    Args:
        left: the A_a, ``[g, m, m]``.
        right: the B_a, ``[g, n, n]``.
        rtol: singular values up to this share of the largest count as zero.

    Raises:
        InputError: more entries than the method can do.
    """
    m, n = left.shape[-1], right.shape[-1]
    if m * n <= SPECTRUM_LIMIT:
        one, two = torch.eye(m, dtype=left.dtype), torch.eye(n, dtype=left.dtype)
        rows = [torch.kron(A, two) - torch.kron(one, B.mT.contiguous()) for A, B in zip(left, right)]
        matrix = torch.cat(rows) if rows else torch.zeros(1, m * n, dtype=left.dtype)
        found = null_space(matrix, rtol)
        return DenseMaps(found.basis.mT.contiguous(), (m, n)), found.spectrum, found.gap
    if m * n > SIZE_LIMIT:
        got = f"{m} x {n} = {m * n:,} entries for a group that is not unitary in this basis"
        raise InputError("V_in", got, f"at most {SIZE_LIMIT:,} entries", "coordinates in which the group is unitary")
    if rtol > 1e-6:
        columns, spectrum, gap = near_null_space(left, right, rtol)
        return DenseMaps(columns, (m, n)), spectrum, gap
    return _projected(left, right, rtol)


def _projected(left: Tensor, right: Tensor, rtol: float) -> tuple[DenseMaps, Tensor, float]:
    """The span of projected random matrices; twice as many as long as all are independent."""
    m, n, count = left.shape[-1], right.shape[-1], 32
    scale = math.sqrt(float((torch.linalg.matrix_norm(left, 2) + torch.linalg.matrix_norm(right, 2)).square().sum()))
    while True:
        count = min(count, m * n)
        found = project(random_matrices(count, m, n, left.dtype, 17), left, right).flatten(1)
        _, values, Vh = torch.linalg.svd(found, full_matrices=False)
        kept = values > 1e-6 * math.sqrt(count)
        if not bool(kept.all()) or count == m * n:
            break
        count *= 2
    basis = Vh[kept]
    size = torch.zeros(basis.shape[0], dtype=torch.float64)
    maps = basis.unflatten(1, (m, n))
    for A, B in zip(left, right):
        size += torch.linalg.matrix_norm(A @ maps - maps @ B) ** 2
    residual = (size.sqrt() / scale).sort().values
    if residual.numel() and float(residual[-1]) > max(rtol, 1e-10):
        got = f"constraints solved only to {float(residual[-1]):.1e}"
        raise InputError("V_in", got, f"a residual of at most {max(rtol, 1e-10):g}", "better conditioned generators")
    rest = values[~kept]
    gap = float(values[kept][-1] / rest[0]) if kept.any() and rest.numel() and float(rest[0]) > 0 else math.inf
    return DenseMaps(basis.mT.contiguous(), (m, n)), residual, gap
