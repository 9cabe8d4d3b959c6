"""Files in The Well's format: what is written is read, odd ones are told in one line, nothing half-written stays."""

from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch

from symmetra.fields import Field, FieldLayout, Metadata, Trajectories, generate, read, read_metadata, write
from symmetra.inputs import InputError


def made(dims: int = 2, extents: tuple[int, ...] = (6, 5, 4)) -> Trajectories:
    """Fields of all orders and parities, two trajectories of three steps."""
    fields = (Field("s"), Field("w", parity=-1), Field("v", 1), Field("B", 1, -1), Field("T", 2, symmetric=True))
    fields += (Field("P", 3),)
    constants = (Field("depth"), Field("drift", 1))
    known = Metadata(
        name="made",
        axes=("x", "y", "z")[:dims],
        extents=extents[:dims],
        fields=fields,
        constants=constants,
        boundaries=(("wall", "open"), ("periodic", "periodic"), ("open", "open"))[:dims],
        boundary_types=("open", "periodic", "wall")[: dims + 1],
        coordinates=tuple(np.linspace(0, 1, n) for n in extents[:dims]),
        trajectories=2,
        steps=3,
        parameters={"viscosity": 0.25},
    )
    values = torch.randn(2, 3, sum(dims**f.order for f in fields), *extents[:dims])
    return Trajectories(known, values, torch.randn(2, 1 + dims, *extents[:dims]), torch.arange(3.0))


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_what_is_written_is_read(tmp_path, dims):
    data = made(dims)
    write(tmp_path / "made.hdf5", data)
    back = read(tmp_path / "made.hdf5")
    for name in ("values", "constants", "time"):
        assert torch.equal(getattr(back, name), getattr(data, name))
    old, new = data.metadata, read_metadata(tmp_path / "made.hdf5")
    assert (new.fields, new.constants, new.boundaries) == (old.fields, old.constants, old.boundaries)
    assert (new.axes, new.extents, new.trajectories, new.steps) == (old.axes, old.extents, 2, 3)
    assert new.parameters == {"viscosity": 0.25} and new.name == "made" and new.grid_type == "cartesian"
    assert all(np.allclose(a, b, atol=1e-7) for a, b in zip(old.coordinates, new.coordinates, strict=True))
    assert FieldLayout.from_file(tmp_path / "made.hdf5", history=4) == data.layout(4)
    assert [p.name for p in tmp_path.iterdir()] == ["made.hdf5"]


def test_parts_of_a_file_and_windows(tmp_path):
    data = generate("acoustics", 3, extents=8, steps=5)
    write(tmp_path / "a.h5", data)
    part = read(tmp_path / "a.h5", trajectories=slice(1, 3), steps=slice(0, 6, 2), parity={"pressure": -1})
    assert torch.equal(part.values, data.values[1:, ::2]) and torch.equal(part.constants, data.constants[1:])
    assert part.metadata.trajectories == 2 and part.metadata.steps == 3 and part.layout().fields[0].parity == -1
    inputs, targets = data.windows(history=2, horizon=3)
    assert inputs.shape == (6, 2 * 3 + 2, 8, 8) and targets.shape == (6, 3, 3, 8, 8)
    assert inputs.shape[1] == data.layout(2).channels and len(data) == 3
    assert torch.equal(inputs[3, :3], data.values[1, 1]) and torch.equal(inputs[3, 6:], data.constants[1])
    assert torch.equal(targets[3], data.values[1, 3:6])
    assert len(data.windows(2, 1, stride=3)[0]) == 6
    for wrong in ({"history": 4, "horizon": 3}, {"history": 0}, {"stride": 0}):
        with pytest.raises(InputError):
            data.windows(**wrong)
    for wrong in (slice(3, 3), 2, slice(None, None, -1)):
        with pytest.raises(InputError, match="trajectories"):
            read(tmp_path / "a.h5", trajectories=wrong)


def test_fields_that_do_not_vary_along_everything(tmp_path):
    """A file as others write them: shared constants, an axis left out, times of each trajectory, text as bytes."""
    path = tmp_path / "a.hdf5"
    write(path, made())
    with h5py.File(path, "r+") as file:
        file.attrs["grid_type"] = np.bytes_("cartesian")
        del file["t0_fields/depth"], file["dimensions/time"]
        depth = file.create_dataset("t0_fields/depth", data=np.arange(6.0, dtype=np.float32))
        depth.attrs.update({"sample_varying": False, "time_varying": False, "dim_varying": [True, False]})
        time = file.create_dataset("dimensions/time", data=np.arange(6.0).reshape(2, 3))
        time.attrs.update({"sample_varying": True, "time_varying": True})
        file["boundary_conditions/x_wall"].attrs["associated_dims"] = "x"
    back = read(path, steps=slice(1, 3))
    assert torch.equal(back.constants[:, 0], torch.arange(6.0)[None, :, None].expand(2, 6, 5))
    assert back.time.tolist() == [[1, 2], [4, 5]]
    assert read_metadata(path).boundaries == (("wall", "open"), ("periodic", "periodic"))


