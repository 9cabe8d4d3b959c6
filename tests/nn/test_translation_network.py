"""Networks on periodic lattices: which shifts they keep, what they can do exactly, and how they are told apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from symmetra.actions import Rolls
from symmetra.inputs import InputError
from symmetra.measure import audit, equivariance_error
from symmetra.nn import CircularConv, CircularPool, GlobalPool, TranslationNetwork
from symmetra.training import Ensemble

from .hand_set import DIVERGENCE, configuration, exact, observables, violations


def fields(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def made(kind: str, extents: tuple[int, ...], seed: int = 0, **options: Any) -> TranslationNetwork:
    torch.manual_seed(seed)
    return TranslationNetwork(kind, 4, 2, extents=extents, **options)


SUMS = [  # extents, kernel, stride, channels in: those with many channels and sites go through torch's convolutions
    ((5,), 2, 1, 3),
    ((6,), 4, 3, 30),
    ((5, 7), 1, 1, 40),
    ((5, 7), (2, 3), 1, 3),
    ((5, 7), (2, 3), 1, 40),
    ((6, 7), 3, 2, 3),
    ((6, 7), 3, (1, 2), 40),
    ((2, 2), 2, 1, 20),
    ((3, 4, 5), 2, 1, 2),
    ((3, 4, 5), (1, 4, 2), 2, 20),
    ((3, 2, 4, 3), 2, 1, 4),
]


@pytest.mark.parametrize(("extents", "kernel", "stride", "channels"), SUMS)
def test_a_convolution_is_its_sum(extents: tuple[int, ...], kernel: Any, stride: Any, channels: int) -> None:
    layer, x = (
        CircularConv(channels, 3, kernel, stride, dimensions=len(extents)).double(),
        fields(2, channels, *extents),
    )
    y = layer.bias.reshape(1, -1, *[1] * len(extents))
    axes = tuple(range(-len(extents), 0))
    for a in itertools.product(*map(range, layer.kernel)):
        there = torch.roll(x, [(k - 1) // 2 - i for k, i in zip(layer.kernel, a, strict=True)], axes)
        y = y + torch.einsum("oc,bc...->bo...", layer.weight[(..., *a)], there)
    kept = (..., *(slice(None, None, s) for s in layer.stride))
    torch.testing.assert_close(layer(x), y[kept], rtol=0, atol=1e-13)
    without = CircularConv(channels, 3, kernel, stride, bias=False, dimensions=len(extents)).double()
    without.load_state_dict({"weight": layer.weight})
    torch.testing.assert_close(without(x), layer(x) - layer.bias.reshape(-1, *[1] * len(extents)), rtol=0, atol=1e-13)


def test_a_convolution_takes_the_weights_of_torch() -> None:
    ours, theirs = CircularConv(3, 5, 4), nn.Conv2d(3, 5, 4, padding="same", padding_mode="circular")
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(fields(2, 3, 6, 5).float()), theirs(fields(2, 3, 6, 5).float()))


@pytest.mark.parametrize("kind", ["average", "max"])
def test_local_pools(kind: str) -> None:
    x, torch_kind = fields(2, 3, 6, 4), {"average": nn.AvgPool2d, "max": nn.MaxPool2d}[kind]
    torch.testing.assert_close(CircularPool(kind, 2)(x), torch_kind(2)(x))
    torch.testing.assert_close(CircularPool(kind, (3, 2))(x), torch_kind((3, 2))(x))
    around = torch.cat([x, x[:, :, :2]], 2)
    torch.testing.assert_close(CircularPool(kind, (4, 1))(x), torch_kind((4, 1))(around))
    torch.testing.assert_close(CircularPool(kind, (2, 1), 1)(x), torch_kind((2, 1), 1)(around[:, :, :7]))


def test_global_pools() -> None:
    x = fields(2, 3, 6, 4)
    for kind, value in {"average": x.mean((2, 3)), "max": x.amax((2, 3)), "sum": x.sum((2, 3))}.items():
        torch.testing.assert_close(GlobalPool(kind)(x), value)


NETWORKS: dict[str, dict[str, Any]] = {
    "as it comes": {},
    "maximum": {"pool": "max"},
    "sum, dense": {"pool": "sum", "dense": (8, 5), "activation": "tanh"},
    "large kernels": {"convolutions": ((6, 3), (40, (2, 1)), (5, 2))},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_which_shifts_each_architecture_keeps(options: dict[str, Any], dtype: torch.dtype) -> None:
    extents, bar = (6, 4), 1e-5 if dtype == torch.float32 else 1e-12
    shifts, x = Rolls(extents), fields(3, 4, *extents).to(dtype)
    every = shifts.group.elements
    even = (shifts.steps(every) % 2 == 0).all(-1)

    def errors(kind: str) -> torch.Tensor:
        return equivariance_error(made(kind, extents, **options).to(dtype), x, shifts, elements=every).per_element

    assert errors("EQ").max() < bar
    strided, flat = errors("ST"), errors("FL")
    assert strided[even].max() < bar and strided[~even].min() > 1e-3
    moving = shifts.steps(every).any(-1)
    assert flat[~moving].max() < bar and flat[moving].min() > 1e-3


def test_shifts_in_other_dimensions_and_at_several_strides() -> None:
    for extents in ((9,), (4, 3, 5), (2, 3, 2, 4)):
        net = made("EQ", extents, convolutions=((8, 2), (8, 2)), downsample=(2, 1)).double()
        shifts = Rolls(extents)
        error = equivariance_error(net, fields(3, 4, *extents), shifts, elements=shifts.group.elements)
        assert error.per_element.max() < 1e-12
    # Not the average: averages hardly change sign, and where none does, leaky_relu is linear and breaks nothing.
    convolutions = ((8, 2), (8, 2), (8, 1))
    net = made("ST", (24, 12), convolutions=convolutions, downsample=(2, 3, 1), pool="max").double()
    shifts = Rolls((24, 12))
    elements = torch.stack([shifts.element(6, 0), shifts.element(12, 6), shifts.element(2, 0), shifts.element(3, 3)])
    error = equivariance_error(net, fields(3, 4, 24, 12), shifts, elements=elements).per_element
    assert error[:2].max() < 1e-12 and error[2:].min() > 1e-3


AUDITS: dict[str, tuple[nn.Module, tuple[str, ...]]] = {
    "EQ": (made("EQ", (12, 4)), ()),
    "ST": (made("ST", (12, 4)), ("pooling_1 (CircularPool, stride 2) breaks shifts that are not multiples of 2",)),
    "ST, twice": (
        made("ST", (12, 4), convolutions=((8, 2), (8, 2), (8, 1)), downsample=(2, 2, 1), activation="tanh"),
        (
            "pooling_1 (CircularPool, stride 2) breaks shifts that are not multiples of 2",
            # of 4 sites in space 2 are left, which this pooling averages over: a shift by 2 does no harm
            "pooling_2 (CircularPool, stride 2) breaks shifts that are not multiples of (4, 2)",
        ),
    ),
    "FL": (
        made("FL", (12, 4)),
        (
            "pooling_1 (CircularPool, stride 2) breaks shifts that are not multiples of 2",
            "flatten (Flatten) breaks every shift",
        ),
    ),
    "one's own": (
        nn.Sequential(CircularConv(4, 3, 2), nn.Tanh(), nn.MaxPool2d((3, 2)), nn.Tanh(), GlobalPool("sum")),
        ("2 (MaxPool2d, stride (3, 2)) breaks shifts that are not multiples of (3, 2)",),
    ),
    "padded with zeros": (
        nn.Sequential(nn.Conv2d(4, 3, 3, padding=1), nn.Tanh(), GlobalPool("sum")),
        ("0 (Conv2d) breaks every shift",),
    ),
    # What the global pool makes up for was not lost.
    "a stride without consequence": (nn.Sequential(CircularConv(4, 3, 2), nn.AvgPool2d(2), GlobalPool("sum")), ()),
}


@pytest.mark.parametrize("case", AUDITS)
def test_the_audit_names_the_layer(case: str) -> None:
    net, words = AUDITS[case]
    found = audit(net, fields(6, 4, 12, 4).float(), Rolls((12, 4)))
    assert found.layers == words
    assert found.holds == (not words)
    assert all(part in found.sentence for part in words) and str(found).startswith(found.sentence)
    assert "component 1 (shift by (1, 0)): " + ("broken" if case == "FL" else "") in str(found)


def test_the_audit_of_maps_between_fields_and_of_what_has_no_layers() -> None:
    shifts, x = Rolls((12, 4)), fields(6, 4, 12, 4)
    assert audit(CircularConv(4, 3, 2).double(), x, shifts, shifts).holds
    assert audit(made("ST", (12, 4)).double(), x, shifts).layers
    wrong = audit(lambda u: u[:, 0].sum(-1), x, shifts)
    assert not wrong.holds and wrong.layers == ()
    stranger = audit(nn.Sequential(nn.Flatten(0)).double(), x, shifts, batched=False)
    assert not stranger.holds and stranger.layers == ()


SIZES = [(2, 2), (3, 5), (7, 2), (5, 5), (8, 8), (60, 4)]


@pytest.mark.parametrize("extents", SIZES)
def test_hand_set_networks_solve_every_task_exactly(extents: tuple[int, int]) -> None:
    worms = torch.arange(12) % (min(5, extents[0] * extents[1] // 2) + 1)
    x = torch.stack([configuration(extents, count, seed) for seed, count in enumerate(worms.tolist())])
    n, phi2, div = exact(x)
    assert torch.equal(div.abs().sum((1, 2)), 2.0 * worms)
    conserved = worms == 0  # where f is even everywhere
    torch.testing.assert_close(observables()(x)[:, 0], n, rtol=0, atol=1e-12)
    torch.testing.assert_close(observables()(x)[conserved, 1], phi2[conserved], rtol=0, atol=1e-12)
    layer = CircularConv(4, 1, 2, bias=False).double()
    with torch.no_grad():
        layer.weight.zero_()[0, :2] = DIVERGENCE
    assert torch.equal(layer(x)[:, 0].roll((1, 1), (-2, -1)), div)  # the window begins one site before
    assert torch.equal(violations("max", 1.0)(x)[:, 0], (worms > 0).double())
    assert torch.equal(violations("sum", 0.5)(x)[:, 0], worms.double())


def test_every_size_runs_but_for_one_architecture() -> None:
    for kind, extents in itertools.product(("EQ", "ST"), SIZES):
        assert made(kind, (60, 4))(fields(2, 4, *extents).float()).shape == (2, 2)
    # Where the stride does not divide an extent, shifts along the other axis are still kept.
    net, shifts, x = made("ST", (8, 5)).double(), Rolls((8, 5)), fields(3, 4, 8, 5)
    found = audit(net, x, shifts)
    assert found.layers == ("pooling_1 (CircularPool, stride 2) breaks shifts that are not multiples of (2, 5)",)


@pytest.mark.parametrize("kind", ["EQ", "ST", "FL"])
def test_state_ensembles_and_gradients(kind: str) -> None:
    nets = [made(kind, (6, 4), seed, dense=(5,)).double() for seed in range(3)]
    x = fields(4, 4, 6, 4)
    together = Ensemble(nets)(x)
    torch.testing.assert_close(together, torch.stack([net(x) for net in nets]), rtol=0, atol=1e-13)
    other = made(kind, (6, 4), 7, dense=(5,)).double()
    other.load_state_dict(nets[0].state_dict())
    assert torch.equal(other(x), nets[0](x))
    nets[0](x).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in nets[0].parameters())
    assert nets[0](x.float().double()).dtype == torch.float64
    assert type(nets[0][:2]) is nn.Sequential and nets[0][:2](x).shape[1] == 16
    assert isinstance(nets[0][0], CircularConv)


x = torch.zeros(2, 4, 6, 4)
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "kind": (lambda: TranslationNetwork("CNN", 4, 2), 'kind: got str \'CNN\'; expected "EQ", "ST" or "FL"'),
    "channels": (lambda: TranslationNetwork("EQ", 0, 2), "channels_in: got int 0"),
    "outputs": (lambda: TranslationNetwork("EQ", 4, 2.0), "outputs: got float 2.0"),
    "convolutions": (lambda: TranslationNetwork("EQ", 4, 2, convolutions=(16, 2)), "convolutions: got tuple (16, 2)"),
    "no convolutions": (lambda: TranslationNetwork("EQ", 4, 2, convolutions=()), "convolutions: got tuple ()"),
    "axes of kernels": (
        lambda: TranslationNetwork("EQ", 4, 2, convolutions=((16, (2, 2, 2)),)),
        "kernels of 2 axes",
    ),
    "dense": (lambda: TranslationNetwork("EQ", 4, 2, dense=32), "dense: got int 32"),
    "pool": (lambda: TranslationNetwork("EQ", 4, 2, pool="mean"), "pool: got str 'mean'"),
    "activation": (lambda: TranslationNetwork("EQ", 4, 2, activation="softmax"), "activation: got str 'softmax'"),
    "windows": (lambda: TranslationNetwork("ST", 4, 2, downsample=(2,)), "one window for each of 2 convolutions"),
    "a stride for nothing": (lambda: TranslationNetwork("ST", 4, 2, convolutions=((16, 2),)), "undoes the stride"),
    "FL without extents": (lambda: TranslationNetwork("FL", 4, 2), "extents: got none for FL"),
    "FL and its strides": (lambda: made("FL", (6, 5)), "extents: got (6, 5); expected multiples of the strides"),
    "FL on another size": (lambda: made("FL", (6, 4))(x.mT), "expected the extents (6, 4), since FL has weights"),
    "a kernel too large": (lambda: CircularConv(4, 1, 5)(x), "fits into"),
    "in a network": (lambda: TranslationNetwork("EQ", 4, 2)(x[..., :1]), "x: got the extents (6, 1)"),
    "after a stride": (
        lambda: TranslationNetwork("ST", 4, 2, convolutions=((4, 1), (4, 3)))(x),
        "x: got the extents (3, 2); expected extents that the kernel (3, 3) fits into",
    ),
    "a window too large": (lambda: CircularPool("max", 5)(x), "the window (5, 5) fits into"),
    "kernel": (lambda: CircularConv(4, 1, 0), "kernel: got int 0"),
    "strides": (lambda: CircularConv(4, 1, 2, stride=(1, 1, 1)), "one for each of 2 axes"),
    "strides of a pool": (lambda: CircularPool("max", 2, stride=(1, 1, 1)), "one for each of 2 axes"),
    "channels of fields": (lambda: CircularConv(3, 1, 2)(x), "shape [batch, 3, *extents], 2 extents"),
    "axes of fields": (lambda: CircularConv(4, 1, 2, dimensions=3)(x), "shape [batch, 4, *extents], 3 extents"),
    "local pool": (lambda: CircularPool("sum", 2), 'expected "average" or "max"'),
    "global pool": (lambda: GlobalPool("mean"), 'expected "average", "max" or "sum"'),
    "no sites": (lambda: GlobalPool("sum")(x[..., 0, 0]), "shape [batch, channels, *extents]"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    call, words = BAD[case]
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
