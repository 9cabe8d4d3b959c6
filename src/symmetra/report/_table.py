"""A result as a table in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from symmetra.report._evidence import Evidence, evidence
from symmetra.report._formula import number
from symmetra.report._verdict import MARKS, percent
from symmetra.report._words import (
    facts,
    formulas,
    headline,
    names_of,
    noun,
    sentence,
    trivial_words,
    without_repetition,
)

COLOURS = {"symmetric": "blue", "broken": "dark_orange3"}
QUIET = "bright_black"
MOST_STATEMENTS = 6


def table(result: Any, *, variables: Sequence[str] | None = None) -> Group:
    """What was found and how sure it is, for `rich`: print it with ``rich.print(report.table(result))``.

    Args:
        result: what a function of `discover` or `measure` returned.
        variables: names of the coordinates, for formulas.

    Raises:
        InputError: it is no such result.
    """
    found = evidence(result)
    blocks: list[Any] = [Text(headline(found), style="bold")]
    if found.spectrum is None:
        blocks.append(_rows(found))
    else:
        if found.shown:
            blocks.append(_generators(found, names_of(found, variables)))
        blocks.append(Text(" · ".join(f"{label} {value}" for label, value, _ in facts(found)), style=QUIET))
        notes = _notes(found)
        if notes:
            blocks.append(Group(*(Text(note) for note in notes)))
    return Group(*(Padding(block, (0, 0, 1 if i < len(blocks) - 1 else 0, 0)) for i, block in enumerate(blocks)))


def _rows(found: Evidence) -> Table:
    """The rows of the result under their column names, without a frame."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)
    columns, rows = without_repetition(found)
    for column in columns:
        drawn.add_column(column)
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn


def _generators(found: Evidence, names: Sequence[str]) -> Table:
    """One line a generator: formula, defect, interval, verdict."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)
    drawn.add_column("", justify="right", style=QUIET)
    drawn.add_column(noun(found))
    for column in ("defect", "interval"):
        drawn.add_column(column, justify="right", no_wrap=True)
    drawn.add_column("verdict", no_wrap=True)
    for i, (text, _) in formulas(found, names).items():
        defect = number(float(found.defects[i]), 2) if i < len(found.defects) else ""
        interval, verdict, colour = "", "", ""
        if i < len(found.certificates):
            certificate = found.certificates[i]
            verdict = str(certificate.verdict)
            interval = f"{number(float(certificate.lower), 2)} … {number(float(certificate.upper), 2)}"
            colour = COLOURS.get(verdict, QUIET)
        shown = text.replace("*", " ").replace("-", "−")
        drawn.add_row(
            str(i + 1), Text(shown), defect, interval, Text(f"{MARKS.get(verdict, '')} {verdict}", style=colour)
        )
    return drawn


def _notes(found: Evidence) -> list[str]:
    """What the verdicts rest on, why they are not stronger, what is trivial, what the data leave open."""
    notes = []
    chosen = {i: found.certificates[i] for i in found.shown if i < len(found.certificates)}
    if chosen:
        first = next(iter(chosen.values()))
        methods = ", ".join(dict.fromkeys(str(c.method) for c in chosen.values() if c.method))
        by = f"; {methods}" if methods else ""
        notes.append(f"Verdicts at δ = {number(float(first.delta), 3)}, {percent(float(first.alpha))} confidence{by}.")
    if len(chosen) <= MOST_STATEMENTS:
        notes += [f"{i + 1}: {sentence(str(c.statement))}" for i, c in chosen.items() if c.statement]
    reasons = dict.fromkeys(str(reason) for c in chosen.values() for reason in c.reasons)
    notes += [sentence(f"not stronger because {reason}") for reason in reasons]
    if found.trivial:
        notes.append(trivial_words(found))
    if found.coverage_message:
        notes.append(sentence(f"coverage: {found.coverage_message}"))
    return notes
