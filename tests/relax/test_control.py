"""Both algorithms step by step against recursions in numpy, their optima, what makes them swing, and taking them up."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from symmetra.inputs import InputError
from symmetra.relax import ConstraintController, RelaxedModule, branches

C, A = np.array([1.3, 0.4]), np.array([0.3, -0.6])


def two_layers() -> nn.Sequential:
    return nn.Sequential(*(RelaxedModule(nn.Linear(2, 2), nn.Linear(2, 2)) for _ in range(2))).double()


def gammas_of(net: nn.Module) -> list[torch.Tensor]:
    return [layer.gamma for _, layer in branches(net)]


def quadratic(gammas: list[torch.Tensor], c: Any = C, a: Any = A) -> torch.Tensor:
    return (torch.as_tensor(c) / 2 * (torch.stack(gammas) - torch.as_tensor(a)).square()).sum()


def trained(
    steps: int, lr: float = 1e-2, c: Any = C, a: Any = A, script: Any = None, **settings: Any
) -> tuple[ConstraintController, np.ndarray]:
    net = two_layers()
    control = ConstraintController(net, **settings)
    gammas, course = gammas_of(net), []
    optimizer = torch.optim.SGD(gammas, lr)
    for t in range(steps):
        optimizer.zero_grad()
        loss = quadratic(gammas, c, a)
        if script is not None:
            loss = loss + (torch.as_tensor(script[t]) * torch.stack(gammas)).sum()
        (loss + control.lagrangian()).backward()
        optimizer.step()
        control.step()
        course.append(torch.stack([control.gammas, control.multipliers, control.slacks]))
    return control, torch.stack(course).numpy()


def by_hand(steps: int, script: Any, lr: float, **s: Any) -> np.ndarray:
    """The equations as they are printed, in numpy: every right-hand side at step t, or λ last if alternating."""
    resilient, linear = s["constraint"] == "resilient", s.get("slack_cost") == "linear"
    dual, slack_lr, rho, penalty = s["dual_lr"], s.get("slack_lr", 1e-2), s.get("rho", 1.0), s.get("penalty", 0.0)
    gain, before = s.get("proportional", 0.0), None
    g, m, u = np.ones(2), np.zeros(2), np.full(2, s.get("slack_start", 0.0) if resilient else 0.0)
    course = []
    for t in range(steps):
        gap = np.abs(g) - u if resilient else g
        force = m + penalty * gap
        force = np.maximum(force, 0) if resilient else force
        g_new = g - lr * (C * (g - A) + script[t] + force * (np.sign(g) if resilient else 1))
        u_new = u - slack_lr * ((rho if linear else rho * u) - force) if resilient else u
        u_new = np.maximum(u_new, 0) if linear else u_new
        if s.get("order", "alternating") == "alternating":
            gap = np.abs(g_new) - u_new if resilient else g_new
        m = m + dual * gap + gain * (gap - (gap if before is None else before))
        m, before = np.maximum(m, 0) if resilient else m, gap
        g, u = g_new, u_new
        course.append([g, m, u])
    return np.array(course)


@pytest.mark.parametrize(
    "settings",
    [
        {"constraint": constraint, "order": order} | extra
        for constraint, order in itertools.product(("equality", "resilient"), ("simultaneous", "alternating"))
        for extra in (
            {"dual_lr": 0.3},
            {"dual_lr": 0.3, "penalty": 0.7},
            {"dual_lr": 0.1, "proportional": 0.2},
            {"dual_lr": 0.5, "slack_lr": 0.2, "rho": 0.5, "slack_start": 0.4},
            {"dual_lr": 0.5, "slack_lr": 0.2, "rho": 0.1, "slack_cost": "linear", "penalty": 0.3},
        )
    ],
    ids=str,
)
def test_fifty_steps_are_the_printed_equations(settings: dict[str, Any]) -> None:
    script = np.random.default_rng(0).normal(size=(50, 2))
    control, course = trained(50, 0.2, script=script, **settings)
    expected = by_hand(50, script, 0.2, **settings)
    assert np.abs(course - expected).max() < 1e-12
    assert np.abs(expected[-1, 1]).max() > 1e-3  # the multipliers did move
    assert (control.history.values.numpy() == course).all()
    assert settings["constraint"] == "equality" or (course[:, 1] >= 0).all()


@pytest.mark.parametrize(
    "settings", [{"penalty": 1.0}, {"proportional": 1.0}, {"penalty": 1.0, "order": "simultaneous"}], ids=str
)
def test_equality_ends_at_zero_with_the_force_of_the_data(settings: dict[str, Any]) -> None:
    control, _ = trained(1000, 0.1, dual_lr=0.1, **settings)
    assert control.gammas.abs().max() < 1e-8
    assert np.abs(control.multipliers.numpy() - C * A).max() < 1e-6
    assert control.words(1e-6) == ["settled", "settled"]
    assert np.abs(control.forces.numpy() - C * A).max() < 1e-6


@pytest.mark.parametrize("c, a, rho", [(1.0, 0.3, 0.5), (2.0, -0.7, 0.1), (0.2, 1.5, 2.0)])
@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_resilient_ends_at_the_ridge(c: float, a: float, rho: float, penalty: float) -> None:
    control, _ = trained(
        1500, 0.2, c=c, a=a, constraint="resilient", dual_lr=0.2, slack_lr=0.2, rho=rho, penalty=penalty
    )
    expected = c * a / (c + rho)
    for found in (control.gammas, control.slacks * np.sign(a), control.multipliers / rho * np.sign(a)):
        assert (found - expected).abs().max() < 1e-6


def test_a_linear_cost_is_a_lasso() -> None:
    control, _ = trained(
        3000,
        1e-2,
        c=1.0,
        a=[0.9, 0.1],
        constraint="resilient",
        dual_lr=1e-2,
        slack_lr=1e-2,
        rho=0.3,
        slack_cost="linear",
        penalty=1.0,
    )
    assert abs(float(control.gammas[0]) - 0.6) < 1e-6  # soft thresholding: a − ρ / c
    assert abs(float(control.gammas[1])) < 2 * 1e-2 * 0.3  # zero, but for the last step of the subgradient, lr · λ
    assert float(control.slacks[1]) < 2 * 1e-2 * 0.3
    assert abs(float(control.multipliers[0]) - 0.3) < 1e-6


def test_an_undamped_run_oscillates_and_a_damped_one_does_not() -> None:
    # curvature below dual_lr: the eigenvalues of the simultaneous step have modulus above one
    swinging, _ = trained(4000, 1e-2, c=5e-3, a=0.3, dual_lr=1e-2, order="simultaneous")
    assert swinging.oscillating and set(swinging.words()) == {"oscillating"}
    damped, _ = trained(2500, 1e-2, c=5e-3, a=0.3, dual_lr=1e-2, penalty=2.0)
    assert not damped.oscillating and damped.gammas.abs().max() < 1e-6
    # what does not swing is no oscillation, however far from zero: here nothing pulls at all
    stuck, _ = trained(300, 1e-2, c=1.0, a=0.5, dual_lr=0.0)
    assert stuck.words() == ["violated", "violated"] and not stuck.oscillating


def test_divergence_is_no_settling() -> None:
    control, _ = trained(6000, 0.5, c=0.0, a=0.0, dual_lr=3.0, order="simultaneous")
    assert not torch.isfinite(control.gammas).all() and control.oscillating


@pytest.mark.parametrize("constraint", ["equality", "resilient"])
def test_resuming_is_bit_identical(constraint: str) -> None:
    settings: dict[str, Any] = {"constraint": constraint, "penalty": 0.3, "proportional": 0.1, "order": "simultaneous"}

    def steps(net: nn.Module, control: ConstraintController, optimizer: Any, count: int) -> None:
        gammas = gammas_of(net)
        for _ in range(count):
            optimizer.zero_grad()
            (quadratic(gammas) + control.lagrangian()).backward()
            optimizer.step()
            control.step()

    def fresh() -> tuple[nn.Module, ConstraintController, Any]:
        net = two_layers()
        return net, ConstraintController(net, **settings), torch.optim.Adam(net.parameters(), 1e-2)

    torch.manual_seed(0)
    straight = fresh()
    steps(*straight, 1500)
    torch.manual_seed(0)
    first = fresh()
    steps(*first, 1100)  # beyond the rows of the history, which by then is thinned out
    again = fresh()
    for new, old in zip(again, first):
        new.load_state_dict(old.state_dict())
    steps(*again, 400)
    for key, value in straight[1].state_dict().items():
        assert torch.equal(value, again[1].state_dict()[key]), key
    assert torch.equal(straight[1].gammas, again[1].gammas)


def test_units_of_the_loss() -> None:
    settings: dict[str, Any] = {"constraint": "resilient", "rho": 0.5, "penalty": 0.2, "dual_lr": 0.1}
    _, course = trained(100, 0.1, **settings)
    _, scaled = trained(100, 0.1 / 7, c=7 * C, loss_scale=7.0, **settings)
    assert np.abs(course - scaled).max() < 1e-12


def test_the_lagrangian_is_what_its_gradient_says() -> None:
    net = two_layers()
    for constraint, penalty in itertools.product(("equality", "resilient"), (0.0, 0.7)):
        control = ConstraintController(net, constraint, penalty=penalty, rho=0.3, slack_start=0.4)
        control._multipliers = torch.tensor([0.5, 0.1], dtype=torch.float64)
        layer = branches(net)[0][1]
        values = []
        for shift in (-1e-6, 1e-6, 0.0):
            with torch.no_grad():
                layer.gamma.fill_(-0.8 + shift)
            values.append(control.lagrangian())
        (slope,) = torch.autograd.grad(values[2], layer.gamma)
        assert abs(float((values[1] - values[0]).detach()) / 2e-6 - float(slope)) < 1e-8


@pytest.mark.parametrize(
    "change, message",
    [
        ({"constraint": "soft"}, "constraint: got"),
        ({"order": "random"}, "'alternating' or 'simultaneous'"),
        ({"slack_cost": "cubic"}, "slack_cost"),
        ({"dual_lr": -1.0}, "not negative"),
        ({"penalty": float("nan")}, "not negative"),
        ({"rho": "1"}, "rho: got str"),
        ({"loss_scale": 0}, "a positive number"),
    ],
)
def test_bad_settings(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ConstraintController(two_layers(), **change)


def test_bad_calls() -> None:
    control = ConstraintController(two_layers())
    with pytest.raises(InputError, match="no lagrangian"):
        control.step()
    with pytest.raises(InputError, match="no step so far"):
        control.words()
    with pytest.raises(InputError, match="another method or net"):
        control.load_state_dict({"multipliers": torch.zeros(3)})
    with pytest.raises(InputError, match=r"net: got int 3"):
        ConstraintController(3)
