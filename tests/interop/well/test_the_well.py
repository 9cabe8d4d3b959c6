"""Our files in The Well's reader, its dummy file in ours; its error and its augmentations beside ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from the_well.benchmark.metrics import VRMSE
from the_well.data.augmentation import RandomAxisFlip as Flip
from the_well.data.augmentation import RandomAxisPermute as Permute
from the_well.data.datasets import DeltaWellDataset, WellDataset
from the_well.data.normalization import RMSNormalization, ZScoreNormalization
from the_well.utils.dummy_data import write_dummy_data

from symmetra import fields
from symmetra.fields import SYSTEMS, FieldLayout, allowed_group, generate, read, read_metadata, write
from symmetra.groups import Hyperoctahedral

pytestmark = pytest.mark.interop

CODES = {"wall": 0, "open": 1, "periodic": 2}


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def data_set(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A data set of one file in the folders that The Well expects."""
    root = tmp_path_factory.mktemp(request.param)
    (root / "data" / "train").mkdir(parents=True)
    path = root / "data" / "train" / f"{request.param}.hdf5"
    write(path, generate(request.param, 2, extents=8, steps=5))
    return request.param, path


def loaded(path: Path, history: int = 2, **more: object) -> WellDataset:
    return WellDataset(path=str(path.parents[2]), well_split_name="train", n_steps_input=history, **more)


def demands(file: h5py.File) -> list[str]:
    """What The Well's format checker (scripts/check_thewell_formatting.py) demands and a file does not fulfil."""
    found = []

    def demand(holds: object, what: str) -> None:
        if not holds:
            found.append(what)

    def flags(thing: h5py.Dataset, *names: str) -> None:
        for name in names:
            demand(isinstance(thing.attrs.get(name), bool | np.bool_), f"{thing.name}: {name} is a truth value")

    def lists(thing: h5py.Group, name: str) -> list[str]:
        values = thing.attrs.get(name)
        demand(isinstance(values, np.ndarray), f"{thing.name}: {name} is a list")
        demand(all(isinstance(value, str) for value in values), f"{thing.name}: {name} holds text")
        return list(values)

    demand(isinstance(file.attrs["dataset_name"], str) and isinstance(file.attrs["grid_type"], str), "names are text")
    demand(isinstance(file.attrs["n_trajectories"], np.integer), "n_trajectories is a whole number")
    demand(set(file.attrs["simulation_parameters"]) <= set(file.attrs), "parameters are attributes")
    axes = lists(file["dimensions"], "spatial_dims")
    demand(len(axes) == file.attrs["n_spatial_dims"] > 0, "as many axes as n_spatial_dims")
    flags(file["dimensions/time"], "sample_varying")
    for axis in axes:
        flags(file["dimensions"][axis], "sample_varying", "time_varying")
    sizes = [file["dimensions"][axis].shape[-1] for axis in axes]
    for order in range(3):
        for name in lists(file[f"t{order}_fields"], "field_names"):
            field = file[f"t{order}_fields"][name]
            flags(field, "sample_varying", "time_varying")
            along = field.attrs["dim_varying"]
            demand(along.dtype == bool and len(along) == len(axes), f"{name}: dim_varying for each axis")
            shape = [file.attrs["n_trajectories"]] * int(field.attrs["sample_varying"])
            shape += [file["dimensions/time"].shape[-1]] * int(field.attrs["time_varying"])
            shape += [size for size, varies in zip(sizes, along, strict=True) if varies]
            demand(list(field.shape[: len(shape)]) == shape, f"{name}: its shape")
    for name in lists(file["scalars"], "field_names"):
        scalar = file["scalars"][name]
        flags(scalar, "sample_varying", "time_varying")
        varies = int(scalar.attrs["sample_varying"]) + int(scalar.attrs["time_varying"])
        demand(scalar.ndim == varies, f"{name}: its dimensions")
    for name, boundary in file["boundary_conditions"].items():
        flags(boundary, "sample_varying", "time_varying")
        demand({"bc_type", "associated_fields"} <= set(boundary.attrs), f"{name}: its attributes")
        for place, axis in enumerate(lists(boundary, "associated_dims")):
            demand(boundary["mask"].shape[place] == sizes[axes.index(axis)], f"{name}: its mask along {axis}")
    return found


