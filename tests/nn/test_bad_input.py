"""One line that says what came, what was expected and what to write."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from symmetra.groups import SE, SO, C, D, LieGroup, Lorentz, O, Sp
from symmetra.inputs import InputError
from symmetra.nn import (
    EMLP,
    EquivariantBilinear,
    EquivariantConv,
    EquivariantLinear,
    EquivariantNorm,
    Gated,
    QuadraticGated,
    uniform_allocation,
)
from symmetra.representations import Scalar, Vector

V, Q = Vector(SO(3)), Vector(C(4))
noisy = LieGroup(SO(3).generators + 1e-3 * torch.arange(27.0).sin().reshape(3, 3, 3))

CASES: dict[str, tuple[Callable[[], object], str]] = {
    "groups differ": (lambda: EquivariantLinear(V, Vector(O(3))), "a representation of O(3), while V_in"),
    "no representation": (lambda: EquivariantLinear(3, V), "V_in: got int 3"),
    "a tensor for one": (lambda: EquivariantLinear(V, torch.eye(3)), "V_out: got a tensor of shape (3, 3)"),
    "dtype": (lambda: EquivariantLinear(V, V, dtype=torch.int64), "dtype: got"),
    "size": (lambda: EquivariantLinear(V, V)(torch.ones(2, 4)), "vectors of 3 components along the last axis"),
    "size of a gate": (lambda: Gated(2 * V)(torch.ones(2, 6)), "vectors of 8 components"),
    "gated": (lambda: Gated("V"), "V: got str 'V'"),
    "norm of Lorentz": (lambda: EquivariantNorm(Vector(Lorentz())), "whose matrices are not unitary"),
    "norm of Sp": (lambda: EquivariantNorm(Vector(Sp(4))), "whose matrices are not unitary"),
    "norm of SE": (lambda: EquivariantNorm(Vector(SE(2))), "whose matrices are not unitary"),
    "eps": (lambda: EquivariantNorm(V, eps=0), "eps: got int 0"),
    "channels": (lambda: EquivariantBilinear(V, V, channels=0), "channels: got int 0"),
    "bilinear": (lambda: EquivariantBilinear(V, 1), "V_out: got int 1"),
    "even kernel": (lambda: EquivariantConv(Q, Q, 4), "an odd number of points"),
    "axes": (lambda: EquivariantConv(Q, Q, 3, dims=4), "dims: got int 4"),
    "axes of the group": (lambda: EquivariantConv(Q, Q, 3, dims=3), "on 2 axes"),
    "continuous group": (lambda: EquivariantConv(V, V, 3, dims=3), "a finite group of signed permutations"),
    "slanted group": (lambda: EquivariantConv(Vector(D(5)), Scalar(D(5))), "a finite group of signed permutations"),
    "padding": (lambda: EquivariantConv(Q, Q, padding_mode="reflect"), "padding_mode: got"),
    "field": (lambda: EquivariantConv(Q, Q)(torch.ones(2, 3, 5, 5)), "shape [N, 2, x, y]"),
    "layers": (lambda: EMLP(V, V, hidden=10, layers=-1), "layers: got int -1"),
    "hidden": (lambda: EMLP(V, V, hidden=0), "size: got int 0"),
    "no group": (lambda: uniform_allocation(10, 3), "group: got int 3"),
    "allocation": (lambda: uniform_allocation(2.5, SO(3)), "size: got float 2.5"),
    "blocks": (lambda: QuadraticGated(V, V, blocks=(3, 0)), "blocks: got tuple (3, 0)"),
    "one block": (lambda: QuadraticGated(V, V, blocks=3), "blocks: got int 3"),
    "open algebra": (lambda: EquivariantLinear(Vector(noisy), Vector(noisy)), "do not close"),
}


@pytest.mark.parametrize("name", CASES)
def test_one_line(name: str) -> None:
    call, words = CASES[name]
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert words in text
    assert "\n" not in text
    assert "; expected " in text
