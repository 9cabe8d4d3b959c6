"""Run what is left of a study, and make its page from what is there."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from pathlib import Path
from typing import Any

import torch

from symmetra.studies.runner._journal import Journal
from symmetra.studies.runner._study import Study
from symmetra.studies.runner._unit import Unit

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
    units = study.at(scale)
    journal = Journal(journal_path(study, scale, folder))
    done = journal.finished(units)
    chosen = [unit for unit in units if unit.key.startswith(only)]
    left = [unit for unit in chosen if unit.key not in done]
    for count, (unit, result, seconds) in enumerate(_results(left, executor), start=len(chosen) - len(left) + 1):
        journal.append(unit, result, seconds)
        if progress is not None:
            progress(count, len(chosen), unit.key)
    return results(study, scale, folder)


def results(study: Study, scale: str, folder: str | os.PathLike[str] = "results") -> dict[str, dict[str, Any]]:
    """The result of every unit of the scale that is finished, by key, in the order of the units."""
    lines = Journal(journal_path(study, scale, folder)).finished(study.at(scale))
    return {key: line["result"] for key, line in lines.items()}


def journal_path(study: Study, scale: str, folder: str | os.PathLike[str] = "results") -> Path:
    """Where the journal of a scale lies."""
    return Path(folder) / study.name / scale / "results.jsonl"


def execute(unit: Unit) -> tuple[dict[str, Any], float]:
    """Run one unit on one thread, so that it gives the same numbers beside others as alone; with its seconds."""
    threads, start = torch.get_num_threads(), time.perf_counter()
    torch.set_num_threads(1)
    try:
        return unit.function(**unit.arguments), time.perf_counter() - start
    finally:
        torch.set_num_threads(threads)


def _results(units: Sequence[Unit], executor: Executor | None) -> Iterator[tuple[Unit, dict[str, Any], float]]:
    """Finished units as they come."""
    if executor is None:
        for unit in units:
            yield (unit, *execute(unit))
        return
    waiting: dict[Future[tuple[dict[str, Any], float]], Unit] = {executor.submit(execute, u): u for u in units}
    try:
        while waiting:
            finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in finished:
                yield (waiting.pop(future), *future.result())
    finally:
        for future in waiting:
            future.cancel()
