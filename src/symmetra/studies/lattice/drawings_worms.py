"""Figures of the worm tasks: an open worm on its lattice, and what the convolutions of a detector make of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from symmetra.report import COLOURS, new_axes, styled

INK, MUTED, ACCENT, WARM, GRID = (COLOURS[role] for role in ("ink", "muted", "accent", "warm", "grid"))
SIDE = 3.1


@styled
def open_worm(k: Any, closed: Any) -> Axes:
    """A configuration of fluxes and what an open worm has changed of it.

    Args:
        k: ``[2, N_t, N_x]``, fluxes along time and space; a link is the wider the more flux it carries.
        closed: the same without the worm, shown beneath.
    """
    k, closed = np.asarray(k), np.asarray(closed)
    # Nothing depends on where the origin is: the worm is moved to the middle.
    shift = _centring(k - closed)
    k, closed = (np.roll(field, shift, (1, 2)) for field in (k, closed))
    rows, columns = k.shape[1:]
    axes = _lattice(rows, columns, SIDE, SIDE)
    for place, flux in np.ndenumerate(closed):
        if flux:
            _link(axes, place, k.shape[1:], color=MUTED, linewidth=0.6 + 0.9 * abs(int(flux)), alpha=0.5)
            _arrow(axes, place, int(flux))
    for place, flux in np.ndenumerate(k - closed):
        if flux:
            _link(axes, place, k.shape[1:], color=WARM, linewidth=2.4 * abs(int(flux)), solid_capstyle="round")
    _ends(axes, _divergence(k))
    return axes


def _link(axes: Axes, place: Sequence[int], box: Sequence[int], **looks: Any) -> None:
    """The link that leaves a site along an axis; across the edge it is seen at both ends."""
    axis, site = place[0], np.array(place[1:])
    step = np.eye(2, dtype=int)[axis]
    for start in (site, site - step * box[axis]):
        (y, x), (y2, x2) = start, start + step
        axes.plot([x, x2], [y, y2], **looks)


def _arrow(axes: Axes, place: Sequence[int], flux: int) -> None:
    """Which way the flux goes, at the middle of its link."""
    middle = np.array(place[1:]) + 0.5 * np.eye(2)[place[0]]
    y, x = np.stack((middle, middle + np.sign(flux) * 0.15 * np.eye(2)[place[0]]), axis=1)
    looks = {"arrowstyle": "->", "color": MUTED, "lw": 0.8}
    axes.annotate("", (x[1], y[1]), (x[0], y[0]), arrowprops=looks)


def _centring(change: Any) -> tuple[int, int]:
    """The shift that brings links of a torus to the middle, by the mean of their angles on each axis."""
    _, *sites = np.nonzero(change)
    turns = [np.angle(np.exp(2j * np.pi * at / n).sum()) * n / (2 * np.pi) for at, n in zip(sites, change.shape[1:])]
    t, x = (round(n / 2 - float(at)) for at, n in zip(turns, change.shape[1:]))
    return t, x


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
