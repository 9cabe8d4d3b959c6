"""The symmetric operator of a graph: its Laplacians in all the usual normalisations, or the matrix itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe

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
        InputError: negative degrees under a normalisation that divides by their root.
    """
    n, dense = adjacency.shape[0], isinstance(adjacency, np.ndarray)
    if normalization == "operator":
        return Operator(adjacency, None, None, _size(adjacency))
    degree = np.asarray(adjacency.sum(axis=1)).reshape(n)
    if normalization in ("combinatorial", "signless"):
        sign = 1.0 if normalization == "signless" else -1.0
        matrix = _with_diagonal(adjacency, sign, None, degree, dense)
        trivial = None if normalization == "signless" else np.full(n, n**-0.5)
        return Operator(matrix, trivial, None, _size(matrix))
    if degree.min() < 0:
        got = f"node {int(degree.argmin())} of degree {degree.min():.3g}"
        instead = 'normalization="combinatorial" for signed weights'
        raise InputError(argument, got, f"degrees that are not negative for {normalization!r}", instead)
    alone = degree == 0
    root = np.sqrt(np.where(alone, 1.0, degree))
    matrix = _with_diagonal(adjacency, -1.0, 1 / root, np.where(alone, isolated, 1.0), dense)
    known = root if alone.all() else np.where(alone, 0.0, root)
    trivial = None if alone.all() and isolated else known / np.linalg.norm(known)
    return Operator(matrix, trivial, 1 / root if normalization == "rw" else None, _size(matrix))


def _with_diagonal(
    A: Any, sign: float, scale: NDArray[np.float64] | None, diagonal: NDArray[np.float64], dense: bool
) -> Any:
    """``diag(diagonal) + sign · diag(scale) A diag(scale)``; the same bits above the diagonal as below."""
    if dense:
        if scale is not None:
            A *= np.multiply.outer(scale, scale)
        A *= sign
        A.flat[:: len(A) + 1] += diagonal
        return A
    from scipy.sparse import diags_array

    if scale is not None:
        entries = A.tocoo()
        entries.data = entries.data * (scale[entries.row] * scale[entries.col])
        A = entries.tocsr()
    return (diags_array(diagonal) + sign * A).tocsr()


def _size(matrix: Any) -> float:
    return float(abs(matrix).sum(axis=1).max())


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
