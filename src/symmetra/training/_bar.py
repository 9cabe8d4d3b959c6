"""A bar on standard error while work goes on, where that is a terminal; it leaves no trace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from symmetra.inputs import MissingExtra

Tick = Callable[[int, int, str], None]


@contextlib.contextmanager
def bar(shown: bool = True) -> Iterator[Tick | None]:
    """Gives ``tick(done, total, words)``, or None where nothing is shown.

    Raises:
        MissingExtra: a bar is wanted and rich is not installed.
    """
    if not shown:
        yield None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    except ModuleNotFoundError as error:
        raise MissingExtra("rich", "cli") from error
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total, words: progress.update(task, completed=done, total=total, description=words)
