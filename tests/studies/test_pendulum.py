"""The pendulum part of the study: its data, its models, the exact penalty, and one quick run of everything."""

import math

import pytest
import torch

from symmetra import Scalar, Vector
from symmetra.groups import SO, O
from symmetra.nn import QuadraticGated
from symmetra.studies.runner._work import execute
from symmetra.studies.unified import pendulum
from symmetra.studies.unified.config import SCALES
from symmetra.studies.unified.pendulum_data import INTERVAL, PENDULUM, pieces, split
from symmetra.studies.unified.pendulum_models import (
    ARMS,
    CANDIDATES,
    SPREAD,
    field,
    layers,
    lie_operator,
    nuclear_norm,
    rates,
    rollout,
)

SO3 = torch.stack([CANDIDATES.drho(xi).dense() for xi in CANDIDATES.group.generators])


def made(arm: str) -> torch.nn.Module:
    torch.manual_seed(5)
    return field(arm).double().requires_grad_(False)


def test_pieces_lie_on_trajectories_and_splits_share_none():
    states = pieces(30, 20)
    assert states.shape == (30, 5, 12)
    again = PENDULUM.trajectories(states[:, 0], 4, INTERVAL)
    torch.testing.assert_close(again, states, rtol=0, atol=1e-8)
    parts = split(30, 20, 0)
    assert [len(part) for part in parts] == [10, 10, 10]
    assert len(torch.unique(torch.cat(parts).flatten(1), dim=0)) == 30
    assert not torch.equal(parts[0], split(30, 20, 1)[0])


def test_one_step_of_the_integrator_an_interval_is_far_more_accurate_than_any_model():
    states = pieces(30, 20)
    assert float((rollout(PENDULUM.rates, states[:, 0], 4) - states[:, 1:]).square().mean()) < 1e-7


@pytest.mark.parametrize(
    ("arm", "count"), [("mlp", 4674), ("gated", 4626), ("promoted", 4626), ("so2", 1546), ("o2", 1090)]
)
def test_numbers_of_parameters(arm, count):
    assert sum(p.numel() for p in field(arm).parameters()) == count


@pytest.mark.parametrize("arm", ["gated", "so2", "o2"])
def test_coefficients_are_the_network(arm):
    model, x = made(arm), torch.randn(7, 12, dtype=torch.float64)
    torch.testing.assert_close(rates(layers(model), x), model(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("arm", "group"), [("so2", SO(2)), ("o2", O(2))])
def test_enforced_networks_are_equivariant(arm, group):
    V, x = 4 * (Vector(group) + Scalar(group)), pieces(30, 20)[:, 0]
    model = QuadraticGated(V, V, blocks=(3, 3), dtype=torch.float64).requires_grad_(False)
    for g in group.sample(20, seed=2):
        error = model(V.transform(g, x)) - V.transform(g, model(x))
        assert float(error.norm() / model(x).norm()) <= 1e-10


def test_a_free_network_is_not_equivariant():
    V, x = 4 * (Vector(SO(2)) + Scalar(SO(2))), pieces(30, 20)[:, 0]
    g, model = SO(2).sample(1, seed=2)[0], made("gated")
    assert float((model(V.transform(g, x)) - V.transform(g, model(x))).norm()) > 0.1


def test_the_operator_kills_the_enforced_rotation_and_no_other():
    sizes = lie_operator(layers(made("so2")), SO3).norm(dim=1)
    assert float(sizes[0]) < 1e-5 < 0.1 < float(sizes[1:].min())  # bases in float32
    assert float(lie_operator(layers(made("gated")), SO3).norm(dim=1).min()) > 0.1


def test_the_operator_has_the_norms_of_the_lie_derivatives_on_normal_inputs():
    """Against sampled Lie derivatives of the affine map and of the quadratics of each layer."""
    model = made("gated")
    exact = lie_operator(layers(model), SO3)
    source, gram = torch.Generator().manual_seed(0), torch.zeros(3, 3, dtype=torch.float64)
    for (W, b, _, s, S), size in zip(layers(model), SPREAD):
        inner, outer = (torch.stack([torch.kron(torch.eye(d // 12), xi) for xi in SO3]) for d in (W.shape[1], len(b)))
        x = size * torch.randn(40_000, W.shape[1], generator=source, dtype=torch.float64)
        moved = torch.einsum("qab,nb->qna", inner, x)
        affine = moved @ W.mT - torch.einsum("qab,nb->qna", outer, x @ W.mT + b)
        gates = torch.einsum("qna,ka->qnk", moved, s) + 2 * torch.einsum("qna,kab,nb->qnk", moved, S, x)
        rows = torch.cat([affine, gates], dim=2).flatten(1)
        gram += rows @ rows.mT / len(x)
    torch.testing.assert_close(exact @ exact.mT, gram, rtol=0.03, atol=0.03 * float(gram.trace()) / 3)


def test_the_penalty_is_the_nuclear_norm_with_a_gradient_at_zero():
    matrix = torch.randn(3, 50, dtype=torch.float64)
    assert float(nuclear_norm(matrix, 1e-9)) == pytest.approx(float(torch.linalg.svdvals(matrix).sum()), rel=1e-9)
    zero = torch.zeros(3, 50, dtype=torch.float64, requires_grad=True)
    nuclear_norm(zero).backward()
    assert bool((zero.grad == 0).all())


@pytest.mark.parametrize("arm", ["so2", "promoted"])
def test_a_unit_of_the_quick_scale_runs_and_repeats(arm):
    units = {unit.key: unit for unit in pendulum.units(SCALES["quick"])}
    assert len(units) == 6 + len(ARMS)
    found = execute(units[f"pendulum/n5/{arm}"])[0]
    assert all(len(found[key]) == 2 for key in ("validation", "test", "best_step", "defect"))
    assert all(math.isfinite(value) for value in found["validation"] + found["test"])
    if arm == "so2":
        assert max(found["angle"]) < 1e-6 and max(found["defect"]) < 1e-5
    assert execute(units[f"pendulum/n5/{arm}"])[0]["validation"] == found["validation"]
