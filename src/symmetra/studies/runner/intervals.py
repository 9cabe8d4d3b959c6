"""Intervals at 95 %, for the verdicts of all studies: of means, differences, ratios, shares, and by resampling."""

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


def paired_ratio(first: Sequence[float], second: Sequence[float]) -> Interval:
    """The geometric mean of the ratios of paired positive values and Student's interval of their logarithms.

    >>> paired_ratio([1.0, 2.0], [2.0, 4.0])
    (0.5, 0.5, 0.5)
    """
    return _exponentials(mean([math.log(a / b) for a, b in zip(first, second, strict=True)]))


def paired_difference(first: Sequence[float], second: Sequence[float]) -> Interval:
    """The mean difference of paired values and Student's interval."""
    return mean([a - b for a, b in zip(first, second, strict=True)])


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
    return _exponentials(difference(*logs))


def share(hits: int, trials: int) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share.

    >>> [round(value, 3) for value in share(5, 5)]
    [0.478, 1.0]
    """
    from scipy.stats import beta

    low = float(beta.ppf(0.025, hits, trials - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.975, hits + 1, trials - hits)) if hits < trials else 1.0


def bootstrap(
    statistic: Callable[[Sequence[float], Sequence[float]], float], *samples: Sequence[float], draws: int = 2000
) -> Interval:
    """A statistic of two samples and the percentile interval over resampling each of them, by a fixed seed."""
    source = random.Random(0)
    values = sorted(statistic(*(source.choices(sample, k=len(sample)) for sample in samples)) for _ in range(draws))
    return statistic(*samples), values[round(0.025 * draws)], values[round(0.975 * draws) - 1]


def _exponentials(logarithms: Interval) -> Interval:
    middle, low, high = logarithms
    return math.exp(middle), math.exp(low) if low > -700 else 0.0, math.exp(high) if high < 700 else math.inf
