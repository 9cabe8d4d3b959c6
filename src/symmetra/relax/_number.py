"""Numbers that a user gives."""

from __future__ import annotations

import math
from typing import Any

from symmetra.inputs import InputError, describe


def number(name: str, value: Any, least: float = 0.0) -> float:
    """A finite number of at least ``least``.

    Raises:
        InputError: anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value < math.inf:
        expected = "a number" if least == -math.inf else "a number that is not negative"
        raise InputError(name, describe(value), expected)
    return float(value)
