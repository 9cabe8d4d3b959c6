"""Convolutions, the polynomial-gated network, the allocation of tensors: what is particular to each."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra.groups import SL, SO, C, D, Hyperoctahedral, Lorentz, S, Sp
from symmetra.inputs import InputError
from symmetra.nn import EquivariantBilinear, EquivariantConv, EquivariantLinear, QuadraticGated, uniform_allocation
from symmetra.representations import Pseudoscalar, Representation, Scalar, Vector

from .cases import vectors


def moved(V: Representation, grid: Representation, g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """``(g x)(p) = ρ(g) x(g⁻¹ p)`` on a periodic grid with the origin at index 0."""
    axes = [torch.arange(n) for n in x.shape[2:]]
    points = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1).to(torch.float64)
    back = (points @ grid.rho(g).dense()).round().to(torch.int64) % x.shape[-1]  # rows times g = g⁻¹ p
    there = V.transform(g, x.movedim(1, -1)).movedim(-1, 1)
    return there[(slice(None), slice(None), *back.unbind(-1))]


FIELDS = {
    "quarter turns": (Scalar(C(4)) + Vector(C(4)), Vector(C(4)) + Scalar(C(4)), 3),
    "square": (2 * Scalar(D(4)) + Pseudoscalar(D(4)), Vector(D(4)) ** 2 + Vector(D(4)), 5),
    "line": (Vector(Hyperoctahedral(1)) + Scalar(Hyperoctahedral(1)), 2 * Vector(Hyperoctahedral(1)), 5),
    "cube": (Vector(Hyperoctahedral(3)), Vector(Hyperoctahedral(3)) + Scalar(Hyperoctahedral(3)), 3),
}


@pytest.mark.parametrize("name", FIELDS)
def test_convolution_commutes_with_the_point_group_and_translations(name: str) -> None:
    V_in, V_out, size = FIELDS[name]
    grid = Vector(V_in.group)
    net = EquivariantConv(V_in, V_out, size, grid.dimension, dtype=torch.float64).requires_grad_(False)
    for parameter in net.parameters():
        parameter.normal_()
    x = torch.randn(2, V_in.dimension, *[7] * grid.dimension, dtype=torch.float64)
    y = net(x)
    assert y.shape == (2, V_out.dimension, *x.shape[2:])
    for g in V_in.group.components:
        torch.testing.assert_close(net(moved(V_in, grid, g, x)), moved(V_out, grid, g, y), rtol=0, atol=1e-10)
    torch.testing.assert_close(net(x.roll(2, -1)), y.roll(2, -1), rtol=0, atol=1e-12)
    wrong = grid.group.components[0]
    assert float((moved(V_out, grid, wrong, y) - y).abs().max()) > 0.1


def test_convolution_without_a_group_of_rotations_is_any_convolution() -> None:
    one = Scalar(C(1))
    net = EquivariantConv(3 * one, 2 * one, 3, dims=2, grid=Vector(C(1)), dtype=torch.float64)
    assert net.kernel.weight.numel() == 3 * 2 * 9
    assert EquivariantConv(one, one, 3, dims=2, grid=Vector(C(1)), bias=False).kernel.bias is None
    x = torch.randn(1, 3, 6, 6, dtype=torch.float64)
    inside = (slice(None), slice(None), slice(1, -1), slice(1, -1))
    zeros = EquivariantConv(3 * one, 2 * one, 3, dims=2, grid=Vector(C(1)), padding_mode="zeros", dtype=torch.float64)
    zeros.load_state_dict(net.state_dict())
    torch.testing.assert_close(zeros(x)[inside], net(x)[inside])


def test_polynomial_gated_network_has_the_published_number_of_parameters() -> None:
    V = 4 * Vector(SO(3))
    free, enforced = QuadraticGated(V, V, (3, 3), symmetric=False), QuadraticGated(V, V, (3, 3))
    assert sum(p.numel() for p in free.parameters()) == 4626
    # 16 equivariant maps and 11 invariants of degree at most 2 for each of the blocks of the first layer
    assert enforced.layers[0].affine.weight.numel() == 3 * 16
    assert enforced.layers[0].quadratics.coefficients.shape == (3, 11)


def test_every_enforced_gated_network_is_a_free_one() -> None:
    V = 2 * Vector(SO(3)) + Scalar(SO(3))
    enforced = QuadraticGated(V, V, (2, 1), dtype=torch.float64)
    free = QuadraticGated(V, V, (2, 1), symmetric=False, dtype=torch.float64)
    with torch.no_grad():
        for source, target in zip(enforced.layers, free.layers, strict=True):
            linear = getattr(source, "affine", source)
            plain = getattr(target, "affine", target)
            plain.weight.copy_(linear.matrix())
            plain.bias.copy_(linear.vector())
            if source is not linear:
                forms, quadratics = source.quadratics.forms(), target.quadratics
                values = torch.zeros_like(quadratics.coefficients)
                values[:, quadratics.places] = forms.flatten(1) / quadratics.factors
                quadratics.coefficients.copy_(values)
    x = vectors(V, 20)
    torch.testing.assert_close(free(x), enforced(x), rtol=0, atol=1e-12)


def test_bilinear_finds_the_cross_product() -> None:
    V = Vector(SO(3))
    x = torch.randn(200, 6, dtype=torch.float64)
    y = torch.linalg.cross(x[:, :3], x[:, 3:])
    layer = EquivariantBilinear(2 * V, V, channels=1, dtype=torch.float64)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        value = nn.functional.mse_loss(layer(x), y)
        value.backward()
        return value

    optimiser.step(loss)
    assert float(loss().detach()) < 1e-10
    with pytest.raises(InputError, match="of which none does"):
        EquivariantBilinear(2 * V, V, size=2)


@pytest.mark.parametrize("size", [1, 5, 50, 384])
def test_allocation_has_the_size_asked_for(size: int) -> None:
    for group in (SO(3), S(4), Lorentz(), Sp(4), SL(3)):
        assert uniform_allocation(size, group).dimension == size


def test_allocation_knows_duals_where_they_differ() -> None:
    assert "*" not in repr(uniform_allocation(60, Lorentz())) + repr(uniform_allocation(60, Sp(4)))
    assert "*" in repr(uniform_allocation(60, SL(3)))


def test_invariant_of_a_permutation_is_deep_sets() -> None:
    V, one = Vector(S(5)), Scalar(S(5))
    layer = EquivariantLinear(V, V)
    assert (layer.weight.numel(), layer.bias.numel()) == (2, 1)
    assert EquivariantLinear(3 * V, 2 * one).weight.numel() == 6
