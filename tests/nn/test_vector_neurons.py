"""Vector neurons, their twins, and the classifier of point clouds."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra.groups import O
from symmetra.inputs import InputError
from symmetra.nn import (
    PlainVectorLinear,
    PointClassifier,
    VectorInvariant,
    VectorLinear,
    VectorMaxPool,
    VectorNorm,
    VectorReLU,
)

LAYERS = {
    "linear": lambda d: VectorLinear(4, 6),
    "relu": lambda d: VectorReLU(4),
    "hard relu": lambda d: VectorReLU(4, slope=0.0),
    "norm": lambda d: VectorNorm(4),
    "pool": lambda d: VectorMaxPool(4),
}
TWINS = {
    "linear": lambda d: PlainVectorLinear(4, 6, d),
    "relu": lambda d: VectorReLU(4, direction=PlainVectorLinear(4, 4, d)),
}


@torch.no_grad()
def defect(layer: nn.Module, dims: int) -> float:
    layer, x, worst = layer.double(), torch.randn(5, 7, 4, dims, dtype=torch.float64), 0.0
    layer(x)  # batch statistics
    y = layer.eval()(x)
    for g in O(dims).sample(4, seed=2):
        worst = max(worst, float((layer(x @ g.mT) - y @ g.mT).norm() / y.norm()))
    return worst


@pytest.mark.parametrize("dims", [2, 3, 5])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_commute_with_rotations_and_reflections(name, dims):
    assert defect(LAYERS[name](dims), dims) < 1e-12


@pytest.mark.parametrize("dims", [2, 3, 5])
@pytest.mark.parametrize("name", TWINS)
def test_twins_do_not(name, dims):
    assert defect(TWINS[name](dims), dims) > 1e-2


def test_the_relu_keeps_one_side_and_flattens_the_other():
    layer, x = VectorReLU(4, slope=0.0).double().requires_grad_(False), torch.randn(50, 4, 3, dtype=torch.float64)
    y, k = layer(x), layer.direction(x)
    above = (x * k).sum(-1) >= 0
    assert 0.2 < float(above.double().mean()) < 0.8
    torch.testing.assert_close(y[above], x[above])
    assert float((y * k).sum(-1)[~above].abs().max()) < 1e-4  # TINY is added to the length of k
    leaky = VectorReLU(4, slope=0.2, direction=layer.direction)
    torch.testing.assert_close(leaky(x), 0.2 * x + 0.8 * y)


def test_invariants_stay_and_tell_lengths_and_angles():
    layer, x = VectorInvariant(4).double(), torch.randn(6, 4, 3, dtype=torch.float64)
    for g in O(3).sample(4, seed=2):
        torch.testing.assert_close(layer(x @ g.mT), layer(x))
    with torch.no_grad():
        layer.frame.weight.copy_(torch.eye(4, dtype=torch.float64)[:3])
    torch.testing.assert_close(layer(x).reshape(6, 4, 3), (x @ x.mT)[..., :3])


def test_the_pool_takes_one_of_the_vectors_it_is_given():
    layer, x = VectorMaxPool(4), torch.randn(2, 9, 4, 3)
    y = layer(x)
    assert bool((x == y[:, None]).all(-1).any(1).all())
    torch.testing.assert_close(layer(x.flip(1)), y)


def clouds(count: int = 6, points: int = 20) -> torch.Tensor:
    return torch.randn(count, points, 3, dtype=torch.float64)


@pytest.mark.parametrize("plain", [False, True])
def test_classes_stay_under_rotations_unless_the_classifier_is_plain(plain):
    net = PointClassifier(5, channels=6, plain=plain).double()
    x = clouds()
    net(x)
    net.eval().requires_grad_(False)
    y = net(x)
    order = torch.randperm(20)
    torch.testing.assert_close(net(x[:, order] + 3.0), y, rtol=0, atol=1e-10)
    worst = max(float((net(x @ g.mT) - y).norm() / y.norm()) for g in O(3).sample(4, seed=2))
    assert worst > 1e-2 if plain else worst < 1e-10


def test_fewer_points_are_taken_too_and_gradients_reach_everything():
    net = PointClassifier(5, channels=6)
    loss = nn.functional.cross_entropy(net(clouds().float()), torch.arange(6) % 5)
    loss.backward()
    assert all(p.grad is not None and float(p.grad.abs().max()) > 0 for p in net.parameters())
    assert net(clouds(2, 8).float()).shape == (2, 5)


def test_it_has_forward_derivatives():
    """As Lie derivatives need them: along a rotation the scores do not change, along a stretch they do."""
    net = PointClassifier(5, channels=6).double()
    x = clouds()
    net(x)
    net.eval().requires_grad_(False)
    turn = torch.tensor([[0.0, -1.0, 0.3], [1.0, 0.0, -0.5], [-0.3, 0.5, 0.0]], dtype=torch.float64)
    assert torch.func.jvp(net, (x,), (x @ turn.mT,))[1].abs().max() < 1e-10
    stretch = x * torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    change = torch.func.jvp(net, (x,), (stretch,))[1]
    step = 1e-5
    quotient = (net(x + step * stretch) - net(x - step * stretch)) / (2 * step)
    torch.testing.assert_close(change, quotient, rtol=1e-5, atol=1e-7)
    assert change.abs().max() > 1e-3


def test_it_learns_what_shapes_are():
    """Rings, rods and balls, each turned at random: told apart after a few steps, on rotations never seen."""
    source = torch.Generator().manual_seed(1)

    def draw(count):
        kind = torch.randint(3, (count,), generator=source)
        x = torch.randn(count, 24, 3, generator=source)
        ring = x.clone() * torch.tensor([1.0, 1.0, 0.02])
        ring = ring / ring.norm(dim=-1, keepdim=True)
        rod = x * torch.tensor([1.0, 0.02, 0.02])
        x = torch.stack([x / x.norm(dim=-1, keepdim=True), ring, rod])[kind, torch.arange(count)]
        turns = torch.linalg.qr(torch.randn(count, 3, 3, generator=source))[0]
        return x @ turns, kind

    net = PointClassifier(3, channels=4, neighbours=4)
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(40):
        x, kind = draw(32)
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), kind).backward()
        optimizer.step()
    x, kind = draw(200)
    assert float((net.eval()(x).argmax(1) == kind).double().mean()) > 0.9


x = torch.zeros(2, 7, 4, 3)
BAD = {
    "channels": (lambda: VectorLinear(0, 3), "channels_in: got int 0"),
    "shape": (lambda: VectorLinear(5, 3)(x), "vectors [..., 5, d]"),
    "space": (lambda: PlainVectorLinear(4, 3, 2)(x), "vectors [..., 4, 2]"),
    "slope": (lambda: VectorReLU(4, slope=2.0), "slope: got float 2.0"),
    "classes": (lambda: PointClassifier(0), "classes: got int 0"),
    "blocks": (lambda: PointClassifier(3, blocks=0), "blocks: got int 0"),
    "few points": (lambda: PointClassifier(3)(torch.zeros(2, 5, 3)), "of at least 8 points"),
    "plane": (lambda: PointClassifier(3)(torch.zeros(2, 20, 2)), "clouds [B, N, 3]"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_line(name):
    call, words = BAD[name]
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert words in text
    assert "\n" not in text and "; expected " in text
