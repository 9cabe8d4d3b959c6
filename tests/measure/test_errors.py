"""The two errors against their formulas, on maps whose error is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from symmetra import groups
from symmetra.actions import AffineAction, Diagonal, Flow, Pushforward, Pytree, Trivial
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error, lie_derivative_error
from symmetra.representations import Scalar, V


def samples(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_the_definition_on_a_known_element() -> None:
    # F(x) = diag(1, 2) x and a quarter turn: F(gx) − gF(x) = (y, x) up to signs, F = (x, 2y)
    G = groups.C(4)
    x = samples(500, 2)
    quarter = torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64)
    stretch = torch.tensor([1.0, 2.0], dtype=torch.float64)
    found = equivariance_error(lambda x: stretch * x, x, V(G), V(G), elements=quarter)
    sizes = ((x[:, 1] ** 2 + 4 * x[:, 0] ** 2).mean() + (x[:, 0] ** 2 + 4 * x[:, 1] ** 2).mean()) / 2
    assert float(found) == pytest.approx(float((x.square().sum(1).mean() / sizes).sqrt()), rel=1e-12)
    assert found.per_element.shape == (1,) and found.scale == pytest.approx(float(sizes.sqrt()))
    # it does not change with units; all four elements are taken, half of them symmetries of F
    assert float(equivariance_error(lambda x: 1e-8 * stretch * x, 1e5 * x, V(G), V(G), quarter)) == pytest.approx(
        float(found), rel=1e-12
    )
    every = equivariance_error(lambda x: stretch * x, x, V(G), V(G))
    assert len(every.elements) == 4 and float(every.per_element.sort().values[1]) < 1e-15
    still = (x[:, 0] ** 2 + 4 * x[:, 1] ** 2).mean()  # the size for the two elements that are symmetries
    both = x.square().sum(1).mean() / (sizes + still)
    assert float(every) == pytest.approx(float(both.sqrt()), rel=1e-12)
    assert every < 1 and every >= 0.1 and f"{every:.1f}" == f"{float(every):.1f}" and len(every.rows()) == 4


def test_opposite_signs_give_two_and_nothing_gives_nan() -> None:
    G = groups.Signs(1)
    x = samples(50, 1)
    flip = -torch.ones(1, 1, 1, dtype=torch.float64)
    assert float(equivariance_error(lambda x: x[0], x, V(G), None, elements=flip)) == pytest.approx(2.0)
    assert math.isnan(float(equivariance_error(lambda x: 0 * x, x, V(G), V(G))))


def test_the_worst_element_is_found_and_reflections_are_never_missed() -> None:
    # invariant under rotations, not under reflections: the area with its sign
    area = lambda x: torch.linalg.det(x.reshape(2, 2))  # noqa: E731
    x = samples(100, 4)
    assert float(equivariance_error(area, x, Diagonal(V(groups.SO(2)), 2))) < 1e-14
    found = equivariance_error(area, x, Diagonal(V(groups.O(2)), 2), n_elements=1)
    assert float(found) > 0.9
    assert float(torch.linalg.det(found.worst_element)) == pytest.approx(-1)


def test_affine_pushforward_and_pytree_actions() -> None:
    E = groups.E(2)
    x = samples(100, 4)
    distance = lambda x: (x[:2] - x[2:]).norm()  # noqa: E731
    pair = Diagonal(AffineAction(E), 2)
    assert float(equivariance_error(distance, x, pair)) < 1e-13
    assert float(lie_derivative_error(distance, x, pair)) < 1e-14
    # dynamics: the planar oscillator's field commutes with all of its linear commutant, as flows
    spiral = torch.zeros(2, 6, dtype=torch.float64)
    spiral[0, 1], spiral[0, 3] = -1.0, 1.0
    spiral[1, 0], spiral[1, 4] = 1.0, 1.0
    flow = Flow(candidates.affine(2), spiral)
    rotate = lambda x: torch.stack([-x[1], x[0]])  # noqa: E731
    points = samples(50, 2)
    assert float(equivariance_error(rotate, points, flow, Pushforward(flow))) < 1e-13
    assert float(lie_derivative_error(rotate, points, flow, Pushforward(flow))) < 1e-14
    # integer leaves stay what they are
    action = Pytree({"x": V(E), "kind": Trivial(E)})
    tree = {"x": samples(20, 3), "kind": torch.arange(20)}
    first = lambda t: t["x"] * t["kind"]  # noqa: E731
    assert float(equivariance_error(first, tree, action, V(E))) < 1e-13
    assert float(lie_derivative_error(first, tree, action, V(E))) < 1e-13


def test_lie_derivative_error_by_its_formulas() -> None:
    G = groups.SO(3)
    x = samples(200, 3)
    c = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    found = lie_derivative_error(lambda x: c @ x, x, V(G))
    velocity = torch.einsum("qij,nj->qni", G.generators, x)
    cosine = ((velocity @ c).square().mean(1) / (velocity.square().sum(-1) * c.square().sum()).mean(1)).sqrt()
    torch.testing.assert_close(found.per_generator, cosine)
    assert set(found.relative_to) == {"gradient times velocity"} and max(cosine) < 1
    stretch = torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)
    found = lie_derivative_error(lambda x: stretch * x, x, V(G), V(G))
    moved, turned = stretch * velocity, torch.einsum("qij,nj->qni", G.generators, stretch * x)
    tops = (moved - turned).square().sum(-1).mean(1)
    bottoms = (moved.square() + turned.square()).sum(-1).mean(1)
    torch.testing.assert_close(found.per_generator, (tops / bottoms).sqrt())
    assert float(found) == pytest.approx(float((tops.sum() / bottoms.sum()).sqrt()))
    # the worst generator by name; scale-free
    assert found.worst in (1, 2) and "rotation" in found.labels[found.worst]
    again = lie_derivative_error(lambda x: 1e-9 * stretch * x, 1e6 * x, V(G), V(G))
    torch.testing.assert_close(again.per_generator, found.per_generator)
    assert len(found.rows()) == 4


def test_outputs_that_do_not_move_are_no_zero_over_zero() -> None:
    # displacements under SE(2): translations leave them alone, and both terms vanish for a true symmetry
    G = groups.SE(2)
    action = Diagonal(AffineAction(G), 2)

    class Displacement(nn.Module):
        def forward(self, x):
            d = x[:, 2:] - x[:, :2]
            return torch.cat([torch.exp(-d.square().sum(1, keepdim=True)) * d, torch.zeros_like(d[:, :1])], 1)

    x = samples(100, 4) + 10
    found = lie_derivative_error(Displacement(), x, action, V(G))
    assert not bool(found.per_generator.isnan().any()) and float(found.per_generator.max()) < 1e-13
    shifted = lie_derivative_error(lambda x: torch.cat([x[2:] - 0.5 * x[:2], 0 * x[:1]]), x, action, V(G))
    assert float(shifted.per_generator.max()) > 0.05


def test_undefined_is_nan() -> None:
    G = groups.SO(3)
    constant = lie_derivative_error(lambda x: 0 * x[0] + 1, samples(20, 3), V(G))
    assert bool(constant.per_generator.isnan().all()) and math.isnan(float(constant)) and constant.worst is None
    assert "undefined" in constant.rows()[1]["note"]
    # a field that vanishes on all samples decides nothing about its generator, and only about that one
    on_axis = torch.tensor([[0.0, 0.0, 1.0]], dtype=torch.float64).expand(5, 3)
    found = lie_derivative_error(lambda x: x.square().sum(), on_axis, V(G))
    still = torch.einsum("qij,nj->qni", G.generators, on_axis).abs().amax((1, 2)) == 0
    assert torch.equal(found.per_generator.isnan(), still) and int(still.sum()) == 1
    assert math.isnan(float(lie_derivative_error(lambda x: x[0], samples(5, 2), V(groups.C(3)))))


def test_float32_models_are_measured_as_they_are_and_in_evaluation_mode() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
    x = samples(64, 3).float()
    before = net[1].running_mean.clone()
    one, two = (equivariance_error(net, x, V(groups.SO(3)), 2 * Scalar(groups.SO(3))) for _ in range(2))
    assert float(one) == float(two) > 0.05
    assert net.training and net[2].training and torch.equal(net[1].running_mean, before)
    assert next(net.parameters()).dtype == torch.float32
    with pytest.raises(InputError, match=r"x: got inputs whose dtype does not fit"):
        equivariance_error(net, x.double(), V(groups.SO(3)))


def test_models_that_differentiate_inside() -> None:
    class Forces(nn.Module):
        def forward(self, x):
            return torch.func.vmap(torch.func.grad(lambda p: torch.exp(-p.square().sum())))(x)

    G = groups.O(3)
    assert float(equivariance_error(Forces(), samples(10, 3), V(G), V(G))) < 1e-13
    assert float(lie_derivative_error(Forces(), samples(10, 3), V(G), V(G))) < 1e-13


@pytest.mark.parametrize(
    ("act", "argument"),
    [
        (lambda x, G: equivariance_error(lambda x: x, x, V(G), V(groups.O(3))), "action_out"),
        (lambda x, G: equivariance_error(lambda x: x, x, G), "action_in"),
        (lambda x, G: equivariance_error(lambda x: x, x, V(G), V(G), elements=torch.eye(2)), "elements"),
        (lambda x, G: equivariance_error(lambda x: x, x * float("nan"), V(G), V(G)), "x"),
        (lambda x, G: equivariance_error(lambda x: x, x[:0], V(G), V(G)), "x"),
        (lambda x, G: equivariance_error(lambda x: x, {}, V(G), V(G)), "x"),
        (lambda x, G: equivariance_error(lambda x: x, x, V(G), V(G), n_elements=0), "n_elements"),
        (lambda x, G: equivariance_error(lambda x: 1.0, x, V(G), V(G), batched=True), "model"),
        (lambda x, G: equivariance_error(3, x, V(G), V(G)), "f"),
        (lambda x, G: lie_derivative_error(lambda x: x[:2], x, V(G), V(G)), "x"),
    ],
)
def test_bad_arguments(act, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        act(samples(5, 3), groups.SO(3))
    assert str(caught.value).startswith(f"{argument}: ") and "expected" in str(caught.value)
