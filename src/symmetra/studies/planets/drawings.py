"""The figures of the page, from the arrays of the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from symmetra.report import COLOURS, logarithmic, new_axes, number, styled, tolerance_line

Arrays = Mapping[str, np.ndarray]
INK, MUTED, GRID, PAPER = (COLOURS[role] for role in ("ink", "muted", "grid", "paper"))
ACCENT, WARM, BAND = (COLOURS[role] for role in ("accent", "warm", "band"))
# Two figures of this width stand side by side on a desk, and one fills a telephone.
WIDTH = 4.1


def dots(axes: Axes, x: np.ndarray, y: np.ndarray, colour: str, size: float = 2.2, **options: Any) -> None:
    """Many points as one path of strokes without length: a tenth of the size of as many markers in an SVG."""
    there, back = np.repeat(np.asarray(x, dtype=float), 3), np.repeat(np.asarray(y, dtype=float), 3)
    there[2::3] = back[2::3] = np.nan
    (line,) = axes.plot(there, back, color=colour, linewidth=size, solid_capstyle="round", **options)
    line.get_path().should_simplify = False


@styled
def spectrum(values: Arrays, certified: int, delta: float) -> Axes:
    """Relative defects of one choice of bodies, from the rates and from the drift, ascending."""
    axes = new_axes(WIDTH, 2.9)
    axes.set_yscale("log")
    for name, marker, size, label in (("rates", "o", 4.5, "from the rates"), ("drift", "D", 4.2, "from the drift")):
        y = np.clip(np.asarray(values[name], dtype=float)[:14], 1e-7, None)
        x = np.arange(1, len(y) + 1) + (0.12 if name == "drift" else -0.12)
        kept = np.arange(len(y)) < certified
        face = {"rates": (ACCENT, MUTED), "drift": ("none", "none")}[name]
        for mask, fill, edge in ((kept, face[0], ACCENT), (~kept, face[1], MUTED)):
            axes.plot(
                x[mask], y[mask], marker, markersize=size, markerfacecolor=fill, markeredgecolor=edge, markeredgewidth=1
            )
        axes.plot([], [], marker, markersize=size, markerfacecolor=face[1], markeredgecolor=MUTED, label=label)
    if certified:
        low = max(float(values[name][certified - 1]) for name in ("rates", "drift"))
        high = min(float(values[name][certified]) for name in ("rates", "drift"))
        if high > low:
            axes.axhspan(low, high, color=BAND, linewidth=0, zorder=0)
    tolerance_line(axes, delta, f"δ = {number(delta)}")
    axes.set_ylim(4e-6, 5)
    logarithmic(axes.yaxis, 1e-5, 1.0)
    axes.set_xticks(range(1, 15, 2))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("combination of terms, sorted")
    axes.set_ylabel("relative defect")
    axes.legend(loc="lower right", handletextpad=0.2)
    return axes


@styled
def drift(values: Arrays, index: int, title: str) -> Axes:
    """How one quantity departs from its mean for each body over the centuries; the body that does most is coloured."""
    axes = new_axes(WIDTH, 1.9)
    years = 2000 + np.asarray(values["t_days"]) / 365.25
    y = 100 * np.asarray(values["drift"])[:, index]
    bodies = np.asarray(values["body"])
    size = {name: float(np.sqrt((y[bodies == name] ** 2).mean())) for name in dict.fromkeys(bodies.tolist())}
    most = max(size, key=size.__getitem__)
    for name in size:
        mask = bodies == name
        dots(
            axes,
            years[mask],
            y[mask],
            ACCENT if name == most else MUTED,
            2.4 if name == most else 1.4,
            zorder=3 if name == most else 2,
        )
    reach = 1.35 * float(np.abs(y).max())
    axes.set_ylim(-reach, reach)
    axes.set_xticks([1900, 2000, 2100, 2200])
    axes.set_title(title)
    axes.set_ylabel("% of spread")
    axes.annotate(most, (0.98, 0.95), xycoords="axes fraction", ha="right", va="top", color=ACCENT, fontsize=9)
    return axes


@styled
def strengths(values: Arrays) -> Axes:
    """GM felt by each body over the Sun's, less one, with standard errors, beside m/M."""
    axes = new_axes(4.5, 3.3)
    names = [str(name) for name in values["body"]]
    place = np.arange(len(names))
    axes.set_xscale("symlog", linthresh=1e-6, linscale=0.7)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.plot(
        values["mass"], place, "D", markersize=7, markerfacecolor="none", markeredgecolor=WARM, label="m/M of DE421"
    )
    axes.errorbar(
        values["excess"],
        place,
        xerr=values["error"],
        fmt="o",
        color=ACCENT,
        markersize=4.5,
        elinewidth=1.4,
        label="measured, ± standard error",
    )
    axes.set_yticks(place, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    ticks = [-1e-5, -1e-6, 0.0, 1e-6, 1e-5, 1e-4, 1e-3]
    axes.set_xticks(ticks, [number(t) for t in ticks])
    axes.tick_params(axis="x", labelsize=8)
    axes.set_xlim(-3e-5, 6e-3)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("GM / GM of the Sun − 1")
    axes.figure.legend(loc="outside upper left", ncols=2, handletextpad=0.3, columnspacing=1.2)
    return axes


@styled
def force(values: Arrays) -> Axes:
    """Acceleration against distance on logarithmic scales, with the line of exponent −2."""
    axes = new_axes(WIDTH, 2.9)
    r, a = np.asarray(values["r"]), np.asarray(values["a"])
    axes.set_xscale("log")
    axes.set_yscale("log")
    line = np.array([0.25, 40.0])
    constant = float(np.exp(np.mean(np.log(a[r < 2]) + 2 * np.log(r[r < 2]))))
    axes.plot(line, constant / line**2, color=GRID, linewidth=5, zorder=1, label="slope −2", solid_capstyle="butt")
    dots(axes, r, a, ACCENT, 2.8, zorder=3)
    for i, name in enumerate(dict.fromkeys(np.asarray(values["body"]).tolist())):
        mask = np.asarray(values["body"]) == name
        above = i % 2 == 0  # on alternate sides of the line, or the inner planets cover each other's names
        axes.annotate(
            str(name),
            (r[mask].mean(), a[mask].mean()),
            xytext=(6, 4) if above else (-6, -5),
            fontsize=8.5,
            textcoords="offset points",
            ha="left" if above else "right",
            va="bottom" if above else "top",
        )
    logarithmic(axes.xaxis, 0.1, 100.0)
    logarithmic(axes.yaxis, 1e-7, 1e-2)
    axes.set_xlim(0.25, 110)
    axes.set_ylim(1e-7, 8e-3)
    axes.set_xlabel("distance from the Sun, au")
    axes.set_ylabel("acceleration, au/day²")
    axes.legend(loc="upper right")
    return axes


@styled
def residuals(values: Arrays) -> Axes:
    """What is left of the force after one inverse-square law for each body, relative, a row a body."""
    axes = new_axes(WIDTH, 2.9)
    r, a, bodies = (np.asarray(values[name]) for name in ("r", "a", "body"))
    names = list(dict.fromkeys(bodies.tolist()))
    axes.set_xscale("log")
    for place, name in enumerate(names):
        mask = bodies == name
        own = a[mask] * r[mask] ** 2
        left = np.abs(own / own.mean() - 1)
        # Within its row a point lies by its distance from the Sun, so that points do not hide each other.
        along = (r[mask] - r[mask].min()) / np.ptp(r[mask]) - 0.5
        dots(axes, np.clip(left, 1e-8, None), place + 0.6 * along, MUTED, 1.4)
        axes.plot(np.sqrt((left**2).mean()), place, "o", color=ACCENT, markersize=5.5, zorder=4)
    logarithmic(axes.xaxis, 1e-8, 1e-1, most=8)
    axes.set_xlim(7e-9, 0.2)
    axes.set_yticks(range(len(names)), [str(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("departure from its own law, relative")
    return axes


@styled
def law_spectrum(values: Arrays, delta: float) -> Axes:
    """Defects of the 13 candidate fields of the law of force, with errors, beside those of Kepler's law exactly."""
    axes = new_axes(WIDTH, 2.9)
    axes.set_yscale("log")
    value, error, exact = (np.asarray(values[name], dtype=float) for name in ("value", "error", "exact"))
    place = np.arange(1, len(value) + 1)
    shown = exact > 1e-9
    axes.plot(
        place[shown],
        exact[shown],
        "D",
        markersize=7.5,
        markerfacecolor="none",
        markeredgecolor=MUTED,
        label="Kepler's law exactly",
    )
    kept = value <= delta
    lower = np.minimum(error, 0.9 * value)
    for mask, colour, label in ((kept, ACCENT, "symmetry"), (~kept, MUTED, "no symmetry")):
        axes.errorbar(
            place[mask],
            value[mask],
            yerr=[lower[mask], error[mask]],
            fmt="o",
            color=colour,
            markersize=4.5,
            elinewidth=1.3,
            label=label,
        )
    tolerance_line(axes, delta, f"δ = {number(delta)}")
    axes.set_ylim(float(value.min()) / 8, 6)
    logarithmic(axes.yaxis, float(value.min()) / 5, 1.0)
    axes.set_xticks(range(1, len(value) + 1, 2))
    axes.grid(visible=False, axis="x")
    axes.set_xlabel("candidate field, sorted")
    axes.set_ylabel("relative defect")
    axes.legend(loc="lower right", handletextpad=0.2)
    return axes


@styled
def orbits(values: Arrays) -> Axes:
    """The positions in the mean plane of the orbits, distances on a logarithmic scale from the Sun outwards."""
    axes = new_axes(WIDTH, WIDTH)
    x, y, bodies = (np.asarray(values[name]) for name in ("x", "y", "body"))
    r = np.hypot(x, y)
    scaled = np.log10(r / 0.15)
    dots(axes, x / r * scaled, y / r * scaled, ACCENT, 1.8)
    for distance in (1, 10):
        circle = np.linspace(0, 2 * np.pi, 200)
        reach = np.log10(distance / 0.15)
        axes.plot(reach * np.cos(circle), reach * np.sin(circle), color=GRID, linewidth=0.8, zorder=0)
        axes.annotate(
            f"{distance} au",
            (0, -reach),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=8,
            color=MUTED,
        )
    axes.plot(0, 0, "o", markersize=5, markerfacecolor=PAPER, markeredgecolor=INK)
    names = list(dict.fromkeys(bodies.tolist()))
    for i, name in enumerate(names):
        # Each name on its own orbit, one after the other around the Sun, on a patch of paper.
        angle = np.pi * (0.75 - 1.5 * i / max(len(names) - 1, 1))
        reach = float(scaled[bodies == name].mean())
        axes.annotate(
            str(name),
            (reach * np.cos(angle), reach * np.sin(angle)),
            ha="center",
            va="center",
            fontsize=8.5,
            zorder=5,
            bbox={"boxstyle": "square,pad=0.15", "facecolor": PAPER, "edgecolor": "none"},
        )
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.02)
    return axes
