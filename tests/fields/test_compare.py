"""Before and after averaging: the numbers of the rows, the spread, and windows that move on."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra.enforce import average
from symmetra.fields import Field, FieldLayout, compare, generate, vrmse
from symmetra.fields._moves import group_of, named
from symmetra.groups import C, D, Hyperoctahedral
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError


@pytest.fixture(scope="module")
def flow():
    return generate("navier_stokes", 3, extents=8, steps=6)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    flaw = torch.nn.Conv2d(8, 4, 3, padding=1)
    return lambda x: x[:, 4:] + 0.2 * flaw(x)


def averaged(net, flow, group, history=2):
    layout = flow.layout(history)
    return average(net, layout.action(group), layout.output.action(group), batched=True)


def test_windows_move_on():
    """The oldest step leaves, the new one comes last, constants stay; channels first and last."""
    layout = FieldLayout([Field("a"), Field("v", 1)], dims=2, history=3, constants=["c"])
    x, y = torch.randn(2, 10, 4, 4), torch.randn(2, 3, 4, 4)
    after = layout.advance(x, y)
    assert torch.equal(after, torch.cat([x[:, 3:9], y, x[:, 9:]], 1))
    assert torch.equal(after[:, layout.last], y)
    last = FieldLayout([Field("a"), Field("v", 1)], 2, 3, ["c"], channels_last=True)
    assert torch.equal(last.advance(x.movedim(1, -1), y.movedim(1, -1)), after.movedim(1, -1))
    # It commutes with the group, as rollouts ask of it.
    action, out = layout.action("D4"), layout.output.action("D4")
    for g in action.group.elements:
        moved = layout.advance(action.transform(g, x), out.transform(g, y))
        assert torch.equal(moved, action.transform(g, after))


def test_the_numbers_of_rollouts(net, flow):
    f, layout = averaged(net, flow, "D4"), flow.layout(2)
    found = compare(f, flow, history=2, horizons=((1, 1), (2, 4)), batch=5)
    assert found.plain.shape == (6, 4, 4) and found.trajectories == 3
    x, y = flow.windows(2, 4)
    with torch.no_grad():
        for model, errors in ((net, found.plain), (f, found.averaged)):
            z = x
            for step in range(4):
                prediction = model(z)
                assert torch.allclose(vrmse(prediction, y[:, step]), errors[:, step], rtol=1e-4)
                z = layout.advance(z, prediction)
        whole = f.rollout(x, 4, "trajectory", layout.advance)
    other = compare(f, flow, history=2, horizons=((1, 1), (2, 4)), mode="trajectory")
    assert torch.allclose(vrmse(whole.transpose(0, 1), y), other.averaged, rtol=1e-4)
    rows = found.rows()
    assert [row["steps"] for row in rows] == ["1"] * 4 + ["2:4"] * 4
    assert rows[2]["plain"] == pytest.approx(float(found.plain[:, 0, 2:].mean()))
    assert rows[7]["averaged"] == pytest.approx(float(found.averaged[:, 1:].mean()))


def test_the_spread_is_what_is_taken_off_the_square(net, flow):
    """mean_g |f_g − y|² = |Qf − y|² + spread, for each channel and window; here both sides from VRMSE."""
    f = averaged(net, flow, "D4")
    x, y = flow.windows(2)
    with torch.no_grad():
        orbit = f.orbit(x)
    found = compare(f, flow, history=2)
    target, mean = y[:, 0].double(), orbit.double().mean(0)
    before = torch.stack([vrmse(o, target).square() for o in orbit]).mean(0)
    scale = (mean.var((-2, -1)) + 1e-7) / (target.var((-2, -1)) + 1e-7)
    assert torch.allclose(before, vrmse(mean, target).square() + found.spread.square() * scale, rtol=1e-5)


def test_a_trivial_group_changes_nothing(net, flow):
    found = compare(averaged(net, flow, "trivial"), flow, history=2, horizons=((1, 2),))
    assert torch.equal(found.plain, found.averaged) and float(found.spread.abs().max()) == 0
    assert {row["gain"] for row in found.rows()} == {0.0} and {row["worse"] for row in found.rows()} == {0.0}


def test_rollouts_that_blow_up_are_infinite_and_not_hidden(flow):
    layout = flow.layout()
    f = average(lambda x: 1e30 * x, layout.action("C2"), layout.output.action("C2"), batched=True)
    row = compare(f, flow, horizons=((1, 1), (3, 4))).rows()[-1]
    assert math.isinf(row["plain"]) and math.isnan(row["gain"]) and math.isnan(row["low"])


@pytest.mark.parametrize("horizons", [(), 3, ((2, 1),), ((0, 1),), ((1, 2, 3),), ((1.0, 2.0),), (1, 2)])
def test_bad_horizons(net, flow, horizons):
    with pytest.raises(InputError, match="a first and a last step"):
        compare(averaged(net, flow, "C2"), flow, history=2, horizons=horizons)


def test_bad_data_and_modes(net, flow):
    for words, more in (("mode", {"mode": "best"}), ("history", {"horizons": ((1, 9),)})):
        with pytest.raises(InputError, match=words):
            compare(averaged(net, flow, "C2"), flow, history=2, **more)
    with pytest.raises(InputError, match="an averaged model"):
        compare(net, flow, history=2)
    with pytest.raises(InputError, match="Trajectories"):
        compare(averaged(net, flow, "C2"), flow.values)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_name_of_every_subgroup_is_one_that_is_understood(d):
    """What a table of the guard shows can be asked for."""
    axes = ("x", "y", "z")[:d]
    for subgroup in Hyperoctahedral(d).subgroups():
        found = named([SignedAxes.of_matrix(g) for g in subgroup.elements], axes)
        if "Hyperoctahedral" not in found.name:
            again = group_of(found.name, axes)
            assert again.order == subgroup.order and all(subgroup.contains(g) for g in again.elements)


def test_signed_axes_are_their_matrices():
    for d in (1, 2, 3):
        for g in Hyperoctahedral(d).elements:
            axes = SignedAxes.of_matrix(g)
            assert torch.equal(axes.matrix, g) and axes.determinant == round(float(torch.linalg.det(g)))
            assert SignedAxes.of_images(axes.images()) == axes
    for words, group in (("C4", C(4)), ("(-y x), flip x", D(4))):
        found = group_of(words, ("x", "y"))
        assert found.order == group.order and all(found.contains(g) for g in group.elements)
    for words in ("(x x)", "(x)", "(x w)", "C5", ""):
        with pytest.raises(InputError, match="moves or a group among"):
            group_of(words, ("x", "y"))


@pytest.mark.parametrize("batch", [1, 4, 100])
def test_windows_in_batches_are_the_windows(batch):
    data = generate("acoustics", 2, extents=8, steps=6)
    x, y = data.windows(2, 3, stride=2)
    assert x.shape == (4, 8, 8, 8) and y.shape == (4, 3, 3, 8, 8)
    parts = list(data.batches(2, 3, 2, batch))
    assert all(len(a) <= batch for a, _ in parts)
    assert torch.equal(torch.cat([a for a, _ in parts]), x) and torch.equal(torch.cat([b for _, b in parts]), y)
    assert data.places(2, 3, 2) == [(0, 0), (0, 2), (1, 0), (1, 2)]
    # The oldest step first, the constants last, and the step after the history is the first target.
    assert torch.equal(x[1], torch.cat([data.values[0, 2], data.values[0, 3], data.constants[0]]))
    assert torch.equal(y[1], data.values[0, 4:7])
    with pytest.raises(InputError, match="batch"):
        next(data.batches(batch=0))
