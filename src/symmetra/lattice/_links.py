"""Local steps of l: every link is tried once, up or down by one."""

from __future__ import annotations

from typing import Any, no_type_check

import numba
import numpy as np

from symmetra.lattice._generator import advance, uniform
from symmetra.lattice._worm import U


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
@no_type_check
def sweep_links(k: Any, l: Any, half: Any, around: Any, site: Any, inverse: Any, words: Any) -> Any:
    """Try l ± 1 once on every link; the arguments are those of `worms`.

    Returns:
        The largest F/2 that was reached.
    """
    a, b, c, d = words[0], words[1], words[2], words[3]
    sites = half.size
    degree = around.size // sites
    axes = degree // 2
    highest = 0
    for x in range(sites):
        mine = int(half[U(x)])
        for axis in range(axes):
            there = int(around[U(x * degree + 2 * axis)])
            link = x * axes + axis
            bits, a, b, c, d = advance(a, b, c, d)
            now, flux = int(l[U(link)]), abs(int(k[U(link)]))
            other = int(half[U(there)])
            if bits & np.uint64(1):
                rate = inverse[U(flux + now + 1)] * inverse[U(now + 1)]
                if uniform(bits) < rate * site[U(3 * mine + 2)] * site[U(3 * other + 2)]:
                    l[U(link)] = now + 1
                    mine += 1
                    half[U(there)] = other + 1
                    highest = max(highest, max(mine, other + 1))
            elif now > 0 and uniform(bits) < float((flux + now) * now) * site[U(3 * mine)] * site[U(3 * other)]:
                l[U(link)] = now - 1
                mine -= 1
                half[U(there)] = other - 1
        half[U(x)] = mine
    words[0], words[1], words[2], words[3] = a, b, c, d
    return highest
