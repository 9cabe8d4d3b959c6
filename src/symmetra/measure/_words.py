"""Group elements and generators in words."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

_SMALL = 1e-9


def _numbers(values: Tensor) -> str:
    return "(" + ", ".join(f"{v:.3g}" for v in values.tolist()) + ")"


def generator_words(A: Tensor) -> str:
    """What a generator does, where one glance tells: ``rotation in the (1, 2) plane``; else its matrix if small."""
    if A.ndim == 1:
        return _numbers(A)
    places = [(int(i), int(j)) for i, j in (A.abs() > _SMALL).nonzero()]
    d = A.shape[-1]
    if len(places) == 2 and places[0] == places[1][::-1]:
        i, j = places[0]
        if bool(torch.isclose(A[i, j], -A[j, i])):
            return f"rotation in the ({i + 1}, {j + 1}) plane"
        if bool(torch.isclose(A[i, j], A[j, i])) and not A.is_complex():
            return f"boost in the ({i + 1}, {j + 1}) plane"
    if len(places) == 1 and places[0][1] == d - 1 and places[0][0] < d - 1:
        return f"column {d} to row {places[0][0] + 1}: a translation along axis {places[0][0] + 1} if homogeneous"
    if len(places) == 1 and places[0][0] == places[0][1]:
        return f"scaling of axis {places[0][0] + 1}"
    if not A.is_complex() and torch.allclose(A, A[0, 0] * torch.eye(d, dtype=A.dtype, device=A.device), atol=_SMALL):
        return "scaling of all axes"
    return _matrix(A)


def element_words(g: Tensor, action: Any = None) -> str:
    """A group element: as its action puts it, or angle and axis of a rotation, the kind of a reflection, its matrix."""
    if hasattr(action, "words"):
        return action.words(g)
    if g.ndim == 1:
        return f"flow with coefficients {_numbers(g)}"
    d = g.shape[-1]
    eye = torch.eye(d, dtype=g.dtype, device=g.device)
    if g.is_complex() or not torch.allclose(g @ g.mT, eye, atol=1e-8):
        return _matrix(g)
    if bool(((g.abs() < _SMALL) | ((g - 1).abs() < _SMALL)).all()):
        return f"permutation {tuple((g.argmax(0) + 1).tolist())}"
    if float(torch.linalg.det(g)) < 0:
        if torch.allclose(g, g.mT, atol=1e-8) and abs(float(torch.trace(g)) - (d - 2)) < 1e-8:
            return f"reflection along {_numbers(torch.linalg.eigh(g)[1][:, 0])}"
        return f"with reflection, {_matrix(g)}"
    if d == 2:
        return f"rotation by {math.degrees(math.atan2(float(g[1, 0]), float(g[0, 0]))):.0f}°"
    if d == 3:
        angle = math.degrees(math.acos(max(-1.0, min(1.0, (float(torch.trace(g)) - 1) / 2))))
        axis = torch.stack([g[2, 1] - g[1, 2], g[0, 2] - g[2, 0], g[1, 0] - g[0, 1]])
        if float(axis.norm()) > 1e-6:
            return f"rotation by {angle:.0f}° about {_numbers(axis / axis.norm())}"
        return f"rotation by {angle:.0f}°"
    return _matrix(g)


def _matrix(g: Tensor) -> str:
    if g.shape[-1] > 4:
        return f"a {g.shape[-2]} × {g.shape[-1]} matrix"
    rows = (" ".join(f"{v:.3g}" for v in row.tolist()) for row in g)
    return "[" + "; ".join(rows) + "]"


def generator_label(action: Any, index: int) -> str:
    """``generator 2 (rotation in the (1, 3) plane)``, with the names of the fields where a flow has them."""
    names = getattr(getattr(action, "fields", None), "names", None)
    A = action.group.generators[index]
    if names is not None and A.ndim == 1 and torch.equal(action.coefficients, torch.eye(len(names), dtype=A.dtype)):
        return f"generator {index + 1} ({names[index]})"
    return f"generator {index + 1} ({generator_words(A)})"
