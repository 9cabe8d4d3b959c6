"""Whether averaging a model over a group will help, said from validation data before any test data are touched."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra.fields._allowed import AllowedGroup, allowed_group
from symmetra.fields._layout import FieldLayout
from symmetra.fields._moves import named
from symmetra.fields._trajectories import Trajectories
from symmetra.fields._vrmse import vrmse
from symmetra.groups import FiniteGroup
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

HELPS, HURTS, NOTHING, OPEN = "helps", "hurts", "changes nothing", "not decidable"
# Gains below it, relative to the loss, are rounding of float32 whatever a test says of them.
ROUNDING = 1e-4


@dataclass(frozen=True, eq=False)
class SubgroupTest:
    """What averaging over one subgroup does to the loss on validation data.

    Attributes:
        group: the subgroup.
        loss: VRMSE of the averaged model, its mean over windows and channels.
        gain: what is taken off the plain model's loss, as a part of it; negative where averaging hurts.
        interval: of the gain, 95 %.
        p: of the paired test that it is zero, two-sided, corrected for the number of subgroups (Holm).
        worse: share of the windows whose loss is higher than the plain model's by more than rounding.
        verdict: "helps", "hurts", "changes nothing" (but for rounding) or "not decidable".
    """

    group: FiniteGroup
    loss: float
    gain: float
    interval: tuple[float, float]
    p: float
    worse: float
    verdict: str


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """All subgroups of a group, tested on the same data; what :func:`diagnose` returns.

    Attributes:
        tests: one for each subgroup but the trivial one, by increasing order.
        plain: VRMSE of the model as it is.
        best: the subgroup with the lowest loss among those that help; the trivial one if none does.
        trajectories: how many independent ones there are: the n of the tests.
        windows: how many windows of them.
        losses: VRMSE of every window, ``[1 + tests, windows]``, float64: of the plain model, then in the order of the
            tests. Those of one trajectory follow each other.
    """

    tests: tuple[SubgroupTest, ...]
    plain: float
    best: FiniteGroup
    trajectories: int
    windows: int
    losses: Tensor

    def of(self, group: Any) -> SubgroupTest:
        """The test of a subgroup, given as a group with the same elements."""
        for test in self.tests:
            if test.group.order == group.order and all(test.group.contains(g) for g in group.components):
                return test
        raise InputError("group", describe(group), "a subgroup other than the trivial one", "one of tests")

    def rows(self) -> list[dict[str, Any]]:
        """One a subgroup."""
        return [
            {"group": test.group.name, "order": test.group.order, "VRMSE": test.loss, "gain": test.gain,
             "low": test.interval[0], "high": test.interval[1], "p": test.p, "windows worse": test.worse,
             "averaging": test.verdict}
            for test in self.tests
        ]  # fmt: skip

    def __str__(self) -> str:
        lines = [f"plain: VRMSE {self.plain:.4g}, {self.windows} windows of {self.trajectories} trajectories"]
        for test in self.tests:
            low, high = (f"{100 * bound:+.1f}" for bound in test.interval)
            size = f"gain {100 * test.gain:+.1f} % ({low} … {high}), p = {test.p:.2g}, {100 * test.worse:.0f} % worse"
            lines.append(f"{test.group.name}, order {test.group.order}: {size}: {test.verdict}")
        return "\n".join([*lines, f"best: {self.best.name}, order {self.best.order}"])


def diagnose(
    model: Any,
    data: Any,
    group: Any = None,
    *,
    history: Any = 1,
    stride: Any = 1,
    layout: Any = None,
    batch: Any = 16,
    device: Any = None,
    level: Any = 0.05,
    progress: Any = None,
) -> Diagnosis:
    """Test on held-out data, for every subgroup, whether averaging the model over it lowers the one-step VRMSE.

    The model is called once for each element and window; every subgroup's mean comes from the same outputs. Windows of
    one trajectory are alike, so the paired test (Student's t of the differences) is over trajectories. Data that were
    trained on say nothing.

    Args:
        model: from inputs ``[batch, channels, *extents]`` to the next step, in physical units; see
            :class:`symmetra.enforce.PhysicalUnits`.
        data: :class:`Trajectories`; or a pair ``(inputs, targets)`` of independent samples, with their ``layout``.
        group: whose subgroups are tried; by default what the metadata of the data admit.
        history: steps that the model is given.
        stride: steps from one window of a trajectory to the next.
        layout: of the inputs of a pair.
        batch: windows at once.
        device: where the model is.
        level: of the verdicts.
        progress: called with the windows done, all of them, and a word.

    Raises:
        InputError: fewer than two trajectories, or a group of more than 200 elements.
    """
    from symmetra.enforce import average

    if not isinstance(level, float) or not 0 < level < 1:
        raise InputError("level", describe(level), "between 0 and 1", "level=0.05")
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise InputError("batch", describe(batch), "a whole number ≥ 1", "batch=16")
    layout, batches, windows, units, group = _prepared(data, group, history, stride, layout, batch)
    if units < 2:
        raise InputError("data", f"{units} trajectory", "two or more, which alone tell chance from gain")
    averaged = average(model, layout.action(group), layout.output.action(group), batched=True)
    subgroups = [_named(subgroup, layout.axes) for subgroup in group.subgroups()]
    shares = torch.tensor([[float(s.contains(g)) / s.order for g in averaged.elements] for s in subgroups])
    losses = []
    with torch.no_grad():
        for x, y in batches:
            orbit = averaged.orbit(x.to(device))
            losses.append(torch.stack([_loss(share, orbit, y.to(device), layout) for share in shares.double()]))
            if progress is not None:
                progress(sum(part.shape[1] for part in losses), windows, "guard")
    found = torch.cat(losses, 1).cpu().numpy()  # [subgroups, windows], the trivial subgroup first
    return _judged(subgroups, found, units, level)


def _prepared(
    data: Any, group: Any, history: Any, stride: Any, layout: Any, batch: int
) -> tuple[FieldLayout, Iterator[tuple[Tensor, Tensor]], int, int, FiniteGroup]:
    batches: Iterator[tuple[Tensor, Tensor]]
    if isinstance(data, Trajectories):
        layout, units = data.layout(history), len(data)
        batches = ((x, y[:, 0]) for x, y in data.batches(history, 1, stride, batch))
        windows = len(data.places(history, 1, stride))
        group = allowed_group(data.metadata) if group is None else group
    elif isinstance(data, tuple) and len(data) == 2 and isinstance(layout, FieldLayout) and group is not None:
        batches, units = zip(data[0].split(batch), data[1].split(batch), strict=True), len(data[0])
        windows = units
    else:
        expected = "Trajectories, or (inputs, targets) with a layout and a group"
        raise InputError("data", describe(data), expected, "diagnose(model, read(path), history=4)")
    return layout, batches, windows, units, group.group if isinstance(group, AllowedGroup) else group


def _named(group: FiniteGroup, axes: tuple[str, ...]) -> FiniteGroup:
    return named([SignedAxes.of_matrix(g) for g in group.elements], axes)


def _loss(share: Tensor, orbit: Tensor, y: Tensor, layout: FieldLayout) -> Tensor:
    """VRMSE ``[batch]`` of the mean over some elements, averaged over channels."""
    mean = torch.tensordot(share.to(orbit.device), orbit.double(), 1)
    return vrmse(mean, y, layout.dims, layout.channels_last).mean(-1)


def _judged(groups: list[FiniteGroup], losses: np.ndarray, units: int, level: float) -> Diagnosis:
    """The paired test of every subgroup."""
    from symmetra.linalg._distributions import f_tail, student_quantile

    plain = losses[0]
    gains = (plain - losses[1:]).reshape(len(losses) - 1, units, -1).mean(2) / plain.mean()
    means, errors = gains.mean(1), gains.std(1, ddof=1) / math.sqrt(units)
    with np.errstate(divide="ignore", invalid="ignore"):
        single = np.where(errors > 0, f_tail((means / errors) ** 2, 1, units - 1), np.where(means == 0, 1.0, 0.0))
    p = _holm(single)
    reach = student_quantile(0.975, units - 1) * errors
    tests = tuple(
        SubgroupTest(
            group=groups[i + 1],
            loss=float(losses[i + 1].mean()),
            gain=float(means[i]),
            interval=(float(means[i] - reach[i]), float(means[i] + reach[i])),
            p=float(p[i]),
            worse=float((losses[i + 1] > plain * (1 + ROUNDING)).mean()),
            verdict=_verdict(means[i], reach[i], p[i], level),
        )
        for i in range(len(means))
    )
    helping = [test for test in tests if test.verdict == HELPS]
    best = min(helping, key=lambda test: test.loss).group if helping else groups[0]
    return Diagnosis(tests, float(plain.mean()), best, units, losses.shape[1], torch.from_numpy(losses))


def _verdict(mean: float, reach: float, p: float, level: float) -> str:
    if abs(mean) + reach < ROUNDING:
        return NOTHING
    return OPEN if p >= level else HELPS if mean > 0 else HURTS


def _holm(p: np.ndarray) -> np.ndarray:
    """Corrected for their number (Holm 1979)."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(steps, 1.0)
    return corrected