def test_boundaries_inside_the_box(tmp_path):
    step = np.zeros((6, 5), bool)
    step[:3, 0] = True
    data = made()
    write(tmp_path / "a.h5", replace(data, metadata=replace(data.metadata, masks={"step": ("wall", step)})))
    kind, mask = read_metadata(tmp_path / "a.h5").masks["step"]
    assert kind == "wall" and np.array_equal(mask, step)


@pytest.mark.parametrize("cut", [0, 7, 512, 5000, -1])
def test_a_file_that_was_cut(tmp_path, cut):
    path = tmp_path / "a.h5"
    write(path, made())
    path.write_bytes(path.read_bytes()[:cut])
    for opening in (read, read_metadata, FieldLayout.from_file):
        with pytest.raises(InputError, match=r"cut off|damaged") as error:
            opening(path)
        assert "\n" not in str(error.value) and str(path) in str(error.value)


def _shape(file):
    old = file["t1_fields/v"]
    attributes = dict(old.attrs)
    del file["t1_fields/v"]
    file["t1_fields/v"] = np.zeros((2, 3, 6, 5, 3), np.float32)
    file["t1_fields/v"].attrs.update(attributes)


def _nan(file):
    file["t1_fields/v"][1, 2, 0, 0, 0] = np.nan


def _half_periodic(file):
    file["boundary_conditions/y_periodic/mask"][-1] = False


def _kind(file):
    file["boundary_conditions/x_wall"].attrs["bc_type"] = "SLIPPERY"


def _axis(file):
    file["boundary_conditions/x_wall"].attrs["associated_dims"] = ["q"]


def _dims(file):
    file.attrs["n_spatial_dims"] = 3


def _moving(file):
    file["dimensions/x"].attrs["time_varying"] = True


def drop(name: str, attribute: str = ""):
    def change(file):
        if attribute:
            del file[name].attrs[attribute]
        else:
            del file[name]

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop("/", "dataset_name"), "no attribute dataset_name"),
        (drop("/", "n_spatial_dims"), "no attribute n_spatial_dims"),
        (drop("dimensions"), "no dimensions"),
        (drop("dimensions/x"), "no dimensions/x"),
        (drop("dimensions/time"), "no dimensions/time"),
        (drop("t2_fields"), "no t2_fields"),
        (drop("t0_fields/s"), "no t0_fields/s"),
        (drop("t0_fields/s", "time_varying"), "no attribute time_varying of /t0_fields/s"),
        (drop("boundary_conditions"), "no boundary_conditions"),
        (drop("boundary_conditions/x_wall/mask"), "no boundary_conditions/x_wall/mask"),
        (_shape, r"v of shape \(2, 3, 6, 5, 3\)"),
        (_nan, "v that is NaN or infinite"),
        (_half_periodic, r"y that ends at \(periodic, open\)"),
        (_kind, "'slippery'"),
        (_axis, "x_wall along q"),
        (_dims, "the 3 of n_spatial_dims"),
        (_moving, "whose x moves in time"),
    ],
)
def test_odd_files(tmp_path, change, words):
    path = tmp_path / "a.h5"
    write(path, made())
    with h5py.File(path, "r+") as file:
        change(file)
    with pytest.raises(InputError, match=words) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_other_things_than_files(tmp_path):
    with pytest.raises(InputError, match="no file"):
        read(tmp_path / "none.h5")
    with pytest.raises(InputError, match="the path of an HDF5 file"):
        read(3)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(InputError, match="no attribute n_spatial_dims"):
        read(tmp_path / "other.h5")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: replace(d, values=d.values[:, :2]), "values"),
        (lambda d: replace(d, constants=d.constants[:1]), "constants"),
        (lambda d: replace(d, metadata=replace(d.metadata, boundaries=None)), "boundaries"),
        (lambda d: replace(d, metadata=replace(d.metadata, fields=d.metadata.fields[::-1])), "scalars, then vectors"),
        (lambda d: replace(d, metadata=replace(d.metadata, parameters={"depth": 1.0})), "a field and a parameter"),
        (lambda d: "data", "trajectories"),
    ],
)
def test_what_cannot_be_written_leaves_no_file(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        write(tmp_path / "a.h5", change(made()))
    assert not list(tmp_path.iterdir())


def test_a_half_written_file_never_remains(tmp_path, monkeypatch):
    from symmetra.fields import _write

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    write(tmp_path / "a.h5", made())
    before = (tmp_path / "a.h5").read_bytes()
    monkeypatch.setattr(_write, "_fields", stop)
    for name in ("a.h5", "b.h5"):
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path / name, made(), overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["a.h5"] and (tmp_path / "a.h5").read_bytes() == before
    with pytest.raises(InputError, match="overwrite=True"):
        write(tmp_path / "a.h5", made())
    with pytest.raises(InputError, match="a place that can be written to"):
        write(tmp_path / "no" / "a.h5", made())
    with pytest.raises(InputError, match=r"flow\.hdf5"):
        write(tmp_path / "a.csv", made())
