"""The study of averaging: its pieces, and the quick run from the command line to its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from symmetra.cli import main
from symmetra.fields import Field, FieldLayout, generate, vrmse
from symmetra.nn import UNet
from symmetra.studies.averaging import training
from symmetra.studies.averaging.config import CLAIMS, SCALES
from symmetra.studies.averaging.data import trajectories
from symmetra.studies.averaging.study import STUDY, units
from symmetra.studies.averaging.surrogate import Surrogate, moved
from symmetra.studies.runner import results

ROOT = Path(__file__).resolve().parents[2]
LAPTOP = ROOT / "results" / "averaging" / "laptop" / "results.jsonl"
FLOW = [Field("tracer"), Field("velocity", 1)]
LAYOUT = FieldLayout(FLOW, dims=2, history=2, constants=["depth"])


def test_from_the_command_line_to_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["study", "run", "averaging", "--scale", "quick", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    folder = tmp_path / "averaging" / "quick"
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert len(lines) == len(STUDY.at("quick"))
    page = (folder / "report.html").read_text()
    assert page.count("<svg") >= 10 and "NaN" not in page
    assert all(claim.claim[1:40] in page for claim in CLAIMS)
    for result in (line["result"] for line in lines):
        losses = np.array(result["test"]["losses"])
        assert result["equivariance"]["averaged"] < 1e-6 < 1e-2 < result["equivariance"]["plain"]
        # An average over the test set by trajectory, and over the windows of each, is that of the rollout's first step.
        assert losses.shape == (10, SCALES["quick"].data["test"])
        assert losses[-1].mean() < losses[0].mean() or result["admitted"] == "flip x"


def test_a_unit_is_deterministic_and_a_second_run_takes_the_trained_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = dict(next(iter(units(SCALES["quick"]))).arguments) | {"updates": 4, "every": 2, "horizon": 2}
    own = {name: arguments[name] for name in arguments if name not in ("horizon", "stride", "picture")}
    monkeypatch.chdir(tmp_path)
    first = training.trained(**own)
    made = list((tmp_path / "out").rglob("*.safetensors"))
    assert len(made) == 1
    again = training.trained(**own)
    assert list((tmp_path / "out").rglob("*.safetensors")) == made and again.record == first.record
    made[0].unlink()
    anew = training.trained(**own)
    for one in (again, anew):
        assert all(map(torch.equal, one.model.state_dict().values(), first.model.state_dict().values()))
    curve = first.record["curve"]
    assert curve["step"] == [0, 2, 4] and anew.record["curve"] == curve
    x, y = training.pairs(first.data["validation"], arguments["history"], arguments["watch"])
    best = curve["step"].index(first.record["best_step"])
    assert float(training.error(first.model, x, y).mean()) == pytest.approx(curve["plain"][best], rel=1e-6)
    assert float(training.error(first.averaged(), x, y).mean()) == pytest.approx(curve["averaged"][best], rel=1e-6)


def test_trajectories_of_each_use_are_others_and_the_test_set_is_the_same_for_all() -> None:
    shape: dict[str, Any] = {"count": 2, "extents": 8, "steps": 1, "warmup": 0}
    found = {
        (use, seed): trajectories("gray_scott", {}, use, seed, **shape).values[:, 0]
        for use in ("train", "validation", "test")
        for seed in (0, 1)
    }
    assert torch.equal(found["test", 0], found["test", 1])
    others = [found[key] for key in found if key != ("test", 1)]
    assert all(not torch.equal(a, b) for i, a in enumerate(others) for b in others[:i])


def test_the_surrogate_predicts_changes_and_its_rollout_keeps_history_and_constants() -> None:
    data = generate("acoustics", 2, extents=8, steps=3)
    layout = data.layout(2)
    x, y = data.windows(2)
    torch.manual_seed(0)
    model = Surrogate(UNet(layout.channels, 3, width=4, depth=1), layout, x, y[:, 0])
    assert layout.names[layout.last] == layout.output.names
    model.requires_grad_(False)
    for parameter in model.parameters():
        parameter.zero_()
    change = (y[:, 0] - x[:, 3:6]).mean((0, 2, 3))
    torch.testing.assert_close(model(x), x[:, 3:6] + change.reshape(3, 1, 1))
    expected = vrmse(model(x), y[:, 0]).square().mean()
    assert float(model.loss(x, y[:, 0])) == pytest.approx(float(expected), rel=1e-5)
    following = layout.advance(x, y[:, 0])
    assert torch.equal(following, torch.cat([x[:, 3:6], y[:, 0], x[:, 6:]], 1))
    whole = data.windows(2, 1)[0].unflatten(0, (2, -1))
    assert torch.equal(layout.advance(whole[:, 0], data.values[:, 2]), whole[:, 1])


def test_augmentation_moves_inputs_and_targets_alike() -> None:
    torch.manual_seed(0)
    x = torch.randn(40, LAYOUT.channels, 6, 6)
    action_in, action_out = LAYOUT.action("D4"), LAYOUT.output.action("D4")
    inputs, targets = moved(action_in, action_out, x, x[:, LAYOUT.last])
    assert torch.equal(inputs[:, LAYOUT.last], targets)
    every = torch.stack([action_in.transform(g, x) for g in action_in.group.elements])
    used = (every == inputs).flatten(2).all(2)
    assert bool((used.sum(0) == 1).all()) and bool(used.any(1).all())


def test_units_of_every_scale() -> None:
    laptop = {unit.key: unit for unit in STUDY.at("laptop")}
    assert {key.split("/")[0] for key in laptop} >= {"navier_stokes", "active_nematic", "buoyant_flow"}
    for system in ("navier_stokes", "active_nematic", "buoyant_flow"):
        for network in ("unet", "fno"):
            assert sum(key.startswith(f"{system}/{network}/plain/") for key in laptop) >= 3
    assert all(json.loads(json.dumps(dict(unit.arguments))) == unit.arguments for unit in laptop.values())
    assert len(STUDY.at("paper")) > len(laptop)


def test_the_results_that_are_shipped_are_those_of_the_study() -> None:
    lines = [json.loads(line) for line in LAPTOP.read_text().splitlines()]
    assert len(results(STUDY, "laptop", LAPTOP.parents[2])) == len(lines) == len(STUDY.at("laptop"))
    assert LAPTOP.stat().st_size < 2_000_000
