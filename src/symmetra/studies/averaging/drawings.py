"""The figures of the page, from the results of the units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from symmetra.report import COLOURS, new_axes, styled
from symmetra.studies.averaging.cells import NAMES, Cell, short

INK, MUTED, ACCENT, WARM = (COLOURS[role] for role in ("ink", "muted", "accent", "warm"))
WIDTH, HEIGHT = 4.05, 2.7
LOOKS = {"unet": (ACCENT, "o"), "fno": (WARM, "s")}
WAYS = {
    "persistence": (MUTED, ":", "nothing changes"),
    "plain": (INK, "-", "plain"),
    "step": (ACCENT, "-", "averaged at each step"),
    "trajectory": (WARM, "--", "averaged as a whole"),
}


@styled
def subgroups(cells: Sequence[Cell]) -> Axes:
    """The change of the one-step VRMSE for every subgroup, mean and every seed, for both networks of a system."""
    groups = cells[0].groups[1:]
    axes = new_axes(WIDTH, 0.9 + 0.24 * len(groups))
    for offset, cell in zip((-0.17, 0.17), cells, strict=False):
        colour, _ = LOOKS[cell.network]
        before = cell.losses().mean(1)
        for row, group in enumerate(groups):
            ratios = 100 * (cell.losses(group).mean(1) / before - 1)
            axes.barh(row + offset, ratios.mean(), 0.3, color=colour, alpha=0.55, linewidth=0)
            axes.plot(ratios, [row + offset] * len(ratios), "|", color=INK, markersize=5, markeredgewidth=0.9)
        axes.plot([], [], "s", color=colour, alpha=0.55, label=NAMES[cell.network])
    axes.axvline(0, color=INK, linewidth=0.8)
    admitted = cells[0].members(cells[0].admitted)
    names = [short(g) + ("" if cells[0].members(g) <= admitted else " (broken)") for g in groups]
    axes.set_yticks(range(len(groups)), names)
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5, integer=True)
    axes.set_xlabel("change of VRMSE in %")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.2)
    return axes


@styled
def training(cell: Cell) -> Axes:
    """The validation curve of every seed, plain and averaged; a dot where training was stopped at."""
    axes = new_axes(WIDTH, HEIGHT)
    low, high = np.inf, 0.0
    for unit in cell.units:
        curve, best = unit["record"]["curve"], unit["record"]["best_step"]
        for way, colour in (("plain", INK), ("averaged", ACCENT)):
            axes.plot(curve["step"], curve[way], color=colour, linewidth=1)
            at = curve["step"].index(best)
            axes.plot(best, curve[way][at], "o", color=colour, markersize=3.5)
            low, high = min(low, *curve[way]), max(high, *curve[way])
    for label, colour in (("plain", INK), ("averaged", ACCENT)):
        axes.plot([], [], color=colour, label=label)
    still = float(np.mean([unit["persistence"] for unit in cell.units]))
    axes.axhline(still, color=MUTED, linestyle=":", linewidth=1, label="nothing changes")
    axes.axhline(still / 2, color=MUTED, linestyle=(0, (1, 4)), linewidth=1, label="half of that")
    axes.set_yscale("log")
    ends = 0.8 * low, 1.25 * max(high, still)
    ticks = [v * 10.0**e for e in range(-4, 2) for v in (1, 2, 5) if ends[0] <= v * 10.0**e <= ends[1]]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylim(*ends)
    axes.minorticks_off()
    axes.set_xlabel("steps of training")
    axes.set_ylabel("validation VRMSE")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8, columnspacing=1.2)
    return axes


@styled
def gain_in_time(cells: Sequence[Cell]) -> Axes:
    """The part of the validation VRMSE that averaging takes off, against the steps of training."""
    axes = new_axes(WIDTH, HEIGHT)
    for cell in cells:
        colour, _ = LOOKS[cell.network]
        for seed, unit in enumerate(cell.units):
            curve, best = unit["record"]["curve"], unit["record"]["best_step"]
            change = 100 * (np.array(curve["averaged"]) / np.array(curve["plain"]) - 1)
            label = NAMES[cell.network] if not seed else None
            axes.plot(curve["step"][1:], change[1:], color=colour, linewidth=1, label=label)
            axes.plot(best, change[curve["step"].index(best)], "o", color=colour, markersize=3.5)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_xlabel("steps of training")
    axes.set_ylabel("change of VRMSE in %")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8)
    return axes


@styled
def rollout(cell: Cell) -> Axes:
    """VRMSE at every step of the rollout, means over trajectories and seeds."""
    axes = new_axes(WIDTH, HEIGHT)
    top = 0.0
    for way, (colour, line, label) in WAYS.items():
        rows = [[np.nan if v is None else v for v in u["rollout"]["steps"][way]] for u in cell.units]
        mean = np.mean(rows, 0)
        axes.plot(range(1, len(mean) + 1), mean, line, color=colour, linewidth=1.3, label=label)
        if way != "plain":
            top = max(top, float(np.nanmax(mean)))
    for first, last in ((6, 12), (13, 30)):
        if last <= len(mean):
            axes.axvspan(first + 0.5, last + 0.5, color=COLOURS["band"], linewidth=0, zorder=0)
    axes.set_ylim(0, 1.6 * top)
    axes.set_xlabel("step of the rollout")
    axes.set_ylabel("VRMSE")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8, columnspacing=1.2)
    return axes
