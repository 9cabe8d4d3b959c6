"""The files of a data set: one file, a folder of them, or The Well's folders of train, valid and test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from symmetra.fields._header import read_metadata
from symmetra.fields._metadata import Metadata
from symmetra.fields._read import read
from symmetra.fields._trajectories import Trajectories
from symmetra.inputs import InputError, describe

ENDINGS = (".hdf5", ".h5")


def data_files(path: Any, split: str = "") -> list[Path]:
    """The HDF5 files at a path, sorted by name.

    Args:
        path: of a file, of a folder of files, or of a folder with ``data/train``, ``data/valid``, ``data/test``.
        split: which of the latter.

    Raises:
        InputError: none is there.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise InputError("path", describe(path), "an HDF5 file or a folder of them", '"data/train/flow.hdf5"')
    folder = Path(path)
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise InputError("path", f"{folder}, which does not exist", "an HDF5 file or a folder of them")
    places = [folder, *((folder / "data" / split, folder / split) if split else ())]
    for place in places:
        if found := sorted(file for file in place.glob("*") if file.suffix in ENDINGS and file.is_file()):
            return found
    raise InputError("path", f"{folder}, a folder without HDF5 files", "files that end in .hdf5 or .h5", "another path")


def stream(files: list[Path], parity: Any = None) -> Iterator[Trajectories]:
    """The trajectories of alike files one by one, so that no more than one is in memory.

    Raises:
        InputError: files whose fields, points or boundaries differ from the first one's.
    """
    first: Metadata | None = None
    for file in files:
        known = read_metadata(file, parity)
        first = first or known
        if difference := _difference(first, known):
            expected = f"the {difference} of {files[0].name}: files of one data set are alike"
            raise InputError("path", f"{file} with other {difference}", expected, "one file, or a folder of each kind")
        for i in range(known.trajectories):
            yield read(file, slice(i, i + 1), parity=parity)


def joined(parts: list[Trajectories]) -> Trajectories:
    """Trajectories of one data set, together; those that are longer are cut at the shortest."""
    steps = min(part.values.shape[1] for part in parts)
    values = torch.cat([part.values[:, :steps] for part in parts])
    constants = torch.cat([part.constants for part in parts])
    known = replace(parts[0].metadata, trajectories=len(values), steps=steps)
    return Trajectories(known, values, constants, parts[0].time[..., :steps])


def _difference(a: Metadata, b: Metadata) -> str:
    for name in ("fields", "constants", "axes", "extents", "boundaries", "grid_type"):
        if getattr(a, name) != getattr(b, name):
            return name
    same = all(np.allclose(np.diff(x), np.diff(y)) for x, y in zip(a.coordinates or (), b.coordinates or ()))
    if not same:
        return "coordinates"
    masks = a.masks.keys() == b.masks.keys() and all(np.array_equal(a.masks[k][1], b.masks[k][1]) for k in a.masks)
    return "" if masks else "boundaries inside the box"
