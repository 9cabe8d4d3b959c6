"""Labels in HDF5 files that say where they came from."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symmetra.inputs import InputError, MissingExtra, describe, placed
from symmetra.molecules._label_check import check_labels
from symmetra.molecules._labels import Labels
from symmetra.molecules._units import BOHR_ANGSTROM

_FORMAT = "symmetra molecules 1"
_UNITS = {"positions": "angstrom", "energies": "hartree", "forces": "hartree/bohr"}


def write(path: Any, labels: Any, overwrite: bool = False) -> None:
    """Write labels to an HDF5 file: ``positions`` in ångström, ``energies`` in hartree, ``forces`` in hartree/bohr.

    Each dataset names its unit in the attribute ``unit``; the provenance is in the attributes of the file. It is
    written under a temporary name and renamed at the end: a file that is there is whole.

    Args:
        path: of the file, ``.h5`` or ``.hdf5``.
        labels: :class:`Labels`.
        overwrite: whether a file that is there may be replaced.

    Raises:
        InputError: a file that is there already, a place that cannot be written to, or something else than labels.
        MissingExtra: h5py is not installed.
    """
    path = destination(path, overwrite)
    if not isinstance(labels, Labels):
        raise InputError("labels", describe(labels), "symmetra.molecules.Labels", "label(positions, molecule)")
    h5py = _h5py()
    values = {"positions": labels.positions, "energies": labels.energies, "forces": labels.forces * BOHR_ANGSTROM}
    with placed(path) as partial, h5py.File(partial, "w") as file:
        file.attrs["format"], file.attrs["atoms"] = _FORMAT, " ".join(labels.atoms)
        file.attrs["provenance"] = json.dumps(dict(labels.provenance))
        file.attrs["refused"] = json.dumps(labels.refused)
        for name, unit in _UNITS.items():
            data = values[name].detach().double().cpu().numpy()
            file.create_dataset(name, data=data, compression="gzip", shuffle=True).attrs["unit"] = unit


def read(path: Any) -> Labels:
    """The labels in an HDF5 file of :func:`write`, refused if the forces are not the slope of the energies.

    Raises:
        InputError: no such file, cut off, of another format or unit, not finite, or forces that do not belong to the
            energies (see :func:`check_labels`; sets of fewer than 3 geometries are not checked).
        MissingExtra: h5py is not installed.
    """
    with _opened(_path(path)) as file:
        values = {}
        for name, unit in _UNITS.items():
            if file[name].attrs.get("unit") != unit:
                raise InputError("path", f"{path} with {name} in {file[name].attrs.get('unit')}", unit)
            values[name] = torch.from_numpy(np.asarray(file[name][()], np.float64))
            if not torch.isfinite(values[name]).all():
                raise InputError("path", f"{path} with {name} that are NaN or infinite", "finite values")
        values["forces"] /= BOHR_ANGSTROM
        found = Labels(
            tuple(str(file.attrs["atoms"]).split()),
            **values,
            provenance=json.loads(file.attrs["provenance"]),
            refused=tuple((int(place), str(reason)) for place, reason in json.loads(file.attrs["refused"])),
        )
    if len(found) >= 3:
        check_labels(found.positions, found.energies, found.forces).require(f"forces in {path}")
    return found


def destination(path: Any, overwrite: bool = False) -> Path:
    """The path of a file that may be written."""
    path = _path(path)
    if path.suffix not in (".h5", ".hdf5"):
        raise InputError("path", describe(str(path)), "the path of an HDF5 file", '"ammonia.h5"')
    if path.exists() and not overwrite:
        raise InputError("path", f"{path}, which is there already", "a new file", "overwrite=True")
    if not path.parent.is_dir():
        raise InputError("path", f"{path}, in a folder that is not there", "a place that can be written to")
    return path


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or not str(path):
        raise InputError("path", describe(path), "the path of an HDF5 file", '"ammonia.h5"')
    return Path(path)


def _h5py() -> Any:
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtra("h5py", "molecules") from error
    return h5py


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file, with its troubles in one line."""
    h5py = _h5py()
    if not path.is_file():
        raise InputError("path", f"{path}, which is no file", "labels", "symmetra sample molecules --out FILE.h5")
    try:
        with h5py.File(path, "r") as file:
            if file.attrs.get("format") != _FORMAT:
                raise InputError("path", f"{path}, which holds something else", "labels written by write")
            yield file
    except (OSError, KeyError, RuntimeError, json.JSONDecodeError) as error:
        why = "cut off" if "truncated" in str(error).lower() else "damaged"
        raise InputError("path", f"{path}, which is {why} ({error})", "a whole file of labels") from error
