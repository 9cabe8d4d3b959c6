"""Which basis of an eigenspace is returned: one that depends on the space alone, not on who computed it."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_TIE = 1e-5  # rows of an eigenspace whose squared lengths differ by less, relatively, are taken in the order of nodes


def groups_of(values: Array, tolerance: float) -> list[slice]:
    """Runs of ascending eigenvalues, each within ``tolerance`` of the one before."""
    cuts = [0, *(np.flatnonzero(np.diff(values) > tolerance) + 1).tolist(), len(values)]
    return [slice(a, b) for a, b in itertools.pairwise(cuts) if b > a]


def canonical_basis(basis: Array) -> Array:
    """An orthonormal basis ``[n, m]`` of the same space that any basis of it leads to.

    The node that reaches farthest into the space (the first of several, up to 1e-5) gives the first vector, the one
    that reaches farthest into the rest the next; at its own node each vector is positive, those after it are zero. It
    is the pivoted Cholesky factor of the projector. For m = 1: the first largest entry is positive.
    """
    if basis.shape[1] == 1:
        return signed(basis)
    rows, turn = basis.copy(), np.empty((basis.shape[1],) * 2)
    for j in range(basis.shape[1]):
        size = np.einsum("ij,ij->i", rows, rows)
        along = rows[int(np.argmax(size >= (1 - _TIE) * size.max()))]
        turn[:, j] = along / np.sqrt(along @ along)
        if j + 1 < basis.shape[1]:
            rows = rows - np.multiply.outer(rows @ turn[:, j], turn[:, j])
    return basis @ turn


def signed(vectors: Array) -> Array:
    """Every column ``[n, m]`` by itself with the sign that makes its first largest entry positive."""
    size = vectors * vectors
    first = np.argmax(size >= (1 - _TIE) * size.max(axis=0), axis=0)
    return np.where(vectors[first, np.arange(len(first))] < 0, -vectors, vectors)


def without(basis: Array, known: Array) -> Array:
    """A basis ``[n, m − 1]`` of what is orthogonal to ``known [n]`` in the span of an orthonormal basis ``[n, m]``."""
    inside = (basis.T @ known)[:, None]
    return basis @ np.linalg.qr(inside, mode="complete").Q[:, 1:]
