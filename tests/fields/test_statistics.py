"""The Well's statistics: their numbers, their file, what is around a model, and what makes them even under a group."""

from __future__ import annotations

import warnings

import pytest
import torch

from symmetra.enforce import PhysicalUnits, average
from symmetra.fields import Trajectories, generate, read_statistics, statistics, write
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error


@pytest.fixture(scope="module")
def sound() -> Trajectories:
    return generate("acoustics", 3, extents=8, steps=4)


def test_the_numbers_are_those_of_all_points_steps_and_trajectories(sound):
    found = statistics(sound).values
    values, constants = sound.values.double(), sound.constants.double()
    for name, rows in (
        ("pressure", values[:, :, :1]),
        ("velocity", values[:, :, 1:]),
        ("density", constants[:, None, :1]),
    ):
        flat = rows.movedim(2, 0).flatten(1)
        shape = (2,) if name == "velocity" else ()
        assert torch.allclose(found["mean"][name], flat.mean(1).reshape(shape))
        assert torch.allclose(found["std"][name], flat.std(1, correction=0).reshape(shape))
        assert torch.allclose(found["rms"][name], flat.square().mean(1).sqrt().reshape(shape))
    change = (values[:, 1:] - values[:, :-1])[:, :, 1:].movedim(2, 0).flatten(1)
    assert torch.allclose(found["mean_delta"]["velocity"], change.mean(1))
    assert torch.allclose(found["std_delta"]["velocity"], change.std(1, correction=0))
    assert torch.allclose(found["rms_delta"]["velocity"], change.square().mean(1).sqrt())
    assert set(found["std_delta"]) == {"pressure", "velocity"}  # as in The Well: constants do not change


def test_files_of_a_folder_are_one_data_set(sound, tmp_path):
    (tmp_path / "data" / "train").mkdir(parents=True)
    for i in range(3):
        part = slice(i, i + 1)
        known = type(sound.metadata)(**{**vars(sound.metadata), "trajectories": 1})
        one = Trajectories(known, sound.values[part], sound.constants[part], sound.time)
        write(tmp_path / "data" / "train" / f"{i}.h5", one)
    whole = statistics(sound).values
    for place in (tmp_path, tmp_path / "data" / "train"):
        found = statistics(place).values
        for name, of in whole.items():
            assert all(torch.allclose(found[name][field], value, atol=1e-12) for field, value in of.items())


def test_a_mean_far_from_zero_costs_no_digits():
    flow = generate("gray_scott", 2, extents=8, steps=2)
    far = Trajectories(flow.metadata, flow.values.double() + 1e8, flow.constants, flow.time)
    near = Trajectories(flow.metadata, flow.values.double(), flow.constants, flow.time)
    a, b = (statistics(data).values["std"]["A"] for data in (far, near))
    assert float(a) == pytest.approx(float(b), rel=1e-5)


def test_what_is_written_is_read(sound, tmp_path):
    found, path = statistics(sound), tmp_path / "stats.yaml"
    found.write(path)
    again = read_statistics(path)
    assert {name: set(of) for name, of in again.values.items()} == {n: set(of) for n, of in found.values.items()}
    assert all(torch.equal(again.values[name][f], v) for name, of in found.values.items() for f, v in of.items())
    with pytest.raises(InputError, match="there already"):
        found.write(path)


@pytest.mark.parametrize(("kind", "delta"), [("zscore", False), ("rms", False), ("zscore", True), ("rms", True)])
def test_units(sound, kind, delta):
    found, layout = statistics(sound), sound.layout(history=2)
    wrapped = found.units(torch.nn.Conv2d(layout.channels, 3, 1), layout, kind, delta)
    assert isinstance(wrapped, PhysicalUnits)
    of = {name: found.of(name, layout.stack, 2) for name in ("mean", "std", "rms")}
    centre, scale = (0 * of["mean"], of["rms"]) if kind == "rms" else (of["mean"], of["std"])
    assert torch.allclose(wrapped.mean_in, centre) and torch.allclose(wrapped.std_in, scale)
    name = ("rms" if kind == "rms" else "std") + ("_delta" if delta else "")
    assert torch.allclose(wrapped.std_out, found.of(name, layout.fields, 2))


def test_symmetric_statistics_let_a_model_be_averaged_inside(sound):
    plain, layout = statistics(sound), sound.layout()
    action, out = layout.action("D4"), layout.output.action("D4")
    even = plain.symmetric(layout, "D4")
    assert torch.equal(even.values["mean"]["velocity"], torch.zeros(2, dtype=torch.float64))
    for name in ("std", "rms", "std_delta"):
        a, b = even.values[name]["velocity"], plain.values[name]["velocity"]
        assert a[0] == a[1] and torch.allclose(a.square().sum(), b.square().sum())
    assert torch.allclose(even.values["std"]["density"], plain.values["std"]["density"])
    net = average(torch.nn.Conv2d(5, 3, 3, padding=1).double(), action, out)
    x = torch.cat([sound.values[:, 0], sound.constants], 1).double()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        inside = even.units(net, layout)
    assert equivariance_error(inside, x, action, out).value < 1e-13
    with pytest.warns(UserWarning, match="is not equivariant in physical units"):
        plain.units(net, layout)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mean: [1", "does not read"),
        ("mean: {pressure: fast}", "does not read"),
        ("mean: {pressure: .nan}", "not finite"),
        ("other: 1", "without such numbers"),
        ("", "does not read"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path, text, words):
    path = tmp_path / "stats.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=words) as error:
        read_statistics(path)
    assert "\n" not in str(error.value)


def test_what_is_wrong_with_fields(sound, tmp_path):
    found, layout = statistics(sound), sound.layout()
    flow = generate("gray_scott", 1, extents=8, steps=1)
    for make, words in (
        (lambda: found.units(torch.nn.Identity(), flow.layout()), "no std of A"),
        (lambda: found.units(torch.nn.Identity(), layout, "max"), "'zscore' or 'rms'"),
        (lambda: found.of("std", layout.fields, 3), "3 of them, for order 1 in 3 dimensions"),
        (lambda: read_statistics(tmp_path / "none.yaml"), "which is no file"),
        (lambda: statistics(tmp_path), "a folder without HDF5 files"),
        (lambda: statistics(3), "an HDF5 file or a folder"),
    ):
        with pytest.raises(InputError, match=words):
            make()
