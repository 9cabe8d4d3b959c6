"""``symmetra fields``: a file is made, read, and told; whatever is wrong costs one line and leaves nothing."""

from __future__ import annotations

import json

import pytest

from symmetra.cli._main import run
from symmetra.fields import generate, read


def test_a_data_set_is_made_and_told(tmp_path, capsys):
    path = str(tmp_path / "flow.hdf5")
    command = ["fields", "generate", "buoyant_flow", "--out", path, "--trajectories", "2", "--extents", "8"]
    assert run([*command, "--steps", "3", "--seed", "1", "--set", "gravity=2"]) == 0
    made = read(path)
    assert made.values.shape == (2, 4, 4, 8, 8) and made.metadata.parameters["gravity"] == 2
    assert (made.values == generate("buoyant_flow", 2, extents=8, steps=3, seed=1, gravity=2).values).all()
    assert "2 trajectories of 4 steps" in capsys.readouterr().out
    assert run(["fields", "check", path]) == 0
    assert "is whole: 2 trajectories, 4 steps, 4 channels" in " ".join(capsys.readouterr().out.split())
    assert run(["fields", "info", path, "--veto", "gravity y", "--parity", "buoyancy=-1"]) == 0
    out = capsys.readouterr().out
    assert "flip x, 2 elements; rolls along x, y" in out and 'no swap x y: "gravity y", your veto' in out
    assert run(["fields", "info", path, "--json", "--parity", "buoyancy=-1"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["group"]["order"] == 8 and told["extents"] == [8, 8] and told["excluded"] == {}
    assert told["fields"][0] == {"name": "buoyancy", "order": 0, "parity": -1, "symmetric": False}


@pytest.mark.parametrize(
    "words",
    [
        "generate weather --out {new}",
        "generate gray_scott --out {new} --extents 8,x",
        "generate gray_scott --out {new} --extents 8,8,8",
        "generate gray_scott --out {new} --set feed",
        "generate gray_scott --out {new} --set feed=fast",
        "generate gray_scott --out {new} --set flow=1",
        "generate gray_scott --out {new} --steps 0",
        "generate gray_scott --out {old}",
        "generate gray_scott --out {folder}/a.csv",
        "generate gray_scott --extents 8 --steps 1 --trajectories 1 --out {folder}/no/a.hdf5",
        "info {new}",
        "info {old} --veto north",
        "info {old} --parity A=2",
        "info {old} --parity B",
        "check {cut}",
    ],
)
def test_what_is_wrong_costs_one_line(tmp_path, capsys, words):
    old, cut = tmp_path / "old.hdf5", tmp_path / "cut.hdf5"
    assert run(["fields", "generate", "gray_scott", "--out", str(old), "--extents", "8", "--steps", "1"]) == 0
    cut.write_bytes(old.read_bytes()[:3000])
    capsys.readouterr()
    before = old.read_bytes()
    assert run(["fields", *words.format(old=old, cut=cut, folder=tmp_path, new=tmp_path / "new.hdf5").split()]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and not captured.out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.hdf5", "old.hdf5"] and old.read_bytes() == before
