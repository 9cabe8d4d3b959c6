"""Predictions of a field beside the truth, with their errors below: one step, on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from symmetra.report._style import ACCENT, INK, WARM, styled

WIDTH = 4.1  # inches: two of them side by side fill a page


@styled
def field_panels(truth: Any, predictions: Mapping[str, Any], unit: str = "") -> Figure:
    """The truth and predictions of one field in a row, the size of their errors in a row below.

    Vectors and tensors are drawn by their length, their errors by the length of the difference. Of fields in space the
    middle layer of the last axis is drawn; fields on a line are curves.

    Args:
        truth: ``[components, *extents]``.
        predictions: by name, of the same shape.
        unit: what the colours of the first row mean.
    """
    found = {name: np.asarray(values, float) for name, values in predictions.items()}
    whole = np.asarray(truth, float)
    shown = {"truth": whole, **found}
    errors = {name: _length(values - whole, True) for name, values in found.items()}
    shown = {name: _length(values, False) for name, values in shown.items()}
    return _curves(shown, errors) if whole.ndim == 2 else _maps(shown, errors, unit)


def _length(values: np.ndarray, error: bool) -> np.ndarray:
    """One number a point: a scalar itself, else its length; of an error always its size."""
    one = len(values) == 1 and not error
    flat = values[0] if one else np.sqrt((values**2).sum(0))
    return flat[..., flat.shape[-1] // 2] if flat.ndim == 3 else flat


def _maps(shown: Mapping[str, np.ndarray], errors: Mapping[str, np.ndarray], unit: str) -> Figure:
    nx, ny = shown["truth"].shape
    width = WIDTH / len(shown)
    height = width * min(max(ny / nx, 0.4), 2.0)
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    figure = Figure(figsize=(WIDTH, 2 * height + 0.5), layout=layout)
    axes = figure.subplots(2, len(shown))
    low, high = float(shown["truth"].min()), float(shown["truth"].max())
    signed = low < 0 < high
    top = max(abs(low), abs(high)) or 1.0
    limits = {"cmap": "RdBu_r", "vmin": -top, "vmax": top} if signed else {"cmap": "viridis", "vmin": low, "vmax": high}
    most = max((float(np.nanmax(e, initial=0, where=np.isfinite(e))) for e in errors.values()), default=0) or 1.0
    drawn = [
        axes[0, i].imshow(v.T, origin="lower", interpolation="none", **limits) for i, v in enumerate(shown.values())
    ]
    wrong = [
        axes[1, i + 1].imshow(e.T, origin="lower", interpolation="none", cmap="magma", vmin=0, vmax=most)
        for i, e in enumerate(errors.values())
    ]
    for ax, name in zip(axes[0], shown):
        ax.set_title(name)
    for ax, name in zip(axes[1, 1:], errors):
        ax.set_xlabel(f"{name} − truth" if name != "truth" else name)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.grid(False)
        for spine in ax.spines.values():
            spine.set_visible(False)
    for place, (image, words) in enumerate(((drawn[0], unit or "value"), (wrong[0], "size of the error"))):
        where = axes[1, 0].inset_axes((0.0, 0.62 - 0.5 * place, 0.92, 0.1))
        bar = figure.colorbar(image, cax=where, orientation="horizontal")
        ticks = _ends(image.get_clim())
        bar.set_ticks(ticks, labels=[f"{tick:g}".replace("-", "−") for tick in ticks])
        bar.outline.set_visible(False)
        where.set_title(words, fontsize=8.5, pad=3)
        where.tick_params(labelsize=8, length=0)
    return figure


def _ends(limits: tuple[float, float]) -> list[float]:
    low, high = limits
    return [float(f"{low:.2g}"), float(f"{high:.2g}")] if low < high else [low]


def _curves(shown: Mapping[str, np.ndarray], errors: Mapping[str, np.ndarray]) -> Figure:
    figure = Figure(figsize=(WIDTH, 3.4), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2, 1])
    for (name, values), colour in zip(shown.items(), (INK, WARM, ACCENT)):
        upper.plot(values, label=name, color=colour)
        if name in errors:
            lower.plot(errors[name], color=colour)
    upper.legend(ncols=3)
    lower.set_ylabel("size of the error")
    return figure
