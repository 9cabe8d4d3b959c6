"""What ``symmetra average`` refuses costs one line and leaves no file; a command that is killed leaves none either."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from symmetra.cli._main import run
from symmetra.fields import generate, write

FOLDER = Path(__file__).parent


def changed(path: Path, **attributes: str) -> None:
    with h5py.File(path, "a") as file:
        for name, value in attributes.items():
            file.attrs[name] = value


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    flow = generate("gray_scott", 4, extents=8, steps=4)
    for name in ("flow", "sphere", "uneven", "half"):
        write(folder / f"{name}.hdf5", flow)
    changed(folder / "sphere.hdf5", grid_type="equiangular")
    with h5py.File(folder / "uneven.hdf5", "a") as file:
        file["dimensions/y"][...] = np.cumsum(1.0 + np.arange(8))
    with h5py.File(folder / "half.hdf5", "a") as file:
        file["boundary_conditions/x_periodic/mask"][-1] = False
    (folder / "cut.hdf5").write_bytes((folder / "flow.hdf5").read_bytes()[:3000])
    write(folder / "two.hdf5", generate("gray_scott", 2, extents=8, steps=4))
    (folder / "mixed").mkdir()
    write(folder / "mixed" / "a.hdf5", flow)
    write(folder / "mixed" / "b.hdf5", generate("gray_scott", 1, extents=12, steps=4))
    (folder / "empty").mkdir()
    (folder / "bad.yaml").write_text("mean: [1, 2")
    (folder / "short.yaml").write_text("mean: {A: 0.0}\nstd: {A: 1.0}\n")
    (folder / "vector.yaml").write_text("mean: {A: [0.0, 1.0], B: 0.0}\nstd: {A: [1.0, 1.0], B: 1.0}\n")
    return folder


CASES = [
    # The model.
    ("average_model:doubled flow.hdf5", "outputs on a grid (16, 16); expected the grid of the data, (8, 8)"),
    ("average_model:one_field flow.hdf5", "outputs of 1 channels; expected 2: A, B"),
    ("average_model:persistent flow.hdf5", "RuntimeError on 2 windows of fields [2, 8, 8]: 2 channels"),
    ("average_model:persistent flow.hdf5 --history 3", "on 2 windows of fields [6, 8, 8]: 3 × 2 channels"),
    ("average_model:undecided flow.hdf5 --history 2", "outputs of 4 channels; expected 2: A, B"),
    ("average_model:undefined flow.hdf5", "NaN or infinite"),
    ("average_model:a_list flow.hdf5", "a result that is list"),
    ("average_model:stuck flow.hdf5", "the valve is stuck"),
    ("average_model:unmade flow.hdf5", "unmade(), which fails (weights.safetensors)"),
    ("average_model:number flow.hdf5", "a function or nn.Module"),
    ("average_model:Flawed flow.hdf5", "the class Flawed"),
    ("average_model:missing flow.hdf5", "missing in average_model"),
    ("no_such_module:f flow.hdf5", "which is not found"),
    ("model.pt2 flow.hdf5", "which does not exist"),
    ("model.pt flow.hdf5", "a pickle"),
    # The data.
    ("average_model:undecided none.hdf5", "which does not exist"),
    ("average_model:undecided cut.hdf5", "cut off"),
    ("average_model:undecided empty", "a folder without HDF5 files"),
    ("average_model:undecided mixed", "b.hdf5 with other extents"),
    ("average_model:undecided sphere.hdf5", "a cartesian grid"),
    ("average_model:undecided half.hdf5", "periodic at both ends"),
    ("average_model:undecided two.hdf5", "2 trajectories, of which 1 for the guard"),
    ("average_model:undecided flow.hdf5 --history 5", "history + horizon"),
    ("average_model:undecided flow.hdf5 --trajectories 0", "--trajectories"),
    ("average_model:undecided flow.hdf5 --split 1.5", "--split"),
    # The group.
    ("average_model:undecided flow.hdf5 --group D5", "moves or a group among flip x"),
    ("average_model:undecided flow.hdf5 --group (x-x)", "moves or a group among flip x"),
    ("average_model:undecided uneven.hdf5 --group flip_y", "the points of y are not spaced evenly"),
    ("average_model:undecided flow.hdf5 --group D4 --veto swap_x_y", '"swap x y", your veto'),
    ("average_model:undecided flow.hdf5 --veto north", "veto"),
    ("average_model:undecided flow.hdf5 --parity A=2", "parity"),
    ("average_model:undecided flow.hdf5 --veto gravity_x --veto gravity_y", "no symmetry but the trivial one"),
    ("average_model:undecided flow.hdf5 --group trivial", "a group with more than one element"),
    ("average_model:undecided flow.hdf5 --no-guard --veto gravity_x --veto gravity_y", "no symmetry but the trivial"),
    ("average_model:undecided flow.hdf5 --valid mixed/b.hdf5", "data with other extents"),
    # The options.
    ("average_model:undecided flow.hdf5 --horizons 1,x", "--horizons"),
    ("average_model:undecided flow.hdf5 --horizons 3:2", "a first and a last step"),
    ("average_model:undecided flow.hdf5 --horizons 1:9", "history + horizon"),
    ("average_model:undecided flow.hdf5 --fold two", "'loop', 'batch' or elements a batch"),
    ("average_model:undecided flow.hdf5 --mode best", "'step' or 'trajectory'"),
    ("average_model:undecided flow.hdf5 --device quantum", "--device"),
    ("average_model:undecided flow.hdf5 --stats none.yaml", "which is no file"),
    ("average_model:undecided flow.hdf5 --stats bad.yaml", "which does not read"),
    ("average_model:undecided flow.hdf5 --stats short.yaml", "no std of B"),
    ("average_model:undecided flow.hdf5 --stats vector.yaml", "a std of A with 2 numbers"),
    ("average_model:undecided flow.hdf5 --stats short.yaml --norm max", "'zscore' or 'rms'"),
    ("average_model:undecided flow.hdf5 --norm rms", "--stats beside it"),
    ("average_model:undecided flow.hdf5 --html no/page.html", "a file in an existing folder"),
    ("average_model:undecided flow.hdf5 --save model.onnx", "a file that ends in .pt2"),
    ("average_model:undecided flow.hdf5 --no-guard --save new.pt2 --html new.html", "does not export"),
    ("average_model:undecided flow.hdf5 --stride 0", "--stride"),
]


@pytest.mark.parametrize(("words", "message"), CASES, ids=[words for words, _ in CASES])
def test_what_is_wrong_costs_one_line_and_leaves_no_file(words, message, data, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", ["symmetra"])
    model, *rest = words.split()
    known = {path.name for path in data.iterdir()} | {"none.hdf5", "none.yaml", "mixed/b.hdf5"}
    plain = ("--group", "--veto")
    rest = [word.replace("_", " ") if before in plain else word for before, word in zip(["", *rest], rest)]
    rest = [str(data / word) if word in known else word for word in rest]
    assert run(["average", model, *rest, "--json"]) == 2
    out, err = capsys.readouterr()
    assert not out and err.count("\n") == 1 and err.startswith("symmetra: ") and message in err, err
    assert list(tmp_path.iterdir()) == []


def test_statistics_are_refused_where_a_file_is_there(data, tmp_path, capsys):
    out = tmp_path / "stats.yaml"
    assert run(["fields", "stats", str(data / "flow.hdf5"), "--out", str(out), "--symmetric", "admitted"]) == 0
    before = out.read_bytes()
    for more in ((), ("--symmetric", "D5")):
        place = out if not more else tmp_path / "new.yaml"
        assert run(["fields", "stats", str(data / "flow.hdf5"), "--out", str(place), *more]) == 2
    assert out.read_bytes() == before and [path.name for path in tmp_path.iterdir()] == ["stats.yaml"]


def test_a_command_that_is_killed_at_work_leaves_the_files_of_yesterday(data, tmp_path):
    command = [sys.executable, "-c", "from symmetra.cli import main; main()", "average", "average_model:dying"]
    command += [str(data / "flow.hdf5"), "--no-guard", "--html", "page.html", "--save", "model.pt2"]
    page = tmp_path / "page.html"
    page.write_text("the page of yesterday")
    environment = os.environ | {"PYTHONPATH": str(FOLDER), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL and not done.stdout, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"] and page.read_text() == "the page of yesterday"


def test_a_command_that_is_interrupted_as_it_writes_leaves_the_file_of_yesterday(data, tmp_path, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr("symmetra.report._write.os.replace", interrupted)
    page = tmp_path / "page.html"
    page.write_text("the page of yesterday")
    assert (
        run(["average", "average_model:undecided", str(data / "flow.hdf5"), "--no-guard", "--html", str(page)]) == 130
    )
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"] and page.read_text() == "the page of yesterday"
