"""The figures of the page, from the results of the units."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, styled, tolerance_line

INK, MUTED, ACCENT, WARM, BAND = (COLOURS[role] for role in ("ink", "muted", "accent", "warm", "band"))
WIDTH = 4.4

ARMS = {
    "mlp": ("plain perceptron", INK, "-", "o"),
    "gated": ("gated, free", MUTED, "--", "s"),
    "promoted": ("gated, so(3) promoted", WARM, "-", "D"),
    "so2": ("gated, so(2) enforced", ACCENT, "-", "^"),
    "o2": ("gated, O(2) enforced", ACCENT, ":", "v"),
}


@styled
def recoveries(cells: Sequence[Mapping[str, Any]]) -> Axes:
    """Median number of samples over the published one for every cell, with the range over seeds."""
    axes = new_axes(WIDTH, 0.9 + 0.185 * len(cells))
    for row, cell in enumerate(cells):
        low, middle, high = (cell[name] / cell["published"] for name in ("least", "median", "most"))
        better = middle < 1
        axes.plot([low, high], [row, row], color=MUTED, linewidth=1)
        axes.plot(middle, row, "o", color=ACCENT if better else WARM, markersize=4.5)
    axes.axvline(1, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.set_yticks(range(len(cells)), [cell["words"] for cell in cells], fontsize=7.5)
    axes.set_ylim(len(cells) - 0.3, -0.7)
    axes.set_xlim(0, 1.9)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("samples needed / published median")
    return axes


@styled
def fractions(cells: Sequence[Mapping[str, Any]]) -> Axes:
    """Samples needed over the size of the dictionary, against the dimension, for each family with r = 1."""
    axes = new_axes(WIDTH, 3.0)
    families = {
        "T-d2": ("T(m), d = 2", ACCENT, "o"),
        "SE-d2": ("SE(m), d = 2", WARM, "s"),
        "T-d3": ("T(m), d = 3", INK, "^"),
    }
    for family, (label, colour, marker) in families.items():
        points = sorted(
            (c["m"], c["median"] / c["terms"], c["published"] / c["terms"]) for c in cells if c["family"] == family
        )
        if points:
            m, ours, theirs = zip(*points)
            axes.plot(m, ours, marker=marker, color=colour, markersize=4.5, label=label)
            axes.plot(
                m, theirs, marker=marker, color=colour, markersize=4, linestyle=":", linewidth=1, markerfacecolor="none"
            )
    axes.plot([], [], color=MUTED, linestyle=":", label="published")
    axes.set_ylim(0, None)
    axes.set_xlabel("dimension m")
    axes.set_ylabel("samples needed / terms")
    axes.legend(handlelength=1.8)
    return axes


@styled
def errors(sizes: Sequence[int], scores: Mapping[str, Mapping[int, Sequence[float]]], xlabel: str) -> Axes:
    """Medians with the range over seeds, against the number of training samples, for each arm."""
    axes = new_axes(WIDTH, 3.3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    lowest, highest = float("inf"), 0.0
    for arm, by_size in scores.items():
        label, colour, line, marker = ARMS[arm]
        known = [size for size in sizes if size in by_size]
        middle = [statistics.median(by_size[size]) for size in known]
        low, high = ([f(by_size[size]) for size in known] for f in (min, max))
        axes.fill_between(known, low, high, color=colour, alpha=0.10, linewidth=0)
        axes.plot(known, middle, line, color=colour, marker=marker, markersize=4, label=label)
        lowest, highest = min(lowest, *middle), max(highest, *middle)
    axes.set_ylim(lowest / 3, highest * 3)
    logarithmic(axes.yaxis, lowest / 3, highest * 3)
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel(xlabel)
    axes.set_ylabel("mean square error")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.0, columnspacing=1.2)
    return axes


@styled
def forecast(results: Mapping[str, Mapping[str, Any]]) -> Axes:
    """The lower mass seen from above: the truth and each forecast from a new start."""
    axes = new_axes(WIDTH, 3.6)
    first = next(iter(results.values()))
    axes.plot(
        [s[3] for s in first["truth"]],
        [s[4] for s in first["truth"]],
        color=MUTED,
        linewidth=5,
        alpha=0.35,
        label="truth",
    )
    reach = 1.6 * max(max(abs(s[3]), abs(s[4])) for s in first["truth"])
    for arm, result in results.items():
        label, colour, line, _ = ARMS[arm]
        axes.plot(
            [s[3] for s in result["forecast"]],
            [s[4] for s in result["forecast"]],
            line,
            color=colour,
            linewidth=1.1,
            label=label,
        )
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal")
    axes.set_xlabel("x")
    axes.set_ylabel("y")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.0, columnspacing=1.2)
    return axes


@styled
def generators(sizes: Sequence[int], angles: Mapping[str, Mapping[int, Sequence[float]]], tolerance: float) -> Axes:
    """The angle between the generator found and the rotation about the vertical, every seed."""
    axes = new_axes(WIDTH, 3.0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for arm, by_size in angles.items():
        label, colour, _, marker = ARMS[arm]
        points = [(size, value) for size in sizes for value in by_size.get(size, [])]
        if points:
            axes.plot(*zip(*points), marker, color=colour, markersize=4, alpha=0.7, label=label, linestyle="none")
    tolerance_line(axes, tolerance, f"{tolerance:g}")
    logarithmic(axes.yaxis, 1e-4, 2.0)
    axes.set_ylim(1e-4, 2.2)
    axes.set_xticks(list(sizes), [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("training trajectories")
    axes.set_ylabel("angle to the vertical axis")
    axes.legend(handletextpad=0.2)
    return axes


@styled
def broken(scores: Mapping[str, Mapping[int, Sequence[float]]]) -> Axes:
    """Errors of the plain, the wrongly enforced and the promoted model against the number of samples."""
    axes = new_axes(WIDTH, 3.0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    styles = {"plain": (INK, "-", "o"), "enforced": (ACCENT, "-", "^"), "promoted": (WARM, "-", "D")}
    for arm, (colour, line, marker) in styles.items():
        sizes, values = list(scores[arm]), list(scores[arm].values())
        axes.fill_between(
            sizes, [min(v) for v in values], [max(v) for v in values], color=colour, alpha=0.1, linewidth=0
        )
        axes.plot(
            sizes, [statistics.median(v) for v in values], line, color=colour, marker=marker, markersize=4, label=arm
        )
    low, high = axes.get_ylim()
    logarithmic(axes.yaxis, low, high)
    axes.set_ylim(low, high)
    ticks = list(scores["plain"])
    axes.set_xticks(ticks, [str(size) for size in ticks])
    axes.minorticks_off()
    axes.set_xlabel("samples")
    axes.set_ylabel("test error / scatter")
    axes.legend()
    return axes
