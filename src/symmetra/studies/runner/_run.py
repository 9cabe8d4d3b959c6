"""Run what is left of a study, and make its page from what is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from symmetra.studies.runner._journal import Journal, plain
from symmetra.studies.runner._study import Study
from symmetra.studies.runner._unit import Unit
from symmetra.studies.runner._work import finished

Progress = Callable[[int, int, str], None]


def run(
    study: Study,
    scale: str = "quick",
    folder: str | os.PathLike[str] = "results",
    *,
    only: str = "",
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Run the units that have no line in the journal yet, ``folder/NAME/SCALE/results.jsonl``.

    It may be killed at any moment and started again: finished units are not run again and none is counted twice.

    Args:
        study: what to run.
        scale: ``quick``, ``laptop`` or ``paper``.
        folder: where results lie.
        only: run only the units whose key begins with this.
        executor: shares the units out; in this process, one after the other, if not given.
        progress: called with (units done, units in all, key) after each.

    Returns:
        The result of every finished unit of the scale, by key.
    """
    journal = Journal(journal_path(study, scale, folder))
    found = _results(study, scale, journal)
    known: dict[str, Unit] = {}

    def new() -> list[Unit]:
        """The units that are left to do and were not known before."""
        fresh = {unit.key: unit for unit in study.at(scale, found) if unit.key not in known}
        known.update(fresh)
        return [unit for unit in fresh.values() if unit.key not in found and unit.key.startswith(only)]

    for unit, result, seconds in finished(new(), executor, new if study.later else tuple):
        journal.append(unit, result, seconds)
        found[unit.key] = plain(result)
        if progress is not None:
            chosen = [key for key in known if key.startswith(only)]
            progress(sum(key in found for key in chosen), len(chosen), unit.key)
    return results(study, scale, folder)


def units(study: Study, scale: str, folder: str | os.PathLike[str] = "results") -> list[Unit]:
    """The units of the scale that can be stated with the results that are there, finished or not."""
    return study.at(scale, results(study, scale, folder))


def results(study: Study, scale: str, folder: str | os.PathLike[str] = "results") -> dict[str, dict[str, Any]]:
    """The result of every unit of the scale that is finished, by key, in the order of the units."""
    return _results(study, scale, Journal(journal_path(study, scale, folder)))


def _results(study: Study, scale: str, journal: Journal) -> dict[str, dict[str, Any]]:
    """The same: what is finished says which units come later, and these may be finished as well."""
    found: dict[str, dict[str, Any]] = {}
    while True:
        lines = journal.finished(study.at(scale, found))
        before, found = found, {key: line["result"] for key, line in lines.items()}
        if study.later is None or found == before:
            return found


def journal_path(study: Study, scale: str, folder: str | os.PathLike[str] = "results") -> Path:
    """Where the journal of a scale lies."""
    return Path(folder) / study.name / scale / "results.jsonl"
