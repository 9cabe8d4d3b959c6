"""What ``symmetra average`` found, and how it gives that out: tables on the terminal, and JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import symmetra
from symmetra.cli._output import finite
from symmetra.fields import AllowedGroup, Comparison, Diagnosis, Metadata
from symmetra.fields._diagnose import OPEN, ROUNDING
from symmetra.groups import FiniteGroup

HEADINGS = ("field", "steps", "plain", "averaged", "gain %", "95 %", "median", "averaged", "worse", "spread")
GUARD = ("averaged over", "order", "VRMSE", "gain %", "95 %", "p", "worse", "averaging")
# Of more subgroups the terminal shows the best.
MOST = 12


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that was found.

    Attributes:
        model: as it was named.
        data: where they are.
        metadata: of what the comparison was made on.
        admitted: the symmetries of the grid that the data admit.
        guard: what it said, if it was asked.
        group: what the mean is over.
        comparison: before and after.
        cost: how many times as long a step takes.
        mode: of the rollouts.
        command: as it can be typed again.
    """

    model: str
    data: Path
    metadata: Metadata
    admitted: AllowedGroup
    guard: Diagnosis | None
    group: FiniteGroup
    comparison: Comparison
    cost: float
    mode: str
    command: str

    @property
    def helps(self) -> bool:
        """Whether there is anything to average over."""
        return self.group.order > 1

    def words(self) -> list[str]:
        """What came out, in sentences."""
        name, many = self.metadata.name or self.data.name, count(self.comparison.trajectories, "trajectory")
        if not self.helps:
            why = "Averaging over none of the symmetries that the data admit lowers the error on validation data: the "
            return [f"{why}model is best as it is. Its errors are those on {many} of {name}."]
        rows = [row for row in self.comparison.rows() if row["field"] == self.last]
        found = [f"{steps(row['steps'])} {_change(row['gain'])}" for row in rows if math.isfinite(row["gain"])]
        over = f"{title(self.group)}, {count(self.group.order, 'element')}"
        errors = ", that ".join(found) or "is not finite"
        return [
            f"Averaged over {over}: on {many} of {name} the error {errors}. A step takes {self.cost:.1f} times as long."
        ]

    def undecided(self) -> str:
        """What is to be done where the guard could not tell."""
        tests = () if self.guard is None else self.guard.tests
        if self.guard is None or not any(test.verdict == OPEN for test in tests):
            return ""
        return (
            f"{count(self.guard.trajectories, 'trajectory')} cannot tell of all of them: more would (--valid, --split)."
        )

    @property
    def last(self) -> str:
        """The row that stands for all fields."""
        return str(self.comparison.rows()[-1]["field"])


def title(group: FiniteGroup) -> str:
    """The name that ``--group`` takes as well."""
    return {"Hyperoctahedral(1)": "flip x", "Hyperoctahedral(2)": "D4", "Hyperoctahedral(3)": "Oh"}.get(
        str(group), str(group)
    )


def show(outcome: Outcome, files: Mapping[str, Path | None]) -> None:
    """Tables for the terminal."""
    console = Console()
    if outcome.guard is not None:
        many = count(outcome.guard.trajectories, "trajectory")
        words = f"The guard, on {outcome.guard.windows} windows of {many} apart; plain VRMSE {outcome.guard.plain:#.3g}"
        console.print(words, highlight=False, soft_wrap=True)
        rows = guard_rows(outcome.guard)
        best = sorted(range(len(rows)), key=lambda i: outcome.guard.tests[i].loss)[:MOST]  # type: ignore[union-attr]
        console.print(_drawn(GUARD, [rows[i] for i in sorted(best)], left=(0, 7)))
        if len(rows) > MOST:
            console.print(f"and {len(rows) - MOST} more; all of them with --json or --html", style="bright_black")
        if outcome.undecided():
            console.print(outcome.undecided(), style="bright_black", highlight=False)
        console.print()
    for line in outcome.words():
        console.print(line, highlight=False)
    console.print(_drawn(*before_and_after(outcome), left=(0, 1)))
    for words, path in files.items():
        if path is not None:
            console.print(f"{words} is {path}", style="bright_black", soft_wrap=True, highlight=False)


