"""Eigenpairs of dense symmetric matrices by LAPACK, in their precision: all, or the smallest where that is cheaper."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]

_SMALL = 64  # nodes up to which all pairs cost no more than a few
_SOUND = 2e3  # of orthogonality, and of residuals relative to the operator, in units of rounding


def small(matrices: list[Any]) -> dict[int, tuple[Array, Array]]:
    """All pairs of the dense matrices of up to 64 rows, by their place in the list; those of one size at once.

    NumPy copies each matrix of a stack into one workspace: its bits do not depend on its place in the batch.
    """
    buckets: dict[int, list[int]] = {}
    for i, matrix in enumerate(matrices):
        if isinstance(matrix, np.ndarray) and len(matrix) <= _SMALL:
            buckets.setdefault(len(matrix), []).append(i)
    found: dict[int, tuple[Array, Array]] = {}
    for places in buckets.values():
        values, vectors = np.linalg.eigh(np.stack([matrices[i] for i in places]))
        found |= {place: (values[j], vectors[j]) for j, place in enumerate(places)}
    return found


def dense(matrix: Array, k: int, size: float, tolerance: float) -> tuple[Array, Array]:
    """The k smallest pairs or more: all copies of the k-th eigenvalue, and the eigenvalue after it if there is one.

    Overwrites the matrix. A few pairs come from relatively robust representations, whose vectors are checked.
    """
    from scipy.linalg import eigh

    n = len(matrix)
    if 2 * k < n:
        diagonal = matrix.diagonal().copy()
        values, vectors = eigh(matrix.T, subset_by_index=[0, k], check_finite=False, overwrite_a=True)
        matrix.flat[:: n + 1] = diagonal  # of what LAPACK was given one triangle is left as it was
        whole = bool((np.diff(values)[k - 1 :] > tolerance).any())
        if whole and _sound(matrix, values, vectors, size):
            return values, vectors
        half = np.tril(matrix)
        matrix = half + np.tril(half, -1).T
    return np.linalg.eigh(matrix)


def _sound(matrix: Array, values: Array, vectors: Array, size: float) -> bool:
    """Whether the vectors are orthonormal, and solve the problem of the lower triangle."""
    from scipy.linalg.blas import get_blas_funcs

    product = get_blas_funcs("symm", (matrix, vectors))
    skew = abs(vectors.T @ vectors - np.eye(len(values))).max()
    off = abs(product(1.0, matrix.T, vectors, lower=0) - vectors * values).max()
    limit = _SOUND * np.finfo(matrix.dtype).eps
    return bool(skew <= limit and off <= limit * max(size, 1e-30))
