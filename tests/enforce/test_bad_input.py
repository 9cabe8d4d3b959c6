"""One line that says what came, what was expected and what to write."""

from __future__ import annotations

import pytest
import torch

from symmetra.enforce import linear_basis
from symmetra.groups import SE, SO, LieGroup, O, S, Sp
from symmetra.inputs import InputError
from symmetra.representations import Vector

V = Vector(SO(3))


def message(*arguments, **options) -> str:
    with pytest.raises(InputError) as caught:
        linear_basis(*arguments, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert "; expected " in text
    return text


def test_no_representation_or_another_group() -> None:
    assert "V_in: got" in message(SO(3), V)
    assert "V_out: got" in message(V, 3)
    assert "a representation of O(3), while V_in is one of SO(3)" in message(V, Vector(O(3)))
    assert "Sp(4)" in message(V, Vector(Sp(4)))


@pytest.mark.parametrize("rtol", [0.0, -1e-3, 1.0, True, "small", None])
def test_tolerance(rtol) -> None:
    assert message(V, V, rtol=rtol).startswith("rtol: got")


def test_engine() -> None:
    assert "one of orbits, isotypic, commutant, projector" in message(V, V, engine="svd")
    assert "engine: got int 3" in message(V, V, engine=3)
    assert "'orbits' for V → V of SO(3)" in message(V, V, engine="orbits")
    assert "'isotypic'" in message(Vector(SE(2)), Vector(SE(2)), engine="isotypic")


def test_generators_that_do_not_close() -> None:
    source = torch.Generator().manual_seed(0)
    pair = Vector(LieGroup(torch.randn(2, 3, 3, dtype=torch.float64, generator=source)))
    assert "2 generators" in message(pair, pair)
    assert "do not close" in message(pair, pair)
    X = SO(3).generators
    noisy = LieGroup(X + 1e-3 * torch.randn(X.shape, dtype=torch.float64, generator=source))
    text = message(Vector(noisy), Vector(noisy))
    assert "do not close" in text
    assert "rtol=" in text
    # the advice works: all that they generate, here GL(3)
    everything = Vector(LieGroup(pair.group.algebra.matrices))
    assert linear_basis(everything**2, everything**2).rank == 2
    # also inside a product
    W = V * Vector(noisy)
    assert "do not close" in message(W, W)


def test_sizes_above_the_guards() -> None:
    E = Vector(SE(3))
    assert "256 x 256 entries" in message(E**4, E**4)
    basis = linear_basis(V**6, V**6)
    with pytest.raises(InputError, match=r"vectors: got a dense basis of 531,441 x 4,213 numbers"):
        _ = basis.vectors
    assert basis.rank == 4213
    assert "entries" in message(Vector(S(30)) ** 3, Vector(S(30)) ** 2)
    assert "frames of" in message(V**10, V**10)
    noisy = Vector(LieGroup(SO(3).generators + 1e-5 * torch.ones(3, 3, 3, dtype=torch.float64)))
    assert "243 x 243 entries" in message(noisy**5, noisy**5, rtol=1e-3)
    M = torch.diag(torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64))
    skew = Vector(LieGroup(M @ SO(3).generators @ torch.linalg.inv(M)))
    assert "in a basis that is not orthogonal" in message(skew**6, skew**6)
    assert "more than 800 dimensions" in message(V**7, V**7, engine="commutant")


def test_weights_and_vectors_that_do_not_fit() -> None:
    basis = linear_basis(V**2, V**2)
    for call, argument in (
        (lambda: basis.matrix(torch.zeros(4)), "weights"),
        (lambda: basis.matrix(torch.tensor([1.0, 2.0, float("nan")])), "weights"),
        (lambda: basis.apply(torch.zeros(3), torch.zeros(8)), "x"),
        (lambda: basis.apply(torch.zeros(3), torch.tensor(1.0)), "x"),
        (lambda: basis.coordinates(torch.zeros(3, 3)), "W"),
    ):
        with pytest.raises(InputError, match=f"^{argument}: got") as caught:
            call()
        assert "\n" not in str(caught.value)
