"""Reading samples by column name from CSV, NPZ and HDF5; whatever is wrong with a file is told in one line."""

from __future__ import annotations

import csv
import difflib
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from symmetra.inputs import InputError, MissingExtra

TEXT, NUMPY, HDF5 = (".csv", ".tsv", ".txt"), (".npz",), (".h5", ".hdf5", ".hdf")


class Data(ABC):
    """A file of named columns.

    Attributes:
        path: where it came from.
        names: what it has, in its own order.
    """

    def __init__(self, path: Path, names: Sequence[str]) -> None:
        self.path = path
        self.names = list(names)

    def matrix(self, columns: str, argument: str) -> tuple[np.ndarray, list[str]]:
        """The columns named in ``"x,y,z"`` as float64 ``[N, n]``, and one name a column of the result.

        Raises:
            InputError: no such column, not numbers, NaN or infinite values (with the row), columns of unequal length.
        """
        wanted = [name.strip() for name in columns.split(",") if name.strip()]
        if not wanted:
            raise InputError(argument, "no column name", "names separated by commas", f"{argument} {self._example()}")
        parts: list[np.ndarray] = []
        labels: list[str] = []
        for name in wanted:
            part = self._values(self._found(name, argument), argument)
            part = part[:, None] if part.ndim == 1 else part
            if parts and len(part) != len(parts[0]):
                raise InputError(
                    argument,
                    f"{name} of {len(part)} rows beside {wanted[0]} of {len(parts[0])}",
                    "columns of one length",
                )
            parts.append(part)
            labels += [name] if part.shape[1] == 1 else [f"{name}{i + 1}" for i in range(part.shape[1])]
        values = np.concatenate(parts, axis=1)
        if len(values) == 0:
            raise InputError("FILE", f"{self.path}, which has no rows", "at least one row of numbers")
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            row, column = (int(i) for i in bad[0])
            raise InputError(
                argument,
                f"{values[row, column]} in column {labels[column]}, {self._place(row)}",
                "finite numbers",
                "the file without these rows",
            )
        return values, labels

    def labels(self, column: str, argument: str) -> list[str]:
        """A column as text, to tell trajectories apart."""
        return self._words(self._found(column.strip(), argument), argument)

    def _found(self, name: str, argument: str) -> str:
        if name in self.names:
            return name
        near = difflib.get_close_matches(name, self.names, n=1, cutoff=0.5)
        lower = [n for n in self.names if n.lower() == name.lower()]
        available = ", ".join(self.names[:20]) + (" …" if len(self.names) > 20 else "")
        hint = (lower or near or [""])[0]
        raise InputError(argument, f"{name!r}", f"one of the columns {available}", f"{argument} {hint}" if hint else "")

    def _example(self) -> str:
        return ",".join(self.names[:3])

    @abstractmethod
    def _values(self, name: str, argument: str) -> np.ndarray: ...

    @abstractmethod
    def _words(self, name: str, argument: str) -> list[str]: ...

    @abstractmethod
    def _place(self, row: int) -> str: ...


class TextData(Data):
    """Columns of text with the line of each row, turned into numbers when they are asked for."""

    def __init__(self, path: Path, columns: dict[str, list[str]], lines: list[int]) -> None:
        super().__init__(path, list(columns))
        self._columns, self._lines = columns, lines

    def _values(self, name: str, argument: str) -> np.ndarray:
        texts = self._columns[name]
        try:
            return np.array([float(t) for t in texts])
        except ValueError:
            row = next(i for i, t in enumerate(texts) if not _is_number(t))
            got = repr(texts[row][:30]) if texts[row].strip() else "an empty cell"
            raise InputError(argument, f"{got} in column {name}, {self._place(row)}", "a column of numbers") from None

    def _words(self, name: str, argument: str) -> list[str]:
        return self._columns[name]

    def _place(self, row: int) -> str:
        return f"line {self._lines[row]}"


class ArrayData(Data):
    """Arrays by name, loaded when they are asked for; a matrix ``x`` is the columns x1, x2, …."""

    def __init__(self, path: Path, load: dict[str, Callable[[], Any]]) -> None:
        super().__init__(path, list(load))
        self._load = load

    def _array(self, name: str, argument: str) -> np.ndarray:
        try:
            array = np.asarray(self._load[name]())
        except Exception as error:  # a damaged file can fail anywhere in the library that reads it
            raise InputError(
                "FILE",
                f"{name} in {self.path}, which cannot be read ({_reason(error)})",
                "arrays of numbers, no pickled objects",
            ) from None
        if array.ndim not in (1, 2):
            raise InputError(argument, f"{name} of shape {array.shape}", "an array [N] or [N, n]")
        return array

    def _values(self, name: str, argument: str) -> np.ndarray:
        array = self._array(name, argument)
        if array.dtype.kind not in "iufb":
            raise InputError(argument, f"{name} of type {array.dtype}", "an array of real numbers")
        return array.astype(np.float64)

    def _words(self, name: str, argument: str) -> list[str]:
        array = self._array(name, argument)
        if array.ndim != 1:
            raise InputError(argument, f"{name} of shape {array.shape}", "one label a row, an array [N]")
        return [v.decode("utf-8", "replace") if isinstance(v, bytes) else str(v) for v in array.tolist()]

    def _place(self, row: int) -> str:
        return f"row {row} (the first is 0)"


