"""The figures of the page, from the results of the units."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, styled, tolerance_line
from symmetra.studies.molecules.config import LEVEL
from symmetra.studies.molecules.config import MoleculesConfig as Config
from symmetra.studies.molecules.published import NAMES, TABLE
from symmetra.studies.molecules.verdicts import Results, curve, most

INK, MUTED, ACCENT, WARM = (COLOURS[role] for role in ("ink", "muted", "accent", "warm"))
WIDTH = 4.4

ARMS = {
    "plain": (INK, "-", "o"),
    "plain-augmented": (INK, ":", "d"),
    "rotation": (WARM, "-", "s"),
    "rotation-permutation": (WARM, "--", "D"),
    "graph": (ACCENT, "-", "^"),
    "joint": (ACCENT, "--", "v"),
    "joint-o3": (ACCENT, ":", "<"),
    "mlp": (MUTED, "-", "P"),
    "mlp-small": (MUTED, "--", "X"),
    "egnn": (MUTED, ":", "*"),
}


@styled
def learning(config: Config, results: Results, molecule: str = "NH3") -> Axes:
    """Test loss against the number of training geometries: geometric means and ranges over seeds."""
    axes, lowest = new_axes(WIDTH, 4.0), 1.0
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = config.fair.sizes[molecule]
    for arm, (colour, line, marker) in ARMS.items():
        points = [(size, curve(results, arm, size, molecule=molecule)) for size in sizes]
        points = [(size, values) for size, values in points if values and all(map(math.isfinite, values))]
        if not points:
            continue
        middle = [statistics.geometric_mean(values) for _, values in points]
        lowest = min(lowest, *middle)
        known = [size for size, _ in points]
        low, high = ([f(values) for _, values in points] for f in (min, max))
        axes.fill_between(known, low, high, color=colour, alpha=0.08, linewidth=0)
        axes.plot(known, middle, line, color=colour, marker=marker, markersize=4.5, label=arm)
    axes.set_ylim(lowest / 2, 2.0)
    logarithmic(axes.yaxis, lowest / 2, 2.0)
    axes.set_xticks(list(sizes), [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set_xlabel("training geometries")
    axes.set_ylabel("test loss")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.4, columnspacing=1.2)
    return axes


@styled
def training(config: Config, results: Results) -> Axes:
    """Validation loss against steps on the largest set: medians over seeds."""
    axes, lowest = new_axes(WIDTH, 4.0), 1.0
    axes.set_yscale("log")
    for arm, (colour, line, _) in ARMS.items():
        histories = results.get(f"curve/NH3/{arm}/n{most(config)}", {}).get("history", [])
        if histories:
            columns = [[v for v in column if v is not None] for column in zip(*histories)]
            middle = [statistics.median(column) if column else math.nan for column in columns]
            lowest = min(lowest, *middle)
            axes.plot([(k + 1) * config.fair.every for k in range(len(middle))], middle, line, color=colour, label=arm)
    tolerance_line(axes, LEVEL, f"{LEVEL:g}")
    axes.set_ylim(lowest / 2, 3.0)
    logarithmic(axes.yaxis, lowest / 2, 3.0)
    axes.set_xlabel("steps")
    axes.set_ylabel("validation loss")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=2.4, columnspacing=1.2)
    return axes


@styled
def beyond(config: Config, results: Results) -> Axes:
    """Losses within and beyond the training set, every seed."""
    tests = {"general": (INK, "o"), "stretched": (ACCENT, "s"), "bent": (WARM, "^")}
    arms = [arm for arm in ARMS if curve(results, arm, most(config))]
    axes = new_axes(WIDTH, 0.9 + 0.3 * len(arms))
    axes.set_xscale("log")
    values: list[float] = []
    for place, (test, (colour, marker)) in enumerate(tests.items()):
        for row, arm in enumerate(arms):
            losses = curve(results, arm, most(config), test)
            values += losses
            height = row + 0.22 * (place - 1)
            axes.plot(losses, [height] * len(losses), marker, color=colour, markersize=4, alpha=0.75, linestyle="none")
        axes.plot([], [], marker, color=colour, markersize=4, linestyle="none", label=test)
    axes.set_yticks(range(len(arms)), arms)
    axes.set_ylim(len(arms) - 0.4, -0.6)
    low, high = min(values, default=0.1) / 1.5, min(max(values, default=1.0) * 1.5, 1e3)
    axes.set_xlim(low, high)
    logarithmic(axes.xaxis, low, high)
    axes.set_xlabel("loss")
    axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.2)
    return axes


@styled
def table(results: Results, molecule: str) -> Axes:
    """R² of the five folds of every replica beside the published mean and deviation."""
    axes, kinds = new_axes(WIDTH, 2.9), ("energy", "force")
    lowest = 1.0
    for row, name in enumerate(NAMES):
        for place, (kind, colour) in enumerate(zip(kinds, (ACCENT, WARM))):
            height = row + 0.24 * (2 * place - 1)
            middle, spread = TABLE[molecule, name][1][place]
            axes.plot([middle - spread, middle + spread], [height + 0.1] * 2, color=MUTED, linewidth=1.2)
            axes.plot(middle, height + 0.1, "d", color=MUTED, markersize=5, markerfacecolor="none")
            own: Sequence[float] = _folds(results, molecule, name).get(f"{kind}_r2", [])
            axes.plot(own, [height - 0.1] * len(own), "o", color=colour, markersize=4, alpha=0.7, linestyle="none")
            lowest = min(lowest, middle - spread, *own)
    for kind, colour in zip(kinds, (ACCENT, WARM)):
        axes.plot([], [], "o", color=colour, markersize=4, linestyle="none", label=kind)
    axes.plot([], [], "d", color=MUTED, markersize=5, markerfacecolor="none", linestyle="none", label="published")
    axes.set_yticks(range(len(NAMES)), list(NAMES.values()))
    axes.set_ylim(len(NAMES) - 0.4, -0.6)
    low = max(lowest, -0.5)
    axes.set_xlim(low - 0.05 * (1 - low), 1 + 0.05 * (1 - low))
    axes.set_xlabel(f"R² of {molecule.replace('3', '₃')}, folds")
    axes.figure.legend(loc="outside upper left", ncols=3, handletextpad=0.2)
    return axes


def _folds(results: Results, molecule: str, name: str) -> Mapping[str, Sequence[float]]:
    return results.get(f"replica/folds/{molecule}/{name}", {})
