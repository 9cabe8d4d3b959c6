"""The journal of a study: one line of JSON for every unit that was finished, appended at once.

A kill at any moment costs the units in progress and nothing else: a line is written by one call, a torn line is not
read, and the next line begins on a line of its own. A unit whose arguments have changed since its line was written
counts as not done.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from symmetra.inputs import InputError
from symmetra.studies.runner._unit import Unit


class Journal:
    """The lines of one file.

    Args:
        path: the file, ``results.jsonl``; it need not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def lines(self) -> list[dict[str, Any]]:
        """All whole lines, in the order in which they were written."""
        try:
            text = self.path.read_bytes().decode("utf-8", errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return []
        found = []
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except json.JSONDecodeError:
                continue  # torn by a kill
            if isinstance(record, dict) and {"unit", "arguments", "result"} <= set(record):
                found.append(record)
        return found

    def finished(self, units: Iterable[Unit]) -> dict[str, dict[str, Any]]:
        """The line of every unit that has one with its present arguments, by key; the first line counts."""
        lines: dict[str, list[dict[str, Any]]] = {}
        for line in self.lines():
            lines.setdefault(line["unit"], []).append(line)
        found = {}
        for unit in units:
            arguments = plain(unit.arguments)
            same = [line for line in lines.get(unit.key, []) if line["arguments"] == arguments]
            if same:
                found[unit.key] = same[0]
        return found

    def append(self, unit: Unit, result: Mapping[str, Any], seconds: float) -> None:
        """Write the line of a finished unit."""
        record = {
            "unit": unit.key,
            "function": f"{unit.function.__module__}:{unit.function.__qualname__}",
            "arguments": plain(unit.arguments),
            "seconds": round(seconds, 3),
            "result": plain(result),
        }
        line = json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a+b") as file:
                if file.seek(0, os.SEEK_END):
                    file.seek(-1, os.SEEK_END)
                    line = line if file.read(1) == b"\n" else "\n" + line
                file.write(line.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise InputError("--out", f"{self.path}: {error.strerror}", "a folder that can be written to") from error


def plain(value: Any) -> Any:
    """What JSON can hold, and what it gives back unchanged: lists for tuples, null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
