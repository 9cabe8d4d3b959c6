"""Null spaces, plain and relative: where is |A v| small, measured against |M v|?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Inexact
from torch import Tensor

ROUNDING = 1e-12  # relative size below which a singular value of a scaled float64 matrix is rounding alone


@dataclass(frozen=True)
class NullSpace:
    """A null space with the evidence for its dimension.

    Attributes:
        basis: ``[k, P]``, rows span the null space.
        spectrum: ``[P]``, ascending relative singular values; directions of zero size count as 0.
        gap: ratio of the first value kept to the last value taken as null (infinite where that is exactly 0).
        tolerance: values up to here were taken as null.
        vanishing: ``[z, P]``, the part of the basis on which the denominator vanishes too (0/0).
        vectors: ``[P, P]``, all directions in the order of the spectrum, unit denominator where it is not zero.
    """

    basis: Tensor
    spectrum: Tensor
    gap: float
    tolerance: float
    vanishing: Tensor
    vectors: Tensor

    @property
    def dimension(self) -> int:
        """k, the number of null directions."""
        return self.basis.shape[0]


def relative_null_space(
    numerator: Inexact[Tensor, "a P"], denominator: Inexact[Tensor, "b P"], tolerance: float
) -> NullSpace:
    """All v with |A v| ≤ tolerance · |M v|, and those with M v = 0: the generalised problem AᴴA v = λ MᴴM v.

    It never forms a Gram matrix: M is factored by a singular value decomposition of its unit-norm columns, A is
    expressed in the directions that M sees. The spectrum does not depend on the scale or the basis of the columns.

    Args:
        numerator: A, or the factor R of it, ``[a, P]``.
        denominator: M, or the factor R of it, ``[b, P]``.
        tolerance: relative size taken as zero.

    Returns:
        The null space; its directions have |M v| = 1, the vanishing ones have unit length in scaled columns.
    """
    size = numerator.shape[1]
    scale = torch.linalg.vector_norm(denominator, dim=0)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    _, s, vh = torch.linalg.svd(_padded(denominator / scale, size), full_matrices=False)
    seen = s > ROUNDING * math.sqrt(size) * (s[0] if s.numel() else 0.0)
    directions = vh.mH[:, seen] / s[seen]
    vanishing = vh[~seen] / scale
    reduced = (numerator / scale) @ directions
    _, rho, wh = torch.linalg.svd(_padded(reduced, directions.shape[1]), full_matrices=False)
    order = torch.arange(rho.numel() - 1, -1, -1, device=rho.device)
    found = (directions @ wh.mH[:, order]).mT / scale
    spectrum = torch.cat([rho.new_zeros(vanishing.shape[0]), rho[order]])
    vectors = torch.cat([vanishing, found])
    k = int((spectrum <= tolerance).sum())
    return NullSpace(vectors[:k], spectrum, _gap(spectrum, k), tolerance, vanishing, vectors)


def null_space(matrix: Inexact[Tensor, "a P"], tolerance: float = 1e-10) -> NullSpace:
    """All v with |A v| ≤ tolerance · σ_max · |v|; the rows of the basis are orthonormal.

    Args:
        matrix: A, or the factor R of it, ``[a, P]``.
        tolerance: relative to the largest singular value.
    """
    size = matrix.shape[1]
    if matrix.shape[0] > 2 * size:  # the factor R has the same singular values and is small
        matrix = torch.linalg.qr(matrix, mode="r").R
    s, vh = _svd(_padded(matrix, size))
    top = float(s[0]) if s.numel() and s[0] > 0 else 1.0
    spectrum = s.flip(0) / top
    k = int((spectrum <= tolerance).sum())
    vectors = vh.flip(0).conj()
    return NullSpace(vectors[:k], spectrum, _gap(spectrum, k), tolerance, vectors[:0], vectors)


def _svd(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Singular values and right vectors; by the slow algorithm where the fast one fails (many equal values)."""
    try:
        _, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    except torch.linalg.LinAlgError:
        import scipy.linalg  # here, because importing it takes as long as all of this package

        _, values, rows = scipy.linalg.svd(matrix.numpy(force=True), full_matrices=False, lapack_driver="gesvd")
        s, vh = torch.as_tensor(values).to(matrix.device), torch.as_tensor(rows).to(matrix.device)
    return s, vh


def _padded(matrix: Tensor, columns: int) -> Tensor:
    """At least as many rows as columns, so that a thin decomposition returns every direction."""
    missing = columns - matrix.shape[0]
    return matrix if missing <= 0 else torch.cat([matrix, matrix.new_zeros(missing, matrix.shape[1])])


def _gap(spectrum: Tensor, k: int) -> float:
    if k == 0 or k == spectrum.numel():
        return math.inf
    below, above = float(spectrum[k - 1]), float(spectrum[k])
    return above / below if below > 0 else math.inf
