"""Intervals at 95 %: of a ratio between two sets of instances, of a share, of a crossing."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence


def ratio(above: Sequence[float], below: Sequence[float]) -> tuple[float, float, float]:
    """The ratio of two medians, and Welch's interval of the ratio of the geometric means.

    Args:
        above: positive values of independent instances.
        below: those they are compared with.

    >>> [round(float(value), 3) for value in ratio([20.0, 20.0, 20.0], [2.0, 2.0, 2.0])]
    [10.0, 10.0, 10.0]
    """
    from scipy.stats import t

    middle = statistics.median(above) / statistics.median(below)
    if len(above) < 2 or len(below) < 2 or not all(map(math.isfinite, (*above, *below))):
        return middle, 0.0, math.inf
    logs = [[math.log(max(value, 1e-300)) for value in values] for values in (above, below)]
    shift = statistics.fmean(logs[0]) - statistics.fmean(logs[1])
    parts = [statistics.variance(values) / len(values) for values in logs]
    spread = sum(parts)
    if not spread:
        return middle, math.exp(shift), math.exp(shift)
    freedom = spread**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, logs, strict=True))
    reach = float(t.ppf(0.975, freedom)) * math.sqrt(spread)
    return middle, math.exp(max(shift - reach, -700.0)), math.exp(min(shift + reach, 700.0))


def share(hits: int, trials: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share.

    >>> [round(value, 3) for value in share(5, 5)]
    [0.478, 1.0]
    """
    from scipy.stats import beta

    low = float(beta.ppf(0.025, hits, trials - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.975, hits + 1, trials - hits)) if hits < trials else 1.0


def crossing(x: Sequence[float], y: Sequence[float], level: float) -> float | None:
    """Where a curve first comes up through a level, straight between its points; None if it does not.

    >>> round(crossing([0.0, 1.0, 2.0], [0.0, 0.0, 0.1], 0.05), 12)
    1.5
    """
    for left, right in zip(zip(x, y), list(zip(x, y))[1:]):
        if left[1] < level <= right[1]:
            return left[0] + (right[0] - left[0]) * (level - left[1]) / (right[1] - left[1])
    return None
