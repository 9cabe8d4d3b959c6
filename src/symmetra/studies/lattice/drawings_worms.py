"""Figures of the worm tasks: an open worm on its lattice, and what the convolutions of a detector make of one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from symmetra.report import COLOURS, new_axes, styled

INK, MUTED, ACCENT, WARM, GRID = (COLOURS[role] for role in ("ink", "muted", "accent", "warm", "grid"))
SIDE = 3.1


@styled
def open_worm(k: Any, path: Any) -> Axes:
    """A configuration of fluxes, the worm on top of it and its two ends.

    Args:
        k: ``[2, N_t, N_x]``, fluxes along time and space; a link is the wider the more flux it carries.
        path: sites, numbered row-major, from the tail of the worm to its head.
    """
    k = np.asarray(k)
    rows, columns = k.shape[1:]
    sites = [divmod(int(site), columns) for site in path]
    # Nothing depends on where the origin is: the worm is moved to the middle.
    straight = unrolled(path, rows, columns)
    shift = np.array((rows, columns)) // 2 - (straight.min(0) + straight.max(0)) // 2
    k = np.roll(k, shift, (1, 2))
    sites = [((a + int(shift[0])) % rows, (b + int(shift[1])) % columns) for a, b in sites]
    axes = _lattice(rows, columns, SIDE, SIDE)
    for direction, site in ((d, s) for d in range(2) for s in np.ndindex(rows, columns)):
        flux = int(k[direction][site])
        step = (1, 0) if direction == 0 else (0, 1)
        if flux:
            start = site if flux > 0 else (site[0] + step[0], site[1] + step[1])
            sign = 1 if flux > 0 else -1
            axes.plot(*_line(start, step, sign, 1.0), color=MUTED, linewidth=0.5 + 0.8 * abs(flux), alpha=0.45)
            x, y = _line(start, step, sign, 0.62)
            axes.annotate("", (x[1], y[1]), (x[0], y[0]), arrowprops={"arrowstyle": "->", "color": MUTED, "lw": 0.7})
    for a, b in pairwise(sites):
        # Across the edge a step is drawn from both sides, half of it each.
        step = tuple((q - p + n // 2) % n - n // 2 for p, q, n in zip(a, b, (rows, columns)))
        around = (a[0] + step[0], a[1] + step[1]) != b
        axes.plot(*_line(a, step, 1, 0.5 if around else 1.0), color=WARM, linewidth=2.4, solid_capstyle="round")
        if around:
            axes.plot(*_line(b, step, -1, 0.5), color=WARM, linewidth=2.4, solid_capstyle="round")
    _ends(axes, _divergence(k))
    return axes


def unrolled(path: Any, rows: int, columns: int) -> Any:
    """The sites of a path on the plane that the torus is rolled up from, ``[sites, 2]``."""
    at = np.stack(np.divmod(np.asarray(path, dtype=np.int64), columns), axis=1)
    box = np.array((rows, columns))
    steps = (np.diff(at, axis=0) + box // 2) % box - box // 2
    return np.concatenate((at[:1], at[:1] + np.cumsum(steps, axis=0)))


def span(path: Any, side: int) -> float:
    """How far a worm gets on a square box without going around it; 0 for those that do, or that tread on themselves."""
    straight = unrolled(path, side, side)
    reach = np.ptp(straight, axis=0)
    return (
        float(min(reach)) * (len(np.unique(straight, axis=0)) > 0.8 * len(straight)) if max(reach) < side - 1 else 0.0
    )


def _line(start: Sequence[int], step: Sequence[int], sign: int, length: float) -> tuple[list[float], list[float]]:
    """From a site along a step, time upwards."""
    y, x = ([float(a), a + sign * length * b] for a, b in zip(start, step))
    return x, y


def _divergence(k: Any) -> Any:
    return sum(k[d] - np.roll(k[d], 1, d) for d in range(2))


@styled
def cells(values: Any, divergence: Any, title: str = "") -> Axes:
    """A map as shaded cells, blue where positive, orange where negative, with the violations as + and −.

    Args:
        values: ``[rows, columns]``; a map that was made with a stride has fewer cells than the lattice.
        divergence: of the input, ``[N_t, N_x]``.
        title: above it.
    """
    values, divergence = np.asarray(values, dtype=float), np.asarray(divergence)
    rows, columns = divergence.shape
    axes = _lattice(rows, columns, 2.05, 2.3 if title else 2.05)
    top = max(float(np.abs(values).max()), 1e-300)
    height, width = rows / values.shape[0], columns / values.shape[1]
    for (a, b), value in np.ndenumerate(values):
        axes.add_patch(
            Rectangle(
                (b * width - 0.5, a * height - 0.5),
                width,
                height,
                facecolor=ACCENT if value > 0 else WARM,
                alpha=0.75 * abs(float(value)) / top,
                linewidth=0,
            )
        )
    _ends(axes, divergence, 5.5)
    if title:
        axes.set_title(title, fontsize=9)
    return axes


def _lattice(rows: int, columns: int, width: float, height: float) -> Axes:
    axes = new_axes(width, height)
    axes.set_xlim(-0.75, columns - 0.25)
    axes.set_ylim(-0.75, rows - 0.25)
    axes.set_aspect("equal")
    axes.set_xticks(range(columns), [""] * columns)
    axes.set_yticks(range(rows), [""] * rows)
    axes.tick_params(length=0)
    axes.grid(color=GRID, linewidth=0.6)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel("space")
    axes.set_ylabel("time")
    return axes


def _ends(axes: Axes, divergence: Any, size: float = 7.0) -> None:
    for (a, b), value in np.ndenumerate(divergence):
        if value:
            colour = ACCENT if value > 0 else WARM
            axes.plot(
                b, a, "o", color=COLOURS["paper"], markeredgecolor=colour, markersize=size + 3, markeredgewidth=1.4
            )
            axes.plot(b, a, "+" if value > 0 else "_", color=colour, markersize=size, markeredgewidth=1.6)
