"""One matrix of properties: group × representation × layer."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra.enforce import forget, linear_basis
from symmetra.groups import SO
from symmetra.nn import EquivariantLinear
from symmetra.nn._isotypic import IsotypicMaps
from symmetra.nn._linear import direct_sum, runs
from symmetra.nn._maps import Bases, SharedEntries
from symmetra.representations import Scalar, Vector

from .cases import FEW, MATRIX, REPRESENTATIONS, made, vectors


@pytest.fixture(params=MATRIX, ids=lambda pair: ", ".join(pair))
def case(request):
    return made(*request.param)


def test_equivariance_on_finite_elements(case) -> None:
    net, V_in, V_out = case
    x = vectors(V_in)
    net.requires_grad_(False)
    y = net(x)
    assert y.shape == (6, V_out.dimension)
    assert float(y.abs().max()) > 1e-3
    for g in torch.cat([V_in.group.sample(10, seed=1), V_in.group.components]):
        moved, wanted = net(V_in.transform(g, x)), V_out.transform(g, y)
        assert float((moved - wanted).abs().max()) <= 1e-10 * max(1.0, float(wanted.abs().max()))


def test_gradients_reach_every_parameter_and_the_input(case) -> None:
    net, V_in, _ = case
    x = vectors(V_in).requires_grad_()
    (net(x).abs() ** 2).sum().backward()
    for parameter in [x, *net.parameters()]:
        assert parameter.grad is not None
        assert float((parameter.grad.abs() > 0).double().mean()) > 0.9


def test_batch_shapes_and_single_precision(case) -> None:
    net, V_in, V_out = case
    x = vectors(V_in, 12)
    torch.testing.assert_close(net(x.reshape(3, 4, -1)), net(x).reshape(3, 4, V_out.dimension))
    torch.testing.assert_close(net(x[0]), net(x)[0])
    if V_in.is_complex:
        return
    single = net.to(torch.float32)(x.float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single.double(), net.to(torch.float64)(x), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("pair", [pair for pair in MATRIX if pair[0] in {"linear", "norm"} and pair[1] in FEW], ids=str)
def test_a_loaded_layer_is_the_same_function(pair) -> None:
    net, V_in, _ = made(*pair)
    x, state = vectors(V_in), net.state_dict()
    forget()
    V = Vector(V_in.group)
    if not V.is_complex:
        linear_basis(V * V.dual, V**2)  # other irreducibles are met first: another basis, another order
    other, _, _ = made(*pair, afresh=True)
    other.load_state_dict(state)
    torch.testing.assert_close(other(x), net(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in REPRESENTATIONS if name != "Euclidean"])
def test_parameters_are_all_maps_and_all_invariant_vectors(name: str) -> None:
    V = REPRESENTATIONS[name]
    W = V + 2 * Vector(V.group)
    layer, basis = EquivariantLinear(V, W, dtype=torch.float64), linear_basis(V, W)
    assert layer.weight.numel() == basis.rank
    assert (0 if layer.bias is None else layer.bias.numel()) == linear_basis(Scalar(V.group), W).rank
    # coordinates in an orthonormal basis: the same length, and the same space
    M = layer.matrix().detach()
    torch.testing.assert_close(M.norm(), layer.weight.detach().norm())
    torch.testing.assert_close(basis.matrix(basis.coordinates(M)), M, rtol=0, atol=1e-12)
    x = vectors(V)
    torch.testing.assert_close(layer(x), x @ M.mT + layer.vector())


def test_each_form_of_the_maps_is_taken_where_it_is_cheaper() -> None:
    forms = {name: made("linear", name)[0].maps for name in REPRESENTATIONS}
    assert isinstance(forms["permutations"], SharedEntries)
    assert isinstance(forms["Euclidean"], Bases)
    assert isinstance(forms["one large part"], IsotypicMaps)
    assert forms["one large part"].input is None
    V, one = Vector(SO(3)), Scalar(SO(3))
    many = EquivariantLinear(64 * one + 32 * V + 16 * V**2, 64 * one + 32 * V + 16 * V**2, dtype=torch.float64)
    assert many.maps.input is not None
    x = vectors(many.V_in)
    torch.testing.assert_close(many(x), x @ many.matrix().mT + many.vector())


def test_initial_weights_keep_the_variance() -> None:
    for name in ("rotations", "permutations", "signed permutations", "SL(3)"):
        V = REPRESENTATIONS[name]
        W = direct_sum([8 * copies * part for part, copies in runs(V)])
        layer = EquivariantLinear(W, W, dtype=torch.float64)
        y = layer(vectors(layer.V_in, 200)).detach()
        assert 0.8 < float(y.square().mean()) < 1.25, name


def test_no_map_at_all_is_a_layer() -> None:
    V, one = REPRESENTATIONS["reflections"], Scalar(REPRESENTATIONS["reflections"].group)
    layer = EquivariantLinear(2 * Vector(V.group), 3 * one, dtype=torch.float64)
    assert (layer.weight.numel(), layer.bias.numel()) == (0, 3)
    nn.init.ones_(layer.bias)
    torch.testing.assert_close(layer(torch.randn(5, 6, dtype=torch.float64)).abs(), torch.ones(5, 3).double())
    assert EquivariantLinear(Vector(V.group) ** 2, Vector(V.group))(torch.randn(5, 9)).shape == (5, 3)
