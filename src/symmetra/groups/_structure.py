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
    r = basis.shape[0]
    return brackets(c, basis, basis).reshape(r, r, -1) @ basis.T


def brackets(c: Tensor, A: Tensor, B: Tensor) -> Tensor:
    """All brackets of rows of ``A [a, k]`` with rows of ``B [b, k]`` as rows ``[a·b, k]``."""
    # one pair of operands at a time: the outer product of A and B would have k⁴ entries
    half = torch.einsum("ai,ijl->ajl", A, c)
    return torch.einsum("bj,ajl->abl", B, half).reshape(-1, c.shape[-1])


def adjoint_action(c: Tensor, A: Tensor, V: Tensor) -> Tensor:
    """Matrices ``ρ_a [a, n, n]`` of ad of the rows ``A`` on the invariant subspace with orthonormal rows ``V [n, k]``.

    ``[x_a, v_n] = Σ_m ρ_a[m, n] v_m``.
    """
    moved = brackets(c, A, V).reshape(A.shape[0], V.shape[0], -1)
    return (moved @ V.T).transpose(1, 2)