def read(path: str | os.PathLike[str]) -> Data:
    """Open a file of samples by its ending.

    Raises:
        InputError: it does not exist, is a folder, is empty, damaged, or of a kind that is not read here.
    """
    text = str(path)
    file = Path(text)
    if "\0" in text or not file.exists():
        raise InputError("FILE", f"{text!r}, which does not exist", "a CSV, NPZ or HDF5 file", _neighbour(file))
    if file.is_dir():
        raise InputError("FILE", f"the folder {text}", "a CSV, NPZ or HDF5 file", _neighbour(file / "data.csv"))
    ending = file.suffix.lower()
    if ending not in TEXT + NUMPY + HDF5:
        raise InputError("FILE", f"{file.name}", f"a file ending in {', '.join(TEXT + NUMPY + HDF5)}", "data.csv, say")
    try:
        if file.stat().st_size == 0:
            raise InputError("FILE", f"{text}, which is empty", "a header line and rows of numbers")
        return (_read_text if ending in TEXT else _read_npz if ending in NUMPY else _read_hdf5)(file)
    except OSError as error:
        raise InputError(
            "FILE", f"{text}, which cannot be read ({_reason(error)})", f"a readable {ending} file"
        ) from None


def _read_text(file: Path) -> TextData:
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            first = stream.readline()
            stream.seek(0)
            reader = csv.reader(stream, delimiter=_delimiter(first), skipinitialspace=True)
            for row in reader:
                if any(cell.strip() for cell in row):
                    rows.append(row)
                    lines.append(reader.line_num)
    except UnicodeDecodeError:
        raise InputError("FILE", f"{file}, which is not text in UTF-8", "a CSV file", "data.npz for arrays") from None
    except csv.Error as error:
        raise InputError("FILE", f"{file}, which is no CSV ({_reason(error)})", "a CSV file") from None
    if not rows:
        raise InputError("FILE", f"{file}, which has only empty lines", "a header line and rows of numbers")
    header = [name.strip() for name in rows[0]]
    if all(_is_number(name) for name in header):
        raise InputError(
            "FILE",
            f"{file} without a header line",
            "column names in the first line",
            ",".join("xyz"[: len(header)] or "x") + " above the numbers",
        )
    twice = [name for i, name in enumerate(header) if name in header[:i] or not name]
    if twice:
        raise InputError(
            "FILE",
            f"the column name {twice[0]!r} {'twice' if twice[0] else 'left empty'}",
            "a different name for each column",
        )
    for row, line in zip(rows[1:], lines[1:]):
        if len(row) != len(header):
            raise InputError(
                "FILE", f"{len(row)} cells in line {line} of {file.name}", f"{len(header)}, as the header has"
            )
    return TextData(file, {name: [row[i] for row in rows[1:]] for i, name in enumerate(header)}, lines[1:])


def _delimiter(line: str) -> str:
    return next((mark for mark in (",", "\t", ";") if mark in line), ",")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _read_npz(file: Path) -> ArrayData:
    def loader(name: str) -> Callable[[], Any]:
        def load() -> Any:
            with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                return archive[name]

        return load

    try:
        # Opened here: NumPy leaves the files that it opens itself open where the archive is damaged.
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            names = list(archive.files)
    except Exception as error:  # damaged archives fail in zipfile, zlib, struct and NumPy's own parser
        raise InputError(
            "FILE",
            f"{file}, which is no NPZ archive or is damaged ({_reason(error)})",
            "an archive made by numpy.savez",
        ) from None
    if not names:
        raise InputError("FILE", f"{file}, which holds no arrays", "an archive made by numpy.savez")
    return ArrayData(file, {name: loader(name) for name in names})


def _read_hdf5(file: Path) -> ArrayData:
    try:
        import h5py
    except ModuleNotFoundError:
        raise MissingExtra("h5py", "data") from None

    names: list[str] = []

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim in (1, 2):
            names.append(name)

    def loader(name: str) -> Callable[[], Any]:
        def load() -> Any:
            with h5py.File(file, "r") as archive:
                return archive[name][()]

        return load

    try:
        with h5py.File(file, "r") as archive:
            archive.visititems(keep)
    except Exception as error:  # h5py turns damage into errors of many kinds
        raise InputError(
            "FILE",
            f"{file}, which is no HDF5 file or is cut short ({_reason(error)})",
            "a complete HDF5 file",
            f"h5ls {file.name}, to look into it",
        ) from None
    if not names:
        raise InputError("FILE", f"{file}, which has no datasets [N] or [N, n]", "datasets of numbers")
    return ArrayData(file, {name: loader(name) for name in names})


def _neighbour(file: Path) -> str:
    """A file beside it that may be the one that was meant."""
    try:
        names = [p.name for p in file.parent.iterdir() if p.suffix.lower() in TEXT + NUMPY + HDF5]
    except (OSError, ValueError):
        return ""
    near = difflib.get_close_matches(file.name, names, n=1, cutoff=0.6)
    return str(file.parent / near[0]) if near else ""


def _reason(error: Exception) -> str:
    words = " ".join(str(getattr(error, "strerror", None) or error).split())
    return (words[:80] + "…" if len(words) > 80 else words) or type(error).__name__
