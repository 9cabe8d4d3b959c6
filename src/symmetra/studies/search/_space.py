"""What is searched: lists of choices and ranges of numbers, by name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from symmetra.inputs import InputError, MissingExtra, describe

_EXPECTED = "a list of choices, or a range (low, high) or (low, high, 'log') of numbers"


class Space:
    """The settings that may be tried.

    Optuna stores choices that are numbers, words or nothing; any other choice (a list of layers, say) goes under its
    JSON text there.

    Args:
        space: for each name a list of choices, or a tuple ``(low, high)`` or ``(low, high, "log")``, whole numbers if
            both ends are.

    Attributes:
        distributions: those of Optuna, by name.
        size: the number of settings, infinite where a range is continuous.
    """

    def __init__(self, space: Any) -> None:
        if not isinstance(space, Mapping) or not space or not all(isinstance(name, str) for name in space):
            raise InputError("space", describe(space), "a dict of what may be chosen", '{"channels": [8, 16]}')
        self._choices = {name: _labels(name, entry) for name, entry in space.items() if isinstance(entry, list)}
        self.distributions = {name: _distribution(name, entry) for name, entry in space.items()}
        self.size = math.prod(map(_count, self.distributions.values()))

    @property
    def plain(self) -> str:
        """What tells this space from others, as text."""
        from optuna.distributions import distribution_to_json

        return json.dumps({name: json.loads(distribution_to_json(d)) for name, d in self.distributions.items()})

    def setting(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Optuna's parameters as the objective gets them, in the order of the space."""
        chosen = {name: params[name] for name in self.distributions}
        return chosen | {name: labels[params[name]] for name, labels in self._choices.items()}


def key(params: Mapping[str, Any]) -> str:
    """What two trials of the same setting have in common."""
    return json.dumps(params, sort_keys=True)


def _labels(name: str, choices: list[Any]) -> dict[Any, Any]:
    """The choices by what Optuna stores of them."""
    try:
        labels = {c if c is None or isinstance(c, bool | int | float | str) else json.dumps(c): c for c in choices}
    except TypeError as error:
        raise InputError(f"space[{name!r}]", describe(choices), "choices that JSON can hold") from error
    if not choices or len(labels) < len(choices):
        raise InputError(f"space[{name!r}]", describe(choices), "at least one choice, and none of them twice")
    return labels


def _distribution(name: str, entry: Any) -> Any:
    try:
        from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
    except ModuleNotFoundError as error:
        raise MissingExtra("optuna", "studies") from error
    if isinstance(entry, list):
        return CategoricalDistribution(list(_labels(name, entry)))
    if not isinstance(entry, tuple) or len(entry) < 2 or entry[2:] not in ((), ("log",)):
        advice = str(list(entry)) if isinstance(entry, tuple) else f"[{entry!r}]"
        raise InputError(f"space[{name!r}]", describe(entry), _EXPECTED, f"{advice} for choices")
    low, high = entry[:2]
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    log = len(entry) == 3
    if not numbers or not (-math.inf < low <= high < math.inf) or (log and low <= 0):
        raise InputError(f"space[{name!r}]", describe(entry), f"{_EXPECTED}, low ≤ high, of a logarithm above 0")
    whole = isinstance(low, int) and isinstance(high, int)
    return IntDistribution(low, high, log=log) if whole else FloatDistribution(float(low), float(high), log=log)


def _count(distribution: Any) -> int | float:
    if hasattr(distribution, "choices"):
        return len(distribution.choices)
    if distribution.single():
        return 1
    return math.inf if isinstance(distribution.low, float) else distribution.high - distribution.low + 1
