"""Generators drawn: as arrows in the plane, as three slices in space, as a matrix in more dimensions."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from symmetra.report._formula import number
from symmetra.report._style import ACCENT, INK, MUTED, WARM, new_axes, styled

Field = Callable[[np.ndarray], np.ndarray]
SLICES = ((0, 1), (1, 2), (2, 0))


def affine_field(matrix: np.ndarray) -> Field:
    """The vector field x ↦ A x + b of one ``[n, n+1]`` matrix, on rows ``[N, n]``."""
    return lambda x: x @ matrix[:, :-1].T + matrix[:, -1]


def torch_field(field: Callable[[torch.Tensor], torch.Tensor]) -> Field:
    """A vector field of the library on NumPy rows."""

    def on_rows(x: np.ndarray) -> np.ndarray:
        return np.asarray(torch.as_tensor(field(torch.as_tensor(x, dtype=torch.float64))).detach().numpy())

    return on_rows


def centre_of(matrix: np.ndarray | None, n: int) -> np.ndarray:
    """The fixed point of an affine field, or the origin where it has none: the picture is drawn around it."""
    if matrix is None:
        return np.zeros(n)
    linear, translation = matrix[:, :-1], matrix[:, -1]
    point, *_ = np.linalg.lstsq(linear, -translation, rcond=1e-8)
    misses = np.abs(linear @ point + translation).max() > 1e-6 * max(1e-300, np.abs(translation).max())
    return np.zeros(n) if misses else point


@styled
def plane_axes(
    field: Field,
    centre: np.ndarray,
    names: tuple[str, ...],
    plane: tuple[int, int] = (0, 1),
    radius: float = 1.0,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Arrows of a field in one coordinate plane through ``centre``.

    What points out of the plane, in three dimensions and more, is a circle: filled towards the reader, hollow away.
    """
    axes = ax if ax is not None else new_axes(2.35, 2.35)
    n, (i, j) = len(centre), plane
    steps = np.linspace(-1, 1, 7) * radius
    grid = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    points = np.tile(centre, (len(grid), 1)).astype(float)
    points[:, i] += grid[:, 0]
    points[:, j] += grid[:, 1]
    values = np.asarray(field(points), dtype=float)
    largest = max(float(np.linalg.norm(values, axis=1).max()), 1e-300)
    step = float(steps[1] - steps[0])
    arrows = values[:, [i, j]] / largest * step * 1.6
    visible = np.linalg.norm(arrows, axis=1) > 0.02 * step
    if visible.any():
        axes.quiver(
            points[visible, i],
            points[visible, j],
            arrows[visible, 0],
            arrows[visible, 1],
            color=ACCENT,
            angles="xy",
            scale_units="xy",
            scale=1,
            pivot="mid",
            width=0.011,
            headwidth=3.6,
            headlength=4.2,
            headaxislength=3.8,
        )
    outward = [m for m in range(n) if m not in plane]
    if outward and n == 3:
        # The right-handed normal of the planes (0,1), (1,2) and (2,0) is the third axis, positive.
        _normal_components(axes, points[:, [i, j]], values[:, outward[0]] / largest)
    axes.plot(centre[i], centre[j], marker="+", color=INK, markersize=7, markeredgewidth=1)
    reach = 1.22 * radius
    axes.set_xlim(centre[i] - reach, centre[i] + reach)
    axes.set_ylim(centre[j] - reach, centre[j] + reach)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(lambda value, _: number(round(float(value), 9), 3)))
    axes.set_xlabel(names[i], labelpad=1)
    axes.set_ylabel(names[j], labelpad=1, rotation=0)
    if title:
        axes.set_title(title)
    return axes


def _normal_components(axes: Axes, places: np.ndarray, values: np.ndarray) -> None:
    """Circles for what points out of the plane, in four sizes: few shapes keep the SVG small."""
    level = np.clip(np.ceil(np.abs(values) * 4), 0, 4).astype(int)
    level[np.abs(values) < 0.05] = 0
    for size in range(1, 5):
        for chosen, face in (((values > 0) & (level == size), WARM), ((values < 0) & (level == size), "none")):
            if chosen.any():
                axes.plot(
                    places[chosen, 0],
                    places[chosen, 1],
                    "o",
                    markersize=1.2 + 1.35 * size,
                    markerfacecolor=face,
                    markeredgecolor=WARM,
                    markeredgewidth=0.9,
                )


@styled
def matrix_axes(
    matrix: np.ndarray,
    rows: tuple[str, ...],
    columns: tuple[str, ...],
    title: str = "",
    ax: Axes | None = None,
    cell: float | None = None,
    scale: float | None = None,
) -> Axes:
    """A signed matrix as shaded cells with its numbers: blue is positive, orange negative, stronger is larger."""
    height, width = matrix.shape
    side = cell or (0.42 if max(height, width) <= 8 else max(0.12, 3.6 / max(height, width)))
    axes = ax if ax is not None else new_axes(0.75 + side * width, 0.55 + side * height)
    largest = scale or max(float(np.abs(matrix).max()), 1e-300)
    for a in range(height):
        for b in range(width):
            value = float(matrix[a, b]) / largest
            if abs(value) < 1e-4:
                axes.plot(b, a, ".", color=MUTED, markersize=1.5)
                continue
            axes.add_patch(
                Rectangle(
                    (b - 0.47, a - 0.47),
                    0.94,
                    0.94,
                    facecolor=ACCENT if value > 0 else WARM,
                    alpha=0.12 + 0.4 * abs(value),
                    linewidth=0,
                )
            )
            if side >= 0.34:
                axes.text(b, a, _short(float(matrix[a, b])), ha="center", va="center", fontsize=8.5)
    axes.set_xlim(-0.6, width - 0.4)
    axes.set_ylim(height - 0.4, -0.6)
    axes.set_aspect("equal")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for side_name in ("left", "bottom"):
        axes.spines[side_name].set_visible(False)
    axes.xaxis.tick_top()
    every_row, every_column = (max(1, int(np.ceil(0.17 / side))),) * 2
    axes.set_xticks(range(0, width, every_column), columns[::every_column])
    axes.set_yticks(range(0, height, every_row), rows[::every_row])
    if title:
        axes.set_title(title)
    return axes


def _short(value: float) -> str:
    if 0 < abs(value) < 0.005:
        return number(value, 1)
    text = f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−")
    return text.replace("0.", ".", 1) if text.lstrip("−").startswith("0.") else text
