"""Decompositions on disk: plain arrays, one file for a group and the representations that others are made of.

Nothing is stored unless :func:`remember` names a folder. A file is named by a hash of the generators, of their
operators and of the layout of the file, so that whatever differs is another file; its arrays carry checksums, it is
read without pickle, written under a temporary name and renamed. One that cannot be read is made again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra.enforce._fusion import Fusion
from symmetra.enforce._irreducibles import Irreducible
from symmetra.inputs import InputError, describe

_LAYOUT = "symmetra decomposition 1"
_FIELDS = ("lie", "discrete", "units", "mark")
_state: dict[str, Path | None] = {"folder": None}


def remember(path: Any) -> None:
    """Keep decompositions on disk too, in this folder, for later processes.

    Args:
        path: a folder, made if it is not there; None to stop (the default). Files in it may be deleted at any time.

    Raises:
        InputError: a path that is no folder and cannot become one.

    Example:
        >>> remember(None)
    """
    if path is None:
        _state["folder"] = None
        return
    if not isinstance(path, (str, os.PathLike)):
        raise InputError("path", describe(path), "a folder or None", "enforce.remember('decompositions')")
    folder = Path(path).expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        got = f"{str(folder)!r} ({error.strerror})"
        raise InputError(
            "path", got, "a folder that can be written to", "enforce.remember('decompositions')"
        ) from error
    _state["folder"] = folder


def load(fusion: Fusion) -> None:
    """Fill a new Fusion from its file, if there is one that can be read."""
    folder = _state["folder"]
    if folder is None:
        return
    try:
        with (folder / _name(fusion)).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: torch.from_numpy(file[name]) for name in file.files}
        count = 1 + max(int(name.split("/")[1]) for name in arrays if name.startswith("irreducible"))
        entries = [Irreducible(*(arrays[f"irreducible/{i}/{field}"] for field in _FIELDS)) for i in range(count)]
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
        return
    fusion.table.entries[:] = entries
    for name, array in arrays.items():
        kind, *numbers = name.split("/")
        if kind == "product":
            a, b, index = map(int, numbers)
            fusion.products.setdefault((a, b), {})[index] = array
        elif kind == "part":
            part, index = map(int, numbers)
            fusion.frames.setdefault(fusion.parts[part], {})[index] = array
    fusion.stored = (folder, len(arrays))


def store(fusion: Fusion) -> None:
    """Write what is known, if there is a folder and more is known than the file has."""
    folder = _state["folder"]
    if folder is None:
        return
    arrays = _arrays(fusion)
    if fusion.stored == (folder, len(arrays)):
        return
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".tmp", delete=False) as file:
            temporary = file.name
            np.savez(file, allow_pickle=False, **{name: X.resolve_conj().numpy() for name, X in arrays.items()})
        os.replace(temporary, folder / _name(fusion))
        fusion.stored = (folder, len(arrays))
    except OSError as error:
        warnings.warn(f"decompositions are not kept in {folder}: {error.strerror}", stacklevel=2)
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _arrays(fusion: Fusion) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for i, entry in enumerate(fusion.table.entries):
        found |= {f"irreducible/{i}/{field}": getattr(entry, field) for field in _FIELDS}
    for (a, b), product in fusion.products.items():
        found |= {f"product/{a}/{b}/{index}": C for index, C in product.items()}
    for number, part in enumerate(fusion.parts):
        found |= {f"part/{number}/{index}": U for index, U in fusion.frames.get(part, {}).items()}
    return found


def _name(fusion: Fusion) -> str:
    generating = fusion.generating
    digest = hashlib.sha256(f"{_LAYOUT} {fusion.table.dtype}".encode())
    for array in (
        generating.lie,
        generating.discrete,
        *(X for part in fusion.parts for X in generating.operators(part)),
    ):
        digest.update(f"{tuple(array.shape)} {array.dtype}".encode())
        digest.update(array.resolve_conj().contiguous().numpy().tobytes())
    return f"{digest.hexdigest()[:32]}.npz"
