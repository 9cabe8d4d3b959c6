"""Structure constants: coordinates of brackets, Killing form, change of basis."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._span import bracket, real_rows


def structure_constants(matrices: Tensor) -> Tensor:
    """``c[i, j, l]`` with ``[e_i, e_j] = Σ_l c[i, j, l] e_l``, by least squares, for independent ``[k, d, d]``."""
    k = matrices.shape[0]
    if k == 0:
        return torch.zeros(0, 0, 0, dtype=torch.float64)
    rows = real_rows(matrices)
    dual = torch.linalg.pinv(rows)
    c = torch.empty(k, k, k, dtype=torch.float64)
    for i in range(k):
        c[i] = real_rows(bracket(matrices[i], matrices)) @ dual
    return (c - c.transpose(0, 1)) / 2


def killing_form(c: Tensor) -> Tensor:
    """``K_ij = tr(ad_i ad_j) = Σ c[i, a, b] c[j, b, a]``."""
    return torch.einsum("iab,jba->ij", c, c)


def restrict(c: Tensor, basis: Tensor) -> Tensor:
    """The structure constants of a subalgebra with orthonormal rows ``basis [r, k]`` in the coordinates of ``c``."""
    return torch.einsum("ai,bj,ijl,cl->abc", basis, basis, c, basis)


def brackets(c: Tensor, A: Tensor, B: Tensor) -> Tensor:
    """All brackets of rows of ``A [a, k]`` with rows of ``B [b, k]`` as rows ``[a·b, k]``."""
    return torch.einsum("ai,bj,ijl->abl", A, B, c).reshape(-1, c.shape[-1])
