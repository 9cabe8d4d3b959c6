"""The units of the polynomial part, gathered cell by cell."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from symmetra.studies.unified.polynomial import PUBLISHED, Cell

Results = Mapping[str, Mapping[str, Any]]


def gather(results: Results) -> list[dict[str, Any]]:
    """One dict a cell that has any result, in the order of the published table."""
    found = []
    for name, published in PUBLISHED.items():
        units = [value for key, value in results.items() if key.startswith(f"polynomial/{name}/")]
        if not units:
            continue
        cell, n = Cell.named(name), [unit["n"] for unit in units]
        found.append(
            {
                "name": name,
                "words": words(cell),
                "columns": columns(cell),
                "family": f"{cell.kind}-d{cell.degree}" if cell.r == 1 else "",
                "m": cell.m,
                "terms": units[0]["terms"],
                "published": published,
                "seeds": len(units),
                "median": statistics.median(n),
                "least": min(n),
                "most": max(n),
                "exact": sum(unit["exact"] for unit in units),
                "determined": statistics.median(unit["determined_at"] for unit in units),
                "claims": sum(unit["claims"] for unit in units),
                "solves": sum(unit["solves"] for unit in units),
                "wrong": sum(unit["wrong"] for unit in units),
                "seconds": statistics.median(unit["cpu_seconds"] for unit in units),
            }
        )
    return found


def columns(cell: Cell) -> tuple[str, str, str, str]:
    """Candidates, kind of target, degree, hidden variables."""
    target = "squared distances" if cell.kind == "quadSE" else "projections"
    return f"{cell.kind.removeprefix('quad')}({cell.m})", target, str(cell.degree), str(cell.r)


def words(cell: Cell) -> str:
    """Such as ``SE(10), quadratic, d = 2, r = 1``."""
    inner = ", quadratic" if cell.kind == "quadSE" else ""
    return f"{cell.kind.removeprefix('quad')}({cell.m}){inner}, d = {cell.degree}, r = {cell.r}"
