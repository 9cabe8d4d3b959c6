"""The nuclear norm ‖A‖_* = Σ σ_i(A): its value, and the step that every proximal method needs."""

from __future__ import annotations

import torch
from torch import Tensor


def nuclear_norm(matrix: Tensor) -> Tensor:
    """The sum of the singular values of ``[..., a, b]``."""
    return torch.linalg.svdvals(matrix).sum(-1)


def shrink_singular_values(matrix: Tensor, threshold: float) -> Tensor:
    """argmin_Z ½‖Z − A‖² + τ‖Z‖_*: every singular value σ of ``[a, b]`` becomes max(σ − τ, 0).

    From the eigenvectors of the smaller Gram matrix G = A Aᵀ: Z = U max(1 − τ/σ, 0) Uᵀ A. Squaring makes singular
    values below 1e-8 of the largest one noise, which is harmless here, since all below τ vanish; for a rank or a norm
    take the singular values themselves.

    Args:
        matrix: A, ``[a, b]``.
        threshold: τ ≥ 0.
    """
    wide = matrix.shape[0] <= matrix.shape[1]
    values, vectors = torch.linalg.eigh(matrix @ matrix.mT if wide else matrix.mT @ matrix)
    sigma = values.clamp(min=torch.finfo(values.dtype).tiny).sqrt()
    kept = (1.0 - threshold / sigma).clamp(min=0.0)
    rank = int((kept > 0).sum())
    if 2 * rank < kept.numel():  # few survive: through their span
        few = vectors[:, kept.numel() - rank :]
        half = few * kept[kept.numel() - rank :]
        return half @ (few.mT @ matrix) if wide else (matrix @ few) @ half.mT
    keep = (vectors * kept) @ vectors.mT
    return keep @ matrix if wide else matrix @ keep