def test_the_format(data_set: tuple[str, Path]) -> None:
    with h5py.File(data_set[1]) as file:
        assert demands(file) == []


def test_the_format_checker(data_set: tuple[str, Path]) -> None:
    """The script itself, which the package does not bring: a clone of The Well's repository at $THE_WELL."""
    script = Path(os.environ.get("THE_WELL", "")) / "scripts" / "check_thewell_formatting.py"
    if not script.is_file():
        pytest.skip("The Well's format checker is not in its package; say where its repository lies, THE_WELL=...")
    done = subprocess.run([sys.executable, script, data_set[1]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_data_set_of_ours_in_the_wells_reader(data_set: tuple[str, Path]) -> None:
    path = data_set[1]
    ours, theirs = read(path), loaded(path)
    samples = [theirs[i] for i in range(len(theirs))]
    inputs, targets = ours.windows(history=2, horizon=1)
    d = len(ours.metadata.axes)
    assert len(samples) == len(inputs) == 8
    for sample, x, y in zip(samples, inputs, targets, strict=True):
        assert torch.equal(stacked(sample), x)
        assert torch.equal(sample["output_fields"].movedim(-1, 1), y)
        assert sample["boundary_conditions"].tolist() == [
            [CODES[low], CODES[high]] for low, high in ours.metadata.boundaries
        ]
        assert sample["space_grid"].shape == (*ours.metadata.extents, d)
    assert samples[0]["constant_scalars"].numel() == len(ours.metadata.parameters)


def test_layouts_and_groups_of_the_wells_metadata(data_set: tuple[str, Path]) -> None:
    name, path = data_set
    theirs = loaded(path).metadata
    parity = {f.name: f.parity for f in SYSTEMS[name].fields}
    from_theirs, from_file = (FieldLayout.from_metadata(m, 4, parity=parity) for m in (theirs, read_metadata(path)))
    assert from_theirs.names == from_file.names and from_theirs.blocks == from_file.blocks
    assert sum(map(len, theirs.field_names.values())) == from_theirs.output.channels
    told, read_off = allowed_group(theirs, SYSTEMS[name].veto), allowed_group(path, SYSTEMS[name].veto)
    # Walls and open ends: The Well's metadata do not say which is where, and nothing is admitted on trust.
    assert told.order == (1 if name == "acoustics" else read_off.order)


def test_their_augmentations_are_our_action(data_set: tuple[str, Path]) -> None:
    """Permutations, flips and the table of boundaries, bit for bit. Theirs know no parity: all fields as true ones."""
    path = data_set[1]
    plain = loaded(path)
    layout = FieldLayout.from_metadata(plain.metadata, history=2)
    group = Hyperoctahedral(plain.n_spatial_dims)
    action, after = layout.action(group), layout.output.action(group)
    for g in group.elements[:: max(1, group.order // 8)]:
        permutation, flips = g.abs().argmax(1), g.sum(1) < 0
        moved = loaded(path, transform=lambda data, _, p=permutation, f=flips: Flip.flip(Permute.permute(data, p), f))
        before, there = plain[3], moved[3]
        assert torch.equal(action.transform(g, stacked(before)), stacked(there))
        assert torch.equal(
            after.transform(g, before["output_fields"].movedim(-1, 1)), there["output_fields"].movedim(-1, 1)
        )
        assert torch.equal(action.boundaries(g, before["boundary_conditions"]), there["boundary_conditions"])


def stacked(sample: dict[str, torch.Tensor]) -> torch.Tensor:
    """Channels first: the steps one after the other, then the constants."""
    steps = sample["input_fields"].movedim(-1, 1).flatten(0, 1)
    return torch.cat([steps, sample["constant_fields"].movedim(-1, 0)]) if "constant_fields" in sample else steps


def test_their_dummy_file_in_our_reader(tmp_path: Path) -> None:
    (tmp_path / "data" / "train").mkdir(parents=True)
    path = tmp_path / "data" / "train" / "dummy.hdf5"
    write_dummy_data(str(path))
    ours, theirs = read(path), loaded(path, history=4)
    assert [f.name for f in ours.metadata.fields] == ["field"] and ours.layout(4).names[-1] == "constant_field"
    inputs, targets = ours.windows(history=4)
    assert len(inputs) == len(theirs) == 12
    for i in (0, 5, 11):
        sample = theirs[i]
        assert torch.equal(stacked(sample), inputs[i])
        assert torch.equal(sample["output_fields"].movedim(-1, 1), targets[i])
        # Its masks of periodic ends mark no end: open to both readers.
        assert sample["boundary_conditions"].tolist() == [[1, 1], [1, 1]]
    found = allowed_group(path)
    assert found.order == 8 and found.rolls == ()
    action = ours.layout(4).action(found)
    for g in found.group.elements:
        moved = action.transform(g, inputs)
        assert torch.equal(action.transform(g.mT, moved), inputs)
    write(tmp_path / "again.hdf5", ours)
    assert torch.equal(read(tmp_path / "again.hdf5").values, ours.values)


@pytest.mark.parametrize("kind", ["zscore", "rms"])
@pytest.mark.parametrize("delta", [False, True])
def test_our_statistics_in_their_normalisations(data_set: tuple[str, Path], kind: str, delta: bool) -> None:
    """Samples that their readers normalise with our stats.yaml are what our wrapper hands a model, and takes back."""
    path = data_set[1]
    ours = read(path)
    stats, layout = fields.statistics(path.parents[2]), ours.layout(2)
    stats.write(path.parents[2] / "stats.yaml", overwrite=True)
    seen = []
    x, y = ours.windows(history=2)
    reader = DeltaWellDataset if delta else WellDataset
    normal = {"zscore": ZScoreNormalization, "rms": RMSNormalization}[kind]
    theirs = reader(
        path=str(path.parents[2]), well_split_name="train", n_steps_input=2, use_normalization=True,
        normalization_type=normal,
    )  # fmt: skip
    samples = [theirs[i] for i in range(len(theirs))]
    target = torch.stack([sample["output_fields"].movedim(-1, 1)[0] for sample in samples])

    def model(z: torch.Tensor) -> torch.Tensor:
        seen.append(z)
        return target.to(z)

    found = stats.units(model, layout, kind, delta)(x)
    assert torch.allclose(seen[0], torch.stack([stacked(sample) for sample in samples]), rtol=1e-4, atol=1e-5)
    last = x[:, layout.output.channels : 2 * layout.output.channels] if delta else 0
    assert torch.allclose(found + last, y[:, 0], rtol=1e-4, atol=1e-5)


def test_the_command_on_their_dummy_files(tmp_path: Path) -> None:
    """From their writer to our page: the guard on one file, the numbers of another, a model with the constant field."""
    command = os.environ.get("SYMMETRA")
    if not command:
        pytest.skip("the command line lives in the main environment; say where, SYMMETRA=.venv/bin/symmetra")
    for name in ("valid", "test"):
        write_dummy_data(str(tmp_path / f"{name}.hdf5"))
    (tmp_path / "model.py").write_text(
        "import torch\n"
        "torch.manual_seed(0)\n"
        "net = torch.nn.Conv2d(9, 2, 3, padding=1)\n"  # four steps of a vector, and a constant scalar
        "def model(x): return x[:, 6:8] + net(x)\n"
    )
    done = subprocess.run(
        [command, "average", "model:model", "test.hdf5", "--valid", "valid.hdf5", "--history", "4", "--json", "--html",
         "page.html", "--horizons", "1,2:4"],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["admitted"]["name"] == "D4" and found["guard"]["trajectories"] == found["trajectories"] == 2
    assert len(found["guard"]["subgroups"]) == 9 and [row["steps"] for row in found["rows"]] == ["1", "2:4"]
    assert "<svg" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_error_is_theirs(dims: int) -> None:
    class Meta:
        n_spatial_dims = dims

    x, y = torch.randn(2, 5, 4, *(8,) * dims, 3, dtype=torch.float64)
    y[0] = 1.0  # uniform: what eps is for
    theirs = VRMSE.eval(x, y, Meta)
    assert torch.allclose(fields.vrmse(x, y, dims, channels_last=True), theirs, rtol=1e-12)
    single = fields.vrmse(x.float(), y.float(), dims, channels_last=True)
    assert torch.allclose(single, VRMSE.eval(x.float(), y.float(), Meta).double(), rtol=1e-4)
