"""Groups with a representation of each, and the layers that are made on it."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn

from symmetra.groups import SE, SL, SO, SU, D, Hyperoctahedral, Lorentz, O, S, Sp
from symmetra.nn import EMLP, EquivariantBilinear, EquivariantLinear, EquivariantNorm, Gated, QuadraticGated
from symmetra.representations import Pseudoscalar, Representation, Scalar, Vector

Layer = tuple[nn.Module, Representation, Representation]


def _mixed(group: object, square: bool = True) -> Representation:
    V = Vector(group)
    return 3 * Scalar(group) + 2 * V + (2 * V**2 if square else V.dual)


REPRESENTATIONS: dict[str, Representation] = {
    "rotations": _mixed(SO(3)),
    "reflections": _mixed(O(3)) + Pseudoscalar(O(3)),
    "plane": _mixed(SO(2)) + Vector(SO(2)) ** 3,
    "Lorentz": _mixed(Lorentz()),
    "permutations": _mixed(S(4)),
    "signed permutations": _mixed(Hyperoctahedral(3)),
    "pentagon": _mixed(D(5)),
    "symplectic": _mixed(Sp(4), square=False),
    "Euclidean": _mixed(SE(2), square=False),
    "SU(3)": _mixed(SU(3), square=False),
    "SL(3)": _mixed(SL(3), square=False),
    "product": 2 * (Vector(S(3)) * Vector(SO(3))) + 3 * Scalar(S(3) * SO(3)),
    "one large part": Vector(SO(3)) ** 4,
}
UNITARY = set(REPRESENTATIONS) - {"Lorentz", "symplectic", "Euclidean", "SL(3)"}


def _linear(V: Representation) -> Layer:
    W = V + 2 * Vector(V.group)
    return EquivariantLinear(V, W, dtype=torch.float64), V, W


def _bilinear(V: Representation) -> Layer:
    return EquivariantBilinear(V, V, channels=2, size=27, dtype=torch.float64), V, V


def _gated(V: Representation) -> Layer:
    layer = Gated(V)
    return layer, layer.V_in, V


def _norm(V: Representation) -> Layer:
    return EquivariantNorm(V, dtype=torch.float64), V, V


def _emlp(V: Representation) -> Layer:
    W = Vector(V.group) + Vector(V.group).dual + Scalar(V.group)
    return EMLP(V, W, hidden=12, layers=1, dtype=torch.float64), V, W


def _quadratic(V: Representation) -> Layer:
    return QuadraticGated(V, V, (2,), dtype=torch.float64), V, V


LAYERS: dict[str, Callable[[Representation], Layer]] = {
    "linear": _linear,
    "bilinear": _bilinear,
    "gated": _gated,
    "norm": _norm,
    "emlp": _emlp,
    "quadratic gated": _quadratic,
}
FEW = {"rotations", "reflections", "Lorentz", "permutations", "Euclidean", "SU(3)"}
MATRIX = [
    (layer, name)
    for layer in LAYERS
    for name in REPRESENTATIONS
    if not (layer == "norm" and name not in UNITARY)
    and not (layer in {"emlp", "quadratic gated"} and name not in FEW)
    and not (layer == "quadratic gated" and name == "SU(3)")  # real networks only
]


@functools.cache
def _built(layer: str, name: str) -> Layer:
    return LAYERS[layer](REPRESENTATIONS[name])


def made(layer: str, name: str, afresh: bool = False) -> Layer:
    """The layer with random parameters, those that start at 0 included."""
    net, V_in, V_out = LAYERS[layer](REPRESENTATIONS[name]) if afresh else copy.deepcopy(_built(layer, name))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return net, V_in, V_out


def vectors(V: Representation, count: int = 6, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(count, V.dimension, dtype=dtype.to_complex() if V.is_complex else dtype)
