"""The relaxed module: what it computes, the gauge, the measured deviation, whole models by their layers' names."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra.inputs import InputError
from symmetra.relax import ConstraintController, RelaxedModule, branches, method, parameter_groups


class Times(nn.Module):
    """A module whose weights say nothing of its size."""

    def __init__(self, inner: nn.Module, factor: float) -> None:
        super().__init__()
        self.inner, self.factor = inner, factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * self.inner(x)


class Pair(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        return x, {"twice": 2 * x}


def scaled(layer: Any, c: float) -> Any:
    other = copy.deepcopy(layer)
    with torch.no_grad():
        for p in other.parameters():
            p.mul_(c)
    return other


def perceptron(a: int, b: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(a, 16), nn.Tanh(), nn.Linear(16, b))


CASES = {
    "linear": (lambda: nn.Linear(6, 6), lambda f, c: scaled(f, c), (20, 6)),
    "linear, no bias": (lambda: nn.Linear(6, 6, bias=False), lambda f, c: scaled(f, c), (20, 6)),
    "convolution": (lambda: nn.Conv2d(3, 3, 3, padding=1), lambda f, c: scaled(f, c), (20, 3, 8, 8)),
    "perceptron": (lambda: perceptron(6, 6), lambda f, c: Times(f, c), (20, 6)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("c", [1e-3, 40.0])
def test_the_size_of_f_neq_is_a_gauge(case: str, c: float) -> None:
    make, times, shape = CASES[case]
    f_eq, f_neq = nn.Tanh(), make().double()
    one, other = RelaxedModule(f_eq, f_neq).double(), RelaxedModule(f_eq, times(f_neq, c)).double()
    for _ in range(5):
        x = torch.randn(shape, dtype=torch.float64)
        assert torch.allclose(one(x), other(x), rtol=0, atol=1e-12)
        assert one.deviation == pytest.approx(other.deviation, rel=1e-12)
    assert one.deviation > 0.1
    one.eval(), other.eval()
    assert torch.allclose(one(x), other(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("bias", [True, False])
def test_spectral_gauge_bounds_the_layer(bias: bool) -> None:
    """σ follows a weight that is trained; the power method never overestimates, and ends at the singular value."""
    layer = nn.Linear(12, 9, bias=bias).double()
    net = RelaxedModule(nn.Linear(12, 9).double(), layer)
    assert net.norm is not None
    x = torch.randn(30, 12, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.add_(torch.randn(9, 12, dtype=torch.float64))
    for _ in range(300):
        net(x)
    exact = torch.linalg.matrix_norm(layer.weight, 2)
    if bias:
        exact = torch.hypot(exact, layer.bias.norm())
        full = torch.cat([layer.weight, layer.bias[:, None]], 1)
        assert (torch.linalg.matrix_norm(full, 2) <= exact + 1e-12).item()
    assert torch.allclose(net.norm(layer, False), exact, rtol=1e-9)
    assert torch.autograd.gradcheck(lambda w: _norm_of(w, layer, net), (layer.weight.detach().requires_grad_(),))


def _norm_of(weight: Tensor, layer: nn.Linear, net: RelaxedModule) -> Tensor:
    assert net.norm is not None
    other = copy.deepcopy(layer)
    del other.weight
    other.weight = weight  # type: ignore[assignment]
    return net.norm(other, False)


def test_the_weights_of_f_neq_have_no_radial_gradient() -> None:
    """Growing f_neq cannot replace γ: along the weights themselves the prediction does not change."""
    layer = nn.Linear(5, 5, bias=False).double()
    net = RelaxedModule(nn.Linear(5, 5).double(), layer)
    net(torch.randn(7, 5, dtype=torch.float64)).square().sum().backward()
    assert layer.weight.grad is not None
    radial = (layer.weight.grad * layer.weight.detach()).sum()
    assert radial.abs() < 1e-12 * layer.weight.grad.norm()


def test_output_gauge_keeps_its_size_in_units_of_f_eq() -> None:
    net = RelaxedModule(Times(nn.Identity(), 50.0), perceptron(6, 6), momentum=0.2).double()
    assert net.gauge == "output"
    for _ in range(100):
        x = torch.randn(200, 6, dtype=torch.float64)
        net(x)
    net.eval()
    part = (net(x) - net.f_eq(x)).square().mean().sqrt() / net.f_eq(x).square().mean().sqrt()
    assert part.item() == pytest.approx(1.0, rel=0.1)
    assert net.deviation == pytest.approx(1.0, rel=0.05)
    before = copy.deepcopy(net.state_dict())
    net(100 * x)  # evaluation changes nothing
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_an_untrained_module_works_in_evaluation_too() -> None:
    net = RelaxedModule(nn.Identity(), perceptron(4, 4)).eval()
    x = torch.randn(9, 4)
    assert torch.isfinite(net(x)).all() and net.deviation != net.deviation
    silent = RelaxedModule(nn.Identity(), Times(nn.Identity(), 0.0))
    assert torch.equal(silent(x), x)


@pytest.mark.parametrize("f_neq", [lambda: perceptron(4, 4), lambda: nn.Linear(4, 4)], ids=["output", "spectral"])
def test_a_method_has_the_sizes_measured_at_every_eighth_step(f_neq: Any) -> None:
    """Alone the module measures always; with a method the steps between cost no more than the sum itself."""
    net = RelaxedModule(nn.Linear(4, 4), f_neq())
    sizes: list[Tensor] = []

    def forward() -> bool:
        net(torch.randn(9, 4)).square().mean().backward()
        sizes.append(net.sizes.clone())
        return len(sizes) == 1 or not torch.equal(sizes[-1], sizes[-2])

    assert all(forward() for _ in range(3))
    control = ConstraintController(net)
    measured = []
    for _ in range(20):
        measured.append(forward())
        control.lagrangian().backward()
        control.step()
    assert [i for i, found in enumerate(measured) if found] == [0, 8, 16]
    other = RelaxedModule(nn.Linear(4, 4), f_neq())
    resumed = ConstraintController(other)
    other.load_state_dict(net.state_dict()), resumed.load_state_dict(control.state_dict())
    assert not other.watching and not net.watching  # 20 steps are behind both


def test_a_layer_that_is_used_late_is_finite() -> None:
    """The first pass may fall between two measurements, as with layers that are left out at random."""
    net = RelaxedModule(nn.Linear(4, 4), perceptron(4, 4))
    control = ConstraintController(net)
    for _ in range(3):
        control.lagrangian()
        control.step()
    assert not net.watching and torch.isfinite(net(torch.randn(9, 4))).all()


def test_two_passes_before_one_gradient() -> None:
    """What a pass has measured must not change what the gradient of another one needs."""
    for f_neq in (perceptron(4, 4), nn.Linear(4, 4)):
        net = RelaxedModule(nn.Linear(4, 4), f_neq)
        (net(torch.randn(9, 4)) - net(torch.randn(9, 4))).square().mean().backward()
        assert net.gamma.grad is not None and torch.isfinite(net.gamma.grad)


@pytest.mark.parametrize("c", [1e-2, 7.0])
def test_what_stands_last_is_brought_to_norm_one(c: float) -> None:
    """So that Adam, whose steps are of one size, learns f_neq and c f_neq alike; other weights are left alone."""
    torch.manual_seed(0)
    f_eq, branch = nn.Linear(5, 3).double(), nn.Sequential(perceptron(5, 4), nn.Sequential(nn.Linear(4, 3))).double()
    larger = copy.deepcopy(branch)
    with torch.no_grad():
        for p in larger[1].parameters():
            p.mul_(c)
    kept = copy.deepcopy(branch[0].state_dict())
    nets = [RelaxedModule(copy.deepcopy(f_eq), f) for f in (branch, larger)]
    assert all(torch.equal(value, branch[0].state_dict()[name]) for name, value in kept.items())
    last = branch[1][0]
    assert torch.hypot(torch.linalg.matrix_norm(last.weight, 2), last.bias.norm()).item() == pytest.approx(1.0)
    x, y = torch.randn(30, 5, dtype=torch.float64), torch.randn(30, 3, dtype=torch.float64)
    optimizers = [torch.optim.Adam(net.parameters(), 1e-2) for net in nets]
    for _ in range(50):
        for net, optimizer in zip(nets, optimizers):
            optimizer.zero_grad()
            nn.functional.mse_loss(net(x), y).backward()
            optimizer.step()
    assert torch.allclose(nets[0](x), nets[1](x), rtol=0, atol=1e-9)
    untouched = nn.Linear(5, 3)
    with torch.no_grad():
        untouched.weight.mul_(9.0)
    before = untouched.weight.clone()
    RelaxedModule(nn.Linear(5, 3), untouched, gauge="none")
    assert torch.equal(untouched.weight, before)


def test_what_it_computes() -> None:
    f_eq, f_neq = nn.Linear(3, 2), nn.Linear(3, 2)
    net, x = RelaxedModule(f_eq, f_neq, 0.7, gauge="none"), torch.randn(5, 3)
    assert torch.allclose(net(x), f_eq(x) + 0.7 * f_neq(x))
    both = RelaxedModule(Pair(), Pair(), 0.5, gauge="none")
    first, rest = both(x)
    assert torch.allclose(first, 1.5 * x) and torch.allclose(rest["twice"], 3 * x)
    spectral = RelaxedModule(f_eq, f_neq)
    norm = torch.hypot(torch.linalg.matrix_norm(f_neq.weight, 2), f_neq.bias.norm())
    assert torch.allclose(spectral(x), f_eq(x) + f_neq(x) / norm, atol=1e-6)
    assert spectral.deviation == pytest.approx(((f_neq(x) / norm).norm() / f_eq(x).norm()).item(), rel=1e-5)


def test_a_whole_model_by_names() -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.ModuleDict({"last": nn.Linear(8, 2)})["last"])
    plain, x = copy.deepcopy(model), torch.randn(5, 3)
    net = RelaxedModule(model, {"0": nn.Linear(3, 8), "2": nn.Linear(8, 2)}, 0.0)
    assert torch.equal(net(x), plain(x))
    assert [name for name, _ in branches(net)] == ["0", "2"]
    assert len(ConstraintController(net).gammas) == 2
    assert [name for name, _ in branches(RelaxedModule(nn.Linear(2, 2), nn.Linear(2, 2)))] == ["net"]


def test_gamma_is_spared_from_weight_decay() -> None:
    net = nn.Sequential(RelaxedModule(nn.Linear(3, 3), nn.Linear(3, 3)), nn.Linear(3, 1))
    groups = parameter_groups(net, weight_decay=0.1, gamma_lr=0.5)
    assert sum(len(group["params"]) for group in groups) == len(list(net.parameters()))
    optimizer = torch.optim.AdamW(groups, lr=0.1)
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    before = [p.detach().clone() for p in net.parameters()]
    optimizer.step()
    for (name, p), old in zip(net.named_parameters(), before):
        assert torch.equal(p, old) == name.endswith("gamma"), name


def test_it_survives_saving_copying_compiling_and_exporting() -> None:
    net = nn.Sequential(
        RelaxedModule(nn.Linear(3, 3), nn.Linear(3, 3)), RelaxedModule(nn.Linear(3, 2), perceptron(3, 2))
    )
    x = torch.randn(5, 3)
    net(x)
    other = nn.Sequential(
        RelaxedModule(nn.Linear(3, 3), nn.Linear(3, 3)), RelaxedModule(nn.Linear(3, 2), perceptron(3, 2))
    )
    other.load_state_dict(net.state_dict())
    net.eval(), other.eval()
    assert torch.equal(net(x), other(x))
    assert torch.allclose(torch.export.export(net, (x,)).module()(x), net(x))
    assert torch.allclose(torch.compile(net, backend="eager", fullgraph=True)(x), net(x))


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: RelaxedModule(3, nn.Identity()), "f_eq: got int 3"),
        (lambda: RelaxedModule(nn.Identity(), None), "f_neq: got NoneType"),
        (lambda: RelaxedModule(nn.Identity(), nn.Identity(), gauge="max"), "one of auto, spectral, output, none"),
        (lambda: RelaxedModule(nn.Identity(), nn.Tanh(), gauge="spectral"), 'write gauge="output"'),
        (lambda: RelaxedModule(nn.Identity(), scaled(nn.Linear(2, 2), 0.0)), "weights are zero"),
        (lambda: RelaxedModule(nn.Sequential(nn.Tanh()), {"1": nn.Tanh()}), "the name '1'"),
        (lambda: RelaxedModule(nn.Identity(), nn.Tanh(), "1"), "gamma: got str"),
        (lambda: RelaxedModule(nn.Identity(), nn.Tanh(), momentum=-0.1), "momentum: got float"),
        (lambda: branches("net"), "an nn.Module with RelaxedModule inside"),
        (lambda: method("best", nn.Identity()), "one of strict, free, equality"),
        (lambda: method("ridge", nn.Identity(), rho=1.0), "rho"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()
