"""What an HDF5 file in The Well's format tells of itself, without its values."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from symmetra.fields._layout import Field
from symmetra.fields._metadata import Metadata, with_parity
from symmetra.inputs import InputError, MissingExtra, describe


def read_metadata(path: Any, parity: Any = None) -> Metadata:
    """The metadata of an HDF5 file in The Well's format; no values are read.

    Args:
        path: of the file.
        parity: ``{"vorticity": -1}``, for pseudo-fields that the file does not know to be such.

    Raises:
        InputError: no such file, cut off, not HDF5, not The Well's format; what is missing is named.
    """
    with opened(path) as file:
        return with_parity(header(file), parity)


@contextlib.contextmanager
def opened(path: Any) -> Iterator[Any]:
    """The file, with whatever may be wrong with it in one line."""
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InputError("path", describe(path), "the path of an HDF5 file", '"data/train/flow.hdf5"')
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtra("h5py", "data") from error
    path = Path(path)
    if not path.is_file():
        raise InputError("path", f"{path}, which is no file", "an HDF5 file in The Well's format")
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError) as error:
        why = "cut off" if "truncated" in str(error).lower() else "no HDF5 file, or a damaged one"
        raise InputError("path", f"{path}, which is {why} ({error})", "a whole file in The Well's format") from error


def header(file: Any) -> Metadata:
    """The metadata of an open file."""
    dims = int(attribute(file, "n_spatial_dims"))
    axes = texts(attribute(group(file, "dimensions"), "spatial_dims"))
    if len(axes) != dims:
        raise wrong(file, f"spatial_dims {', '.join(axes)}", f"the {dims} of n_spatial_dims")
    points = [group(file, f"dimensions/{axis}") for axis in axes]
    for axis, dataset in zip(axes, points, strict=True):
        if dataset.attrs.get("time_varying", False):
            raise wrong(file, f"a grid whose {axis} moves in time", "a grid that stays")
    extents = tuple(int(dataset.shape[-1]) for dataset in points)
    trajectories, steps = int(attribute(file, "n_trajectories")), int(group(file, "dimensions/time").shape[-1])
    varying: list[Field] = []
    constant: list[Field] = []
    for field, dataset in fields(file):
        check_shape(file, field, dataset, trajectories, steps, extents)
        (varying if attribute(dataset, "time_varying") else constant).append(field)
    boundaries, masks = _boundaries(file, axes)
    numbers = texts(file.attrs.get("simulation_parameters", ()))
    return Metadata(
        name=text(attribute(file, "dataset_name")),
        axes=axes,
        extents=extents,
        fields=tuple(varying),
        constants=tuple(constant),
        boundaries=boundaries,
        boundary_types=tuple(sorted({kind for ends in boundaries for kind in ends})),
        coordinates=tuple(dataset[...].astype(np.float64) for dataset in points),
        masks=masks,
        grid_type=text(attribute(file, "grid_type")),
        trajectories=trajectories,
        steps=steps,
        parameters={name: float(file.attrs[name]) for name in numbers if np.size(file.attrs.get(name, ())) == 1},
    )


def fields(file: Any) -> Iterator[tuple[Field, Any]]:
    """Every field with its dataset, in the order of the channels."""
    order = 0
    while order < 3 or f"t{order}_fields" in file:
        folder = group(file, f"t{order}_fields")
        for name in texts(attribute(folder, "field_names")):
            dataset = group(folder, name)
            symmetric = order == 2 and bool(dataset.attrs.get("symmetric", False))
            yield Field(name, order, int(dataset.attrs.get("parity", 1)), symmetric), dataset
        order += 1


def check_shape(file: Any, field: Field, dataset: Any, trajectories: int, steps: int, extents: tuple[int, ...]) -> None:
    """Whether a dataset has the shape that its attributes tell."""
    along = np.asarray(attribute(dataset, "dim_varying"), bool)
    expected = (trajectories,) * bool(attribute(dataset, "sample_varying"))
    expected += (steps,) * bool(attribute(dataset, "time_varying"))
    expected += tuple(n for n, varies in zip(extents, along, strict=True) if varies)
    expected += (len(extents),) * field.order
    if dataset.shape != expected:
        raise wrong(file, f"{field.name} of shape {dataset.shape}", f"shape {expected}, as its attributes tell")


def _boundaries(file: Any, axes: tuple[str, ...]) -> tuple[tuple[tuple[str, str], ...], dict[str, Any]]:
    """The kind of boundary at the ends of each axis as The Well reads it, and boundaries inside the box.

    An end is open unless a mask marks it: all of it for a wall, any of it for the others.
    """
    ends = {axis: ["open", "open"] for axis in axes}
    masks = {}
    for name, boundary in group(file, "boundary_conditions").items():
        kind = text(attribute(boundary, "bc_type")).lower()
        along = texts(attribute(boundary, "associated_dims"))
        if unknown := set(along) - set(axes):
            raise wrong(file, f"the boundary {name} along {min(unknown)}", f"axes {', '.join(axes)}")
        mask = np.asarray(group(boundary, "mask")[...], bool)
        fixed = mask.ndim == len(along)
        mask = mask.reshape(-1, *mask.shape[mask.ndim - len(along) :])  # trajectories and times together
        for place, axis in enumerate(along):
            for side in (0, -1):
                face = np.take(mask, side, axis=1 + place)
                if face.size and (face.all() if kind == "wall" else face.any()):
                    ends[axis][side] = kind
        if fixed and len(along) > 1:
            masks[name] = (kind, _spread(mask[0], along, axes))
    return tuple((low, high) for low, high in ends.values()), masks


def _spread(mask: np.ndarray, along: tuple[str, ...], axes: tuple[str, ...]) -> np.ndarray:
    """A mask over some axes, with an axis of length 1 for every other one."""
    order = [along.index(axis) for axis in axes if axis in along]
    absent = tuple(i for i, axis in enumerate(axes) if axis not in along)
    return np.expand_dims(mask.transpose(order), absent)


def group(file: Any, name: str) -> Any:
    """A group or dataset that must be there."""
    if name not in file:
        raise wrong(file, f"no {f'{file.name}/{name}'.strip('/')}", "all groups of The Well's format")
    return file[name]


def attribute(file: Any, name: str) -> Any:
    """An attribute that must be there."""
    if name not in file.attrs:
        raise wrong(file, f"no attribute {name} of {file.name}", "all attributes of The Well's format")
    return file.attrs[name]


def texts(value: Any) -> tuple[str, ...]:
    """Names, from an attribute that holds several or, a mistake that occurs, one."""
    return (text(value),) if isinstance(value, str | bytes) else tuple(text(item) for item in value)


def text(value: Any) -> str:
    """A name; some writers leave bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


def wrong(file: Any, got: str, expected: str) -> InputError:
    """The error that names the file."""
    return InputError("path", f"{file.file.filename} with {got}", expected)
