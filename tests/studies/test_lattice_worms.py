"""Parts 2 and 3 of the lattice study: open worms, found and counted."""

import json

import numpy as np
import pytest
import torch

pytest.importorskip("optuna")
pytest.importorskip("numba")

from symmetra.nn import TranslationNetwork
from symmetra.studies.lattice import counting, detection, worms_data, worms_training
from symmetra.studies.lattice.config import KINDS, SCALES
from symmetra.studies.lattice.violations import feature_map, reach, reaction
from symmetra.studies.lattice.worms_data import SETTINGS, TRAINED, asked, configurations, labelled, worms
from symmetra.studies.lattice.worms_tasks import COUNTING, DETECTION

SETTING = {"depth": 2, "kernel": 2, "pool": "sum", "dense": 0}
DIVERGENCE = torch.tensor([[[0.0, -1.0], [0.0, 1.0]], [[0.0, 0.0], [-1.0, 1.0]]])


@pytest.fixture(autouse=True, scope="module")
def elsewhere(tmp_path_factory):
    """Data and checkpoints of all tests, made once, at two settings of nine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worms_data, "SETTINGS", TRAINED)
        patch.chdir(tmp_path_factory.mktemp("worms"))
        yield


def hand_set(kind: str, signs: tuple[int, ...], pool: str, factor: float) -> TranslationNetwork:
    """The sum or the maximum of the parts of the divergence with these signs."""
    net = TranslationNetwork(
        kind, 4, 1, convolutions=((len(signs), 2), (1, 1)), pool=pool, activation="relu", extents=(8, 8)
    )
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        for channel, sign in enumerate(signs):
            net.convolution_1.weight[channel, :2] = sign * DIVERGENCE
        net.convolution_2.weight.fill_(1)
        net.output.weight.fill_(factor)
    return net


def test_twins_keep_to_their_split():
    """Training data are balanced; every configuration comes once with each number of worms, in one split only."""
    x, y = labelled("quick", "counting-train", (0, 5), 32)
    assert x.shape == (32, 4, 8, 8) and y.tolist() == ([0.0] * 8 + [5.0] * 8) * 2
    assert torch.equal(x[:8, 2:], x[8:16, 2:])  # worms leave l as it is
    other, _ = labelled("quick", "counting-validation", (0, 5), 40)
    assert not any(torch.equal(a, b) for a in x[::8] for b in other)
    divergence = (x[:, :2] - torch.stack([x[:, 0].roll(1, 1), x[:, 1].roll(1, 2)], 1)).sum(1)
    assert torch.equal(divergence.abs().sum((1, 2)) / 2, y)


def test_data_are_read_again():
    again = [configurations("quick", "worms-test-8", 8, TRAINED[0], 8, 1) for _ in range(2)]
    made = worms("quick", "worms-test-8", 8, TRAINED[0], 8, 1).configurations
    assert np.array_equal(*again) and np.array_equal(again[0], made)
    cells = [cell[:3] for cell in asked("quick", "worms-test-8", (8,), (0, 1), 8)]
    assert cells == [(8, setting, n) for setting in TRAINED for n in (0, 1)] and set(TRAINED) < set(SETTINGS)


@pytest.mark.parametrize(
    ("kind", "signs", "pool", "share"),
    [
        ("EQ", (1,), "max", 1.0),
        ("EQ", (-1,), "max", 0.0),
        ("EQ", (1, -1), "max", 0.5),
        ("EQ", (1, 1, -1), "sum", 2 / 3),
        ("ST", (1,), "average", 1.0),
        ("FL", (1, -1), "average", 0.5),
        ("EQ", (), "sum", None),
    ],
)
def test_reaction(kind, signs, pool, share):
    """A detector that is written down reacts to the signs that it is made of."""
    made = worms("quick", "worms-test-8", 8, TRAINED[1], 8, 1)
    net = hand_set(kind, signs or (1,), pool, 1.0 if signs else 0.0)
    found = reaction(net, made)
    assert found == share if share is None else found == pytest.approx(share, abs=1e-6)


def test_maps():
    """The reach of a violation is where the convolution sees it; the map of a figure shows it there only."""
    made = worms("quick", "worms-test-8", 8, TRAINED[1], 8, 1)
    net = hand_set("EQ", (1,), "max", 1.0)
    divergence = torch.as_tensor(made.divergence())
    places = reach(net[:2], divergence, 1)
    seen = (divergence == 1).roll((-1, -1), (1, 2))  # the window that begins one site before
    assert places[seen].all() and (places.flatten(1).sum(1) == 8).all()  # two links in each window of four, no more
    found = feature_map(net, made)
    assert np.array_equal(np.roll(np.array(found["map"]), (1, 1), (0, 1)), np.array(found["divergence"]) == 1)
    json.dumps(found)


@pytest.mark.parametrize(
    ("task", "net"),
    [(COUNTING, hand_set("EQ", (1, -1), "sum", 0.5)), (COUNTING, hand_set("ST", (1, -1), "sum", 2.0))],
    ids=["EQ", "ST"],
)
def test_exact_counters(task, net):
    """|div| / 2 is right everywhere; where the stride averages over four sites, four times that is."""
    found = worms_training.scores(task, [net], "quick", (8, 16), 8)
    accuracy, loss = worms_training.pooled(found, lambda size, _, n: f"{size}|{n}")
    assert len(accuracy) == 2 * 11 and set(map(tuple, accuracy.values())) == {(1.0,)}
    assert max(values[0] for values in loss.values()) < 1e-9


def test_exact_detector():
    net = hand_set("EQ", (1,), "max", 2.0)
    with torch.no_grad():
        net.output.bias.fill_(-1.0)
    found = worms_training.scores(DETECTION, [net], "quick", (8,), 8)
    assert all(accuracy == 1 and loss < 0.32 for accuracy, loss in found.values())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
def test_networks(kind, bias):
    """Without biases a network is homogeneous: it gives nothing for an empty field."""
    net = worms_training.network(kind, SETTING | {"dense": 16, "depth": 3}, bias)
    assert [name for name, _ in net.named_parameters() if "bias" in name] == [] or bias
    assert bool(net(torch.zeros(1, 4, 8, 8))) == bias
    space = worms_training.space(kind)
    assert set(space) == set(SETTING) and (kind == "ST") == (1 not in space["depth"])


@pytest.mark.parametrize(("part", "name"), [(detection, "detection"), (counting, "counting")])
def test_units(part, name):
    """Instances can be stated once the search is done; FL is asked on the box of its training only."""
    config = SCALES["laptop"]
    assert [unit.key for unit in part.units(config)] == [f"{name}/search/{kind}" for kind in KINDS]
    assert part.later(config, {}) == []
    (unit,) = part.later(config, {f"{name}/search/FL": {"best": SETTING}})
    assert unit.key == f"{name}/FL/instances" and unit.arguments["sizes"] == [8]
    assert unit.arguments["count"] >= 5 and unit.arguments["params"] == SETTING


@pytest.mark.parametrize(("part", "kind"), [(detection, "EQ"), (counting, "ST"), (detection, "FL")])
def test_results(part, kind):
    """A search and the instances of what it chose, in little; once more they are the same."""
    own = {"kind": kind, "scale": "quick", "train": 32}
    found = part.search(**own, steps=2, trials=2, repeats=1)
    assert found["best"] in [params for params, _ in found["trials"]] and found["parameters"] > 0
    asked = {"params": found["best"], "sizes": [8], "steps": 20, "count": 2, "each": 8}
    result = part.instances(**own, **asked)
    json.dumps(result, allow_nan=False)
    again = part.instances(**own, **asked)
    assert {**again, "train_seconds": 0} == {**result, "train_seconds": 0}
    keys = [f"8x8|{n}" for n in range(11)] if part is counting else [f"8x8|{eta:g}|{mu:g}" for eta, mu in TRAINED]
    assert list(result["accuracy"]) == list(result["loss"]) == keys
    assert all(len(values) == 2 and 0 <= min(values) <= max(values) <= 1 for values in result["accuracy"].values())
    if part is detection:
        assert len(result["reaction"]) == 2 and np.array(result["feature_maps"]["input"]).shape == (2, 8, 8)
    else:
        assert len(result["accuracy_by_parameters"]) == len(TRAINED)
