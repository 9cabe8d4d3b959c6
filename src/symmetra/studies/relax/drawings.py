"""The figures of the page, from the results of the units."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, styled
from symmetra.studies.relax import gathered as of
from symmetra.studies.relax.gathered import Results

INK, MUTED, ACCENT, WARM = (COLOURS[role] for role in ("ink", "muted", "accent", "warm"))
WIDTH = 4.1  # two of them side by side

STYLES = {
    "strict": ("strict", INK, "-", "o"),
    "projected": ("constrained, projected", ACCENT, "-", "^"),
    "resilient": ("constrained, resilient", WARM, "-", "D"),
    "free": ("free γ", MUTED, "--", "s"),
    "ridge": ("ridge on γ", MUTED, ":", "v"),
    "schedule": ("schedule by hand", ACCENT, ":", "<"),
    "penalty": ("sampled penalty", WARM, ":", ">"),
    "pathway": ("residual pathway", INK, ":", "P"),
    "plain": ("plain twin", MUTED, "-.", "x"),
}
TOY_NAMES = {"strict": "strict", "free": "free", "textbook": "equality, undamped", "equality": "equality, damped"}
TOY_NAMES |= {"resilient": "resilient", "ridge": "ridge, tuned"}
DATA_NAMES = {"symmetric": "symmetric", "broken0": "broken, 0", "broken1": "broken, 1", "broken2": "broken, 2"}


def _logarithmic(axis: Any, low: float, high: float) -> None:
    """Label decades, or where there is hardly one of them 1, 2 and 5 times each."""
    if high > 30 * low:
        logarithmic(axis, low, high)
        return
    values = [m * 10.0**e for e in range(-8, 4) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    axis.set_ticks(values, [f"{value:g}" for value in values])
    axis.set_ticks([], minor=True)


@styled
def toy(results: Results) -> Axes:
    """Errors as deployed of every method and draw, one colour for symmetric and one for broken data."""
    axes = new_axes(WIDTH, 3.4)
    kinds = of.toy_data(results)
    for place, data in enumerate(kinds):
        for row, name in enumerate(TOY_NAMES):
            values = list(of.toy(results, data, name, "deployed").values())
            height = row + (place - (len(kinds) - 1) / 2) * 0.17
            colour = ACCENT if data == "symmetric" else WARM
            label = "symmetric" if data == "symmetric" else "broken at one layer"
            shown = label if row == 0 and place < 2 else None
            if values:
                axes.plot(values, [height] * len(values), ".", color=colour, markersize=5, alpha=0.6, label=shown)
                axes.plot(statistics.median(values), height, "|", color=INK, markersize=9)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    _logarithmic(axes.xaxis, low, high)
    axes.set_xlim(low, high)
    axes.set_yticks(range(len(TOY_NAMES)), list(TOY_NAMES.values()))
    axes.set_ylim(len(TOY_NAMES) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("test error / mean square")
    axes.figure.legend(loc="outside upper left", ncols=2, handletextpad=0.2)
    return axes


@styled
def courses(curves: Mapping[str, Mapping[str, Any]], quantity: str, ylabel: str) -> Axes:
    """A quantity of every layer over the steps, for one or two methods."""
    axes = new_axes(WIDTH, 2.8)
    lines = ("-", "--", ":", "-.")
    for name, curve in curves.items():
        colour = WARM if any(word in name for word in ("resilient", "published")) else ACCENT
        for layer, values in enumerate(curve[quantity]):
            label = f"{name}, layer {layer}" if layer < 4 else None
            axes.plot(curve["numbers"], values, lines[layer % 4], color=colour, label=label)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlabel("step")
    axes.set_ylabel(ylabel)
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8, columnspacing=1.0, fontsize=8)
    return axes


@styled
def errors_over_steps(curves: Mapping[str, Mapping[str, Any]]) -> Axes:
    """Validation errors while training, with and without the free branches."""
    axes = new_axes(WIDTH, 2.8)
    for arm, curve in curves.items():
        label, colour, *_ = STYLES[arm]
        axes.plot(curve["steps"], curve["full"], "-", color=colour, label=label)
        if arm in ("projected", "resilient", "free"):
            axes.plot(curve["steps"], curve["projected"], ":", color=colour, label=f"{label}, γ = 0")
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    high = min(high, 10.0)
    _logarithmic(axes.yaxis, low, high)
    axes.set_ylim(low, high)
    axes.set_xlabel("step")
    axes.set_ylabel("validation error")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8, columnspacing=1.0, fontsize=8)
    return axes


@styled
def efficiency(results: Results, arms: Sequence[str]) -> Axes:
    """Test errors against the number of training systems: medians and ranges over seeds; runaways are cut off."""
    axes = new_axes(WIDTH, 3.6)
    axes.set_xscale("log")
    axes.set_yscale("log")
    every, highest = of.sizes(results), 0.0
    for arm in arms:
        label, colour, line, marker = STYLES[arm]
        found = {size: list(of.bodies(results, arm, size).values()) for size in every}
        known = [size for size in every if found[size]]
        if known:
            middle = [statistics.median(found[size]) for size in known]
            highest = max(highest, *middle)
            low, high = ([f(found[size]) for size in known] for f in (min, max))
            axes.fill_between(known, low, high, color=colour, alpha=0.08, linewidth=0)
            axes.plot(known, middle, line, color=colour, marker=marker, markersize=4, label=label)
    lowest = axes.get_ylim()[0]
    _logarithmic(axes.yaxis, lowest, 1.3 * highest)
    axes.set_ylim(lowest, 1.3 * highest)
    axes.set_xticks(every, [f"{size:,}" for size in every])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("training systems")
    axes.set_ylabel("test error")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.0, columnspacing=1.2, fontsize=8)
    return axes


@styled
def dots(values: Mapping[str, Mapping[int, float]], xlabel: str) -> Axes:
    """Every seed of some arms, one arm a row, with their geometric mean."""
    axes = new_axes(WIDTH, 0.9 + 0.3 * len(values))
    for row, (arm, by_seed) in enumerate(values.items()):
        _, colour, *_ = STYLES[arm]
        axes.plot(list(by_seed.values()), [row] * len(by_seed), "o", color=colour, markersize=4.5, alpha=0.7)
        axes.plot(statistics.geometric_mean(by_seed.values()), row, "|", color=INK, markersize=11)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    _logarithmic(axes.xaxis, low, high)
    axes.set_xlim(low, high)
    axes.set_yticks(range(len(values)), [STYLES[arm][0] for arm in values])
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(xlabel)
    return axes


@styled
def dropout(results: Results, arms: Sequence[str], shares: Sequence[float]) -> Axes:
    """Right answers against the share of points left out: means and ranges over seeds."""
    axes = new_axes(WIDTH, 3.4)
    for arm in arms:
        label, colour, line, marker = STYLES[arm]
        rows = list(of.shapes(results, arm).values())
        if rows:
            columns = list(zip(*rows))
            at = [100 * share for share in shares]
            axes.fill_between(at, [min(c) for c in columns], [max(c) for c in columns], color=colour, alpha=0.08)
            means = [statistics.fmean(c) for c in columns]
            axes.plot(at, means, line, color=colour, marker=marker, markersize=4, label=label)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("points left out, %")
    axes.set_ylabel("right answers")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.0, columnspacing=1.2, fontsize=8)
    return axes


@styled
def multipliers(results: Results) -> Axes:
    """The largest |λ| of the damped equality problem behind every verdict, and its clean level."""
    axes = new_axes(WIDTH, 2.4)
    kinds = of.toy_data(results)
    for row, data in enumerate(kinds):
        for quantity, colour, marker in (("clean", ACCENT, "o"), ("multipliers", WARM, "D")):
            found = [max(v[quantity][k]) for v in _verdicts(results, data) for k in range(len(v[quantity]))]
            label = {"clean": "data made symmetric", "multipliers": "the data"}[quantity] if row == 0 else None
            height = row + (0.15 if quantity == "clean" else -0.15)
            axes.plot(found, [height] * len(found), marker, color=colour, markersize=3.5, alpha=0.6, label=label)
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    _logarithmic(axes.xaxis, low, high)
    axes.set_xlim(low, high)
    axes.set_yticks(range(len(kinds)), [DATA_NAMES[data] for data in kinds])
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("largest |λ|")
    axes.figure.legend(loc="outside upper left", ncols=2, handletextpad=0.2)
    return axes


def _verdicts(results: Results, data: str) -> list[Mapping[str, Any]]:
    return [value for key, value in results.items() if key.startswith(f"toy/{data}/verdict/")]
