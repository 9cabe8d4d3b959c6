"""The figures of the page."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, styled

INK, MUTED, ACCENT, WARM = (COLOURS[role] for role in ("ink", "muted", "accent", "warm"))
WIDTH = 4.4

# Every arm of every part: what it is called, its colour, line and marker.
ARMS = {
    "equivariant": ("sign-equivariant", ACCENT, "-", "o"),
    "equivariant+degree": ("sign-equivariant, degrees", ACCENT, "--", "D"),
    "equivariant perceptron": ("sign-equivariant, node by node", ACCENT, "--", "D"),
    "general": ("the general layer", ACCENT, ":", "v"),
    "signnet": ("SignNet", WARM, "-", "s"),
    "signnet+dear": ("SignNet, published order", WARM, ":", "s"),
    "signnet perceptron": ("SignNet, node by node", WARM, "--", "s"),
    "raw": ("GCN of raw eigenvectors", INK, "-", "^"),
    "raw redrawn": ("the same, signs redrawn", INK, ":", "^"),
    "raw perceptron": ("perceptron of raw eigenvectors", MUTED, "-", "v"),
    "raw perceptron redrawn": ("the same, signs redrawn", MUTED, ":", "v"),
    "gcn": ("GCN without eigenvectors", MUTED, "--", "x"),
    "average": ("averaged over 2ᵈ frames", INK, "-", "^"),
    "frames": ("averaged over few frames", INK, ":", "v"),
    "egnn": ("EGNN", WARM, "-", "s"),
    "plain": ("plain network", MUTED, "--", "x"),
}


@styled
def dots(rows: Mapping[str, Sequence[float]], xlabel: str, bars: Mapping[str, float], log: bool = False) -> Axes:
    """Every seed of every row as a dot, the mean as a line; bars are dashed lines with a name above them."""
    axes = new_axes(WIDTH, 0.95 + 0.27 * len(rows))
    colours = {label: (colour, marker) for label, colour, _, marker in ARMS.values()}
    for place, (label, values) in enumerate(rows.items()):
        colour, _ = colours.get(label, (ACCENT if label.startswith("sign-eq") else INK, "o"))
        axes.plot(values, [place] * len(values), "o", color=colour, markersize=4.5, alpha=0.55, markeredgewidth=0)
        middle = statistics.fmean(values)
        axes.plot([middle, middle], [place - 0.3, place + 0.3], color=colour, linewidth=1.8)
    for label, value in bars.items():
        axes.axvline(value, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
        style: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points", "fontsize": 8.5}
        axes.annotate(label, (value, 1.0), xytext=(0, 3), ha="center", **style)
    if log:
        axes.set_xscale("log")
        every = [value for values in rows.values() for value in values] + list(bars.values())
        axes.set_xlim(min(every) / 2, max(every) * 2)
        logarithmic(axes.xaxis, min(every) / 2, max(every) * 2)
    axes.set_yticks(range(len(rows)), list(rows), fontsize=8.5)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(xlabel)
    return axes


@styled
def lines(
    series: Mapping[str, Mapping[int, Sequence[float]]],
    xlabel: str,
    ylabel: str,
    log_x: bool = False,
    log_y: bool = False,
) -> Axes:
    """Means over seeds against a number, with the range of the seeds as a band; keys are those of ``ARMS``."""
    axes = new_axes(WIDTH, 3.5)
    axes.set_xscale("log" if log_x else "linear")
    axes.set_yscale("log" if log_y else "linear")
    every: list[float] = []
    for arm, points in series.items():
        label, colour, line, marker = ARMS[arm]
        x = sorted(points)
        low, high, middle = ([f(points[i]) for i in x] for f in (min, max, statistics.fmean))
        every += [*low, *high]
        axes.fill_between(x, low, high, color=colour, alpha=0.10, linewidth=0)
        axes.plot(x, middle, line, color=colour, marker=marker, markersize=4, label=label)
    known = sorted({i for points in series.values() for i in points})
    axes.set_xticks(known, [str(i) for i in known])
    axes.minorticks_off()
    if log_y:
        axes.set_ylim(min(every) / 1.5, max(every) * 1.5)
        logarithmic(axes.yaxis, min(every) / 1.5, max(every) * 1.5)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.2, columnspacing=1.0)
    return axes


@styled
def relations(scores: Mapping[str, Sequence[float]]) -> Axes:
    """Scores of node 1 with every node of a graph, mirror images side by side, over the largest."""
    axes = new_axes(WIDTH, 2.6)
    for place, (arm, values) in enumerate(scores.items()):
        label, colour, _, _ = ARMS[arm]
        top = max(map(abs, values))
        x = [node + 0.4 * (place - (len(scores) - 1) / 2) for node in range(len(values))]
        axes.bar(x, [value / top for value in values], width=0.36, color=colour, label=label)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.axvline((len(next(iter(scores.values()))) - 1) / 2, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_xticks(range(len(next(iter(scores.values())))))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("node; the mirror stands in the middle")
    axes.set_ylabel("score with node 1")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.2)
    return axes
