"""States of bodies along their trajectories, and the reader of their tables."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from symmetra.inputs import InputError

COLUMNS = ("body", "t_days", "x", "y", "z", "vx", "vy", "vz", "ax", "ay", "az")


@dataclass(frozen=True, eq=False)
class States:
    """Positions, velocities and accelerations of bodies, one state a row.

    Attributes:
        body: ``[N]``, the name of the body.
        t: ``[N]``, times.
        x: ``[N, 3]``, positions.
        v: ``[N, 3]``, velocities.
        a: ``[N, 3]``, accelerations.
    """

    body: np.ndarray
    t: np.ndarray
    x: np.ndarray
    v: np.ndarray
    a: np.ndarray

    def __len__(self) -> int:
        return len(self.t)

    @property
    def bodies(self) -> tuple[str, ...]:
        """Names in order of appearance."""
        return tuple(dict.fromkeys(self.body.tolist()))

    @property
    def state(self) -> np.ndarray:
        """(x, v), ``[N, 6]``."""
        return np.hstack([self.x, self.v])

    @property
    def rate(self) -> np.ndarray:
        """d/dt (x, v) = (v, a), ``[N, 6]``."""
        return np.hstack([self.v, self.a])

    def only(self, bodies: str | Iterable[str]) -> States:
        """The states of some bodies."""
        wanted = [bodies] if isinstance(bodies, str) else list(bodies)
        unknown = [name for name in wanted if name not in self.bodies]
        if unknown:
            raise InputError("bodies", repr(unknown[0]), f"some of {', '.join(self.bodies)}")
        return self.take(np.isin(self.body, wanted))

    def take(self, rows: np.ndarray | Sequence[int] | slice) -> States:
        """Some of the states, by a mask or by indices."""
        return States(self.body[rows], self.t[rows], self.x[rows], self.v[rows], self.a[rows])


def read_states(path: str | os.PathLike[str]) -> States:
    """Reads a table with the columns body, t_days, x, y, z, vx, vy, vz, ax, ay, az; others are ignored.

    Args:
        path: a comma-separated file with a header line, in UTF-8.

    Raises:
        InputError: no such file, a missing column, a line that is too short, a number that is none, NaN or infinite,
            two states of a body at one time.
    """
    name = os.fspath(path)
    try:
        with open(name, newline="", encoding="utf-8-sig") as file:
            return parse_states(file, name)
    except OSError as error:
        raise InputError("path", f"{name} ({error.strerror or error})", "a readable CSV file") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("path", f"{name}, which is not a text table ({error})", "a CSV file in UTF-8") from error


def parse_states(lines: Iterable[str], name: str) -> States:
    """The states in the lines of a table called ``name``."""
    reader = csv.reader(lines)
    header = [cell.strip() for cell in next(reader, [])]
    if not header:
        raise InputError("path", f"{name}, which is empty", f"a header line: {','.join(COLUMNS)}")
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        raise InputError(
            "path",
            f"{name} without the column {missing[0]}",
            f"columns {','.join(COLUMNS)}",
            f"a header with {missing[0]}",
        )
    place = [header.index(column) for column in COLUMNS]
    bodies, numbers = [], []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        try:
            bodies.append(row[place[0]].strip())
            numbers.append([float(row[i]) for i in place[1:]])
        except IndexError:
            raise InputError(
                "path",
                f"{name}, line {reader.line_num}, with {len(row)} cells",
                f"{len(header)} cells as in the header",
            ) from None
        except ValueError as error:
            raise InputError("path", f"{name}, line {reader.line_num}: {error}", "a number") from None
    if not numbers:
        raise InputError("path", f"{name} with a header and no states", "at least one state")
    table = np.array(numbers, dtype=np.float64)
    bad = ~np.isfinite(table).all(axis=1)
    if bad.any():
        column = COLUMNS[1 + int(np.argmax(~np.isfinite(table[bad][0])))]
        raise InputError(
            "path",
            f"{name}, state {int(np.argmax(bad)) + 1} with {column} NaN or infinite",
            "finite numbers",
            "the table without it",
        )
    seen: set[tuple[str, float]] = set()
    for body, time in zip(bodies, table[:, 0].tolist(), strict=True):
        if (body, time) in seen:
            raise InputError(
                "path",
                f"{name} with two states of {body} at t_days = {time}",
                "one state a time",
                "the table without duplicates",
            )
        seen.add((body, time))
    return States(np.array(bodies), table[:, 0], table[:, 1:4], table[:, 4:7], table[:, 7:10])