def plain(outcome: Outcome) -> dict[str, Any]:
    """What JSON can hold."""
    guard, found = outcome.guard, outcome.comparison
    told = None
    if guard is not None:
        rows = [row | {"group": title(test.group)} for row, test in zip(guard.rows(), guard.tests, strict=True)]
        told = {"plain": guard.plain, "trajectories": guard.trajectories, "windows": guard.windows, "subgroups": rows}
        told["best"] = title(guard.best)
    return finite({
        "symmetra": symmetra.__version__,
        "command": outcome.command,
        "model": outcome.model,
        "data": str(outcome.data),
        "admitted": {"name": title(outcome.admitted.group), "order": outcome.admitted.order,
                     "excluded": outcome.admitted.excluded},
        "guard": told,
        "group": {"name": title(outcome.group), "order": outcome.group.order,
                  "elements": outcome.group.elements.int().tolist()},
        "mode": outcome.mode,
        "trajectories": found.trajectories,
        "windows": len(found.plain),
        "rows": found.rows(),
        "expected gain": found.expected,
        "cost": outcome.cost,
    })  # fmt: skip


def before_and_after(outcome: Outcome) -> tuple[Sequence[str], list[list[str]]]:
    """Headings and rows of the comparison; of the plain model alone where nothing helps."""
    rows = []
    for row in outcome.comparison.rows():
        numbers = [f"{row[name]:#.3g}" for name in ("plain", "averaged")]
        medians = [f"{row[name]:#.3g}" for name in ("median plain", "median averaged")]
        spread = "" if row["spread"] is None else f"{row['spread']:#.3g}"
        gain = [percent(row["gain"]), interval(row["low"], row["high"])]
        name, worse = row["field"].replace("_", " "), f"{100 * row['worse']:.0f} %"
        rows.append([name, row["steps"], *numbers, *gain, *medians, worse, spread])
    if outcome.helps:
        return HEADINGS, rows
    return ("field", "steps", "VRMSE", "median"), [[*row[:3], row[6]] for row in rows]


def guard_rows(guard: Diagnosis) -> list[list[str]]:
    """Of the guard's table."""
    found = []
    for test in guard.tests:
        numbers = [percent(test.gain), interval(*test.interval), f"{test.p:.1g}", f"{100 * test.worse:.0f} %"]
        mark = " ← best" if test.group is guard.best else ""
        found.append([title(test.group), str(test.group.order), f"{test.loss:#.3g}", *numbers, test.verdict + mark])
    return found


def _drawn(headings: Sequence[str], rows: Sequence[Sequence[str]], left: tuple[int, ...]) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="bright_black")
    for i, heading in enumerate(headings):
        drawn.add_column(heading, justify="left" if i in left else "right", no_wrap=i > 0, overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def percent(share: float) -> str:
    """In per cent with its sign; a dash for what is no number."""
    if not math.isfinite(share):
        return "—"
    return f"{100 * share:+.1f}".replace("-", "−") if abs(share) >= 5e-4 else "0.0"


def interval(low: float, high: float) -> str:
    """In per cent; a dash where there is one trajectory, and no interval."""
    return f"{percent(low)}…{percent(high)}" if math.isfinite(low) else "—"


def _change(gain: float) -> str:
    if abs(gain) < ROUNDING:
        return "stays as it is"
    return f"{'falls' if gain > 0 else 'rises'} by {100 * abs(gain):.1f} %"


def steps(span: str) -> str:
    """A horizon in words."""
    return "of one step" if span == "1" else f"of steps {span}" if ":" in span else f"of step {span}"


def count(n: int, noun: str) -> str:
    """A number of things."""
    plural = {"trajectory": "trajectories"}.get(noun, f"{noun}s")
    return f"{n} {noun if n == 1 else plural}"
