"""xoshiro256++ in four machine words, inlined into the loops that draw from it.

Blackman and Vigna, arXiv:1805.01407. A chain owns its four words, so that threads share nothing and an ensemble goes on
from a file exactly where it stopped.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numba
import numpy as np
from numpy.typing import NDArray

WORDS = numba.types.UniTuple(numba.uint64, 4)
SMALLEST = 2.0**-53


def streams(seed: int, count: int) -> NDArray[np.uint64]:
    """The words of ``count`` independent generators, ``[count, 4]``."""
    return np.stack([child.generate_state(4, np.uint64) for child in np.random.SeedSequence(seed).spawn(count)])


@numba.njit(inline="always")
@no_type_check
def advance(a: Any, b: Any, c: Any, d: Any) -> Any:
    """The next 64 random bits, and the words after them."""
    total = a + d
    bits = ((total << np.uint64(23)) | (total >> np.uint64(41))) + a
    shifted = b << np.uint64(17)
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << np.uint64(45)) | (d >> np.uint64(19))
    return bits, a, b, c, d


@numba.njit(inline="always")
@no_type_check
def uniform(bits: Any) -> Any:
    """A number in [0, 1) from the upper 53 bits; the lower 11 are free for small integers."""
    return float(bits >> np.uint64(11)) * SMALLEST
