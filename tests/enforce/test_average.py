"""Averages over a group: exact equivariance of any network, and the theorems on the loss, sample by sample."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from symmetra.actions import AffineAction, Diagonal, Pushforward, Pytree, Rolls, SignedPermutation, Trivial
from symmetra.enforce import Average, average
from symmetra.groups import SO, Hyperoctahedral, grid_group
from symmetra.measure import equivariance_error
from symmetra.representations import Scalar, Vector

from .average_nets import FNO, Dense, Pixels, UNet, seen

# a tracer, a velocity and a vorticity to a velocity and a tensor; a density and a magnetic field to a velocity
FIELDS = {
    2: ([(slice(0, 1), 0, 1), (slice(1, 3), 1, 1), (slice(3, 4), 0, -1)], [(slice(0, 2), 1, 1), (slice(2, 6), 2, 1)]),
    3: ([(slice(0, 1), 0, 1), (slice(1, 4), 1, -1)], [(slice(0, 3), 1, 1)]),
}


def actions(group: str, d: int = 2) -> tuple[SignedPermutation, SignedPermutation]:
    found = grid_group(group, d)
    return tuple(SignedPermutation(found, blocks, d) for blocks in FIELDS[d])


def fields(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def trained(net: nn.Module, x: Tensor, channels: int) -> nn.Module:
    """A few steps towards the first channels, shifted."""
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    target = x[:, :1].roll(1, -1).expand(-1, channels, *x.shape[2:])
    for _ in range(10):
        optimizer.zero_grad()
        (net.train()(x) - target).square().mean().backward()
        optimizer.step()
    return net.eval()


CASES = [
    (name, d, group)
    for name in ("unet", "fno", "dense", "pixels")
    for d, group in ((2, "D4"), (2, "C4"), (2, "D2"), (3, "O"), (3, "Oh"))
    if (d, group) in ((2, "D4"), (3, "Oh")) or name == "unet" or group == "O"
    if name != "pixels" or group != "Oh"  # no vector is made of pseudovectors at one site: the average is 0
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
@pytest.mark.parametrize(("name", "d", "group"), CASES)
def test_any_network_becomes_equivariant(name: str, d: int, group: str, dtype: torch.dtype) -> None:
    torch.manual_seed(1)
    action_in, action_out = actions(group, d)
    n, c, extent = action_in.channels, action_out.channels, 8 if d == 2 else 4
    net = {"unet": lambda: UNet(n, c, d), "fno": lambda: FNO(n, c, d), "pixels": lambda: Pixels(n, c),
           "dense": lambda: Dense(n, c, (extent,) * d)}[name]()  # fmt: skip
    x = fields(2, n, *(extent,) * d, dtype=dtype)
    net = seen(net.to(dtype), x)
    if name in ("unet", "fno") and d == 2:
        net = trained(net, x, c)
    averaged = average(net, action_in, action_out)
    limit = 1e-6 if dtype == torch.float32 else 1e-13
    with torch.no_grad():
        y = averaged(x)
        elements = action_in.group.elements
        there = averaged(torch.cat([action_in.transform(g, x) for g in elements])).unflatten(0, (len(elements), -1))
        for g, moved in zip(elements, there, strict=True):
            assert float((moved - action_out.transform(g, y)).norm() / y.norm()) <= limit
        assert equivariance_error(net, x, action_in, action_out).value > 1e-2
        if d == 2:
            twice = average(averaged, action_in, action_out)(x)
            assert float((twice - y).norm() / y.norm()) <= limit
    assert y.dtype == dtype and y.shape == net(x).shape


def laplacian(x: Tensor) -> Tensor:
    return sum(x.roll(s, a) for s in (1, -1) for a in (-1, -2)) - 4 * x


def divergence(x: Tensor) -> Tensor:
    return sum(x[:, i : i + 1].roll(-1, i + 2) - x[:, i : i + 1].roll(1, i + 2) for i in (0, 1))


@torch.no_grad()
def test_equivariant_maps_come_back_unchanged() -> None:
    group = Hyperoctahedral(2)
    vector, scalars = (SignedPermutation(group, [(slice(0, 2), order, 1)], 2) for order in (1, 0))
    one = SignedPermutation(group, [(slice(0, 1), 0, 1)], 2)
    x = fields(3, 2, 6, 6)
    cases = [(laplacian, vector, vector), (divergence, vector, one), (nn.Identity(), vector, vector)]
    for f, action_in, action_out in [*cases, (Pixels(2, 2).double(), scalars, scalars)]:
        averaged = average(f, action_in, action_out, batched=True)
        assert torch.allclose(averaged(x), f(x), rtol=0, atol=1e-13)
        assert float(averaged.spread(x).max()) < 1e-26
    uniform = average(lambda x: torch.ones_like(x), vector, vector, batched=True)
    assert not uniform(x).any()  # no direction is better than another


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
def test_the_loss_of_every_sample_falls_by_the_spread(dtype: torch.dtype) -> None:
    action_in, action_out = actions("D4")
    x, y = fields(5, 4, 8, 8, dtype=dtype), fields(5, 6, 8, 8, dtype=dtype, seed=1)
    averaged = average(seen(UNet(4, 6, 2).to(dtype), x), action_in, action_out)
    with torch.no_grad():
        orbit, mean, spread = averaged.orbit(x), averaged(x), averaged.spread(x)
    assert orbit.shape == (8, *y.shape) and spread.shape == (5,) and spread.dtype == torch.float64
    limit = 1e-5 if dtype == torch.float32 else 1e-12
    assert torch.allclose(orbit.mean(0), mean, rtol=0, atol=1e-6 if dtype == torch.float32 else 1e-14)
    losses = (orbit - y).double().square().flatten(2).mean(-1)
    after = (mean - y).double().square().flatten(1).mean(-1)
    assert float(((losses.mean(0) - after - spread) / losses.mean(0)).abs().max()) <= limit
    scale = y.double().flatten(1).var(-1)
    assert bool(((after / scale).sqrt() <= (losses / scale).sqrt().mean(0)).all())  # VRMSE, for every sample
    again, gain = averaged.mean_and_spread(x)
    assert torch.allclose(again, mean, atol=1e-6) and torch.equal(gain, spread)


@torch.no_grad()
def test_never_worse_on_a_test_set_closed_under_the_group() -> None:
    """1,000 random networks on the orbits of three samples, whose targets move with them."""
    action_in, action_out = (SignedPermutation("D4", [(slice(0, 2), order, 1)], 2) for order in (1, 1))
    x, y = fields(3, 2, 4, 4), fields(3, 2, 4, 4, seed=1)
    elements = action_in.group.elements
    xs, ys = (torch.stack([action_in.transform(g, t) for g in elements]).flatten(0, 1) for t in (x, y))
    scale = ys.flatten(1).std(-1)

    def vrmse(found: Tensor) -> float:
        return float(((found - ys).square().flatten(1).mean(-1).sqrt() / scale).mean())

    violations, net = 0, Filter(fields(2, 2, 3, 3), fields(2))
    averaged = average(net, action_in, action_out, fold="batch")
    for seed in range(1000):
        net.weight.data, net.bias.data = fields(2, 2, 3, 3, seed=seed), fields(2, seed=seed + 1000)
        violations += vrmse(averaged(xs)) > vrmse(net(xs)) * (1 + 1e-14)
    assert violations == 0


class Filter(nn.Module):
    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(weight), nn.Parameter(bias)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(nn.functional.conv2d(x, self.weight, self.bias, padding=1))


@pytest.mark.parametrize("fold", ["batch", 3, 8, 100])
def test_every_fold_gives_the_same(fold: object) -> None:
    action_in, action_out = actions("D4")
    x = fields(4, 4, 8, 8)
    net = seen(UNet(4, 6, 2).double(), x)
    loop, folded = (average(net, action_in, action_out, fold=way) for way in ("loop", fold))
    assert torch.allclose(folded(x), loop(x), rtol=0, atol=1e-13)
    assert torch.allclose(folded.orbit(x), loop.orbit(x), rtol=0, atol=1e-13)
    assert torch.equal(folded(x[:0]), loop(x[:0])) and len(folded(x[:0])) == 0
    assert torch.allclose(torch.cat([loop(row[None]) for row in x]), loop(x), rtol=0, atol=1e-13)


@torch.no_grad()
def test_subgroups_random_elements_and_their_error() -> None:
    group = Hyperoctahedral(2)
    action = SignedPermutation(group, [(slice(0, 2), 1, 1)], 2)
    shifted = SignedPermutation("D4", [(slice(0, 2), 1, 1)], 2, rolls=(4, 4))
    net, x = Dense(2, 2, (4, 4)).double(), fields(6, 2, 4, 4)
    quarter = average(net, action, action, elements=grid_group("C4", 2))
    assert quarter.exact and len(quarter.elements) == 4 and not quarter.error(x).any()
    by_hand = average(net, action, action, elements=grid_group("C4", 2).elements)
    assert by_hand.exact and torch.equal(by_hand(x), quarter(x))
    assert not average(net, action, action, elements=group.elements[:3]).exact
    everything = average(net, shifted, shifted)
    assert everything.exact and len(everything.elements) == 128
    pulls, truth = [], everything(x)
    for seed in range(20):
        some = average(net, shifted, shifted, elements=16, seed=seed, fold="batch")
        pulls.append((some(x) - truth).square().flatten(1).mean(1).sqrt() / some.error(x))
    assert 0.8 < float(torch.stack(pulls).square().mean().sqrt()) < 1.2
    # any elements times a whole subgroup are exactly equivariant under the subgroup
    D4 = shifted.element(torch.eye(2), 0, 0)[None] @ torch.stack([shifted.element(g, 0, 0) for g in group.elements])
    mixed = average(net, shifted, shifted, elements=(shifted.group.sample(3, seed=0)[:, None] @ D4).flatten(0, 1))
    assert equivariance_error(mixed, x, action, action).value < 1e-14


def test_continuous_groups_approximately_and_other_actions_exactly() -> None:
    V, W, x = Vector(SO(3)), fields(3, 3), fields(7, 3)
    pulls = []
    for seed in range(20):
        some = average(Matrix(W), V, V, elements=64, seed=seed)
        pulls.append((some(x) - x * W.trace() / 3).square().mean(1).sqrt() / some.error(x))  # by Schur's lemma
    assert not some.exact and "64 elements of SO(3), approximate" in repr(some)
    assert 0.8 < float(torch.stack(pulls).square().mean().sqrt()) < 1.2
    energy = average(nn.Linear(3, 1).double(), V, Scalar(SO(3)), elements=64)
    assert energy(x).shape == (7, 1) and energy.error(x).shape == (7,)
    lattice = Rolls((4, 4))
    total = average(Dense(2, 1, (4, 4)).double(), lattice, None)
    grid = fields(2, 2, 4, 4)
    assert torch.allclose(total(lattice.transform(lattice.element(1, 3), grid)), total(grid), atol=1e-14)


class Matrix(nn.Module):
    def __init__(self, W: Tensor) -> None:
        super().__init__()
        self.W = W

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.W.mT


class Pairs(nn.Module):
    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        return x["u"].sin() * x["m"], x["u"][:, 0].sum((-1, -2))


def test_pytrees_and_a_fibre_that_depends_on_the_place() -> None:
    group = Hyperoctahedral(2)
    vector, mask = (SignedPermutation(group, [(slice(0, n), order, 1)], 2) for n, order in ((2, 1), (1, 0)))
    action_in, action_out = Pytree({"u": vector, "m": mask}), Pytree((vector, Trivial(group)))
    x = {"u": fields(3, 2, 4, 4), "m": fields(3, 1, 4, 4)}
    for fold in ("loop", "batch"):
        averaged = average(Pairs(), action_in, action_out, fold=fold)
        assert equivariance_error(averaged, x, action_in, action_out).value < 1e-14
        assert averaged.orbit(x)[1].shape == (8, 3) and averaged.spread(x).shape == (3,)
    base = SquaredPlane(Hyperoctahedral(2))
    tangents, net = Pushforward(base), nn.Linear(2, 2).double()
    points = fields(4, 2).abs() + 0.5
    for fold in ("loop", "batch"):
        averaged = average(net, base, tangents, fold=fold)
        assert equivariance_error(averaged, points, base, tangents).value < 1e-13


class SquaredPlane(Diagonal):
    """The plane with a curved chart: x ↦ g(x³), then the cube root."""

    def __init__(self, group: object) -> None:
        self.group, self._linear = group, Vector(group)

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        y = self._linear.transform(g, x**3)
        return y.sign() * y.abs() ** (1 / 3)


def test_half_precision_gradients_and_saved_parameters() -> None:
    action_in, action_out = actions("D4")
    net = UNet(4, 6, 2)
    x = fields(2, 4, 8, 8, dtype=torch.float32)
    averaged = average(net, action_in, action_out)
    averaged(x).square().mean().backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in net.last.parameters())
    assert [k.removeprefix("model.") for k in averaged.state_dict()] == list(net.state_dict())
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert averaged.eval()(x).dtype == torch.bfloat16
    assert isinstance(averaged, Average) and averaged.double()(x.double()).dtype == torch.float64
    with torch.no_grad(), pytest.warns(UserWarning, match=r"training mode.*write \.eval\(\)"):
        averaged.train()(x.double())


def test_it_compiles_and_exports() -> None:
    action_in, action_out = actions("D4")
    x = fields(2, 4, 8, 8)
    averaged = average(UNet(4, 6, 2).double().eval(), action_in, action_out)
    program = torch.export.export(averaged, (x,))
    assert torch.allclose(program.module()(x), averaged(x), atol=1e-14)
    again = average(torch.export.export(averaged.model, (x,)), action_in, action_out).eval()
    assert torch.allclose(again(x), averaged(x), atol=1e-14)
    compiled = torch.compile(averaged, fullgraph=True, backend="eager")
    assert torch.allclose(compiled(x), averaged(x), atol=1e-14)


def test_rollouts() -> None:
    action = SignedPermutation("D4", [(slice(0, 2), 1, 1)], 2)
    x, net = fields(2, 2, 8, 8), Filter(fields(2, 2, 3, 3), fields(2))
    averaged = average(net, action, action)
    with torch.no_grad():
        start = averaged.rollout(x, 50)
        assert start.shape == (50, 2, 2, 8, 8) and torch.equal(start[0], averaged(x))
        for g in action.group.elements:
            there = averaged.rollout(action.transform(g, x), 50)
            assert float((there - action.transform(g, start)).norm() / start.norm()) <= 1e-9
        by_place = averaged.rollout(x, 6, mode="trajectory")
        truth = fields(6, 2, 2, 8, 8, seed=3)
        runs = torch.stack([action.transform(action.group.inverse(g), plain(net, action.transform(g, x), 6))
                            for g in action.group.elements])  # fmt: skip
        assert torch.allclose(by_place, runs.mean(0), atol=1e-14)
        losses = (runs - truth).square().flatten(3).mean(-1).sqrt()  # elements, steps, batch
        bound = (by_place - truth).square().flatten(2).mean(-1).sqrt()
        assert bool((bound <= losses.mean(0)).all())
        window = average(History(), *(SignedPermutation("D4", [(slice(0, n), 1, 1)], 2) for n in (4, 2)))
        found = window.rollout(torch.cat([x, x], 1), 3, "trajectory", lambda x, y: torch.cat([x[:, 2:], y], 1))
        assert found.shape == (3, 2, 2, 8, 8)


def plain(net: nn.Module, x: Tensor, steps: int) -> Tensor:
    found = []
    for _ in range(steps):
        x = net(x)
        found.append(x)
    return torch.stack(found)


class History(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return (x[:, 2:] - 0.3 * x[:, :2]).tanh() + 0.1


def test_points_of_a_rigid_motion_group_by_a_finite_subgroup() -> None:
    from symmetra.groups import E

    group = E(2)
    turns = torch.eye(3, dtype=torch.float64).repeat(4, 1, 1)
    for k in range(4):
        turns[k, :2, :2] = torch.linalg.matrix_power(torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64), k)
    action, net, x = AffineAction(group), nn.Linear(2, 2).double(), fields(5, 2)
    averaged = average(net, action, action, elements=turns)
    assert averaged.exact and equivariance_error(averaged, x, action, action, elements=turns).value < 1e-14
    assert math.isclose(float(averaged.error(x).sum()), 0.0)
