"""Hand units out and take their results as they come, in this process or on any executor."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any

import torch

from symmetra.studies.runner._unit import Unit


def execute(unit: Unit) -> tuple[Any, float]:
    """Run one unit on one thread, so that it gives the same numbers beside others as alone; with its seconds."""
    threads, start = torch.get_num_threads(), time.perf_counter()
    torch.set_num_threads(1)
    try:
        return unit.function(**unit.arguments), time.perf_counter() - start
    finally:
        torch.set_num_threads(threads)


def finished(
    units: Iterable[Unit],
    executor: Executor | None = None,
    more: Callable[[], Iterable[Unit]] = tuple,
) -> Iterator[tuple[Unit, Any, float]]:
    """Units with their results and seconds, as they come.

    Args:
        units: to begin with.
        executor: shares them out; in this process, one after the other, if not given.
        more: asked after each result, once it was taken, for the units that can be stated now.
    """
    if executor is None:
        left = deque(units)
        while left:
            unit = left.popleft()
            yield (unit, *execute(unit))
            left.extend(more())
        return
    waiting: dict[Future[tuple[Any, float]], Unit] = {executor.submit(execute, unit): unit for unit in units}
    try:
        while waiting:
            ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ended:
                yield (waiting.pop(future), *future.result())
                waiting |= {executor.submit(execute, unit): unit for unit in more()}
    finally:
        for future in waiting:
            future.cancel()
