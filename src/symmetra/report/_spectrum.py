"""The spectrum of a discovery: what is null, what is not, and the gap between the two."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from symmetra.report._evidence import Evidence
from symmetra.report._formula import number
from symmetra.report._style import ACCENT, BAND, INK, MUTED, logarithmic, new_axes, styled

FLOOR = 1e-17


@styled
def spectrum_axes(found: Evidence, ax: Axes | None = None) -> Axes:
    """The values ascending on a logarithmic scale, the null ones filled, the gap as a band, the tolerance as a line.

    Values that are zero cannot stand on a logarithmic scale: they are clipped to a floor and drawn as triangles that
    point down. The floor is 1e-17, or a little below the smallest null value that is not zero.
    """
    values = np.asarray(found.spectrum, dtype=float)
    k, count = min(found.dimension, len(values)), len(values)
    axes = ax if ax is not None else new_axes(4.4, 3.1)
    axes.set_yscale("log")
    positive = values[:k][values[:k] > FLOOR]
    floor = max(FLOOR, float(positive.min()) / 30) if len(positive) else FLOOR
    height = np.maximum(values, floor)
    index = np.arange(1, count + 1)
    clipped = values <= floor
    null = index <= k
    size = 30 if count <= 40 else 14 if count <= 150 else 6

    gap_low = height[:k].max() if k else None
    gap_high = height[k:].min() if k < count else None
    if gap_low is not None and gap_high is not None and gap_high > gap_low:
        axes.axhspan(gap_low, gap_high, color=BAND, linewidth=0, zorder=0)
        ratio = found.gap if found.gap is not None else gap_high / gap_low
        _name_the_gap(axes, float(gap_low), float(gap_high), f"gap {number(ratio, 2)}", bool(gap_high < 1e3 * gap_low))
    rest = ~null
    axes.scatter(
        index[rest],
        height[rest],
        s=size,
        color=MUTED,
        linewidth=0,
        label="not conserved" if found.conserved else "not a symmetry",
        zorder=3,
    )
    for chosen, marker, label in (
        (null & ~clipped, "o", _noun(found)),
        (null & clipped, "v", f"{_noun(found)}, zero"),
    ):
        if chosen.any():
            axes.scatter(
                index[chosen],
                height[chosen],
                s=size * 1.2,
                marker=marker,
                facecolor=ACCENT,
                linewidth=0,
                label=label,
                zorder=4,
                clip_on=False,
            )
    low, high = float(height.min()), float(height.max())
    if found.tolerance is not None and found.tolerance > 0:
        axes.axhline(found.tolerance, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
        axes.annotate(
            "tolerance",
            (0.5, found.tolerance),
            xycoords=("axes fraction", "data"),
            xytext=(0, -3),
            textcoords="offset points",
            fontsize=8.5,
            color=INK,
            ha="center",
            va="top",
        )
        low, high = min(low, found.tolerance), max(high, found.tolerance)
    axes.set_ylim(low / 5, high * 8)
    logarithmic(axes.yaxis, low, high)
    margin = 0.6 + 0.01 * count
    axes.set_xlim(1 - margin, count + margin)
    _index_ticks(axes, count)
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("combination of terms, sorted" if found.conserved else "direction, sorted")
    axes.set_ylabel("relative size")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right" if k <= count / 2 else "upper left", handletextpad=0.2)
    return axes


def _name_the_gap(axes: Axes, low: float, high: float, words: str, narrow: bool) -> None:
    """Write into the band, or below it where it is too narrow for words."""
    axes.annotate(
        words,
        (0.985, low if narrow else np.sqrt(low * high)),
        xycoords=("axes fraction", "data"),
        xytext=(0, -4 if narrow else 0),
        textcoords="offset points",
        ha="right",
        va="top" if narrow else "center",
        color=ACCENT,
        fontsize=9.5,
    )


def _noun(found: Evidence) -> str:
    noun = "conserved" if found.conserved else "symmetry"
    if len(found.certified) < found.dimension - len(found.trivial):
        noun = "null, not certified" if not found.certified else "null, some certified"
    return f"{noun} ({len(found.trivial)} trivial)" if found.trivial else noun


def _index_ticks(axes: Axes, count: int) -> None:
    if count <= 12:
        axes.set_xticks(range(1, count + 1))
        return
    step = next(s for s in (5, 10, 20, 25, 50, 100, 200, 500, 1000, 10**6) if count / s <= 7)
    axes.set_xticks([1, *range(step, count + 1, step)])


def spectrum_words(found: Evidence) -> str:
    """What the figure shows, for those who do not see it."""
    values = np.asarray(found.spectrum, dtype=float)
    k = min(found.dimension, len(values))
    text = f"Spectrum of {len(values)} values on a logarithmic scale, ascending."
    if k:
        text += f" The first {k} are null (at most {number(float(values[:k].max()), 2)})."
    else:
        text += " None is null."
    if k < len(values):
        text += f" The next value is {number(float(values[k]), 2)}."
    if found.tolerance:
        text += f" Tolerance {number(found.tolerance, 2)}."
    return text
