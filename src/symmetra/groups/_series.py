"""Ideals and series of a Lie algebra given by structure constants; subspaces are orthonormal rows ``[r, k]``."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._structure import brackets, killing_form


class UndecidedError(ArithmeticError):
    """The structure constants are too inaccurate, or in too ill-conditioned a basis, to tell the structure."""


def require_gap(matrix: Tensor, cut: float, ratio: float = 100.0) -> None:
    """Refuse a rank decision at ``cut`` unless the singular values kept exceed those dropped by ``ratio``."""
    s = torch.linalg.svdvals(matrix)
    kept, dropped = s[s > cut], s[s <= cut]
    if len(kept) and len(dropped) and float(kept[-1]) < ratio * float(dropped[0]):
        raise UndecidedError(f"singular values {float(kept[-1]):.1e} and {float(dropped[0]):.1e} are not told apart")


def row_space(rows: Tensor, cut: float) -> Tensor:
    """An orthonormal basis of the row space; singular values up to ``cut`` (absolute) count as zero."""
    if rows.shape[0] == 0 or rows.shape[1] == 0:
        return rows.new_zeros(0, rows.shape[1])
    if rows.shape[0] > 2 * rows.shape[1]:
        rows = torch.linalg.qr(rows, mode="r").R
    _, s, vh = torch.linalg.svd(rows, full_matrices=False)
    return vh[s > cut]


def right_null_space(matrix: Tensor, cut: float) -> Tensor:
    """Orthonormal rows ``[r, k]`` with ``matrix @ row = 0``, ``matrix [e, k]``, at the absolute threshold ``cut``."""
    k = matrix.shape[1]
    if matrix.shape[0] == 0:
        return torch.eye(k, dtype=matrix.dtype)
    if matrix.shape[0] > 2 * k:
        matrix = torch.linalg.qr(matrix, mode="r").R
    _, s, vh = torch.linalg.svd(matrix, full_matrices=True)
    return vh[int((s > cut).sum()) :]


def complement(inside: Tensor, of: Tensor) -> Tensor:
    """An orthonormal basis of the orthogonal complement of ``inside`` in the span of the orthonormal rows ``of``."""
    rest = of - (of @ inside.T) @ inside
    count = of.shape[0] - inside.shape[0]
    if count <= 0:
        return of[:0]
    _, _, vh = torch.linalg.svd(rest, full_matrices=False)
    return vh[:count]


def scale_of(c: Tensor) -> float:
    """The size of the brackets: the largest singular value of c as a map from pairs to the algebra."""
    if c.shape[0] == 0:
        return 0.0
    return float(torch.linalg.matrix_norm(c.reshape(-1, c.shape[-1]), ord=2))


def derived(c: Tensor, A: Tensor, B: Tensor, cut: float) -> Tensor:
    """The subspace ``[A, B]``."""
    return row_space(brackets(c, A, B), cut)


def derived_series(c: Tensor, start: Tensor, cut: float) -> list[Tensor]:
    """``g ⊃ [g, g] ⊃ [[g, g], [g, g]] ⊃ …`` until it stays; the last member is 0 for solvable algebras."""
    series = [start]
    while series[-1].shape[0]:
        following = derived(c, series[-1], series[-1], cut)
        if following.shape[0] == series[-1].shape[0]:
            break
        series.append(following)
    return series


def lower_central_series(c: Tensor, start: Tensor, cut: float) -> list[Tensor]:
    """``g ⊃ [g, g] ⊃ [g, [g, g]] ⊃ …`` until it stays; the last member is 0 for nilpotent algebras."""
    series = [start]
    while series[-1].shape[0]:
        following = derived(c, start, series[-1], cut)
        if following.shape[0] == series[-1].shape[0]:
            break
        series.append(following)
    return series


def centralizer(c: Tensor, of: Tensor, cut: float) -> Tensor:
    """All x with ``[x, y] = 0`` for the rows y of ``of``; the centre if ``of`` is the whole algebra."""
    k = c.shape[0]
    equations = torch.einsum("ijl,bj->bli", c, of).reshape(-1, k)
    return right_null_space(equations, cut)


def radical(c: Tensor, tolerance: float) -> Tensor:
    """The largest solvable ideal: the complement of ``[g, g]`` under the Killing form (Cartan's criterion).

    Raises:
        UndecidedError: where a rank has no gap of at least 100.
    """
    k = c.shape[0]
    scale = scale_of(c)
    whole = derived(c, torch.eye(k, dtype=c.dtype), torch.eye(k, dtype=c.dtype), tolerance * scale)
    if whole.shape[0] == 0:
        return torch.eye(k, dtype=c.dtype)
    require_gap(c.reshape(-1, k), tolerance * scale)
    killing = killing_form(c)
    size = max(float(torch.linalg.matrix_norm(killing, ord=2)), scale**2)
    require_gap(whole @ killing, tolerance * size)
    return right_null_space(whole @ killing, tolerance * size)


def nilradical(c: Tensor, radical_rows: Tensor, tolerance: float) -> Tensor:
    """The largest nilpotent ideal: the x in the radical whose ``ad x`` is nilpotent.

    On a composition series of the adjoint representation the radical acts by weights λ_j. For one generic y in the
    radical the conditions ``tr(ad_x ad_y^m) = Σ_j λ_j(x) λ_j(y)^m = 0``, m = 0, 1, …, are linear in x and force every
    λ_j(x) to vanish (Vandermonde: generic y tells distinct weights apart). Several y are used for conditioning.
    """
    r = radical_rows.shape[0]
    if r == 0 or scale_of(c) == 0:
        return radical_rows
    ad = torch.einsum("ai,ijl->alj", radical_rows, c)
    source = torch.Generator().manual_seed(0)
    equations = []
    for _ in range(6):
        y = torch.einsum("a,alj->lj", torch.randn(r, generator=source, dtype=c.dtype), ad)
        y = y / max(float(torch.linalg.matrix_norm(y, ord=2)), 1e-300)
        power = torch.eye(c.shape[0], dtype=c.dtype)
        for _ in range(7):
            equations.append(torch.einsum("alj,jl->a", ad, power))
            power = power @ y
    return right_null_space(torch.stack(equations), tolerance * scale_of(c)) @ radical_rows
