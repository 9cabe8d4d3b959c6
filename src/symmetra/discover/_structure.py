"""Brackets of discovered vector fields: structure constants and how far they leave the span."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.functions import CandidateSpace


def structure_constants(
    candidates: CandidateSpace, generators: Float[Tensor, "k P"], x: Float[Tensor, "N n"]
) -> tuple[Tensor, float]:
    """[ξ_i, ξ_j] = Σ_l c_ijl ξ_l by least squares over the values at samples, so that it holds for any fields.

    Args:
        candidates: the space.
        generators: ``[k, P]``, independent on the samples.
        x: samples ``[N, n]``.

    Returns:
        c ``[k, k, k]`` and the closure defect: the largest part of a bracket outside the span, relative to its terms.
    """
    k = generators.shape[0]
    if k == 0:
        return generators.new_zeros(0, 0, 0), 0.0
    values = torch.einsum("gp,kpn->gkn", generators, candidates.values(x))  # [k, N, n]
    slopes = candidates.jacobian_vector(x.repeat(k, 1), values.flatten(0, 1))  # [k·N, P, n]
    moved = torch.einsum("gp,kpn->gkn", generators, slopes).unflatten(1, (k, -1)).transpose(0, 1)  # [j, i]: Dξ_i ξ_j
    brackets = (moved - moved.transpose(0, 1)).reshape(k * k, -1)  # [i, j]: Dξ_j ξ_i − Dξ_i ξ_j
    terms = torch.linalg.vector_norm(moved.reshape(k, k, -1), dim=2)
    size = (terms + terms.T).reshape(-1)
    flat = values.reshape(k, -1)
    scale = torch.linalg.vector_norm(flat, dim=1)
    q, r = torch.linalg.qr((flat / scale[:, None]).T)
    inner = brackets @ q
    rest = torch.linalg.vector_norm(brackets - inner @ q.T, dim=1)
    coefficients = torch.linalg.solve_triangular(r, inner.T, upper=True).T / scale
    defect = torch.where(size > 0, rest / torch.where(size > 0, size, torch.ones_like(size)), torch.zeros_like(size))
    return coefficients.reshape(k, k, k), float(defect.max())


def complete(special: Tensor, rows: Tensor) -> Tensor:
    """Rows ``[k − s, P]`` that, with the special ones ``[s, P]``, span the same as all ``rows [k, P]`` (Steinitz).

    The rows are kept as they are, so that a readable basis stays readable.
    """
    if special.shape[0] == 0:
        return rows
    unit = rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)
    q = torch.linalg.qr(special.T).Q
    rest = unit - (unit @ q) @ q.T
    chosen: list[int] = []
    for _ in range(rows.shape[0] - special.shape[0]):
        sizes = torch.linalg.vector_norm(rest, dim=1)
        best = int((sizes > 0.5 * sizes.max()).nonzero()[0])  # the first that is nearly the most independent
        chosen.append(best)
        direction = rest[best] / sizes[best]
        rest = rest - (rest @ direction)[:, None] * direction
    return rows[sorted(chosen)]
