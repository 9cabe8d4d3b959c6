"""Groups of affine maps, in homogeneous coordinates: a point x is (x, 1), the 1 last."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from symmetra.groups import _bases as bases
from symmetra.groups._classical import GL, SO, O
from symmetra.groups._lie import LieGroup
from symmetra.groups._membership import preserves_form
from symmetra.groups._sampling import box


def _sample(n: int, source: torch.Generator | None, linear: LieGroup | None, dimension: int) -> Tensor:
    """A random linear part of the connected linear group and a translation in [−1, 1]^dimension."""
    if linear is None:
        g = torch.eye(dimension, dtype=torch.float64).expand(n, dimension, dimension)
    else:
        g = linear.identity_component._draw(n, source)
    return bases.homogeneous_element(g, box((n, dimension), source))


def _is_affine(g: Tensor, tolerance: float, linear: LieGroup | None) -> bool:
    bottom = bases.unit(len(g), 0, len(g) - 1)[0]
    if float((g[-1] - bottom).abs().max()) > tolerance:
        return False
    block = g[:-1, :-1]
    if linear is None:
        return float((block - torch.eye(len(block), dtype=block.dtype)).abs().max()) <= tolerance
    return linear.contains(block, tolerance)


def _with_translations(linear: LieGroup, name: str) -> LieGroup:
    return LieGroup(
        bases.homogeneous(linear._generators),
        bases.homogeneous_element(linear._components),
        name=name,
        _sampler=partial(_sample, linear=linear, dimension=linear.d),
        _membership=partial(_is_affine, linear=linear),
        _homogeneous=True,
    )


def Translation(n: int) -> LieGroup:
    """``x -> x + a`` on Rⁿ, as ``[[1, a], [0, 1]]`` of size n + 1; generators P_i with 1 at row i, last column."""
    n = bases.size(n, "n")
    return LieGroup(
        bases.homogeneous(torch.zeros(0, n, n, dtype=torch.float64)),
        name=f"Translation({n})",
        _sampler=partial(_sample, linear=None, dimension=n),
        _membership=partial(_is_affine, linear=None),
        _homogeneous=True,
    )


def SE(n: int) -> LieGroup:
    """Proper rigid motions ``x -> R x + a`` of Rⁿ (size n + 1): the rotations L_ij of :func:`SO`, then P_1 … P_n.

    Random elements: Haar rotations, translations uniform in [−1, 1]ⁿ; so for all groups of this file.
    """
    return _with_translations(SO(n), f"SE({bases.size(n, 'n')})")


def E(n: int) -> LieGroup:
    """All rigid motions: :func:`SE` with the flip of the first axis as component."""
    return _with_translations(O(n), f"E({bases.size(n, 'n')})")


def Affine(n: int) -> LieGroup:
    """``x -> M x + a``, M invertible (size n + 1): E_ij row by row, then P_1 … P_n; component: flip of axis 1."""
    return _with_translations(GL(n), f"Affine({bases.size(n, 'n')})")


def Poincare() -> LieGroup:
    """The full Poincaré group on (t, x, y, z, 1): the six of :func:`Lorentz`, then P_t, P_x, P_y, P_z.

    Metric signature (+, −, −, −); components: time reversal and the flip of x.
    """
    return _with_translations(O(1, 3), "Poincare")


def Galilei() -> LieGroup:
    """The Galilei group on (t, x, y, z, 1): ``t -> t + s``, ``x -> R x + v t + a``; dimension 10.

    Generators: rotations L_xy, L_xz, L_yz; boosts K_x, K_y, K_z (K_i = e_i e_tᵀ); translations P_t, P_x, P_y, P_z.
    Components, as in :func:`Poincare`: time reversal and the flip of x.
    """
    rotations = torch.nn.functional.pad(bases.pseudo_orthogonal(3, 0), (1, 0, 1, 0))
    boosts = bases.stack([bases.unit(4, i, 0) for i in (1, 2, 3)], 4)
    return LieGroup(
        bases.homogeneous(torch.cat([rotations, boosts])),
        bases.homogeneous_element(torch.stack([bases.flip(4, 0), bases.flip(4, 1)])),
        name="Galilei",
        _sampler=_sample_galilei,
        _membership=_is_galilei,
        _homogeneous=True,
    )


def _sample_galilei(n: int, source: torch.Generator | None) -> Tensor:
    linear = torch.nn.functional.pad(SO(3)._draw(n, source), (1, 0, 1, 0))
    linear[:, 0, 0] = 1.0
    linear[:, 1:, 0] = box((n, 3), source)
    return bases.homogeneous_element(linear, box((n, 4), source))


def _is_galilei(g: Tensor, tolerance: float) -> bool:
    bottom = bases.unit(5, 0, 4)[0]
    time = float((g[0, 1:4]).abs().max()) <= tolerance and abs(abs(float(g[0, 0])) - 1) <= tolerance
    rotation = preserves_form(g[1:4, 1:4], tolerance, torch.eye(3, dtype=g.dtype), special=False)
    return time and rotation and float((g[4] - bottom).abs().max()) <= tolerance
