"""The symmetric operator of a graph: its Laplacians in all the usual normalisations, or the matrix itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe
from symmetra.spectral import _graphs
from symmetra.spectral._graphs import Edges, symmetric

NORMALIZATIONS = ("sym", "rw", "combinatorial", "signless", "operator")


@dataclass(frozen=True)
class Operator:
    """A symmetric matrix, and what is known of its spectrum beforehand.

    Attributes:
        matrix: float64 ``[n, n]``, dense or CSR.
        trivial: the eigenvector of 0 that every Laplacian has ``[n]``, of length 1; None for other operators.
        scale: by which the rows of the eigenvectors are multiplied ``[n]``; None for 1.
        size: no eigenvalue is larger than it.
    """

    matrix: Any
    trivial: NDArray[np.float64] | None
    scale: NDArray[np.float64] | None
    size: float


def operator(adjacency: Any, normalization: str, isolated: float, argument: str) -> Operator:
    """The operator whose smallest eigenvalues are wanted; overwrites a dense ``adjacency``.

    Raises:
        InputError: directed edges; negative degrees under a normalisation that divides by their root.
    """
    edges = isinstance(adjacency, Edges)
    n = adjacency.n if edges else len(adjacency)
    degree = np.bincount(adjacency.ends[0], adjacency.weights, n) if edges else adjacency.sum(axis=1)
    scale: Any = None
    diagonal: Any = np.zeros(n)
    sign, trivial = 1.0, None
    if normalization == "signless":
        diagonal = degree
    elif normalization == "combinatorial":
        sign, diagonal, trivial = -1.0, degree, np.full(n, n**-0.5)
    elif normalization != "operator":
        if degree.min() < 0:
            got = f"node {int(degree.argmin())} of degree {degree.min():.3g}"
            instead = 'normalization="combinatorial" for signed weights'
            raise InputError(argument, got, f"degrees that are not negative for {normalization!r}", instead)
        alone = degree == 0
        root = np.sqrt(np.where(alone, 1.0, degree))
        known = root if alone.all() else np.where(alone, 0.0, root)
        trivial = None if alone.all() and isolated else known / np.linalg.norm(known)
        sign, scale, diagonal = -1.0, 1 / root, np.where(alone, isolated, 1.0)
    build = _from_edges if edges else _from_matrix
    matrix, size = build(adjacency, sign, scale, diagonal)
    if edges:
        matrix = symmetric(matrix, adjacency.eps, argument)
    return Operator(matrix, trivial, scale if normalization == "rw" else None, size)


def _from_matrix(A: Any, sign: float, scale: Any, diagonal: Any) -> tuple[Any, float]:
    """``diag(diagonal) + sign · diag(scale) A diag(scale)``, the same bits on both sides of the diagonal; a bound."""
    if scale is not None:
        A *= np.multiply.outer(scale, scale)
    if sign < 0:
        np.subtract(0.0, A, out=A)  # not −0, which other forms of the graph do not have either
    A.flat[:: len(A) + 1] += diagonal
    return A, float(abs(A).sum(axis=1).max())


def _from_edges(A: Edges, sign: float, scale: Any, diagonal: Any) -> tuple[Any, float]:
    """The same from entries: dense for a few nodes, else CSR."""
    rows, columns = A.ends
    values = A.weights * sign if scale is None else A.weights * (scale[rows] * scale[columns]) * sign
    size = float((np.bincount(rows, abs(values), A.n) + abs(diagonal)).max())
    if A.n <= _graphs.DENSE:
        matrix = np.bincount(rows * A.n + columns, values, A.n * A.n).reshape(A.n, A.n)
        matrix.flat[:: A.n + 1] += diagonal
        return matrix, size
    from scipy.sparse import csr_array, diags_array

    return (diags_array(diagonal) + csr_array((values, (rows, columns)), shape=(A.n, A.n))).tocsr(), size


def checked_normalization(value: Any) -> str:
    """The name of a normalisation; None means the combinatorial Laplacian, as in PyTorch Geometric.

    Raises:
        InputError: no such normalisation.
    """
    name = "combinatorial" if value is None else value
    if name not in NORMALIZATIONS:
        expected = "one of " + ", ".join(NORMALIZATIONS)
        raise InputError("normalization", describe(value), expected, 'normalization="sym"')
    return str(name)
