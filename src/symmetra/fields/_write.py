"""Trajectories into an HDF5 file in The Well's format."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from symmetra.fields._layout import Field
from symmetra.fields._metadata import Metadata
from symmetra.fields._trajectories import Trajectories
from symmetra.inputs import InputError, MissingExtra, describe, placed


def write(path: Any, trajectories: Any, overwrite: bool = False) -> None:
    """Write trajectories as an HDF5 file that The Well's format checker accepts and its ``WellDataset`` loads.

    The file is written under a temporary name and renamed at the end: a file that is there is whole. Values keep their
    precision (The Well's own are float32). Parities other than 1 become an attribute, ``parity``, which The Well's
    reader does not look at, and ours does.

    Args:
        path: of the file, ``.hdf5`` or ``.h5``.
        trajectories: :class:`Trajectories`.
        overwrite: whether a file that is there may be replaced.

    Raises:
        InputError: a file that is there already, a place that cannot be written to, values that do not fit the
            metadata, or metadata that do not say where which boundary lies.
    """
    if not isinstance(path, str | os.PathLike) or Path(path).suffix not in (".hdf5", ".h5"):
        raise InputError("path", describe(path), "the path of an HDF5 file", '"flow.hdf5"')
    if not isinstance(trajectories, Trajectories):
        raise InputError("trajectories", describe(trajectories), "symmetra.fields.Trajectories", "generate(...)")
    _check(trajectories)
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtra("h5py", "data") from error
    path = Path(path)
    if path.exists() and not overwrite:
        raise InputError("path", f"{path}, which is there already", "a new file", "overwrite=True")
    with placed(path) as partial, h5py.File(partial, "w") as file:
        _header(file, trajectories)
        _fields(file, trajectories)


def _check(trajectories: Trajectories) -> None:
    known = trajectories.metadata
    d = len(known.axes)
    for name, fields, lead in (
        ("values", known.fields, (known.trajectories, known.steps)),
        ("constants", known.constants, (known.trajectories,)),
    ):
        shape = (*lead, sum(d**field.order for field in fields), *known.extents)
        if tuple(getattr(trajectories, name).shape) != shape:
            raise InputError(name, describe(getattr(trajectories, name)), f"shape {shape}, as the metadata tell")
        if list(fields) != sorted(fields, key=lambda field: field.order):
            expected = "scalars, then vectors, then tensors, as The Well orders channels"
            raise InputError("metadata", ", ".join(field.name for field in fields), expected)
    for name in known.parameters:
        if name in {field.name for field in (*known.fields, *known.constants)}:
            expected = "names that differ: The Well's reader would take one for the other"
            raise InputError("metadata", f"{name}, a field and a parameter", expected)
    if known.boundaries is None or known.coordinates is None:
        raise InputError("metadata", "boundaries or coordinates that are not known", "metadata with both")


def _header(file: Any, trajectories: Trajectories) -> None:
    """Everything but the fields."""
    known = trajectories.metadata
    file.attrs["dataset_name"], file.attrs["grid_type"] = known.name, known.grid_type
    file.attrs["n_spatial_dims"], file.attrs["n_trajectories"] = len(known.axes), known.trajectories
    _texts(file, "simulation_parameters", tuple(known.parameters))
    scalars = file.create_group("scalars")
    _texts(scalars, "field_names", tuple(known.parameters))
    for name, value in known.parameters.items():
        file.attrs[name] = value
        scalars[name] = np.float32(value)
        scalars[name].attrs["sample_varying"] = scalars[name].attrs["time_varying"] = False
    dimensions = file.create_group("dimensions")
    _texts(dimensions, "spatial_dims", known.axes)
    points = zip(("time", *known.axes), (trajectories.time.numpy(), *(known.coordinates or ())), strict=True)
    for name, values in points:
        dimensions[name] = np.asarray(values, np.float32)
        dimensions[name].attrs["sample_varying"] = np.ndim(values) == 2
        dimensions[name].attrs["time_varying"] = name == "time"
    boundaries = file.create_group("boundary_conditions")
    for axis, size, ends in zip(known.axes, known.extents, known.boundaries or (), strict=True):
        for kind in dict.fromkeys(ends):
            mask = np.zeros(size, bool)
            mask[[side for side, end in ((0, ends[0]), (-1, ends[1])) if end == kind]] = True
            _boundary(boundaries, f"{axis}_{kind}", kind, (axis,), mask)
    for name, (kind, mask) in known.masks.items():
        along = tuple(axis for axis, size in zip(known.axes, mask.shape, strict=True) if size > 1)
        _boundary(boundaries, name, kind, along, mask.squeeze())


def _boundary(folder: Any, name: str, kind: str, along: tuple[str, ...], mask: np.ndarray) -> None:
    boundary = folder.create_group(name)
    boundary.attrs["bc_type"] = kind.upper()
    boundary.attrs["sample_varying"] = boundary.attrs["time_varying"] = False
    _texts(boundary, "associated_dims", along)
    _texts(boundary, "associated_fields", ())
    boundary["mask"] = mask


def _fields(file: Any, trajectories: Trajectories) -> None:
    known = trajectories.metadata
    highest = max([2, *(field.order for field in (*known.fields, *known.constants))])
    for order in range(highest + 1):
        folder = file.create_group(f"t{order}_fields")
        _texts(folder, "field_names", tuple(f.name for f in (*known.fields, *known.constants) if f.order == order))
    for fields, values, varies in (
        (known.fields, trajectories.values, True),
        (known.constants, trajectories.constants, False),
    ):
        array, start = values.numpy(), 0
        for field in fields:
            stop = start + len(known.axes) ** field.order
            _field(file, known, field, array[:, :, start:stop] if varies else array[:, start:stop], varies)
            start = stop


def _field(file: Any, known: Metadata, field: Field, array: np.ndarray, varies: bool) -> None:
    """One field, its components last."""
    d = len(known.axes)
    array = np.moveaxis(array, -1 - d, -1)
    name = f"t{field.order}_fields/{field.name}"
    file[name] = np.ascontiguousarray(array.reshape(*array.shape[:-1], *(d,) * field.order))
    attributes = file[name].attrs
    attributes["sample_varying"], attributes["time_varying"] = True, varies
    attributes["dim_varying"] = np.ones(d, bool)
    if field.order == 2:
        attributes["symmetric"], attributes["antisymmetric"] = field.symmetric, False
    if field.parity != 1:
        attributes["parity"] = field.parity


def _texts(folder: Any, name: str, values: tuple[str, ...]) -> None:
    """A list of names as an attribute, empty or not; h5py cannot tell the type of an empty one."""
    import h5py

    folder.attrs.create(name, np.array(values, dtype=object), dtype=h5py.string_dtype())
