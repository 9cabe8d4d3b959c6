"""The page of ``symmetra average``: the numbers, the pictures of one rollout, and what the guard said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from symmetra import report
from symmetra.cli._average_output import (
    GUARD,
    Outcome,
    before_and_after,
    count,
    guard_rows,
    interval,
    percent,
    steps,
    title,
)
from symmetra.fields import Diagnosis

NOTES = (
    "VRMSE: the error of a prediction in units of the deviation of the truth over space, as The Well defines it; 1 is "
    "the error of predicting the mean of the field.",
    "gain: what averaging takes off it, with the interval of 95 % over trajectories; below zero it hurts.",
    "worse: the share of windows whose error rose.",
    "spread: how far the predictions from the places of the group lie from their mean, in the same units. It needs no "
    "truth: its square is what averaging is expected to take off the square of the error.",
)


def document(outcome: Outcome, pictured: Mapping[str, Tensor]) -> report.Document:
    """The page; ``pictured`` are the truth and both rollouts of the first window, ``[steps, channels, *extents]``."""
    sections = [
        report.Section("Before and after" if outcome.helps else "Errors", _numbers(outcome)),
        report.Section("One rollout", _rollout(outcome, pictured)),
        *([report.Section("The guard", _guard(outcome.guard, outcome.undecided()))] if outcome.guard else []),
        report.Section("What the data admit", _admitted(outcome)),
    ]
    many, size = count(outcome.comparison.trajectories, "trajectory"), " × ".join(map(str, outcome.metadata.extents))
    provenance = [
        ("Model", outcome.model),
        ("Data", f"{outcome.data}: {many} of {size}, {len(outcome.comparison.plain)} windows"),
        ("Rollouts", "averaged at every step" if outcome.mode == "step" else "averages of whole rollouts"),
    ]
    name = f"{Path(outcome.model).name} averaged over {title(outcome.group)}" if outcome.helps else outcome.model
    return report.Document(name, sections, " ".join(outcome.words()), outcome.command, provenance)


def _numbers(outcome: Outcome) -> list[Any]:
    """The table, and above it what one looks for first: the errors of the first horizon over all fields."""
    found, rows = outcome.comparison, outcome.comparison.rows()
    one = next(row for row in rows if row["field"] == outcome.last)
    facts = [
        ("averaged over", title(outcome.group), count(outcome.group.order, "element")),
        ("gain", f"{percent(one['gain'])} %", f"{steps(one['steps'])}, {interval(one['low'], one['high'])}"),
        ("expected without labels", f"{percent(found.expected)} %", "from the spread, at one step"),
        ("windows made worse", f"{100 * one['worse']:.0f} %", f"of {len(found.plain)}"),
        ("cost", f"{outcome.cost:.1f} ×", "the time of a plain step, measured"),
    ]
    headings, cells = before_and_after(outcome)
    caption = "VRMSE by field and horizon; steps a:b are the mean over them"
    table = report.Table(headings, cells, caption, "lc" + "r" * 8)
    return [report.Facts(facts), table, report.Listing(NOTES)] if outcome.helps else [table, report.Listing(NOTES[:1])]


def _guard(guard: Diagnosis, undecided: str) -> list[Any]:
    words = f"Which averages help was decided on {count(guard.trajectories, 'trajectory')} apart, one step at a time: "
    words += f"a paired test for every subgroup. Plain VRMSE there: {guard.plain:#.3g}. {undecided}"
    return [report.Prose(words), report.Table(GUARD, guard_rows(guard), "", "lrrrrrrl")]


def _admitted(outcome: Outcome) -> list[Any]:
    size = f"{title(outcome.admitted.group)}, {count(outcome.admitted.order, 'element')}"
    words = f"{size}, by the file's own account of its grid and by what was vetoed."
    rows = [[row["move"], row["admitted"], row["why not"]] for row in outcome.admitted.rows()]
    return [report.Prose(words), report.Table(("move", "admitted", "why not"), rows)]


def _rollout(outcome: Outcome, pictured: Mapping[str, Tensor]) -> list[Any]:
    """A gallery for the last step of each horizon, a picture for each field."""
    layout = outcome.comparison.layout.output
    blocks: list[Any] = []
    shown = pictured if outcome.helps else {name: pictured[name] for name in ("truth", "plain")}
    for _, step in outcome.comparison.horizons:
        pictures = []
        for field, (part, order, _) in zip(layout.fields, layout.blocks, strict=True):
            arrays = {name: values[step - 1, part].double().numpy() for name, values in shown.items()}
            name = field.name.replace("_", " ")
            words = name if order == 0 else f"length of {name}"
            alt = f"{words} after {step} steps: {', '.join(arrays)}; below, the size of each error."
            pictures.append(report.Picture(report.field_panels(arrays.pop("truth"), arrays, words), name, alt))
        when = "After one step" if step == 1 else f"After {step} steps"
        blocks += [report.Prose(f"{when}, the first window of the first trajectory:"), report.Gallery(pictures)]
    return blocks
