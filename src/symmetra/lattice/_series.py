"""Sweeps of one chain: worms, then l, then what is measured; all in one compiled call."""

from __future__ import annotations

from typing import Any, no_type_check

import numba

from symmetra.lattice._links import sweep_links
from symmetra.lattice._worm import worms


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
@no_type_check
def sweeps(
    k: Any,
    l: Any,
    half: Any,
    around: Any,
    site: Any,
    inverse: Any,
    boost: Any,
    opening: Any,
    words: Any,
    count: Any,
    moves: Any,
    reach: Any,
    series: Any,
    kept: Any,
    seen: Any,
) -> Any:
    """``len(series)`` sweeps of ``count`` worms and one pass over l; the other arguments are those of `worms`.

    The series ``[sweeps, 3]`` is filled with Σ k_t, Σ_x R and Σ_x (R R₊ − R²) after each sweep, where R = W(f+2)/W(f)
    and R₊ = W(f+4)/W(f+2). At equal distances k and l are copied to ``kept`` ``[copies, 2, sites · d]``, and ``moves``,
    where it is counted, to ``seen`` ``[copies, sites]``.

    Returns:
        Proposals made, how often a worm opened, and the largest F/2 that was reached.
    """
    proposals, opened, highest = 0, 0, 0
    sites = half.size
    axes = k.size // sites
    every = series.shape[0] // kept.shape[0] if kept.shape[0] > 0 else series.shape[0] + 1
    for row in range(series.shape[0]):
        made, began, top, _ = worms(
            k, l, half, around, site, inverse, boost, opening, words, count, moves, reach, None, 0
        )
        proposals += made
        opened += began
        highest = max(highest, max(top, sweep_links(k, l, half, around, site, inverse, words)))
        charge, first, second = 0, 0.0, 0.0
        for x in range(sites):
            charge += k[x * axes]
            j = 3 * half[x] + 2
            first += site[j]
            second += site[j] * (site[j + 3] - site[j])
        series[row, 0], series[row, 1], series[row, 2] = charge, first, second
        if (row + 1) % every == 0:
            kept[(row + 1) // every - 1, 0] = k
            kept[(row + 1) // every - 1, 1] = l
            if moves is not None:
                seen[(row + 1) // every - 1] = moves
    return proposals, opened, highest
