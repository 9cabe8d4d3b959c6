"""Comparing subspaces: spans, projections and the angles between them."""

from __future__ import annotations

import torch
from jaxtyping import Float, Inexact
from torch import Tensor


def orthonormal_rows(rows: Inexact[Tensor, "k P"], tolerance: float = 1e-10) -> Inexact[Tensor, "r P"]:
    """An orthonormal basis ``[r, P]`` of the span of rows ``[k, P]``; rows are first scaled to unit length."""
    length = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    unit = rows[length[:, 0] > 0] / length[length[:, 0] > 0]
    if unit.shape[0] == 0:
        return unit
    _, s, vh = torch.linalg.svd(unit, full_matrices=False)
    return vh[s > tolerance * s[0]]


def principal_angles(a: Inexact[Tensor, "k P"], b: Inexact[Tensor, "l P"]) -> Float[Tensor, " angles"]:
    """Angles in radians, ascending, between the spans of rows ``[k, P]`` and ``[l, P]``; exact also near zero.

    Cosines lose half the digits of a small angle, so small angles come from sines (Björck and Golub 1973).
    """
    a, b = orthonormal_rows(a), orthonormal_rows(b)
    if a.shape[0] > b.shape[0]:
        a, b = b, a
    cosine = torch.linalg.svdvals(a @ b.mH).clamp(max=1.0)
    sine = torch.linalg.svdvals(a - (a @ b.mH) @ b).flip(0).clamp(max=1.0)
    return torch.where(cosine**2 < 0.5, torch.arccos(cosine), torch.arcsin(sine))


def outside(vectors: Inexact[Tensor, "k P"], span: Inexact[Tensor, "r P"]) -> Float[Tensor, " k"]:
    """How far each row of ``[k, P]`` is from the span of orthonormal rows ``[r, P]``, relative to its length."""
    length = torch.linalg.vector_norm(vectors, dim=1)
    rest = vectors - (vectors @ span.mH) @ span
    distance = torch.linalg.vector_norm(rest, dim=1)
    return torch.where(length > 0, distance / torch.where(length > 0, length, torch.ones_like(length)), distance)
