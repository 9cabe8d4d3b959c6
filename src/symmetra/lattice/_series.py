"""Sweeps of one chain: worms, then l, then what is measured; all in one compiled call."""

from __future__ import annotations

from typing import Any

import numba

from symmetra.lattice._worm import sweep_links, worms


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def sweeps(
    k: Any,
    l: Any,
    half: Any,
    around: Any,
    up: Any,
    down: Any,
    inverse: Any,
    boost: Any,
    opening: Any,
    words: Any,
    count: Any,
    moves: Any,
    fixed: Any,
    series: Any,
) -> Any:
    """``len(series)`` sweeps of ``count`` worms and one pass over l; the other arguments are those of `worms`.

    The series ``[sweeps, 3]`` is filled with Σ k_t, Σ_x R and Σ_x (R R₊ − R²) after each sweep, where R = W(f+2)/W(f)
    and R₊ = W(f+4)/W(f+2).

    Returns:
        Proposals made, how often a worm opened, and the largest F/2 that was wanted.
    """
    proposals, opened, highest = 0, 0, 0
    sites = half.size
    axes = k.size // sites
    for row in range(series.shape[0]):
        made, began, top = worms(k, l, half, around, up, down, inverse, boost, opening, words, count, moves, fixed)
        proposals += made
        opened += began
        highest = max(highest, max(top, sweep_links(k, l, half, around, up, down, inverse, words)))
        charge, first, second = 0, 0.0, 0.0
        for site in range(sites):
            charge += k[site * axes]
            j = half[site]
            r = up[j]
            first += r
            second += r * (up[j + 1] - r)
        series[row, 0], series[row, 1], series[row, 2] = charge, first, second
    return proposals, opened, highest
