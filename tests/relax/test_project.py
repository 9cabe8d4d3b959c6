"""What a projection leaves, that it is exactly equivariant, and that it says what it cost."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra.groups import O, Z
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.nn import EMLP
from symmetra.relax import RelaxedModule, branches, project
from symmetra.representations import Vector
from symmetra.studies.relax import toy


def relaxed(gamma: float = 1e-3) -> nn.Sequential:
    net = toy.network(0, gamma=gamma)
    net(torch.randn(50, 8, dtype=torch.float64))
    return net


def test_nothing_of_f_neq_is_left_and_the_net_is_untouched() -> None:
    net, x = relaxed(), torch.randn(20, 8, dtype=torch.float64)
    before, outputs = copy.deepcopy(net.state_dict()), net.eval()(x)
    found = project(net)
    assert not branches(found) and not any(isinstance(m, RelaxedModule | nn.Linear) for m in found.modules())
    assert sum(p.numel() for p in found.parameters()) == sum(m.weight.numel() for m in found.net[::2])
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert torch.equal(net(x), outputs) and not torch.equal(found(x), outputs)
    for _, layer in branches(net):
        layer.gamma.detach().zero_()
    assert torch.equal(net(x), found(x)) and torch.equal(found.net(x), found(x))


def test_exactly_equivariant_in_double_and_single_precision() -> None:
    action_in, action_out = toy.actions()
    x = torch.randn(200, 8, dtype=torch.float64)
    found = project(relaxed(0.3), x, action_in=action_in, action_out=action_out, tolerance=10)
    assert found.error_before is not None and found.error_after is not None
    assert found.error_before > 0.05 and found.error_after < 1e-15
    assert equivariance_error(found, x, action_in, action_out) < 1e-12
    V = Vector(O(3))
    torch.manual_seed(0)
    emlp = EMLP(4 * V, V, 16)
    net = RelaxedModule(emlp, nn.Sequential(nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 3)), 0.3)
    points = torch.randn(200, 12)
    single = project(net, points, action_in=4 * V, action_out=V, tolerance=10)
    assert equivariance_error(net, points, 4 * V, V) > 1e-2
    assert equivariance_error(single, points, 4 * V, V) < 1e-5
    assert single.error_after is not None and single.error_after < 1e-12  # its own evidence is in float64


def test_it_reports_what_it_costs() -> None:
    net = relaxed(0.5)
    x = torch.randn(300, 8, dtype=torch.float64)
    y = net.eval()(x).detach()
    with pytest.warns(UserWarning, match=r"project: a deviation of .* in layer .*; the loss goes from 0 to 0\.\d+"):
        found = project(net, x, y)
    assert found.loss_before < 1e-30
    assert found.loss_after == pytest.approx(float((found(x) - y).detach().square().mean()), rel=1e-12)
    for name, layer in branches(net):  # r on these inputs, by hand
        inner = nn.Sequential(*net[: int(name)])(x)
        even, odd = layer.f_eq(inner), (layer(inner) - layer.f_eq(inner))
        assert found.deviations[name] == pytest.approx((odd.norm() / even.norm()).item(), rel=1e-9)
    assert {row["label"] for row in found.rows()} >= {"deviation of 0", "loss before", "loss after"}
    other = project(net, x, y, lambda output, target: (output - target).abs().amax(), tolerance=10)
    assert other.loss_after == pytest.approx(float((found(x) - y).detach().abs().max()), rel=1e-12)
    small = project(relaxed(1e-6), x, relaxed(1e-6).eval()(x).detach() + 1)
    assert abs(small.loss_change) < 1e-4


def test_running_means_stand_in_for_inputs() -> None:
    net = relaxed(0.5)
    with pytest.warns(UserWarning, match="a deviation of"):
        found = project(net)
    assert list(found.deviations.values()) == pytest.approx([layer.deviation for _, layer in branches(net)], rel=1e-12)


class Shared(nn.Module):
    """One layer used twice, one relaxed inside another, and a list."""

    def __init__(self) -> None:
        super().__init__()
        self.first = RelaxedModule(nn.Linear(3, 3), nn.Linear(3, 3), 1e-6)
        self.again = self.first
        self.deep = RelaxedModule(nn.Sequential(RelaxedModule(nn.Tanh(), nn.Linear(3, 3), 1e-6)), nn.Linear(3, 3), 1e-6)
        self.many = nn.ModuleList([RelaxedModule(nn.Linear(3, 3), nn.Linear(3, 3), 1e-6)])

    def forward(self, x: Tensor) -> Tensor:
        return self.many[0](self.deep(self.again(self.first(x))))


@pytest.mark.parametrize("wrap", [lambda net: net, lambda net: torch.compile(net, backend="eager")])
def test_every_place_is_found(wrap: Any) -> None:
    net, x = Shared(), torch.randn(5, 3)
    net(x)
    bare = project(wrap(net)).net
    assert not any(isinstance(module, RelaxedModule) for module in bare.modules())
    assert bare.first is bare.again and bare.first is not net.first
    by_hand = net.many[0].f_eq(torch.tanh(net.first.f_eq(net.first.f_eq(x))))  # type: ignore[operator,union-attr]
    assert torch.equal(bare(x), by_hand)
    assert isinstance(project(net.first).net, nn.Linear)


def test_whoever_tolerates_anything_is_not_warned() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        project(toy.network(0), tolerance=float("inf"))
        project(relaxed(1.0), tolerance=float("inf"), refuse=True)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: project(nn.Linear(2, 2)), "a net with RelaxedModule inside"),
        (lambda: project(relaxed(), y=torch.zeros(3)), "x: got nothing"),
        (lambda: project(relaxed(), action_in=Vector(Z(8))), "x: got nothing"),
        (lambda: project(relaxed(), tolerance="1 %"), "tolerance: got str"),
        (lambda: project(relaxed(1.0), refuse=True), "net: got a deviation of"),
        (
            lambda: project(toy.network(0), refuse=True),
            "no measured deviation of layer '0'; expected a net that was trained, or inputs",
        ),
        (lambda: project(relaxed(), torch.full((2, 8), torch.nan)), "NaN"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
