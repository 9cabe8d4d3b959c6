"""Names of semidirect sums: a semisimple algebra that acts on the whole radical."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._levi import casimir, trivial_projection
from symmetra.groups._roots import SimpleIdeal
from symmetra.groups._series import centralizer, derived, row_space, scale_of
from symmetra.groups._simple_names import is_scalar, orthogonal_type, vector_value
from symmetra.groups._solvable_names import real_space, solvable_name
from symmetra.groups._structure import adjoint_action, killing_form, restrict


def _motions(p: int, q: int) -> str:
    """so(p, q) with its vectors."""
    if p == 0:
        return f"se({q})"
    return "iso(1,3) (Poincaré)" if (p, q) == (1, 3) else f"iso({p},{q})"


def _is_linear(ideals: list[SimpleIdeal], n: int, gamma: Tensor) -> bool:
    """sl(n) acting on Rⁿ (or its dual)."""
    if len(ideals) != 1 or ideals[0].is_complex or n < 2:
        return False
    split = (ideals[0].series, ideals[0].rank, ideals[0].character) == ("A", n - 1, n - 1)
    return split and is_scalar(gamma, (n * n - 1) / (2 * n * n))


def _is_galilei(c: Tensor, radical: Tensor, gamma: Tensor, n: int, tolerance: float) -> bool:
    """so(n) with a time translation H, boosts K and translations P: ``[H, K] = P``, all else in the radical zero."""
    r, cut = radical.shape[0], tolerance * scale_of(c)
    if r != 2 * n + 1:
        return False
    values = torch.linalg.eigvals(gamma).real
    vectors = int(((values - vector_value(n)).abs() < 1e-2).sum())
    if vectors != 2 * n or int((values.abs() < 1e-2).sum()) != 1:
        return False
    inner = restrict(c, radical)
    whole = torch.eye(r, dtype=c.dtype)
    translations = derived(inner, whole, whole, cut)
    central = centralizer(inner, whole, cut)
    joint = row_space(torch.cat([translations, central]), max(1e-6, 10 * tolerance))
    return translations.shape[0] == n and central.shape[0] == n and joint.shape[0] == n


def block_name(
    c: Tensor, semisimple: Tensor, radical: Tensor, ideals: list[SimpleIdeal], label: str, tolerance: float
) -> str:
    """The name of ``semisimple ⋉ radical``; rows ``[m, k]`` and ``[r, k]`` of the algebra with constants ``c``.

    Args:
        c: structure constants ``[k, k, k]``.
        semisimple: orthonormal rows of the Levi subalgebra, or the part of it that acts on the radical.
        radical: orthonormal rows of the radical, or the part of it that is acted on.
        ideals: the simple ideals of the semisimple part.
        label: the semisimple part's name, in brackets if it is a sum.
        tolerance: for rank decisions, relative to the size of the brackets.
    """
    scale = scale_of(c)
    r = radical.shape[0]
    actions = adjoint_action(c, semisimple, radical)
    inverse_killing = torch.linalg.inv(killing_form(restrict(c, semisimple)))
    gamma = casimir(actions, inverse_killing)
    orthogonal = orthogonal_type(ideals)
    inner = restrict(c, radical)
    if scale_of(inner) <= tolerance * scale:
        if orthogonal and r == sum(orthogonal) and is_scalar(gamma, vector_value(r)):
            return _motions(*orthogonal)
        return f"{label} ⋉ {real_space(r)}"
    dilated = _dilated(inner, gamma, ideals, orthogonal, label, tolerance * scale)
    if dilated:
        return dilated
    if orthogonal and orthogonal[0] == 0 and _is_galilei(c, radical, gamma, orthogonal[1], tolerance):
        return f"gal({orthogonal[1]}) (Galilei)"
    return f"{label} ⋉ {solvable_name(inner, tolerance, short=True)}"


def _dilated(
    inner: Tensor,
    gamma: Tensor,
    ideals: list[SimpleIdeal],
    orthogonal: tuple[int, int] | None,
    label: str,
    cut: float,
) -> str | None:
    """A radical of translations and one invariant element that multiplies all of them by one number; else None."""
    r = inner.shape[0]
    whole = torch.eye(r, dtype=inner.dtype)
    translations = derived(inner, whole, whole, cut)
    n = translations.shape[0]
    if n != r - 1 or scale_of(restrict(inner, translations)) > cut:
        return None
    invariant = row_space(trivial_projection(gamma).T, 0.1)
    if invariant.shape[0] != 1:
        return None
    action = adjoint_action(inner, invariant[:1], translations)[0]
    factor = torch.diagonal(action).mean()
    if float((action - factor * torch.eye(n, dtype=action.dtype)).abs().max()) > max(
        1e-6 * float(factor.abs()), 10 * cut
    ):
        return None
    on_translations = translations @ gamma @ translations.T
    if _is_linear(ideals, n, on_translations):
        return f"aff({n})"
    if orthogonal and n == sum(orthogonal) and is_scalar(on_translations, vector_value(n)):
        if orthogonal[0] == 0:
            return f"sim({n})"
        name = f"(so({orthogonal[0]},{orthogonal[1]}) ⊕ R) ⋉ {real_space(n)}"
        return f"{name} (Poincaré with dilations)" if orthogonal == (1, 3) else name
    inside = label[1:-1] if label.startswith("(") else label
    return f"({inside} ⊕ R) ⋉ {real_space(n)}"
