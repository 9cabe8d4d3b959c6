"""``symmetra study``: list, run and report the published studies."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from symmetra import report as pages
from symmetra.cli._executor import executor_of
from symmetra.cli._output import command_line, working
from symmetra.inputs import InputError
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
    with executor_of(workers, cluster) as executor, bar() as progress:
        found = runner.run(study, scale, out, only=only, executor=executor, progress=progress)
    count = len(runner.units(study, scale, out))
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
