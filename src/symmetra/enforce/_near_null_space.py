"""Maps that nearly commute with many approximate generators, where all singular values are too many to compute.

Conjugate gradients on the normal operator L of the constraints, stopped at the size that the tolerance allows, filter
random matrices by a polynomial p(L) with p(0) = 1 that is small on all larger eigenvalues: what is left is the span
sought, and its singular values follow from a small problem.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from symmetra.enforce._irreducibles import random_matrices
from symmetra.enforce._projection import constraint_gram, solve

_STEPS = 300  # of conjugate gradients
_ORDERING = 1e-2  # of the last filters, which sort what lies behind the cut
_SPARE = 4  # directions behind the cut that have to be seen


def near_null_space(left: Tensor, right: Tensor, rtol: float) -> tuple[Tensor, Tensor, float]:
    """All W with ``‖A_a W − W B_a‖`` (over all a) at most ``rtol`` of its largest value.

    Args:
        left: the A_a, ``[g, m, m]``.
        right: the B_a, ``[g, n, n]``.
        rtol: well above the 1e-8 that are lost by squaring.

    Returns:
        An orthonormal basis as columns ``[m n, rank]``; the relative singular values of these and of the next found,
        the latter bounds from above; the gap between the two.
    """
    m, n, count = left.shape[-1], right.shape[-1], 32

    def L(X: Tensor) -> Tensor:
        return constraint_gram(X, left, right)

    X = random_matrices(1, m, n, left.dtype, 31)
    for _ in range(30):
        X = L(X) / torch.linalg.vector_norm(X)
    top = float(torch.linalg.vector_norm(L(X)) / torch.linalg.vector_norm(X))
    while True:
        count = min(count, m * n)
        X = random_matrices(count, m, n, left.dtype, 17)
        for size in (rtol**2, rtol**2, _ORDERING, _ORDERING):
            X = X - solve(L(X), L, size * top * float(torch.linalg.vector_norm(X)), _STEPS)
            X = torch.linalg.qr(X.flatten(1).mT).Q.mT.unflatten(1, (m, n))
            squares, turn = torch.linalg.eigh(X.flatten(1).conj() @ L(X).flatten(1).mT)
            X = torch.einsum("ij,iab->jab", turn, X)
        values = (squares / top).clamp(min=0.0).sqrt()
        rank = int((values <= rtol).sum())
        if rank <= count - _SPARE or count == m * n:
            break
        count *= 2
    gap = float(values[rank] / values[rank - 1]) if 0 < rank < count and float(values[rank - 1]) > 0 else math.inf
    return X[:rank].flatten(1).mT.contiguous(), values, gap
