"""``symmetra study``: list, run and report the published studies."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from symmetra import report as pages
from symmetra.cli._output import command_line, working
from symmetra.inputs import InputError, MissingExtra
from symmetra.studies import runner
from symmetra.training._bar import bar


def listing() -> None:
    """The studies with their scales."""
    drawn = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name in runner.STUDIES:
        study = runner.study(name)
        drawn.add_row(name, " · ".join(study.scales), study.title)
    Console().print(drawn)


def run(name: str, scale: str, out: Path, only: str, workers: int, cluster: str | None) -> None:
    """Run what is left of a study; its page as well once nothing is left."""
    study = runner.study(name)
    count = len(study.at(scale))
    with _executor(workers, cluster) as executor, bar() as progress:
        found = runner.run(study, scale, out, only=only, executor=executor, progress=progress)
    if len(found) < count:
        print(f"{len(found)} of {count} units are done; the same command goes on with the others")
        return
    report(name, scale, out)


def report(name: str, scale: str, out: Path) -> None:
    """Make the page from the results that are there."""
    study = runner.study(name)
    units, found = study.at(scale), runner.results(study, scale, out)
    if units and not found:
        command = f"symmetra study run {name} --scale {scale}"
        raise InputError(
            "--out", f"no results in {runner.journal_path(study, scale, out)}", "a study that was run", command
        )
    path = out / study.name / scale / "report.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    pages.checked_destination(path, "--out")
    with working(f"the page of {study.name}"):
        pages.write(study.document(scale, found, command_line()), path)
    print(f"The report is {path}")


@contextlib.contextmanager
def _executor(workers: int, cluster: str | None) -> Iterator[Executor | None]:
    """Where units run: here, in processes of this machine, or on a dask cluster."""
    if cluster is not None:
        try:
            from distributed import Client
        except ModuleNotFoundError as error:
            raise MissingExtra("distributed", "cluster") from error
        try:
            client = Client(cluster, timeout="10s")
        except (OSError, ValueError) as error:
            raise InputError("--cluster", cluster, "the address of a dask scheduler", "tcp://host:8786") from error
        with client:
            yield client.get_executor()
    elif workers > 1:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            yield pool
    else:
        yield None
