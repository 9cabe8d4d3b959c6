"""The commands of ``symmetra discover`` on real files."""

from __future__ import annotations

import numpy as np
import pytest
import torch


def test_function(command, folder):
    ran = command("discover", "function", "points.csv", "--x", "a,b,c", "--model", "model:radius")
    assert ran.code == 0 and ran.err == ""
    assert "so(3)" in ran.out and "all 3 certified" in ran.out and "b ∂a − a ∂b" in ran.out


@pytest.mark.parametrize("file", ["points.csv", "points.npz"])
def test_json_is_all_there_is_on_standard_output(command, folder, file):
    columns = "a,b" if file.endswith("npz") else "a,b,c"
    ran = command("discover", "function", file, "--x", columns, "--model", "model:network", "--json")
    data = ran.json
    n = len(columns.split(","))
    assert ran.code == 0 and ran.err == ""
    assert data["name"] == f"so({n})" and data["certified"] == list(range(n * (n - 1) // 2))
    assert np.asarray(data["generators"]).shape == (n * (n - 1) // 2, n * (n + 1))
    assert len(data["spectrum"]) == n * (n + 1)
    assert data["candidates"][1] == "b ∂a"
    assert {"verdict", "upper", "lower", "alpha", "delta"} <= set(data["certificates"][0])


def test_matrix_columns_and_candidates_of_a_group(command, folder):
    ran = command(
        "discover",
        "function",
        "points.npz",
        "--x",
        "x",
        "--model",
        "model:network",
        "--candidates",
        "from_group:SO(3)",
        "--json",
    )
    assert ran.json["variables"] == ["x1", "x2", "x3"]
    assert ran.json["dimension"] == 3 and len(ran.json["spectrum"]) == 3


def test_hdf5(command, folder):
    h5py = pytest.importorskip("h5py")
    x = np.random.default_rng(1).normal(size=(200, 3))
    with h5py.File("points.h5", "w") as file:
        file["run/x"] = x
    ran = command("discover", "function", "points.h5", "--x", "run/x", "--model", "model:radius", "--json")
    assert ran.code == 0 and ran.json["name"] == "so(3)"


def test_what_is_not_symmetric_is_not_called_so(command, folder):
    ran = command("discover", "function", "points.csv", "--x", "a,b", "--model", "model:skew", "--candidates", "linear")
    assert ran.code == 0 and "No symmetry of the function was found among 4 candidate directions." in ran.out


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.export's own, while it exports
def test_exported_program(command, folder):
    import model

    batch = torch.export.Dim("N", min=2)
    program = torch.export.export(model.network, (torch.zeros(4, 3),), dynamic_shapes=({0: batch},))
    torch.export.save(program, "radius.pt2")
    ran = command("discover", "function", "points.csv", "--x", "a,b,c", "--model", "radius.pt2", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["name"] == "so(3)" and len(ran.json["certified"]) == 3
    assert ran.json["tolerance"] <= 1e-8, "the program was not evaluated in float64"


def test_manifold(command, folder):
    x = np.random.default_rng(2).normal(size=(300, 3))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    np.savetxt("sphere.csv", x, delimiter=";", header="a;b;c", comments="")
    ran = command("discover", "manifold", "sphere.csv", "--x", "a,b,c", "--candidates", "linear", "--json")
    assert ran.code == 0 and ran.json["name"] == "so(3)"


def test_regression(command, folder):
    random = np.random.default_rng(4)
    x = random.normal(size=(400, 2))
    y = (x**2).sum(1) + 0.01 * random.normal(size=400)
    np.savetxt("noisy.csv", np.column_stack([x, y]), delimiter=",", header="a,b,y", comments="")
    words = ("discover", "regression", "noisy.csv", "--x", "a,b", "--y", "y", "--candidates", "linear", "--json")
    ran = command(*words)
    assert ran.code == 0, ran.err
    assert ran.json["certified"] == [0] and ran.json["certificates"][0]["upper"] <= 0.05
    ran = command(*words, "--state-error", "unknown")
    assert ran.code == 0 and ran.json["certified"] == []


def test_dynamics_of_a_model_and_of_rates(command, folder):
    x = np.random.default_rng(3).normal(size=(300, 2))
    table = np.column_stack([x, x[:, 1], -x[:, 0]])
    np.savetxt("osc.csv", table, delimiter=",", header="q,p,vq,vp", comments="")
    for words in (("--model", "model:oscillator"), ("--rates", "vq,vp")):
        ran = command("discover", "dynamics", "osc.csv", "--x", "q,p", "--candidates", "linear", "--json", *words)
        assert ran.code == 0, ran.err
        assert ran.json["dimension"] == 2


def test_conserved(command, folder):
    """Two bound Kepler orbits in the plane: angular momentum and energy, 1/r by name or by definition."""
    rows = []
    for body, eccentricity in (("one", 0.2), ("two", 0.5), ("three", 0.35)):
        angle = np.sort(np.random.default_rng(len(body)).uniform(0, 2 * np.pi, 150))
        p = {"one": 1.0, "two": 1.7, "three": 0.6}[body]
        r = p / (1 + eccentricity * np.cos(angle))
        h = np.sqrt(p)
        x, y = r * np.cos(angle), r * np.sin(angle)
        vx, vy = -np.sin(angle) / h, (eccentricity + np.cos(angle)) / h
        rows += [[body, *map(repr, map(float, row))] for row in zip(x, y, vx, vy, -x / r**3, -y / r**3)]
    text = "body,x,y,vx,vy,ax,ay\n" + "\n".join(",".join(row) for row in rows) + "\n"
    (folder / "orbits.csv").write_text(text)
    common = ("discover", "conserved", "orbits.csv", "--x", "x,y,vx,vy", "--rates", "vx,vy,ax,ay", "--json")
    named = command(*common, "--trajectories", "body", "--library", "polynomial(2)+1/r")
    defined = command(
        *common, "--trajectories", "body", "--library", "polynomial(2) + 1/d", "--let", "d = sqrt(x^2 + y^2)"
    )
    for ran, term in ((named, "1/r"), (defined, "1/d")):
        assert ran.code == 0, ran.err
        assert ran.json["terms"][-1] == term
        assert len(ran.json["certified"]) == 2
        assert np.allclose(ran.json["spectrum"], named.json["spectrum"])


def test_workers_give_the_same(command, folder):
    one = command("discover", "function", "points.csv", "--x", "a,b,c", "--model", "model:radius", "--json")
    two = command(
        "discover", "function", "points.csv", "--x", "a,b,c", "--model", "model:radius", "--json", "--workers", "2"
    )
    assert two.code == 0, two.err
    assert two.json["generators"] == one.json["generators"]


def test_page(command, folder):
    ran = command(
        "discover", "function", "points.csv", "--x", "a,b,c", "--model", "model:radius", "--html", "page.html"
    )
    assert ran.code == 0 and "The report is page.html" in ran.out
    text = (folder / "page.html").read_text(encoding="utf-8")
    assert "symmetra discover function points.csv --x a,b,c" in text and "points.csv, 200 rows used" in text
    assert sorted(p.name for p in folder.iterdir() if p.suffix == ".tmp") == []
