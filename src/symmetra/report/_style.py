"""One look for every figure: quiet axes, one accent colour, colours that the page can change for a dark scheme."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symmetra.report._formula import SUPERSCRIPTS

# Each colour stands for a role; the page replaces the code by a CSS variable of that role (see _svg.py), and nothing
# else in a figure is drawn in these very colours.
INK, MUTED, GRID, PAPER = "#1c2128", "#68707b", "#dfe2e6", "#fffffe"
ACCENT, WARM, BAND = "#0b62a4", "#c4500c", "#e6eff7"
COLOURS = {"ink": INK, "muted": MUTED, "grid": GRID, "paper": PAPER, "accent": ACCENT, "warm": WARM, "band": BAND}
ROLES = {INK: "ink", MUTED: "muted", GRID: "line", PAPER: "paper", ACCENT: "accent", WARM: "warm", BAND: "band"}

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.edgecolor": MUTED,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
    "figure.facecolor": "none",
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "lines.linewidth": 1.4,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "symmetra",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}

P = ParamSpec("P")
R = TypeVar("R")


def style() -> AbstractContextManager[None]:
    """The settings of matplotlib under which figures are drawn; the user's own are left as they were."""
    return mpl.rc_context(_STYLE)


def styled(function: Callable[P, R]) -> Callable[P, R]:
    """Run a drawing function under `style`."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        with style():
            return function(*args, **kwargs)

    return wrapper


def new_axes(width: float = 4.4, height: float = 3.0, **options: Any) -> Axes:
    """Axes on a figure of their own, in inches, outside pyplot: nothing is shown or kept by matplotlib.

    The widest figure is 4.6 inches: on a telephone it then is still read without a lens.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.subplots(**options)


def power_of_ten(value: float, _position: int | None = None) -> str:
    """Tick label of a logarithmic axis as text, ``10⁻³``: text stays text in the SVG."""
    exponent = np.log10(value) if value > 0 else 0.0
    return f"10{str(round(exponent)).translate(SUPERSCRIPTS)}" if abs(exponent - round(exponent)) < 1e-6 else ""


def logarithmic(axis: Any, low: float, high: float, most: int = 6) -> None:
    """Label the decades of a log-scaled axis, every one or every second …, about ``most`` of them."""
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    step = max(1, int(np.ceil((last - first) / most)))
    axis.set_major_locator(mpl.ticker.FixedLocator([10.0**e for e in range(first, last + 1, step)]))
    axis.set_major_formatter(mpl.ticker.FuncFormatter(power_of_ten))
    axis.set_minor_locator(mpl.ticker.NullLocator())


def tolerance_line(axes: Axes, value: float, words: str) -> None:
    """A dashed line at a value, with its name at the right end."""
    axes.axhline(value, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        words,
        (0.99, value),
        xycoords=("axes fraction", "data"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
    )
