"""Figures of the regression: errors against training set, box and μ; the curves of n and |φ|² on the largest box.

A band goes from the least to the largest of the instances, the dashed line is their mean, the full one their median.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, styled
from symmetra.studies.lattice.gathered import finite, order

INK, MUTED, ACCENT, WARM = (COLOURS[role] for role in ("ink", "muted", "accent", "warm"))
WIDTH, HEIGHT = 4.05, 2.8  # two beside each other on the page
# Colour, marker and its size: where lines coincide, the later ones are seen around the earlier.
LOOKS = {"EQ": (ACCENT, "o", 3.2), "ST": (WARM, "s", 4.8), "FL": (INK, "^", 6.0), "ST-stride": (MUTED, "D", 4.0)}
Band = Mapping[Any, Sequence[Any]]  # scores of the instances, as the journal has them, by place


def look(kind: str) -> tuple[str, str, float]:
    """Colour, marker and its size of a kind of network, whatever was done to its training set."""
    return LOOKS[kind.partition("+")[0]]


def band(axes: Axes, kind: str, places: Sequence[Any], values: Sequence[Sequence[float]]) -> None:
    """Least to largest as a band, the mean dashed, the median full; what is not finite is left out."""
    colour, marker, size = look(kind)
    rows = [(x, [v for v in row if math.isfinite(v)]) for x, row in zip(places, values, strict=True)]
    rows = [(x, row) for x, row in rows if row]
    if not rows:
        return
    at = [x for x, _ in rows]
    low, high, mean, middle = ([f(row) for _, row in rows] for f in (min, max, statistics.fmean, statistics.median))
    axes.fill_between(at, low, high, color=colour, alpha=0.13, linewidth=0)
    axes.plot(at, mean, color=colour, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.plot(at, middle, color=colour, marker=marker, markersize=size, label=kind, zorder=5 - size / 10)


@styled
def curves(lines: Mapping[str, Band], xlabel: str, ylabel: str, *, log_x: bool = False, log_y: bool = True) -> Axes:
    """A band for every kind of network against numbers, or against names such as ``60x4``, evenly spaced."""
    axes = new_axes(WIDTH, HEIGHT)
    ticks = list(dict.fromkeys(x for line in lines.values() for x in line))
    named = bool(ticks) and isinstance(ticks[0], str)
    ticks = sorted(ticks, key=order if named else None)
    for kind, line in lines.items():
        band(axes, kind, [ticks.index(x) if named else x for x in line], [finite(v) for v in line.values()])
    if log_y:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        low = 10.0 ** math.floor(math.log10(low) + 0.1)
        high = max(10.0 ** math.ceil(math.log10(high) - 0.1), 10 * low)
        logarithmic(axes.yaxis, low, high)
        axes.set_ylim(low, high)
    elif ylabel == "accuracy":
        low, high = axes.get_ylim()
        axes.set_ylim(low, min(high, 1 + 0.06 * (1 - low)))
    if log_x:
        axes.set_xscale("log")
    if named or len(ticks) <= 8:
        axes.set_xticks(range(len(ticks)) if named else ticks, [str(x).replace("x", "×") for x in ticks])
        axes.minorticks_off()
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    axes.figure.legend(loc="outside upper left", ncols=3, handlelength=1.8, columnspacing=1.2)
    return axes


@styled
def transition(
    mu: Sequence[Any], truth: tuple[Sequence[Any], Sequence[Any]], predicted: Mapping[str, Any], ylabel: str
) -> Axes:
    """Monte Carlo with its errors, and the predictions of the instances of each kind of network."""
    axes = new_axes(WIDTH, HEIGHT)
    axes.errorbar(
        mu, truth[0], truth[1], fmt="o", color=MUTED, markersize=3.5, linewidth=1, capsize=1.5, label="Monte Carlo"
    )
    for kind, (at, rows) in predicted.items():
        colour, *_ = look(kind)
        rows = [finite(row) for row in rows]
        axes.fill_between(at, [min(row) for row in rows], [max(row) for row in rows], color=colour, alpha=0.15, lw=0)
        axes.plot(at, [statistics.median(row) for row in rows], color=colour, label=kind)
    axes.set_xlabel("chemical potential μ")
    axes.set_ylabel(ylabel)
    axes.legend(handlelength=1.8, loc="upper left")
    return axes


@styled
def pulls(distances: Mapping[str, Mapping[str, Band]], within: float = 1.0) -> Axes:
    """Prediction less Monte Carlo in units of its error, against μ: medians and the range of the instances."""
    axes = new_axes(WIDTH, HEIGHT)
    axes.axhspan(-within, within, color=COLOURS["band"], linewidth=0, zorder=0)
    for kind, observables in distances.items():
        colour, marker, _ = look(kind)
        for (name, line), style in zip(observables.items(), ("-", ":")):
            rows = list(line.values())
            axes.fill_between(list(line), [min(r) for r in rows], [max(r) for r in rows], color=colour, alpha=0.1, lw=0)
            axes.plot(
                list(line),
                [statistics.median(row) for row in rows],
                color=colour,
                linestyle=style,
                marker=marker,
                markersize=3,
                label=f"{kind}, {name}",
            )
    axes.set_yscale("symlog", linthresh=1.0, linscale=1.0)
    reach = max(
        (abs(v) for o in distances.values() for line in o.values() for r in line.values() for v in r), default=1
    )
    decades = range(max(1, math.ceil(math.log10(max(reach, 1.5)))) + 1)
    ticks = [sign * 10.0**e for e in decades for sign in (1, -1)] + [0.0]
    axes.set_yticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(-1.6 * reach - 1, 1.6 * reach + 1)
    axes.set_xlabel("chemical potential μ")
    axes.set_ylabel("distance / error")
    axes.figure.legend(loc="outside upper left", ncols=2, handlelength=1.8, columnspacing=1.2)
    return axes
