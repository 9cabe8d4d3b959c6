"""Draw docs/assets/overview.png, the picture of the README, from three runs of the library."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas
import torch
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

import symmetra
from symmetra import candidates, discover, library

INK, MUTED, BLUE, ORANGE, BAND = "#1c2128", "#68707b", "#0b62a4", "#c4500c", "#e6eff7"
PLANETS = Path(symmetra.__file__).parent / "nbody" / "data" / "planets.csv"
NO_MARGIN = {"shrinkA": 0, "shrinkB": 0}
FIVE = ["Mercury", "Venus", "EMB", "Mars", "Jupiter"]


def ellipse(x: torch.Tensor) -> torch.Tensor:
    return (x[0] - 1) ** 2 + 4 * (x[1] - 1) ** 2


def interval(x: torch.Tensor) -> torch.Tensor:
    return x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - x[3] ** 2


def draw_field(axes: Axes) -> None:
    found = discover.function(ellipse, torch.randn(200, 2, dtype=torch.float64), candidates=candidates.affine(2))
    u, v = torch.meshgrid(torch.linspace(-1.4, 3.4, 240), torch.linspace(-0.62, 2.62, 180), indexing="xy")
    grid = torch.stack([u, v], -1).to(torch.float64)
    level = torch.func.vmap(ellipse)(grid.reshape(-1, 2)).reshape(u.shape)
    shade = LinearSegmentedColormap.from_list("shade", ["#cfe1f0", "#f4f8fb", "#ffffff"])
    axes.contourf(u, v, level, levels=np.linspace(0, 3.6, 13) ** 2, cmap=shade)
    axes.contour(u, v, level, levels=np.linspace(0.3, 3.6, 12) ** 2, colors=BLUE, linewidths=0.5, alpha=0.55)
    # The arcs are orbits: points moved by finite elements exp(tξ) of the group that was found.
    action = found.action()
    elements = action.group.exp(torch.linspace(0, 3.4, 60)[:, None, None] * action.group.generators[0])
    for size, angle in itertools.product((0.5, 1.0, 1.5, 2.0), (0.0, math.pi)):
        angle += 0.2 + 0.55 * size
        start = torch.tensor([1 + size * math.cos(angle), 1 + size / 2 * math.sin(angle)], dtype=torch.float64)
        orbit = action.transform(elements, start).numpy()
        axes.plot(*orbit.T, color=ORANGE, linewidth=1.7, solid_capstyle="round")
        axes.annotate(
            "", orbit[-1], orbit[-4],
            arrowprops={"arrowstyle": "-|>", "color": ORANGE, "linewidth": 1.7, "mutation_scale": 11} | NO_MARGIN,
        )  # fmt: skip
    axes.plot(1, 1, "o", color=ORANGE, markersize=3.5)
    axes.set(xlim=(-1.4, 3.4), ylim=(-0.62, 2.62), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title("a function, and the generator found for it", loc="left")
    axes.set_xlabel(f"ξ = {found.expressions()[0]}", color=ORANGE)


def draw_spectrum(axes: Axes, values: np.ndarray, null: int, trivial: int, title: str) -> None:
    """Values in ascending order without the trivial ones, the gap as a band."""
    shown = np.maximum(values[trivial:], 1e-17)
    index = np.arange(1, len(shown) + 1)
    k = null - trivial
    axes.set_yscale("log")
    axes.minorticks_off()
    axes.axhspan(shown[:k].max(), shown[k:].min(), color=BAND, linewidth=0)
    axes.scatter(index[k:], shown[k:], s=22, color=MUTED, linewidth=0)
    axes.scatter(index[:k], shown[:k], s=34, color=BLUE, linewidth=0, zorder=3)
    ratio = shown[k] / shown[k - 1]
    axes.annotate(
        f"gap {ratio:,.0f}×" if ratio < 1e5 else f"gap $10^{{{int(np.log10(ratio))}}}$",
        (0.97, np.sqrt(shown[k - 1] * shown[k])), xycoords=("axes fraction", "data"), ha="right", va="center",
        color=BLUE, fontsize=11,
    )  # fmt: skip
    axes.set_title(title, loc="left")
    axes.set_xlabel("direction, sorted")
    axes.grid(axis="y", color="#dfe2e6", linewidth=0.6)
    axes.set_axisbelow(True)


def draw_algebra(axes: Axes) -> None:
    found = discover.function(interval, torch.randn(400, 4, dtype=torch.float64), candidates=candidates.affine(4))
    spectrum = found.spectrum.numpy()
    draw_spectrum(axes, spectrum, found.dimension, found.trivial, "t² − x² − y² − z²: the algebra, by name")
    axes.annotate(found.name, (0.05, 0.56), xycoords="axes fraction", color=INK, fontsize=19)
    axes.annotate(
        f"{found.dimension} of {found.candidates.size} candidates",
        (0.05, 0.49),
        xycoords="axes fraction",
        color=MUTED,
        fontsize=9,
    )
    axes.set_ylabel("relative defect")


def draw_planets(axes: Axes) -> None:
    table = pandas.read_csv(PLANETS)
    table = table[table.body.isin(FIVE)]
    x = torch.tensor(table[["x", "y", "z", "vx", "vy", "vz"]].to_numpy())
    rate = torch.tensor(table[["vx", "vy", "vz", "ax", "ay", "az"]].to_numpy())
    terms = library.polynomial(6, 2) + library.named("1/r", lambda s: 1 / (s[:3] ** 2).sum().sqrt())
    found = discover.conserved(x, rate, terms, trajectories=table.body.tolist())
    draw_spectrum(axes, found.spectrum.numpy(), found.dimension, found.trivial, f"five planets: {found.name}")
    axes.annotate("energy and\nangular momentum", (4.9, 3.5e-4), color=BLUE, fontsize=9, va="top")
    axes.set_ylabel("change in a radian / spread")


def main() -> None:
    torch.manual_seed(0)
    plt.rcParams.update({
        "font.size": 9, "axes.titlesize": 10.5, "axes.titlecolor": INK, "axes.edgecolor": MUTED, "axes.linewidth": 0.7,
        "axes.spines.right": False, "axes.spines.top": False, "axes.labelcolor": MUTED, "xtick.color": MUTED,
        "ytick.color": MUTED, "axes.titlepad": 10,
    })  # fmt: skip
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(11.6, 3.3), layout="constrained", width_ratios=[1.25, 1, 1]
    )
    draw_field(left)
    draw_algebra(middle)
    draw_planets(right)
    figure.get_layout_engine().set(wspace=0.06)
    target = Path(__file__).parent / "assets" / "overview.png"
    figure.savefig(target, dpi=150, facecolor="white")
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
