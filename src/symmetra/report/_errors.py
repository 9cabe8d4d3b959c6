"""Errors of an audit, or of the layers of a model: one line each, beside what rounding explains."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes

from symmetra.report._document import Picture
from symmetra.report._formula import number
from symmetra.report._style import ACCENT, GRID, INK, MUTED, WARM, logarithmic, new_axes, styled

FLOOR = 1e-17


@dataclass(frozen=True)
class ErrorLine:
    """One thing that was measured; ``rounding`` is 0 where it is not known."""

    label: str
    error: float
    rounding: float
    holds: bool


def error_lines(result: Any) -> list[ErrorLine]:
    """The errors of an audit (``findings``) or of layers (``errors``); nothing for other results."""
    findings = getattr(result, "findings", None)
    if findings is not None:
        return [
            ErrorLine(f.label, float(f.error), float(f.rounding), f.verdict.startswith("holds"))
            for f in findings
            if not math.isnan(f.error)
        ]
    errors = getattr(result, "errors", None)
    if isinstance(errors, dict):
        first = getattr(result, "first_broken", None)
        broken, lines = False, []
        for name, error in errors.items():
            broken = broken or name == first
            lines.append(ErrorLine(str(name), float(error.value), 0.0, not broken))
        return [line for line in lines if not math.isnan(line.error)]
    return []


@styled
def errors_axes(lines: list[ErrorLine], ax: Axes | None = None) -> Axes:
    """A dot a line on a logarithmic scale, filled where the symmetry holds, with a bar up to what rounding explains."""
    axes = ax if ax is not None else new_axes(4.5, 0.75 + 0.42 * len(lines))
    axes.set_xscale("log")
    values = [max(v, FLOOR) for line in lines for v in (line.error, line.rounding) if v > 0] or [FLOOR]
    low, high = min(values) / 10, max(values) * 10
    for place, line in enumerate(lines):
        if line.rounding > 0:
            axes.plot([low, line.rounding], [place, place], color=GRID, linewidth=7, solid_capstyle="butt", zorder=1)
        colour = ACCENT if line.holds else WARM
        axes.plot(max(line.error, low), place, "o" if line.holds else "X", color=colour, markersize=6, zorder=3)
        axes.annotate(
            _wrapped(line.label), (0, place), xycoords=("axes fraction", "data"), xytext=(2, 7), fontsize=8.5,
            textcoords="offset points", va="bottom", color=INK, zorder=4,
        )  # fmt: skip
    axes.set_xlim(low, high)
    axes.set_ylim(len(lines) - 0.6, -0.85)
    logarithmic(axes.xaxis, low, high)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("relative error" + (", grey: what rounding explains" if any(x.rounding for x in lines) else ""))
    axes.tick_params(axis="x", color=MUTED)
    return axes


def _wrapped(label: str) -> str:
    return label if len(label) <= 58 else label[:57] + "…"


def errors_picture(lines: list[ErrorLine]) -> Picture:
    """The figure with its caption and words."""
    worst = max(lines, key=lambda line: line.error)
    largest = f"the largest is {number(worst.error, 2)}, {worst.label}"
    words = f"Relative errors of {len(lines)} pieces on a logarithmic scale; {largest}."
    caption = "Blue dots hold, orange crosses do not."
    if any(line.rounding for line in lines):
        caption = "Error of each piece tried, and in grey what rounding explains. " + caption
    return Picture(errors_axes(lines), caption, words)
