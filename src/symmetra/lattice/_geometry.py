"""A periodic box of any dimension: sites numbered row-major, and their neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe


def check_extents(extents: Any) -> tuple[int, ...]:
    """The extents as a tuple, time first.

    Raises:
        InputError: fewer than two of them, or one below 2, where a link would join a site to itself.
    """
    valid = isinstance(extents, (tuple, list)) and len(extents) >= 2
    if not valid or not all(isinstance(n, int) and not isinstance(n, bool) for n in extents):
        raise InputError("extents", describe(extents), "two whole numbers or more, time first", "extents=(60, 4)")
    if min(extents) < 2:
        raise InputError("extents", f"{tuple(extents)}", "extents of at least 2", "extents=(60, 4)")
    return tuple(extents)


def neighbours(extents: tuple[int, ...]) -> NDArray[np.int32]:
    """The neighbours ``[sites, 2d]``: x + ν in column 2ν, x − ν in column 2ν + 1."""
    sites = np.arange(int(np.prod(extents)), dtype=np.int32).reshape(extents)
    columns = [np.roll(sites, -sign, axis).ravel() for axis in range(len(extents)) for sign in (1, -1)]
    return np.ascontiguousarray(np.stack(columns, axis=1))
