"""A result as a table in the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symmetra.report._evidence import Evidence, evidence
from symmetra.report._verdict import MARKS, verdict_words
from symmetra.report._words import facts, headline

COLOURS = {
    "symmetric": "blue",
    "broken": "dark_orange3",
    "undetermined": "bright_black",
    "out of class": "bright_black",
}


def table(result: Any) -> Group:
    """What `print` cannot show as well: the rows of a result, its verdicts and its coverage, for `rich`.

    Print it with ``rich.print(report.table(result))``.

    Args:
        result: what a function of `discover` or `measure` returned.

    Raises:
        InputError: it is no such result.
    """
    found = evidence(result)
    parts: list[Any] = [Padding(Text(headline(found), style="bold"), (0, 0, 1, 0))]
    if found.rows:
        parts.append(rows_table(found))
    for label, value, note in facts(found):
        parts.append(Text.assemble((f"{label} ", "bright_black"), value, (f"  {note}" if note else "", "bright_black")))
    if found.certificates:
        parts.append(Padding(verdicts(found), (1, 0, 0, 0)))
    if found.coverage_message:
        parts.append(Padding(Text(f"Coverage: {found.coverage_message}"), (1, 0, 0, 0)))
    return Group(*parts)


def rows_table(found: Evidence) -> Table:
    """The rows of the result under their column names, without a frame."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black")
    for column in found.columns:
        drawn.add_column(column)
    for row in found.rows:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn


def verdicts(found: Evidence) -> Table:
    """One line a certificate: its mark, what it says, what it is about and why."""
    drawn = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
    drawn.add_column(no_wrap=True)
    drawn.add_column()
    for certificate in found.certificates:
        verdict = str(certificate.verdict)
        colour = COLOURS.get(verdict, "")
        words = Text(verdict_words(certificate))
        statement = str(getattr(certificate, "statement", "") or "")
        for line in dict.fromkeys((statement, *map(str, getattr(certificate, "reasons", ())))):
            if line:
                words.append(f"\n{line}", style="bright_black")
        drawn.add_row(Text(MARKS.get(verdict, "·"), style=colour), words)
    return drawn
