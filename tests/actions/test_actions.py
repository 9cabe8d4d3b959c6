"""The laws of every action and fibre action, their layouts, and what they refuse."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra import actions, groups
from symmetra.actions import AffineAction, Density, Diagonal, Flow, LinearAction, Pushforward, Pytree, Tensor, Trivial
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.representations import Representation, Scalar, V


def samples(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


class Inversion(actions.Action):
    """A user's own action, by ``transform`` alone: rotations seen through the chart x ↦ x / |x|²."""

    def __init__(self) -> None:
        self.group = groups.SO(2)

    def transform(self, g: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        chart = x / x.square().sum(-1, keepdim=True)
        moved = chart @ g.to(x.dtype).mT
        return moved / moved.square().sum(-1, keepdim=True)


G3, E2 = groups.O(3), groups.E(2)
CASES = {
    "linear": (LinearAction(V(G3) + 2 * V(G3) ** 2), samples(5, 21)),
    "representation": (V(groups.Lorentz()), samples(5, 4)),
    "affine": (AffineAction(E2), samples(5, 2)),
    "general affine": (AffineAction(groups.Affine(2)), samples(5, 2)),
    "affine flow": (Flow(candidates.affine(2)), samples(5, 2)),
    "quadratic flow": (Flow(candidates.polynomial(2, 2), reach=0.1), 0.5 * samples(5, 2)),
    "diagonal": (Diagonal(AffineAction(E2), 3), samples(5, 6)),
    "diagonal, a tuple": (Diagonal(V(G3), 2), (samples(5, 3), samples(5, 3, seed=1))),
    "pytree": (
        Pytree({"x": AffineAction(E2), "spin": Trivial(E2), "pair": (V(E2), Diagonal(AffineAction(E2), 2))}),
        {"x": samples(5, 2), "spin": samples(5, 1), "pair": (samples(5, 3), samples(5, 4))},
    ),
    "finite": (V(groups.D(4)), samples(5, 2)),
    "complex": (V(groups.U(2)), torch.complex(samples(5, 2), samples(5, 2, seed=1))),
    "one's own": (Inversion(), samples(5, 2)),
}


@pytest.mark.parametrize("case", CASES)
def test_laws(case: str) -> None:
    action, x = CASES[case]
    found = actions.check(action, x)
    assert max(found.values()) < (1e-10 if "quadratic" in case else 1e-12)
    assert isinstance(action, actions.Action)


def _turning():
    """Two nonlinear fields, one of them quadratic."""
    return candidates.fields([lambda x: torch.stack([-x[1], x[0] + x[0] * x[1]]), lambda x: torch.sin(x)], 2)


FIBRES = {
    "pushforward, affine": (Pushforward(AffineAction(E2)), samples(5, 2), samples(5, 2, seed=1)),
    "pushforward, nonlinear": (Pushforward(Inversion()), samples(5, 2), samples(5, 2, seed=1)),
    "pushforward, flow": (Pushforward(Flow(_turning(), reach=0.1)), 0.5 * samples(5, 2), samples(5, 2)),
    "metric": (Tensor(Inversion(), 0, 2), samples(5, 2), samples(5, 2, 2, seed=1)),
    "mixed": (Tensor(AffineAction(groups.Affine(2)), 1, 2), samples(5, 2), samples(5, 2, 2, 2, seed=1)),
    "flattened": (Tensor(AffineAction(groups.Affine(2)), 1, 1), samples(5, 2), samples(5, 4, seed=1)),
    "scalar": (Tensor(V(G3), 0, 0), samples(5, 3), samples(5, 1, seed=1)),
    "density": (Density(Inversion()), samples(5, 2), samples(5, seed=1)),
    "half density": (Density(AffineAction(groups.Affine(2)), 0.5), samples(5, 2), samples(5, 3, seed=1)),
    "constant": (actions.as_fibre_action(V(G3) ** 2, V(G3)), samples(5, 3), samples(5, 9)),
    "invariant": (actions.as_fibre_action(None, V(G3)), samples(5, 3), samples(5, 2)),
}


@pytest.mark.parametrize("case", FIBRES)
def test_fibre_laws(case: str) -> None:
    action, x, y = FIBRES[case]
    assert max(actions.check(action, x, y).values()) < (1e-10 if "flow" in case else 1e-11)


def test_laws_catch_what_is_no_action() -> None:
    class Backwards(actions.Action):
        group = groups.SO(3)

        def transform(self, g, x):
            return x @ g

    class Slipped(LinearAction):
        def generate(self, xi, x):
            return -super().generate(xi, x)

    for wrong, law in ((Backwards(), "product"), (Slipped(V(groups.SO(3))), "derivative")):
        with pytest.raises(InputError, match=law):
            wrong.check(samples(5, 3))


def test_flow_against_closed_forms() -> None:
    # x' = x² along the line: x / (1 − t x); with its coefficient, to 1e-12; float32 in, float32 out
    square = candidates.fields([lambda x: x**2, lambda x: torch.sin(x)], 1)
    flow = Flow(square)
    x = torch.linspace(-2, 0.9, 40, dtype=torch.float64)[:, None]
    moved = flow.transform(torch.tensor([0.8, 0.0], dtype=torch.float64), x)
    torch.testing.assert_close(moved, x / (1 - 0.8 * x), rtol=1e-11, atol=1e-13)
    # x' = sin x: tan(x/2) grows exponentially
    moved = flow.transform(torch.tensor([0.0, 0.5], dtype=torch.float64), x)
    torch.testing.assert_close(moved, 2 * torch.atan(math.exp(0.5) * torch.tan(x / 2)), rtol=1e-11, atol=1e-13)
    assert flow.transform(torch.tensor([0.1, 0.0], dtype=torch.float64), x.float()).dtype == torch.float32
    # one element a row, and back again
    g = flow.group.sample(40, seed=0)
    assert float((flow.transform(flow.group.inverse(g), flow.transform(g, x)) - x).abs().max()) < 1e-11
    assert flow.transform(g[:3, None], x).shape == (3, 40, 1)
    with pytest.raises(InputError, match="not finite for unit time"):
        flow.transform(torch.tensor([2.0, 0.0], dtype=torch.float64), x)


def test_flow_is_exact_for_affine_fields_and_selects_combinations() -> None:
    rotation = torch.zeros(1, 6, dtype=torch.float64)
    rotation[0, 1], rotation[0, 3] = -1.0, 1.0  # −y ∂x + x ∂y
    flow = Flow(candidates.affine(2), rotation)
    x = samples(7, 2)
    quarter = torch.tensor([math.pi / 2], dtype=torch.float64)
    torch.testing.assert_close(flow.transform(quarter, x), torch.stack([-x[:, 1], x[:, 0]], 1), rtol=0, atol=1e-14)
    assert flow.group.dimension == 1 and flow.group.generators.shape == (1, 1)
    integrated = Flow(candidates.polynomial(2, 2), rotation @ _embed())
    torch.testing.assert_close(integrated.transform(quarter, x), flow.transform(quarter, x), rtol=0, atol=1e-11)


def _embed() -> torch.Tensor:
    """Affine coefficients to quadratic ones, through the fields themselves."""
    x = samples(40, 2, seed=3)
    affine, quadratic = candidates.affine(2).values(x), candidates.polynomial(2, 2).values(x)
    return torch.linalg.lstsq(quadratic.mT.flatten(0, 1), affine.mT.flatten(0, 1)).solution.mT


def test_flows_in_different_directions_have_no_product() -> None:
    group = Flow(candidates.affine(2)).group
    with pytest.raises(InputError, match="different directions"):
        group.multiply(group.generators[0], group.generators[1])
    assert torch.equal(group.multiply(group.generators[0], -group.generators[0]), group.identity)
    assert group == group and group != Flow(candidates.affine(2)).group


def test_layout_of_copies() -> None:
    G = groups.SO(3)
    g = G.sample(5, seed=0)
    x = samples(5, 6)
    action = Diagonal(V(G), 2)
    torch.testing.assert_close(action.transform(g[0], x), torch.cat([x[:, :3] @ g[0].mT, x[:, 3:] @ g[0].mT], 1))
    row_by_row = torch.stack([action.transform(g[i], x[i]) for i in range(5)])
    torch.testing.assert_close(action.transform(g, x), row_by_row)
    torch.testing.assert_close((2 * V(G)).transform(g, x), row_by_row)


def test_points_broadcast_against_elements() -> None:
    action = AffineAction(E2)
    g, x = E2.sample(3, seed=0), samples(5, 2)
    pairs = action.transform(g[:, None], x)
    assert pairs.shape == (3, 5, 2)
    homogeneous = torch.cat([x, torch.ones(5, 1, dtype=torch.float64)], 1)
    torch.testing.assert_close(pairs, torch.einsum("kij,nj->kni", g, homogeneous)[..., :2])
    assert action.transform(g[0], x.float()).dtype == torch.float32


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (lambda: AffineAction(groups.SO(3)), "group"),
        (lambda: LinearAction(groups.SO(3)), "representation"),
        (lambda: AffineAction(E2).transform(E2.identity, torch.ones(5, 3)), "x"),
        (lambda: Diagonal(V(G3), 2).transform(G3.identity, torch.ones(5, 7)), "x"),
        (lambda: Diagonal(V(G3), 2).transform(G3.identity, (torch.ones(5, 3),)), "x"),
        (lambda: Diagonal(torch.ones(3), 2), "action"),
        (lambda: Pytree({}), "actions"),
        (lambda: Pytree({"a": V(G3), "b": V(E2)}), "actions"),
        (lambda: Pytree({"a": V(G3)}).transform(G3.identity, {"b": torch.ones(3)}), "x"),
        (lambda: Flow([lambda x: x]), "fields"),
        (lambda: Flow(candidates.affine(2), torch.ones(1, 5)), "coefficients"),
        (lambda: Flow(candidates.polynomial(2, 2)).transform(torch.ones(3), torch.ones(2)), "g"),
        (lambda: Pushforward(Pushforward(V(G3))), "action"),
        (lambda: Tensor(V(G3), -1, 0), "p"),
        (lambda: Tensor(V(G3), 1, 1).generate(G3.generators[0], samples(5, 3), samples(5, 8)), "y"),
        (lambda: Density(V(G3), "1"), "weight"),
        (lambda: actions.as_fibre_action(V(E2), V(G3)), "action_out"),
        (lambda: actions.as_fibre_action(torch.eye(3), V(G3)), "action_out"),
        (lambda: actions.as_fibre_action(None, G3), "action_in"),
        (lambda: actions.check(Pushforward(V(G3)), samples(5, 3)), "y"),
    ],
)
def test_bad_arguments(make, argument: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value).startswith(f"{argument}: ") and "expected" in str(caught.value)


def test_representations_are_actions() -> None:
    phase = Representation(groups.SO(2), lambda g: torch.complex(g[:1, :1], g[1:, :1]))
    assert isinstance(phase, actions.Action) and isinstance(Scalar(G3), actions.Action)
    actions.check(phase, torch.complex(samples(4, 1), samples(4, 1, seed=1)))
