"""Is a matrix group bounded? The invariant inner product decides."""

from __future__ import annotations

import torch
from torch import Tensor


def invariant_form(generators: Tensor, components: Tensor, tolerance: float = 1e-8) -> Tensor | None:
    """A positive Hermitian ``P [d, d]`` with ``Xᴴ P + P X = 0`` and ``hᴴ P h = P`` if the group is bounded; else None.

    If the group is bounded its action on forms, P -> gᴴ P g, is unitary for some inner product. There the operator

        C = Σ_X L_X² + Σ_h ½ (T_h + T_h⁻¹ − 2),    L_X P = Xᴴ P + P X,   T_h P = hᴴ P h

    is self-adjoint and nonpositive with the invariant forms as its kernel, so the spectral projection of the unit form
    on ker C is its Haar average, which is invariant and positive. Conversely such a form bounds the group. Both
    properties of the candidate are checked, so no rank decision is trusted.
    """
    d, dtype = generators.shape[-1], generators.dtype
    eye = torch.eye(d, dtype=dtype)
    operator = torch.zeros(d * d, d * d, dtype=dtype)
    for X in generators:
        norm = torch.linalg.matrix_norm(X)
        if norm == 0:
            continue
        # row-major vec: vec(M P N) = kron(M, N^T) vec(P)
        L = torch.kron((X / norm).mH.contiguous(), eye) + torch.kron(eye, (X / norm).T.contiguous())
        operator += L @ L
    for h in components:
        T = torch.kron(h.mH.contiguous(), h.T.contiguous())
        operator += (T + torch.linalg.inv(T)) / 2 - torch.eye(d * d, dtype=dtype)
    U, s, Vh = torch.linalg.svd(operator)
    zero = s <= tolerance * max(1.0, float(s[0]))
    right, left = Vh[zero].mH, U[:, zero]
    try:
        weights = torch.linalg.solve(left.mH @ right, left.mH @ eye.reshape(-1))
    except torch.linalg.LinAlgError:
        return None
    P = (right @ weights).reshape(d, d)
    P = (P + P.mH) / 2
    if not bool(torch.isfinite(torch.view_as_real(P) if P.is_complex() else P).all()):
        return None
    values = torch.linalg.eigvalsh(P)
    if float(values[0]) <= 1e-10 * float(values[-1]):
        return None
    size = torch.linalg.matrix_norm(P)
    for X in generators:
        if torch.linalg.matrix_norm(X.mH @ P + P @ X) > 1e-7 * size * torch.linalg.matrix_norm(X):
            return None
    for h in components:
        if torch.linalg.matrix_norm(h.mH @ P @ h - P) > 1e-7 * size * torch.linalg.matrix_norm(h) ** 2:
            return None
    return P
