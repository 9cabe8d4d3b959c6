"""Intervals at 95 %: of a mean, of a difference, of a ratio of geometric means, of anything by resampling."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Sequence

Interval = tuple[float, float, float]


def mean(values: Sequence[float]) -> Interval:
    """The mean and Student's interval.

    >>> [round(v, 3) for v in mean([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    from scipy.stats import t

    middle = statistics.fmean(values)
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return middle, -math.inf, math.inf
    reach = float(t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return middle, middle - reach, middle + reach


def difference(first: Sequence[float], second: Sequence[float]) -> Interval:
    """The difference of two means and Welch's interval."""
    from scipy.stats import t

    middle = statistics.fmean(first) - statistics.fmean(second)
    if min(len(first), len(second)) < 2 or not all(map(math.isfinite, (*first, *second))):
        return middle, -math.inf, math.inf
    parts = [statistics.variance(values) / len(values) for values in (first, second)]
    if not sum(parts):
        return middle, middle, middle
    freedom = sum(parts) ** 2 / sum(p**2 / (len(v) - 1) for p, v in zip(parts, (first, second), strict=True))
    reach = float(t.ppf(0.975, freedom)) * math.sqrt(sum(parts))
    return middle, middle - reach, middle + reach


def ratio(first: Sequence[float], second: Sequence[float]) -> Interval:
    """The ratio of two geometric means of positive values and Welch's interval of their logarithms.

    >>> [round(v, 3) for v in ratio([20.0, 20.0], [2.0, 2.0])]
    [10.0, 10.0, 10.0]
    """
    if not all(map(math.isfinite, (*first, *second))):
        return math.inf, 0.0, math.inf
    logs = [[math.log(max(value, 1e-300)) for value in values] for values in (first, second)]
    middle, low, high = difference(*logs)
    return math.exp(middle), math.exp(max(low, -700.0)), math.exp(min(high, 700.0))


def bootstrap(
    statistic: Callable[[Sequence[float], Sequence[float]], float], *samples: Sequence[float], draws: int = 2000
) -> Interval:
    """A statistic of two samples and the percentile interval over resampling each of them, by a fixed seed."""
    source = random.Random(0)
    values = sorted(statistic(*(source.choices(sample, k=len(sample)) for sample in samples)) for _ in range(draws))
    return statistic(*samples), values[round(0.025 * draws)], values[round(0.975 * draws) - 1]
