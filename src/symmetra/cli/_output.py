"""What a command gives out: a table on the terminal, or JSON and nothing else, and a page if one was asked for."""

from __future__ import annotations

import contextlib
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

import symmetra
from symmetra import report
from symmetra.report._words import names_of


@dataclass(frozen=True)
class Output:
    """Where the result of a command goes.

    Attributes:
        as_json: JSON to standard output, and nothing else.
        html: path of the page, if any; tried before the work begins.
        command: the command as it can be typed again.
        provenance: label and value of what went in.
    """

    as_json: bool
    html: Path | None
    command: str
    provenance: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.html is not None:
            report.checked_destination(self.html, "--html")

    def give(self, result: Any, variables: Sequence[str] | None = None) -> None:
        """Print the result, and write its page."""
        if self.html is not None:
            report.page(result, self.html, command=self.command, variables=variables, provenance=dict(self.provenance))
        if self.as_json:
            print(json.dumps(plain(result, self.command, variables), indent=1, ensure_ascii=False, allow_nan=False))
            return
        console = Console()
        console.print(report.table(result, variables=variables))
        if self.html is not None:
            console.print(f"\nThe report is {self.html}", style="bright_black", soft_wrap=True, highlight=False)


@contextlib.contextmanager
def working(words: str) -> Iterator[None]:
    """A bar on standard error while the work goes on, where that is a terminal; it leaves no trace."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(words, total=None)
        yield


def plain(result: Any, command: str, variables: Sequence[str] | None = None) -> dict[str, Any]:
    """A result as what JSON can hold; numbers that are not finite become null."""
    found = report.evidence(result)
    data: dict[str, Any] = {
        "symmetra": symmetra.__version__,
        "command": command,
        "kind": found.kind,
        "name": found.name,
        "summary": found.summary,
        "rows": [dict(row) for row in result.rows()],
    }
    if variables is not None:
        data["variables"] = list(variables)
    if found.spectrum is not None:
        data |= {
            "dimension": found.dimension,
            "trivial": len(found.trivial),
            "certified": list(found.certified),
            "terms" if found.conserved else "candidates": names_of(found, variables),
            "coefficients" if found.conserved else "generators": found.generators,
            "matrices": found.matrices,
            "labels": list(found.labels),
            "spectrum": found.spectrum,
            "gap": found.gap,
            "tolerance": found.tolerance,
            "defects": found.defects,
            "closure_defect": found.closure_defect,
            "coverage": {"ok": found.coverage_ok, "message": found.coverage_message},
            "certificates": [_certificate(c) for c in found.certificates],
            "samples": found.samples,
        }
    return {key: finite(value) for key, value in data.items()}


def _certificate(certificate: Any) -> dict[str, Any]:
    names = ("statement", "verdict", "delta", "upper", "lower", "alpha", "method", "reasons")
    return {name: finite(getattr(certificate, name, None)) for name in names}


def finite(value: Any) -> Any:
    """What JSON can hold: arrays as lists, numbers that are not finite as null."""
    if isinstance(value, np.ndarray):
        return finite(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command of this process as it can be typed again."""
    import shlex

    return shlex.join(["symmetra", *(sys.argv[1:] if arguments is None else arguments)])
