"""Errors by leaving out one span of time after the other, for all bodies at once.

Departures from Kepler's law are pulls of other planets: not noise, correlated in time and between bodies. Leaving out
whole spans of time respects both. The jackknife's variance is too large on average rather than too small (Efron and
Stein, Ann. Statist. 9 (1981) 586); intervals use Student's t with one degree of freedom a span, less one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from symmetra.linalg._distributions import student_quantile


@dataclass(frozen=True, eq=False)
class Jackknife:
    """An estimate with its deviations when a block is left out.

    Attributes:
        value: the estimate from everything, any shape.
        deviations: ``[G, ...]``, estimates without one block, minus their mean, times sqrt((G − 1)/G).
    """

    value: np.ndarray
    deviations: np.ndarray

    @property
    def error(self) -> np.ndarray:
        """Standard error, the shape of the value."""
        return np.asarray(np.sqrt((self.deviations**2).sum(0)))

    def factor(self, alpha: float) -> float:
        """How many standard errors an upper bound at confidence 1 − alpha lies above."""
        return student_quantile(1 - alpha, len(self.deviations) - 1)

    def interval(self, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Two-sided interval at confidence 1 − alpha."""
        half = self.factor(alpha / 2) * self.error
        return np.asarray(self.value - half), np.asarray(self.value + half)


def jackknife(estimate: Callable[[np.ndarray], np.ndarray], blocks: np.ndarray) -> Jackknife:
    """Estimates from all samples and from all but one block.

    Args:
        estimate: from a mask ``[N]`` of samples to an array.
        blocks: ``[N]``, the block of each sample.
    """
    value = np.asarray(estimate(np.ones(len(blocks), dtype=bool)), dtype=float)
    names = np.unique(blocks)
    without = np.stack([np.asarray(estimate(blocks != name), dtype=float) for name in names])
    spread = np.sqrt((len(names) - 1) / len(names))
    return Jackknife(value, np.asarray(spread * (without - without.mean(0))))
