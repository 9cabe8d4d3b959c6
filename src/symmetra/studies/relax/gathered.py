"""Results of the units put together: by method, by size, by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from symmetra.studies.runner.intervals import paired_ratio

Results = Mapping[str, dict[str, Any]]


def toy(results: Results, data: str, name: str, quantity: str) -> dict[int, Any]:
    """A quantity of a method on one kind of data, by draw."""
    return _by_seed(results, f"toy/{data}/{name}", quantity)


def toy_data(results: Results) -> list[str]:
    """The kinds of data that were run, symmetric first."""
    found = {key.split("/")[1] for key in results if key.startswith("toy/")}
    return sorted(found, key=lambda data: (data != "symmetric", data))


def bodies(results: Results, arm: str, size: int, quantity: str = "test", part: str = "bodies") -> dict[int, Any]:
    """A quantity of an arm at one size of the training set, by seed."""
    return _by_seed(results, f"{part}/n{size}/{arm}", quantity)


def sizes(results: Results, part: str = "bodies") -> list[int]:
    """The sizes of the training set that were run."""
    found = {key.split("/")[1][1:] for key in results if key.startswith(f"{part}/n")}
    return sorted(int(size) for size in found)


def shapes(results: Results, arm: str, quantity: str = "accuracy") -> dict[int, Any]:
    """A quantity of a classifier, by seed."""
    return _by_seed(results, f"shapes/{arm}", quantity)


def _by_seed(results: Results, prefix: str, quantity: str) -> dict[int, Any]:
    found = {}
    for key, value in results.items():
        start, _, seed = key.rpartition("/seed")
        if start == prefix and value.get(quantity) is not None:
            found[int(seed)] = value[quantity]
    return dict(sorted(found.items()))


def paired(ours: Mapping[int, float], others: Mapping[int, float]) -> tuple[list[float], list[float]]:
    """The values of the seeds that both have."""
    common = [seed for seed in ours if seed in others]
    return [ours[seed] for seed in common], [others[seed] for seed in common]


def ratio(ours: Mapping[int, float], others: Mapping[int, float]) -> tuple[float, float, float] | None:
    """The geometric mean of the ratio, paired by seed, with its 95 % interval; None without a common seed.

    >>> ratio({0: 1.0, 1: 2.0}, {1: 4.0, 0: 2.0})
    (0.5, 0.5, 0.5)
    """
    above, below = paired(ours, others)
    if not above:
        return None
    return paired_ratio(above, below)


def words(interval: tuple[float, float, float] | None) -> str:
    """A ratio or a mean with its interval."""
    if interval is None:
        return ""
    middle, low, high = interval
    if not math.isfinite(low) or (low < 1e-9 and high > 1e9):
        return f"{middle:.3g} (one seed)"
    return f"{middle:.3g} [{low:.3g}, {high:.3g}]"
