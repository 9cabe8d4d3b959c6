"""A hidden representation of a given size: an equal share for tensors of every rank."""

from __future__ import annotations

import math
from typing import Any

import torch

from symmetra.enforce import linear_basis
from symmetra.inputs import InputError, describe
from symmetra.nn._linear import direct_sum
from symmetra.representations import Representation, Scalar, Vector


def uniform_allocation(size: Any, group: Any) -> Representation:
    """A sum of tensor powers of the vectors of a group, with about as many components in each rank.

    Ranks go up to the largest k with ``(k + 1) d^k <= size`` (for d = 1 to 3); what is left over is shared among lower
    ranks in the same way, so that the dimension is ``size`` (the allocation of EMLP, arXiv 2104.09459). Where vectors
    and their duals are equivalent, as for orthogonal, Lorentz and symplectic groups, tensors of rank k are ``V ** k``;
    else they are shared among the ``V ** p * V.dual ** (k - p)`` in binomial proportions.

    Args:
        size: the number of components.
        group: the group.

    Raises:
        InputError: a size that is no positive integer, or no group.

    Example:
        >>> from symmetra.groups import SO
        >>> uniform_allocation(384, SO(3))
        102·1 ⊕ 34V ⊕ 11(V⊗V) ⊕ 3(V⊗V⊗V)
    """
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InputError("size", describe(size), "a positive number of components", "384")
    V = Vector(group)
    d, left, counts = V.dimension, size, dict[int, int]()
    while left:
        top = max(k for k in range(left if d > 1 else min(left, 4)) if (k + 1) * d**k <= left)
        for rank in range(top + 1):
            counts[rank] = counts.get(rank, 0) + d ** (top - rank)
        left -= (top + 1) * d**top
    mixed = not _self_dual(V)
    parts = []
    for rank, count in counts.items():
        if rank == 0:
            parts.append(count * Scalar(group))
        elif not mixed:
            parts.append(count * V**rank)
        else:
            parts += [n * (V**p * V.dual ** (rank - p)) for p, n in enumerate(_binomial(count, rank)) if n]
    return direct_sum(parts)


def _self_dual(V: Representation) -> bool:
    """Whether V and its dual are equivalent: a random equivariant map between them is then invertible."""
    basis = linear_basis(V, V.dual)
    weights = torch.randn(basis.rank, dtype=basis.dtype, generator=torch.Generator().manual_seed(0))
    return bool(torch.linalg.svdvals(basis.matrix(weights)).min() > 1e-8)


def _binomial(count: int, rank: int) -> list[int]:
    """``count`` shared in proportion to the binomial coefficients of ``rank``, by largest remainders."""
    exact = [count * math.comb(rank, p) / 2**rank for p in range(rank + 1)]
    shares = [math.floor(share) for share in exact]
    order = sorted(range(rank + 1), key=lambda p: (shares[p] - exact[p], abs(2 * p - rank), -p))
    for p in order[: count - sum(shares)]:
        shares[p] += 1
    return shares
