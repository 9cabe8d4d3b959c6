"""Every wrong input is one line on standard error, exit code 2, and nothing half done."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
import torch

FUNCTION = ("--x", "a,b,c", "--model", "model:radius")


@pytest.fixture(autouse=True)
def _in_folder(folder):
    return folder


def _write(folder, name, text):
    (folder / name).write_text(text)
    return name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("\n\n", "only empty lines"),
        ("1,2,3\n4,5,6\n", "without a header line"),
        ("a,b,c\n", "no rows"),
        ("a,b,c\n1,2,3\n4,5\n", "2 cells in line 3 of bad.csv; expected 3"),
        ("a,b,c\n1,2,3\n4,x,6\n", "'x' in column b, line 3"),
        ("a,b,c\n1,2,3\n\n4,,6\n", "an empty cell in column b, line 4"),
        ("a,b,c\n1,2,3\n4,nan,6\n", "nan in column b, line 3"),
        ("a,b,c\n1,inf,3\n", "inf in column b, line 2"),
        ("a,b,a\n1,2,3\n", "'a' twice"),
        ("a,,c\n1,2,3\n", "left empty"),
    ],
)
def test_csv(refused, folder, text, words):
    assert words in refused("discover", "function", _write(folder, "bad.csv", text), *FUNCTION)


def test_files(refused, folder):
    (folder / "sub").mkdir()
    (folder / "data.xls").write_text("x")
    (folder / "latin.csv").write_bytes("a,b,c\n1,2,é\n".encode("latin-1"))
    for name, words in (
        ("nothing.csv", "does not exist"),
        ("point.csv", "write points.csv"),
        ("sub", "the folder sub"),
        ("data.xls", "a file ending in .csv"),
        ("latin.csv", "not text in UTF-8"),
    ):
        assert words in refused("discover", "function", name, *FUNCTION)


def test_columns(refused, folder):
    message = refused("discover", "function", "points.csv", "--x", "a,bb", "--model", "model:radius")
    assert "--x: got 'bb'; expected one of the columns a, b, c, f; write --x b" in message
    assert "no column name" in refused("discover", "function", "points.csv", "--x", " , ", "--model", "model:radius")
    assert "--rates: got 1 columns" in refused("discover", "dynamics", "points.csv", "--x", "a,b", "--rates", "c")
    assert "--rates: got nothing" in refused("discover", "dynamics", "points.csv", "--x", "a,b")


def test_npz(refused, folder):
    np.savez("objects.npz", x=np.array([{"a": 1}], dtype=object))
    np.savez("deep.npz", x=np.zeros((2, 2, 2)))
    np.savez("words.npz", x=np.array(["a", "b"]))
    np.savez("unequal.npz", x=np.zeros(3), y=np.zeros(4))
    (folder / "cut.npz").write_bytes((folder / "points.npz").read_bytes()[:500])
    (folder / "text.npz").write_text("no archive")
    for name, words in (
        ("objects.npz", "pickled"),
        ("deep.npz", "shape (2, 2, 2)"),
        ("words.npz", "array of real numbers"),
        ("cut.npz", "no NPZ archive or is damaged"),
        ("text.npz", "no NPZ archive or is damaged"),
    ):
        assert words in refused("discover", "manifold", name, "--x", "x")
    assert "y of 4 rows beside x of 3" in refused("discover", "manifold", "unequal.npz", "--x", "x,y")


def test_hdf5(refused, folder):
    h5py = pytest.importorskip("h5py")
    with h5py.File("whole.h5", "w") as file:
        file["x"] = np.zeros((1000, 3))
        file["nan"] = np.array([1.0, np.nan])
    (folder / "cut.h5").write_bytes((folder / "whole.h5").read_bytes()[:3000])
    (folder / "text.h5").write_text("no HDF5")
    for name in ("cut.h5", "text.h5"):
        assert "no HDF5 file or is cut short" in refused("discover", "manifold", name, "--x", "x")
    assert "row 1 (the first is 0)" in refused("discover", "manifold", "whole.h5", "--x", "nan")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("radius", "module:attribute"),
        ("nomodule:f", "which is not found"),
        ("model:radios", "write model:radius"),
        ("model:Radius", "the class Radius"),
        ("model:number", "a function or nn.Module"),
        ("model:failing", "RuntimeError on samples of 3 columns: the valve is stuck"),
        ("missing.pt2", "does not exist"),
        ("model.pt", "a pickle"),
        ("model.pth", "torch.export"),
        ("model.pkl", "a pickle"),
    ],
)
def test_models(refused, model, words):
    assert words in refused("discover", "function", "points.csv", "--x", "a,b,c", "--model", model)


def test_pickles_under_another_name(refused, folder):
    torch.save(torch.nn.Linear(3, 1), "model.pt2")
    assert "a pickle in a zip archive" in refused(
        "discover", "function", "points.csv", "--x", "a,b,c", "--model", "model.pt2"
    )
    torch.save(torch.zeros(2), "disguised.model")
    assert "a pickle" in refused("discover", "function", "points.csv", "--x", "a,b,c", "--model", "disguised.model")


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("SOO(3)", "write SO(3)"),
        ("so(3)", "write SO(3)"),
        ("SO(3", "an expression"),
        ("SO", "SO of 0 arguments"),
        ("SO(99999)", "whole number from 0 to 64"),
        ("SO(2.5)", "whole number"),
        ("__import__('os')", "--group"),
        ("SO(3)+SO(2)", "a group or a product of groups"),
        ("", "nothing"),
    ],
)
def test_groups(refused, group, words):
    assert words in refused("measure", "model:radius", "points.csv", "--x", "a,b,c", "--group", group)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--in", "2*V", "of dimension 6; expected 3"),
        ("--in", "V**60", "--in"),
        ("--in", "V**12", "1 to 4096 dimensions"),
        ("--in", "W", "one of V"),
        ("--in", "V.dual.__class__", "--in"),
        ("--out", "V", "of dimension 3; expected 1"),
    ],
)
def test_representations(refused, option, value, words):
    assert words in refused("measure", "model:radius", "points.csv", "--x", "a,b,c", "--group", "SO(3)", option, value)


@pytest.mark.parametrize(
    ("library", "words"),
    [
        ("polynomial(2) + 1/q", "'q'"),
        ("polynomial(99999)", "whole number"),
        ("polynomial(0)", "1 or more"),
        ("sqr(a)", "write sqrt(…)"),
        ("a.__class__", "an expression"),
        ("lambda: 1", "an expression"),
        ("(" * 300 + "a" + ")" * 300, "an expression"),
        ("-" * 500 + "a", "--library"),
        ("a + 9e999", "too large"),
        ("norm()", "at least one argument"),
    ],
)
def test_libraries(refused, library, words):
    message = refused("discover", "conserved", "points.csv", "--x", "a,b", "--rates", "c,f", "--library", library)
    assert words in message


@pytest.mark.parametrize(
    "value", ["cubic", "polynomial:", "polynomial:-1", "polynomial:99", "from_group:SO(2)", "linear:3"]
)
def test_candidates(refused, value):
    assert "--candidates" in refused("discover", "function", "points.csv", *FUNCTION, "--candidates", value)


def test_options(refused, folder):
    assert "--alpha" in refused("discover", "function", "points.csv", *FUNCTION, "--alpha", "0")
    assert "--state-error" in refused(
        "discover", "dynamics", "points.csv", "--x", "a,b", "--rates", "c,f", "--state-error", "much"
    )
    assert "Write: symmetra discover function --help" in refused("discover", "function", "points.csv")
    assert "No such command" in refused("disclose")


def test_nothing_is_written_for_bad_input(refused, folder):
    (folder / "old.html").write_text("old")
    before = sorted(p.name for p in folder.iterdir())
    refused("discover", "function", "points.csv", "--x", "a,b,c", "--model", "model:failing", "--html", "old.html")
    assert "--html" in refused("discover", "function", "points.csv", *FUNCTION, "--html", "no/such/folder/page.html")
    after = sorted(p.name for p in folder.iterdir() if p.name != "__pycache__")
    assert after == before and (folder / "old.html").read_text() == "old"


def _archive(folder, name, parts):
    with zipfile.ZipFile(folder / name, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


MODEL, WEIGHTS = "m/models/model.json", "m/data/weights/model_weights_config.json"


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"m/x.json": "{}"}, "holds no exported program"),
        ({MODEL: "{"}, "damaged part"),
        ({MODEL: "{}", "m/data/constants/custom_obj_0": "x"}, "pickled objects"),
        ({MODEL: "{}", "m/data/aotinductor/model/a.so": "x"}, "compiled code"),
        ({MODEL: "{}", WEIGHTS: '{"config": {"w": {"use_pickle": true}}}'}, "pickled weights"),
        ({MODEL: "{\"expr_str\": \"__import__('os').system('true')\"}"}, "not arithmetic"),
        ({MODEL: '{"expr_str": "Symbol.mro()"}'}, "not arithmetic"),
        ({MODEL: '{"nodes": [{"target": "torch.os.system", "inputs": []}]}'}, "no operator of torch"),
    ],
)
def test_archives_that_would_run_code(refused, folder, parts, words):
    _archive(folder, "evil.pt2", parts)
    assert words in refused("discover", "function", "points.csv", "--x", "a,b,c", "--model", "evil.pt2")


@pytest.mark.filterwarnings("ignore::FutureWarning")  # torch.export's own, while it exports
def test_a_pickle_inside_a_program_is_not_opened(refused, folder):
    """The example inputs of a program are unpickled by torch's own loader if they must be."""
    import pickle

    class Evil:
        def __reduce__(self):
            return (open, (str(folder / "proof"), "w"))

    import model

    program = torch.export.export(model.network, (torch.zeros(4, 3),))
    torch.export.save(program, "good.pt2")
    with zipfile.ZipFile("good.pt2") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = next(part for part in parts if part.endswith("sample_inputs/model.pt"))
    parts[name] = pickle.dumps(Evil())
    _archive(folder, "evil.pt2", parts)
    assert "pickled objects" in refused("discover", "function", "points.csv", "--x", "a,b,c", "--model", "evil.pt2")
    assert not (folder / "proof").exists()
