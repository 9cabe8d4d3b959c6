"""Results as people read them."""

from __future__ import annotations

from typing import Any


def rounded(value: Any, digits: int = 6) -> Any:
    """Numbers to some digits, in dicts and lists of any depth, for a journal that people can read.

    >>> rounded({"a": [1 / 3, 2], "b": (1e-20 / 7,)}, 3)
    {'a': [0.333, 2], 'b': [1.43e-21]}
    """
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value
