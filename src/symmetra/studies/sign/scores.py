"""The area under the ROC curve, and intervals at 95 % for means over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import torch
from torch import Tensor


def area(positive: Tensor, negative: Tensor) -> float:
    """The probability that a link scores higher than a pair without one, ties counted half.

    >>> area(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 0.0]))
    0.875
    """
    _, place = torch.cat([positive, negative]).unique(return_inverse=True)
    links, others = (
        torch.bincount(part, minlength=int(place.max()) + 1).double()
        for part in place.split([len(positive), len(negative)])
    )
    return float((links * (others.cumsum(0) - others / 2)).sum() / (len(positive) * len(negative)))


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean of independent values and its 95 % interval by Student's t.

    >>> [round(value, 3) for value in interval([1.0, 2.0, 3.0])]
    [2.0, -0.484, 4.484]
    """
    from scipy.stats import t

    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, -math.inf, math.inf
    reach = float(t.ppf(0.975, len(values) - 1)) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - reach, mean + reach


def difference(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """The mean difference of paired values with its interval."""
    return interval([a - b for a, b in zip(ours, theirs, strict=True)])
