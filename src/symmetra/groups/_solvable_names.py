"""Names of solvable Lie algebras, and of radicals."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._series import centralizer, complement, derived, derived_series, lower_central_series, scale_of
from symmetra.groups._structure import adjoint_action

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def real_space(n: int) -> str:
    """``R``, ``R²``, ``R³`` and so on."""
    return "R" if n == 1 else "R" + str(n).translate(_SUPERSCRIPTS)


def heisenberg_size(c: Tensor, tolerance: float) -> int | None:
    """``2n + 1`` if the algebra is the Heisenberg algebra: ``[g, g]`` is the centre and one-dimensional."""
    k, cut = c.shape[0], tolerance * scale_of(c)
    if k < 3 or k % 2 == 0 or scale_of(c) < tolerance:
        return None
    whole = torch.eye(k, dtype=c.dtype)
    line, centre = derived(c, whole, whole, cut), centralizer(c, whole, cut)
    same = line.shape[0] == 1 and centre.shape[0] == 1 and abs(float(line[0] @ centre[0])) > 1 - 1e-6
    return k if same else None


def solvable_name(c: Tensor, tolerance: float, short: bool) -> str:
    """The name of a solvable algebra; ``short`` is for use inside a longer name."""
    k, scale = c.shape[0], scale_of(c)
    if scale < tolerance:
        return real_space(k) if short else f"abelian {real_space(k)}"
    whole = torch.eye(k, dtype=c.dtype)
    cut = tolerance * scale
    series = lower_central_series(c, whole, cut)
    if series[-1].shape[0] == 0:
        if heisenberg_size(c, tolerance):
            return f"h({k})" if short else f"{k}-dimensional nilpotent (Heisenberg)"
        kind = f"{k}-dimensional nilpotent (class {len(series) - 1})"
        return f"({kind})" if short else kind
    special = _small_solvable(c, tolerance)
    if special == "aff(1)" and not short:
        return "2-dimensional non-abelian (aff(1))"
    if special:
        return special
    return f"({k}-dimensional solvable)" if short else f"{k}-dimensional solvable"


def _small_solvable(c: Tensor, tolerance: float) -> str | None:
    """aff(1), se(2), iso(1,1), sim(2) and dilations with translations, by how the quotient acts on ``[g, g]``."""
    k, cut = c.shape[0], tolerance * scale_of(c)
    if k == 2:
        return "aff(1)"
    whole = torch.eye(k, dtype=c.dtype)
    series = derived_series(c, whole, cut)
    if len(series) != 3 or series[2].shape[0]:
        return None
    inner = series[1]
    outer = complement(inner, whole)
    n, t = inner.shape[0], outer.shape[0]
    actions = adjoint_action(c, outer, inner)
    if t == 1:
        values = torch.linalg.eigvals(actions[0])
        size = float(values.abs().max())
        if n == 2 and float(values.real.abs().max()) < 1e-5 * size:
            return "se(2)"
        if n == 2 and float(values.imag.abs().max()) < 1e-5 * size and abs(complex(values.sum())) < 1e-5 * size:
            return "iso(1,1)"
        mean = torch.diagonal(actions[0]).mean()
        if float((actions[0] - mean * torch.eye(n, dtype=c.dtype)).abs().max()) < 1e-6 * size:
            return f"R ⋉ {real_space(n)} (dilation and translations)"
    if t == 2 and n == 2 and k == 4:
        # C acting on C: the two actions span the unit matrix and a rotation up to a change of basis
        planar = actions - torch.einsum("taa->t", actions)[:, None, None] / 2 * torch.eye(2, dtype=c.dtype)
        _, s, vh = torch.linalg.svd(planar.reshape(2, 4))
        trace_free = vh[0].reshape(2, 2)
        traces = torch.einsum("taa->t", actions).norm()
        if float(s[1]) < 1e-6 * float(s[0]) and float(torch.linalg.det(trace_free)) > 1e-6 and float(traces) > 1e-6:
            return "sim(2)"
    return None
