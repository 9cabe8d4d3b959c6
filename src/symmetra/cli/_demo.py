"""``symmetra demo``: the planets, from the shipped data to one page."""

from __future__ import annotations

import json as json_format
from pathlib import Path

from symmetra import report
from symmetra.cli._output import command_line, working


def demo(out: Path, json: bool) -> None:
    """Run the study of the planets and write its page."""
    report.checked_destination(out, "--out")
    from rich.console import Console

    from symmetra.studies import planets
    from symmetra.studies.planets import report as pages

    with working("the planets: conserved quantities, law of force, symmetries"):
        result = planets.run()
    pages.page(result, out, command_line())
    if json:
        print(json_format.dumps(pages.plain(result), indent=1, ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    console.print(pages.table(result))
    console.print(f"\nThe report is {out}", style="bright_black", soft_wrap=True, highlight=False)
