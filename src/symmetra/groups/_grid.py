"""The symmetries of a grid by name: subgroups of the signed permutations of up to three axes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.groups._discrete import C, Hyperoctahedral, Signs
from symmetra.groups._finite import FiniteGroup
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

_AXES = "xyz"
# Generators as images of the axes: "-y x z" sends e_x to -e_y, e_y to e_x. Those about an axis are written for z.
_IN_SPACE = {
    "Ci": ("-x -y -z",),
    "D2": ("-x -y z", "x -y -z"),
    "T": ("-x -y z", "y z x"),
    "Th": ("-x -y z", "y z x", "-x -y -z"),
    "Td": ("-x -y z", "y z x", "y x z"),
    "O": ("y -x z", "y z x"),
}
_ABOUT_AN_AXIS = {
    "C2": ("-x -y z",),
    "C2v": ("-x -y z", "-x y z"),
    "C2h": ("-x -y z", "x y -z"),
    "C4": ("y -x z",),
    "C4v": ("y -x z", "-x y z"),
    "C4h": ("y -x z", "x y -z"),
    "D4": ("y -x z", "x -y -z"),
    "D4h": ("y -x z", "-x y z", "x y -z"),
}


def _matrices(generators: tuple[str, ...]) -> Tensor:
    return torch.stack([SignedAxes.of_images(images).matrix for images in generators])


def grid_group(name: Any, dims: Any) -> FiniteGroup:
    """A symmetry group of the d-dimensional grid, d ≤ 3, by its name: a subgroup of ``Hyperoctahedral(d)``.

    Any dimension: ``"trivial"``, ``"flip x"`` (one axis), ``"flip x y"`` (each of these axes alone). In the plane:
    ``"C2"``, ``"C4"`` (rotations), ``"D2"`` (both flips), ``"D4"`` (all 8). In space, after Schoenflies: ``"Ci"``,
    ``"D2"``, ``"D2h"`` (the 8 flips), ``"T"``, ``"Th"``, ``"Td"``, ``"O"`` (the 24 rotations), ``"Oh"`` (all 48), and
    about an axis, ``"D4 z"``: ``C2``, ``C4`` (rotations), ``C2v``, ``C4v`` (and mirrors through the axis), ``C2h``,
    ``C4h`` (and the mirror across it), ``D4`` (rotations alone), ``D4h`` (all 16).

    Args:
        name: one of these names.
        dims: d, from 1 to 3.

    Raises:
        InputError: an unknown name.

    Example:
        >>> [grid_group(name, 3).order for name in ("flip z", "C4v z", "D2h", "O", "Oh")]
        [2, 8, 8, 24, 48]
    """
    if isinstance(dims, bool) or not isinstance(dims, int) or not 1 <= dims <= 3:
        raise InputError("dims", describe(dims), "1, 2 or 3 dimensions", "dims=2")
    title, unit = f"{name} of {dims}-dimensional grids", torch.eye(dims, dtype=torch.float64)
    words = name.split() if isinstance(name, str) else [""]
    axes = [_AXES[:dims].find(word) if len(word) == 1 else -1 for word in words[1:]]
    if words == ["trivial"]:
        return FiniteGroup(unit[:0].reshape(0, dims, dims), name="trivial", _order=1)
    if words[:1] == ["flip"] and axes and min(axes) >= 0 and len(set(axes)) == len(axes):
        flips = [torch.diag(1 - 2 * unit[axis]) for axis in axes]
        return FiniteGroup(torch.stack(flips), name=title, _order=2 ** len(axes))
    if dims == 2 and name in ("C2", "C4"):
        return C(int(words[0][1]))
    if (dims, name) in {(2, "D4"), (3, "Oh")}:
        return Hyperoctahedral(dims)
    if (dims, name) in {(2, "D2"), (3, "D2h")}:
        return Signs(dims)
    if dims == 3 and name in _IN_SPACE:
        return FiniteGroup(_matrices(_IN_SPACE[name]), name=title)
    if dims == 3 and words[0] in _ABOUT_AN_AXIS and len(axes) == 1 and axes[0] >= 0:
        turn = [(i + axes[0] + 1) % 3 for i in range(3)]  # z becomes the axis
        made = _matrices(_ABOUT_AN_AXIS[words[0]])
        back = torch.argsort(torch.tensor(turn))
        return FiniteGroup(made[:, back][:, :, back], name=title)
    known = {1: "", 2: ", C2, C4, D2, D4", 3: ", Ci, D2, D2h, T, Th, Td, O, Oh, or 'C4v z' and its like"}[dims]
    raise InputError("group", describe(name), f"trivial, 'flip x'{known}", "a FiniteGroup of signed permutations")
