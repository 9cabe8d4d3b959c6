"""A model before and after averaging, on the same windows of data: errors by field and horizon, and what costs less."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra.fields._diagnose import ROUNDING
from symmetra.fields._layout import FieldLayout
from symmetra.fields._trajectories import Trajectories
from symmetra.fields._vrmse import median, vrmse
from symmetra.inputs import InputError, describe

ALL = "all"


@dataclass(frozen=True, eq=False)
class Comparison:
    """The errors of a model and of its mean over a group; what :func:`compare` returns.

    Attributes:
        layout: of the inputs.
        horizons: the first and the last step of each.
        plain: VRMSE of the model as it is, ``[windows, steps, channels]``.
        averaged: of its mean over the group.
        spread: the root mean square of ``f_g(x) − Qf(x)`` at one step in units of the deviation of ``Qf(x)`` over
            space, ``[windows, channels]``. It needs no labels; ``spread²`` is what averaging takes off the square of
            the error where the prediction is as rough as the truth.
        trajectories: how many independent ones there are: the n of the intervals.
    """

    layout: FieldLayout
    horizons: tuple[tuple[int, int], ...]
    plain: Tensor
    averaged: Tensor
    spread: Tensor
    trajectories: int

    def rows(self) -> list[dict[str, Any]]:
        """One for each horizon and field, and for all fields: the mean over their channels.

        ``worse`` is the share of windows whose error rises by more than rounding.
        """
        found = []
        for first, last in self.horizons:
            for name, part in self._channels():
                before, after = (errors[:, first - 1 : last, part] for errors in (self.plain, self.averaged))
                gain, low, high = self._gain(before.mean((1, 2)), after.mean((1, 2)))
                found.append({
                    "field": name, "steps": f"{first}" if first == last else f"{first}:{last}",
                    "plain": float(before.mean()), "averaged": float(after.mean()),
                    "gain": gain, "low": low, "high": high,
                    "median plain": float(median(before).mean()), "median averaged": float(median(after).mean()),
                    "worse": float((after.mean((1, 2)) > before.mean((1, 2)) * (1 + ROUNDING)).double().mean()),
                    "spread": float(self.spread[:, part].mean()) if (first, last) == (1, 1) else None,
                })  # fmt: skip
        return found

    @property
    def expected(self) -> float:
        """The gain at one step that the spread lets expect, over all fields."""
        before = self.plain[:, 0]
        return 1 - float((before.square() - self.spread.square()).clamp(min=0).sqrt().mean() / before.mean())

    def _channels(self) -> list[tuple[str, slice]]:
        step = self.layout.output
        single = [(field.name, block[0]) for field, block in zip(step.fields, step.blocks, strict=True)]
        return [*single, (ALL, slice(None))] if len(single) > 1 else single

    def _gain(self, before: Tensor, after: Tensor) -> tuple[float, float, float]:
        """What is taken off the error, as a part of it, and its interval of 95 % over trajectories."""
        from symmetra.linalg._distributions import student_quantile

        n = self.trajectories
        gains = ((before - after).reshape(n, -1).mean(1) / before.mean()).numpy()
        mean = float(gains.mean())
        if n < 2 or not math.isfinite(mean):
            return mean, math.nan, math.nan
        reach = float(student_quantile(0.975, n - 1) * np.std(gains, ddof=1) / math.sqrt(n))
        return mean, mean - reach, mean + reach


def compare(
    averaged: Any,
    data: Any,
    *,
    history: Any = 1,
    horizons: Any = ((1, 1),),
    stride: Any = 1,
    mode: Any = "step",
    batch: Any = 16,
    device: Any = None,
    progress: Any = None,
) -> Comparison:
    """VRMSE of a model and of its mean over a group, on one-step predictions and rollouts.

    Args:
        averaged: what :func:`symmetra.enforce.average` made of a model in physical units.
        data: :class:`Trajectories` that neither training nor the choice of the group has seen.
        history: steps that the model is given.
        horizons: the first and the last step of each, ``((1, 1), (6, 12))``: errors are averaged over these steps.
        stride: steps from one window to the next.
        mode: ``"step"`` averages at every step, ``"trajectory"`` the rollouts from all places.
        batch: windows at once.
        device: where the model is.
        progress: called with the windows done, all of them, and a word.

    Raises:
        InputError: horizons that are none, or that trajectories are too short for.

    Example:
        >>> from symmetra.enforce import average
        >>> from symmetra.fields import generate
        >>> flow = generate("gray_scott", 2, extents=8, steps=3)
        >>> action = flow.layout().action("D4")
        >>> rows = compare(average(torch.nn.Conv2d(2, 2, 3, padding=1), action, action), flow).rows()
        >>> [row["field"] for row in rows]
        ['A', 'B', 'all']
    """
    if not isinstance(data, Trajectories):
        raise InputError("data", describe(data), "symmetra.fields.Trajectories", "read(path)")
    if not hasattr(averaged, "orbit"):
        raise InputError("averaged", describe(averaged), "an averaged model", "enforce.average(model, …)")
    spans = checked(horizons, mode)
    steps = max(last for _, last in spans)
    layout = data.layout(history)
    windows = len(data.places(history, steps, stride))
    errors: list[tuple[Tensor, ...]] = []
    with torch.no_grad():
        for x, y in data.batches(history, steps, stride, batch):
            start = x.to(device)
            plain, after, spread = rollouts(averaged, start, steps, layout, mode)
            truth = y.to(plain)
            parts = (*(_errors(found.transpose(0, 1), truth, layout.dims) for found in (plain, after)), spread)
            errors.append(tuple(part.nan_to_num(math.inf, math.inf).cpu() for part in parts))
            if progress is not None:
                progress(sum(len(part[0]) for part in errors), windows, "before and after")
    before, after, spread = (torch.cat(part) for part in zip(*errors))
    return Comparison(layout, spans, before, after, spread, len(data))


def rollouts(averaged: Any, x: Tensor, steps: int, layout: FieldLayout, mode: str) -> tuple[Tensor, Tensor, Tensor]:
    """Both ``[steps, batch, channels, *extents]``, and the spread of the first step, ``[batch, channels]``."""
    plain = _rolled(averaged.model, x, steps, layout)
    orbit = averaged.orbit(x)
    mean, axes = orbit.mean(0), tuple(range(-layout.dims, 0))
    spread = (orbit - mean).double().square().mean((0, *axes)) / (mean.double().var(axes) + 1e-7)
    if mode == "trajectory":
        after = averaged.rollout(x, steps, mode, layout.advance)
    else:
        after = torch.stack([mean, *_rolled(averaged, layout.advance(x, mean), steps - 1, layout)])
    return plain, after, spread.sqrt()


def checked(horizons: Any, mode: Any) -> tuple[tuple[int, int], ...]:
    """Pairs of whole numbers from 1, in order, and a mode that there is."""
    if mode not in ("step", "trajectory"):
        raise InputError("mode", describe(mode), "'step' or 'trajectory'", "mode='step'")
    spans = horizons if isinstance(horizons, list | tuple) else ()
    for span in spans:
        whole = isinstance(span, list | tuple) and len(span) == 2 and all(type(n) is int for n in span)
        if not whole or not 1 <= span[0] <= span[1]:
            spans = ()
    if not spans:
        raise InputError("horizons", describe(horizons), "pairs of a first and a last step", "((1, 1), (6, 12))")
    return tuple((first, last) for first, last in spans)


def _errors(found: Tensor, truth: Tensor, dims: int) -> Tensor:
    """VRMSE, infinite where a rollout has blown up."""
    lost = ~found.isfinite().flatten(-dims).all(-1)
    return vrmse(found.nan_to_num(0.0, 0.0, 0.0), truth, dims).masked_fill(lost, math.inf)


def _rolled(f: Any, x: Tensor, steps: int, layout: FieldLayout) -> Tensor:
    found = []
    for _ in range(steps):
        found.append(f(x))
        x = layout.advance(x, found[-1])
    return torch.stack(found) if found else x[:0]
