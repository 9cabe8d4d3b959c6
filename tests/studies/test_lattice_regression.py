"""Part 1 of the lattice study: the second stage of training, the data, the networks that may be chosen, a small run."""

import json
from itertools import product

import pytest
import torch

pytest.importorskip("optuna")
pytest.importorskip("numba")

from symmetra.studies.lattice import regression, regression_large
from symmetra.studies.lattice.config import ETA, KINDS, SCALES, SIZES, TRAIN_MU, TRAIN_SIZE
from symmetra.studies.lattice.data import ensemble
from symmetra.studies.lattice.regression_training import labelled, network, rolled, space, trained

PARAMS = {"kernels": [2, 1], "channels": 4, "activation": "gelu"}
OWN = {"scale": "quick", "pool": 40, "train": 40, "steps": 20, "newton": 4}


@pytest.fixture(autouse=True, scope="module")
def elsewhere(tmp_path_factory):
    """Ensembles and trained networks of all tests, made once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("regression"))
        yield
    labelled.cache_clear()


def test_shifts_leave_labels_alone():
    """Random translations are those of the lattice, one for each configuration, and do not change n and φ²."""
    x, y = labelled("quick", "train", 40)
    moved = rolled(x, torch.Generator().manual_seed(0))
    assert sum(torch.equal(a, b) for a, b in zip(x, moved)) < 3
    for one, other in zip(x[:5], moved[:5]):
        assert any(torch.equal(one.roll((a, b), (1, 2)), other) for a in range(60) for b in range(4))
    torch.testing.assert_close(moved[:, 0].mean((1, 2)).double(), y[:, 0], rtol=0, atol=1e-6)


def test_training_and_test_share_no_chain():
    uses = [ensemble("quick", u, TRAIN_SIZE, ETA, TRAIN_MU, n) for u, n in (("train", 40), ("validation", 50))]
    assert uses[0].seed != uses[1].seed
    a, b = (one.configurations.reshape(len(one.configurations), -1) for one in uses)
    assert not any((row == b).all(1).any() for row in a)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_is_a_network(kind):
    """All of the space can be built, and EQ and ST run on all five boxes."""
    choices = space(kind)
    for kernels, activation in product(choices["kernels"], choices["activation"]):
        net = network(kind, {"kernels": kernels, "channels": 4, "activation": activation})
        for box in SIZES if kind != "FL" else [TRAIN_SIZE]:
            assert net(torch.zeros(1, 4, *box)).shape == (1, 2)


@pytest.mark.parametrize("augment", [False, True])
def test_training_is_deterministic_and_kept(augment):
    one, found = trained("ST", PARAMS, **OWN, seed=3, augment=augment, keep=True)
    again, same = trained("ST", PARAMS, **OWN, seed=3, augment=augment, keep=True)
    anew, other = trained("ST", PARAMS, **OWN, seed=3, augment=augment)
    assert found == same and found["validation"] == other["validation"] <= found["adamw"]
    for a, b, c in zip(one.parameters(), again.parameters(), anew.parameters()):
        assert torch.equal(a, b) and torch.equal(a, c)


def test_the_second_stage_helps():
    """The same network, a tenth of the error: least squares is what AdamW stalls at."""
    own = OWN | {"steps": 60, "newton": 15}
    found = trained("EQ", PARAMS, **own, seed=0)[1]
    assert found["validation"] < 0.1 * found["adamw"]


def test_tests_of_networks():
    """A network that is right about n and says 1 for φ²."""

    class Half(torch.nn.Module):
        def forward(self, x):
            n = x[:, 0].mean((1, 2))
            return torch.stack([n, torch.ones_like(n)], 1)

    found = regression.tests([Half()], "quick", [[60, 4]], [1.05], 8)
    labels = torch.as_tensor(ensemble("quick", "test", (60, 4), ETA, 1.05, 8).labels())
    expected = float((labels[:, 1] - 1).square().mean() / 2)
    assert found["by_size"]["60x4"][0] == pytest.approx(expected, rel=1e-6)
    assert found["by_mu"]["60x4"] == {"1.05": [pytest.approx(expected, rel=1e-6)]} and not found["curves"]


def test_the_earlier_network_is_as_large_as_it_was():
    assert 0.9e7 < sum(p.numel() for p in regression_large.network().parameters()) < 1.1e7


def test_units():
    """What can be stated at once, and what later; every size of the training set, augmented or not."""
    config = SCALES["laptop"]
    first = regression.units(config)
    assert len({unit.key for unit in first}) == len(first) == 5 + 3 + 1
    assert regression.later(config, {}) == []
    results = {f"regression/search/{kind}": {"best": PARAMS} for kind in KINDS}
    after = regression.later(config, results)
    assert len({unit.key for unit in after}) == len(after) == 5 * len(config.regression.train) + 1
    assert "regression/FL+aug/n100/instances" in {unit.key for unit in after}
    assert json.loads(json.dumps([dict(unit.arguments) for unit in after])) == [dict(u.arguments) for u in after]


def test_one_small_run():
    """The units that build on each other, and numbers that the journal can hold."""
    searched = regression.chosen("EQ", space("EQ"), 2, 1, **OWN | {"newton": 1, "steps": 5})
    assert set(searched) == {"best", "value", "parameters", "trials"} and len(searched["trials"]) == 2
    found = regression.instances("EQ", PARAMS, 2, False, 20, 8, [[50, 2], [60, 4]], [1.0, 1.05], **OWN)
    assert json.loads(json.dumps(found)) == found
    assert [len(found[key]) for key in ("test_mse", "validation", "adamw")] == [2, 2, 2]
    assert set(found["by_size"]) == {"50x2", "60x4"} and set(found["by_mu"]["60x4"]) == {"1", "1.05"}
    rows = regression.monte_carlo("quick", [60, 4], [1.05], 8)
    assert rows["n"][0] == pytest.approx(0.6, abs=0.2) and rows["n_error"][0] > 0
