"""Systems of interacting bodies in HDF5 files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symmetra.inputs import InputError, MissingExtra, describe, placed
from symmetra.nbody._interacting import TENSORS, Interacting

_FORMAT = "symmetra interacting bodies 1"


def write_interacting(path: Any, data: Any, overwrite: bool = False) -> None:
    """Write systems as an HDF5 file, under a temporary name first: a file that is there is whole.

    Args:
        path: of the file, ``.h5`` or ``.hdf5``.
        data: what :func:`interacting` gives; values keep their precision.
        overwrite: whether a file that is there may be replaced.

    Raises:
        InputError: not such data, a file that is there already, a place that cannot be written to.
    """
    path = _path(path)
    if not isinstance(data, Interacting):
        raise InputError("data", describe(data), "symmetra.nbody.Interacting", 'interacting("charged", 100)')
    if path.exists() and not overwrite:
        raise InputError("path", f"{path}, which is there already", "a new file", "overwrite=True")
    with placed(path) as partial, _h5py().File(partial, "w") as file:
        for name in TENSORS:
            file.create_dataset(name, data=getattr(data, name).numpy(), compression="gzip", shuffle=True)
        file.attrs.update(format=_FORMAT, kind=data.kind, window=data.window, external=np.array(data.external))


def read_interacting(path: Any) -> Interacting:
    """The systems in a file of :func:`write_interacting`.

    Args:
        path: of the file.

    Raises:
        InputError: no such file, cut off, or one that holds something else.
    """
    path = _path(path)
    if not path.is_file():
        raise InputError("path", f"{path}, which is no file", "a file of write_interacting")
    try:
        with _h5py().File(path, "r") as file:
            if file.attrs.get("format") != _FORMAT:
                raise InputError("path", f"{path}, which holds something else", "a file of write_interacting")
            parts = {name: torch.from_numpy(file[name][()]) for name in TENSORS}
            external = tuple(np.asarray(file.attrs["external"]).tolist())
            return Interacting(str(file.attrs["kind"]), **parts, external=external, window=float(file.attrs["window"]))
    except (OSError, KeyError, RuntimeError) as error:
        raise InputError("path", f"{path}, which is damaged ({error})", "a whole file of write_interacting") from error


def _path(path: Any) -> Path:
    if not isinstance(path, str | os.PathLike) or Path(path).suffix not in (".hdf5", ".h5"):
        raise InputError("path", describe(path), "the path of an HDF5 file", '"charged.h5"')
    return Path(path)


def _h5py() -> Any:
    try:
        import h5py
    except ModuleNotFoundError as error:
        raise MissingExtra("h5py", "data") from error
    return h5py
