"""The ratio between two sets of instances with its interval, and where a curve crosses a level."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from symmetra.studies.runner import intervals


def ratio(above: Sequence[float], below: Sequence[float]) -> tuple[float, float, float]:
    """The ratio of two medians, and Welch's interval of the ratio of the geometric means.

    Args:
        above: positive values of independent instances.
        below: those they are compared with.

    >>> [round(float(value), 3) for value in ratio([20.0, 20.0, 20.0], [2.0, 2.0, 2.0])]
    [10.0, 10.0, 10.0]
    """
    middle = statistics.median(above) / statistics.median(below)
    return middle, *intervals.ratio(above, below)[1:]


def crossing(x: Sequence[float], y: Sequence[float], level: float) -> float | None:
    """Where a curve first comes up through a level, straight between its points; None if it does not.

    >>> round(crossing([0.0, 1.0, 2.0], [0.0, 0.0, 0.1], 0.05), 12)
    1.5
    """
    for left, right in zip(zip(x, y), list(zip(x, y))[1:]):
        if left[1] < level <= right[1]:
            return left[0] + (right[0] - left[0]) * (level - left[1]) / (right[1] - left[1])
    return None
