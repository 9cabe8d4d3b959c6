"""Direct sums of ideals: the abelian factor, and the idempotents of the centroid."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._series import centralizer, complement, derived, right_null_space, row_space, scale_of

_CENTROID_LIMIT = 14


def abelian_factor(c: Tensor, tolerance: float) -> tuple[int, Tensor]:
    """Split off the largest abelian direct summand: its dimension, and orthonormal rows of a complementary ideal.

    Central elements outside ``[g, g]`` can be split off; any subspace that contains ``[g, g]`` is an ideal.
    """
    k, cut = c.shape[0], tolerance * scale_of(c)
    whole = torch.eye(k, dtype=c.dtype)
    centre, inner = centralizer(c, whole, cut), derived(c, whole, whole, cut)
    if centre.shape[0] == 0:
        return 0, whole
    outside = centre - (centre @ inner.T) @ inner
    U, s, _ = torch.linalg.svd(outside, full_matrices=False)
    # an angle between centre and [g, g] below 1e-5 counts as containment
    free = U[:, s > 1e-5].T @ centre
    rest = complement(row_space(torch.cat([inner, free]), 1e-8), whole)
    return free.shape[0], torch.cat([inner, rest])


def centroid_split(c: Tensor, tolerance: float) -> list[Tensor]:
    """Indecomposable ideals (orthonormal rows) whose direct sum is the algebra, for dimensions up to 14.

    The centroid, ``{T : T[x, y] = [T x, y]}``, of an indecomposable algebra is local: every element has one real
    eigenvalue or one conjugate pair. A random element therefore has as many distinct ones as there are summands, and
    its generalised eigenspaces are the summands. The abelian factor must be gone before. Larger algebras are returned
    whole.
    """
    k = c.shape[0]
    whole = torch.eye(k, dtype=c.dtype)
    if k > _CENTROID_LIMIT or k < 4:
        return [whole]
    # unknown T[l, i] (image l of e_i):  Σ_l c[i,j,l] T[m,l] − Σ_l T[l,i] c[l,j,m] = 0
    first = torch.einsum("ijl,mn->ijmnl", c, whole)
    second = torch.einsum("njm,il->ijmnl", c, whole)
    equations = (first - second).reshape(k**3, k * k)
    basis = right_null_space(equations, tolerance * scale_of(c) * k).reshape(-1, k, k)
    if basis.shape[0] < 2:
        return [whole]
    source = torch.Generator().manual_seed(2)
    T = torch.einsum("b,bij->ij", torch.randn(basis.shape[0], generator=source, dtype=c.dtype), basis)
    T = T / torch.linalg.matrix_norm(T, ord=2)
    values = torch.linalg.eigvals(T)
    groups: list[list[complex]] = []
    for value in values.tolist():
        for group in groups:
            mean = group[0]
            if abs(value.real - mean.real) + abs(abs(value.imag) - abs(mean.imag)) < 1e-2:
                group.append(value)
                break
        else:
            groups.append([value])
    if len(groups) == 1:
        return [whole]
    parts = []
    for group in groups:
        real = sum(value.real for value in group) / len(group)
        imaginary = sum(abs(value.imag) for value in group) / len(group)
        shifted = T - real * whole
        polynomial = shifted @ shifted + imaginary**2 * whole if imaginary > 1e-3 else shifted
        power = torch.linalg.matrix_power(polynomial, min(len(group), 3))
        _, _, vh = torch.linalg.svd(power)
        parts.append(vh[-len(group) :])
    return parts
