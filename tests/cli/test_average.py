"""``symmetra average``: the group that the guard chooses, errors before and after, the page, and the saved model."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import torch

from symmetra import enforce, fields
from symmetra.cli._main import run
from symmetra.fields import generate, read, vrmse, write
from symmetra.groups import D


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A folder of small data sets."""
    folder = tmp_path_factory.mktemp("data")
    for name, dt in (("navier_stokes", 0.1), ("buoyant_flow", 0.1), ("acoustics", 0.01)):
        write(folder / f"{name}.hdf5", generate(name, 6, extents=16, steps=5, seed=3, dt=dt))
    return folder


@pytest.fixture
def told(data, tmp_path, monkeypatch, capsys):
    """Run the command in an empty folder and give what it printed as JSON, and the path of its files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setattr(sys, "argv", ["symmetra"])

    def ran(model: str, file: str, *words: str, code: int = 0, as_json: bool = True):
        source = file if Path(file).is_absolute() else str(data / file)
        more = ["--json"] if as_json else []
        assert run(["average", model, source, *more, *words]) == code
        out, err = capsys.readouterr()
        assert code or not err
        return json.loads(out) if as_json and not code else out + err

    return ran


def test_where_the_symmetry_holds_the_guard_takes_it_all(told, data):
    found = told("average_model:flow", "navier_stokes.hdf5", "--horizons", "1,2:3", "--html", "page.html")
    assert found["guard"]["best"] == found["group"]["name"] == found["admitted"]["name"] == "D4"
    assert len(found["guard"]["subgroups"]) == 9 and found["guard"]["trajectories"] == found["trajectories"] == 3
    assert found["cost"] > 3 and found["windows"] == 9
    # The numbers, made anew from the parts.
    import average_model

    flow = read(data / "navier_stokes.hdf5")
    apart = fields.Trajectories(flow.metadata, flow.values[1::2], flow.constants[1::2], flow.time)
    layout, model = flow.layout(), average_model.flow().eval()
    averaged = enforce.average(model, layout.action(D(4)), layout.output.action(D(4)))
    x, y = apart.windows(1, 3)
    with torch.no_grad():
        plain, after = [model(x)], [averaged(x)]
        for f, steps in ((model, plain), (averaged, after)):
            steps += [f(steps[0]), f(f(steps[0]))]
    rows = {(row["field"], row["steps"]): row for row in found["rows"]}
    assert list(rows) == [(f, s) for s in ("1", "2:3") for f in ("tracer", "pressure", "velocity", "all")]
    for key, steps in (("1", slice(0, 1)), ("2:3", slice(1, 3))):
        for name, channels in (("velocity", slice(2, 4)), ("all", slice(None))):
            for kind, predictions in (("plain", plain), ("averaged", after)):
                errors = torch.stack([vrmse(p, y[:, i]) for i, p in enumerate(predictions)], 1)[:, steps, channels]
                assert rows[name, key][kind] == pytest.approx(float(errors.mean()), rel=1e-4)
                middle = errors.flatten(0, 1).quantile(0.5, 0)
                assert rows[name, key][f"median {kind}"] == pytest.approx(float(middle.mean()), rel=1e-4)
    row = rows["all", "1"]
    assert row["worse"] == 0 and row["low"] < row["gain"] < row["high"]
    assert row["gain"] == pytest.approx(1 - row["averaged"] / row["plain"], rel=1e-6)
    # Without labels: what the spread promises is what happened.
    assert found["expected gain"] == pytest.approx(row["gain"], rel=0.25)
    page = Path("page.html").read_text()
    assert "averaged over D4" in page and page.count("<svg") == 6 and "The guard" in page and "data:image/png" in page
    assert "http://" not in page.replace("http://www.w3.org", "") and ">nan" not in page


def test_under_gravity_the_guard_takes_the_mirror_and_refuses_the_rest(told):
    found = told("average_model:buoyant", "buoyant_flow.hdf5", "--horizons", "1")
    assert found["group"] == {"name": "flip x", "order": 2, "elements": [[[1, 0], [0, 1]], [[-1, 0], [0, 1]]]}
    assert found["rows"][-1]["gain"] > 0 and found["rows"][-1]["worse"] == 0
    refused = told("average_model:buoyant", "buoyant_flow.hdf5", "--group", "D4", code=2, as_json=False)
    assert refused.count("\n") == 1 and "raises the error" in refused and '--group "flip x"' in refused
    # Without the guard one may have it; the numbers say what it costs.
    forced = told("average_model:buoyant", "buoyant_flow.hdf5", "--group", "D4", "--no-guard", "--horizons", "1")
    assert forced["guard"] is None and forced["trajectories"] == 6
    assert forced["rows"][-1]["gain"] < 0 and forced["rows"][-1]["worse"] > 0.9


def test_what_the_file_cannot_tell_is_vetoed_and_what_it_forbids_is_overridden_by_name(told):
    words = ("--group", "D4", "--no-guard", "--horizons", "1", "--veto", "gravity y")
    refused = told("average_model:buoyant", "buoyant_flow.hdf5", *words, code=2, as_json=False)
    assert '"gravity y", your veto' in refused and 'override "flip y, swap x y"' in refused
    found = told("average_model:buoyant", "buoyant_flow.hdf5", *words, "--override", "flip y, swap x y")
    assert found["group"]["order"] == 8 and found["admitted"]["order"] == 2
    assert found["admitted"]["excluded"]["flip y"] == '"gravity y", your veto'
    guarded = told("average_model:buoyant", "buoyant_flow.hdf5", "--veto", "gravity y", "--horizons", "1")
    assert [row["group"] for row in guarded["guard"]["subgroups"]] == ["flip x"]


def test_an_equivariant_model_is_left_as_it_is(told):
    out = told("average_model:exact", "navier_stokes.hdf5", "--html", "page.html", as_json=False)
    assert (
        "model is best as it is" in " ".join(out.split()) and "changes nothing" in out and "median averaged" not in out
    )
    page = Path("page.html").read_text()
    assert "model is best as it is" in page and "plain − truth" in page and "averaged − truth" not in page


def test_history_constants_and_walls(told):
    """Two steps and the medium go in; the walls admit both flips, and all of it moves together."""
    found = told("average_model:sound", "acoustics.hdf5", "--history", "2", "--horizons", "1,2")
    assert found["admitted"]["name"] == "flip x, flip y" and found["group"]["order"] == 4
    assert found["rows"][-1]["gain"] > 0.1 and "swap x y" in found["admitted"]["excluded"]
    assert [row["field"] for row in found["rows"]] == ["pressure", "velocity", "all"] * 2


def test_an_exported_program_gives_the_same_numbers_and_so_does_what_is_saved(told, data):
    import average_model

    words = ("--group", "D4", "--no-guard", "--horizons", "1,2", "--batch", "5")
    x = torch.randn(2, 4, 16, 16)
    shapes = ({0: torch.export.Dim("N")},)
    torch.export.save(torch.export.export(average_model.persistent, (x,), dynamic_shapes=shapes), "model.pt2")
    module = told("average_model:persistent", "navier_stokes.hdf5", *words)
    program = told("model.pt2", "navier_stokes.hdf5", *words, "--save", "averaged.pt2")
    for a, b in zip(module["rows"], program["rows"], strict=True):
        for name in ("plain", "averaged", "gain", "median averaged", "worse"):
            assert a[name] == pytest.approx(b[name], rel=1e-4, abs=1e-9)
    assert module["rows"][3]["field"] == "all" and module["rows"][3]["gain"] > 0.1
    # What was saved is the averaged model: the same numbers, and averaging it again changes nothing.
    again = told("averaged.pt2", "navier_stokes.hdf5", *words)
    for a, b in zip(program["rows"], again["rows"], strict=True):
        assert b["plain"] == pytest.approx(a["averaged"], rel=1e-5) and abs(b["gain"]) < 1e-5 and b["worse"] == 0
    saved = torch.export.load("averaged.pt2").module()
    layout = fields.FieldLayout.from_file(data / "navier_stokes.hdf5")
    action = layout.action(D(4))
    averaged = enforce.average(average_model.persistent, action, action)
    for count in (1, 2, 7):
        x = torch.randn(count, 4, 16, 16)
        assert torch.allclose(saved(x), averaged(x), atol=1e-6)


def test_statistics_are_those_of_the_file_and_stand_around_the_model(told, data, tmp_path):
    """A model of normalised fields, one of changes: with its statistics the same as the model of physical units."""
    flow = read(data / "navier_stokes.hdf5")
    stats, layout = fields.statistics(flow), flow.layout()
    path = str(data / "navier_stokes.hdf5")
    (tmp_path / "normal.py").write_text(
        "import torch, average_model\n"
        "from symmetra import fields\n"
        f"s, d = fields.read_statistics('stats.yaml'), fields.FieldLayout.from_file({path!r})\n"
        "def of(name): return s.of(name, d.fields, 2).float()[:, None, None]\n"
        "def z(x): return (average_model.persistent(x * of('std') + of('mean')) - of('mean')) / of('std')\n"
        "def r(x): return average_model.persistent(x * of('rms')) / of('rms')\n"
        "def change(x):\n"
        "    x = x * of('std') + of('mean')\n"
        "    return (average_model.persistent(x) - x - of('mean_delta')) / of('std_delta')\n"
    )
    assert run(["fields", "stats", path, "--out", "stats.yaml"]) == 0
    again = fields.read_statistics("stats.yaml")
    for name, of in stats.values.items():
        assert all(torch.allclose(again.values[name][f], v, rtol=1e-9, atol=1e-12) for f, v in of.items())
    words = ("navier_stokes.hdf5", "--group", "C4", "--no-guard", "--horizons", "1")
    told("average_model:persistent", *words, "--html", "a.html", as_json=False)
    physical = told("average_model:persistent", *words)["rows"]
    for model, more in (("z", ()), ("r", ("--norm", "rms")), ("change", ("--delta",))):
        found = told(f"normal:{model}", *words, "--stats", "stats.yaml", *more)["rows"]
        for a, b in zip(physical, found, strict=True):
            assert a["averaged"] == pytest.approx(b["averaged"], rel=1e-4)
    assert layout.channels == 4


def test_folders_of_the_well(told, data, tmp_path):
    """The guard sees valid, the numbers are those of test; the files of a folder are read one after another."""
    flow = read(data / "navier_stokes.hdf5")
    for split, parts in (("valid", (slice(0, 2),)), ("test", (slice(2, 4), slice(4, 5)))):
        place = tmp_path / "well" / "data" / split
        place.mkdir(parents=True)
        for i, part in enumerate(parts):
            values, constants = flow.values[part], flow.constants[part]
            known = fields.Metadata(**{**vars(flow.metadata), "trajectories": len(values)})
            write(
                tmp_path / "well" / "data" / split / f"{i}.hdf5",
                fields.Trajectories(known, values, constants, flow.time),
            )
    found = told("average_model:flow", str(tmp_path / "well"), "--horizons", "1")
    assert found["guard"]["trajectories"] == 2 and found["trajectories"] == 3 and found["group"]["order"] > 1
    one = told("average_model:flow", str(tmp_path / "well/data/test"), "--valid", str(tmp_path / "well/data/valid"),
               "--horizons", "1", "--trajectories", "2")  # fmt: skip
    assert one["guard"]["trajectories"] == one["trajectories"] == 2


def test_trajectory_mode_obeys_the_bound_at_every_horizon(told, data):
    """The error of the mean of the rollouts is at most the mean of their errors, each of which is a plain model's."""
    words = ("--group", "D4", "--no-guard", "--horizons", "1,2,3", "--mode", "trajectory")
    found = told("average_model:flow", "navier_stokes.hdf5", *words)
    import average_model

    flow, model = read(data / "navier_stokes.hdf5"), average_model.flow().eval()
    action = flow.layout().action(D(4))
    x, y = flow.windows(1, 3)
    bound = torch.zeros(3)
    with torch.no_grad():
        for g in action.group.elements:
            z = action.transform(g, x)
            for step in range(3):
                z = model(z)
                bound[step] += float(vrmse(z, action.transform(g, y[:, step])).mean()) / 8
    after = [row["averaged"] for row in found["rows"] if row["field"] == "all"]
    assert all(a <= float(b) for a, b in zip(after, bound, strict=True))


def test_the_table_of_the_terminal_is_whole_on_80_columns(told, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = told("average_model:flow", "navier_stokes.hdf5", "--horizons", "1,2:3", as_json=False)
    assert re.search(r"…(?![+−0])", out) is None and max(map(len, out.splitlines())) <= 80
    assert "helps ← best" in out and "velocity 2:3" in out and "A step takes" in out
