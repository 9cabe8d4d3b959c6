"""The Levi decomposition: a semisimple subalgebra beside the radical."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._series import UndecidedError, complement, derived_series, scale_of
from symmetra.groups._structure import adjoint_action, brackets, killing_form, restrict


def casimir(actions: Tensor, inverse_killing: Tensor) -> Tensor:
    """``Γ = Σ K^{ij} ρ_i ρ_j`` for ``actions [m, n, n]``: 1 on the adjoint representation, 0 on trivial ones.

    On every non-trivial irreducible representation the value is rational and at least 3/8 (spin ½ of sl(2)), so that
    "trivial or not" needs no tolerance worth the name.
    """
    raised = torch.einsum("ij,jkn->ikn", inverse_killing, actions)
    return torch.einsum("ilk,ikn->ln", actions, raised)


def trivial_projection(gamma: Tensor) -> Tensor:
    """The projection on ker Γ along im Γ, for a diagonalisable Γ whose non-zero eigenvalues are at least 3/8."""
    values = torch.linalg.eigvals(gamma)
    count = int((values.abs() < 0.1).sum())
    if bool(((values.abs() >= 0.05) & (values.real < 0.32)).any()):
        raise UndecidedError("a Casimir value between 0 and 3/8")
    if count == 0:
        return torch.zeros_like(gamma)
    U, _, Vh = torch.linalg.svd(gamma)
    right, left = Vh[-count:].T, U[:, -count:]
    return right @ torch.linalg.solve(left.T @ right, left.T)


def _primitive(f: Tensor, rho: Tensor, s: Tensor, inverse_killing: Tensor) -> Tensor:
    """``h [m, n]`` with ``ρ_a h_b − ρ_b h_a − h([a, b]) = f_ab`` for a 2-cocycle ``f [m, m, n]`` of a semisimple s.

    Whitehead's second lemma made explicit: with ``(δf)(x) = Σ K^{ij} ρ_i f(e_j, x)`` one has ``dδ + δd = Γ``, hence
    ``h = Γ⁻¹ δf`` where Γ is invertible; on the trivial part ``f(a, b) = −h([a, b])``, which the adjoint Casimir
    inverts: ``h(x) = −Σ K^{ij} f(e_i, [e_j, x])``.
    """
    gamma = casimir(rho, inverse_killing)
    trivial = trivial_projection(gamma)
    delta = torch.einsum("jln,jbn->bl", torch.einsum("ij,iln->jln", inverse_killing, rho), f)
    inverse = torch.linalg.inv(gamma + trivial) - trivial
    constant = -torch.einsum("ibc,icn->bn", torch.einsum("ij,jbc->ibc", inverse_killing, s), f)
    return delta @ inverse.T + constant @ trivial.T


def levi_rows(c: Tensor, radical_rows: Tensor, tolerance: float) -> Tensor:
    """A basis ``[m, k]`` of a semisimple subalgebra that is a complement of the radical.

    Start from the orthogonal complement and correct it by elements of the radical, down its derived series: if
    ``[x_a, x_b] − s_abc x_c`` lies in R⁽ⁱ⁾ then, modulo R⁽ⁱ⁺¹⁾, the correction solves a linear cocycle equation.
    The whole pass is repeated, which removes rounding (and the noise of the structure constants to first order).
    """
    k = c.shape[0]
    x = complement(radical_rows, torch.eye(k, dtype=c.dtype))
    m = x.shape[0]
    if m == 0 or radical_rows.shape[0] == 0:
        return x
    s = restrict(c, x)
    inverse_killing = torch.linalg.inv(killing_form(s))
    series = derived_series(c, radical_rows, tolerance * scale_of(c))
    for _ in range(3):
        for i, upper in enumerate(series):
            lower = series[i + 1] if i + 1 < len(series) else upper[:0]
            v = complement(lower, upper)
            if v.shape[0] == 0:
                continue
            defect = brackets(c, x, x).reshape(m, m, k) - torch.einsum("abl,lk->abk", s, x)
            rho = adjoint_action(c, x, v)
            x = x - _primitive(defect @ v.T, rho, s, inverse_killing) @ v
    return x


def levi_defect(c: Tensor, x: Tensor) -> float:
    """How far the rows ``x`` are from a subalgebra: the largest bracket component outside their span."""
    if x.shape[0] == 0:
        return 0.0
    q = torch.linalg.qr(x.T).Q.T
    rows = brackets(c, q, q)
    return float((rows - (rows @ q.T) @ q).abs().max())
