"""The smallest eigenpairs of a large sparse symmetric matrix: block Lanczos on a shifted inverse.

All is deterministic: the start is fixed, the basis is kept whole and orthogonal, nothing restarts. One block finds as
many copies of an eigenvalue as it is wide; what is left over is looked for in the orthogonal complement, until nothing
there lies below what was found. No copy is lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_CONVERGED = 1e-11  # residual of a pair of the inverse, relative to its largest eigenvalue


def smallest(matrix: Any, k: int, size: float, tolerance: float) -> tuple[Array, Array]:
    """At least k + 1 pairs, ascending: all copies of the k-th eigenvalue, and the first eigenvalue after it.

    Args:
        matrix: CSR, symmetric.
        k: less than n.
        size: a bound of the eigenvalues.
        tolerance: eigenvalues this close (absolute) are one.
    """
    n, inverse = matrix.shape[0], _shifted_inverse(matrix, k, size)
    found, wanted = np.empty((n, 0)), k + 1
    while True:
        found = np.hstack([found, _largest(inverse, found, min(wanted, n - found.shape[1]))])
        basis = np.linalg.qr(found).Q
        values, turn = np.linalg.eigh(basis.T @ (matrix @ basis))
        found = basis @ turn
        if found.shape[1] == n:
            return values, found
        if found.shape[1] > n // 4:  # an eigenspace as large as that
            values, found = np.linalg.eigh(matrix.toarray())
            return values, found
        left = _largest(inverse, found, 1)
        rest = float(left[:, 0] @ (matrix @ left[:, 0]))
        below = values < rest  # nothing else is
        certain = np.append(values[below], rest)
        if len(certain) > k and bool((np.diff(certain)[k - 1 :] > tolerance).any()):
            return certain, np.hstack([found[:, below], left])
        wanted = 2 * wanted


def _shifted_inverse(matrix: Any, k: int, size: float) -> Callable[[Array], Array]:
    """``(matrix − shift)⁻¹``, the shift about as far below the spectrum as the part that is wanted is wide."""
    from scipy.sparse import csc_array, eye_array
    from scipy.sparse.linalg import splu

    n, diagonal = matrix.shape[0], matrix.diagonal()
    least = float((diagonal + abs(diagonal) - abs(matrix).sum(axis=1)).min())  # Gershgorin: no eigenvalue is smaller
    shift, before = least - 1e-3 * (size or 1.0), None
    while True:
        factors = splu(csc_array(matrix - shift * eye_array(n)), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0)
        if before is not None and (factors.U.diagonal() <= 0).any():  # Sylvester: an eigenvalue lies below the shift
            return before
        rough = _largest(factors.solve, np.empty((n, 0)), k + 1, rough=True)
        values = np.linalg.eigvalsh(rough.T @ (matrix @ rough))
        width = max(float(values[-1] - values[0]), 1e-9 * (size or 1.0))
        # Values found are no smaller than the true ones: most of the way, to stay below these.
        nearer = min(shift + 0.9 * (values[0] - shift), values[0] - width)
        if values[0] - nearer > 0.3 * (values[0] - shift):
            return factors.solve
        shift, before = nearer, factors.solve


def _largest(inverse: Callable[[Array], Array], locked: Array, count: int, rough: bool = False) -> Array:
    """Eigenvectors ``[n, count]`` of the largest eigenvalues of the inverse on the complement of ``locked``."""
    n, source = len(locked), np.random.Generator(np.random.PCG64(locked.shape[1]))
    width = min(2, n - locked.shape[1])
    basis, images = np.empty((n, 0)), np.empty((n, 0))
    block = _orthonormal(source.standard_normal((n, width)), locked, source)
    while True:
        basis = np.hstack([basis, block])
        image = inverse(block)
        images = np.hstack([images, image - locked @ (locked.T @ image)])
        room = n - locked.shape[1] - basis.shape[1]
        if basis.shape[1] >= count + width or room <= 0:
            small = basis.T @ images
            values, turn = np.linalg.eigh((small + small.T) / 2)
            last = turn[:, -count:]
            off = np.linalg.norm(images @ last - (basis @ last) * values[-count:], axis=0)
            if room <= 0 or off.max() <= _CONVERGED * abs(values[-1]) or (rough and basis.shape[1] >= 5 * count):
                return basis @ last
        block = _orthonormal(image[:, : min(width, room)], np.hstack([locked, basis]), source)


def _orthonormal(block: Array, against: Array, source: np.random.Generator) -> Array:
    """Orthonormal columns, orthogonal to others; a column with nothing new in it is replaced by a random one."""
    for _ in range(3):
        size = np.linalg.norm(block, axis=0)
        block = block - against @ (against.T @ block)
        block = block - against @ (against.T @ block)
        Q, R = np.linalg.qr(block)
        lost = abs(np.diag(R)) <= 1e-10 * size
        if not lost.any():
            break
        block = np.where(lost, source.standard_normal(block.shape), Q)
    return Q - against @ (against.T @ Q)
