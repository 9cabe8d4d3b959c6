"""The worm of Prokof'ev and Svistunov for the flux k.

A state of the extended ensemble is a configuration with a head h and a tail t, of weight that of ⟨φ_t φ*_h⟩; the flux
is conserved but at these two. A step moves the head along a link and changes the flux there by one. With
F_x = Σ_ν (|k_{x,ν}| + |k_{x−ν,ν}| + 2(l_{x,ν} + l_{x−ν,ν})) + (1 at the head) + (1 at the tail), which is always even,
the weight is the product of the links' 1/((|k|+l)! l!) and e^{μk} with W(F_x) over the sites; ``half`` holds F/2.
A flux that grows in size adds one to F on both its sites, one that shrinks takes one away; the defect that the head
takes along, leaves at the tail or finds there makes up the even number.
Source: cond-mat/0103146, arXiv:1206.2954.
"""

from __future__ import annotations

from typing import Any, no_type_check

import numba
import numpy as np

from symmetra.lattice._generator import advance, uniform

U = np.uintp  # an index without a sign needs no look at whether it counts from the end


@numba.njit(inline="always")
@no_type_check
def direction(bits: Any, axes: Any) -> Any:
    """2ν for x + ν, 2ν + 1 for x − ν, from the lowest 11 bits: both signs of an axis are exactly as likely."""
    axis = int(((bits >> np.uint64(1)) & np.uint64(1023)) * np.uint64(axes) >> np.uint64(10))
    return 2 * axis + int(bits & np.uint64(1))


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
@no_type_check
def worms(
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
    path: Any,
    budget: Any,
) -> Any:
    """Run ``count`` worms to their end, or until open states have been visited ``budget`` times.

    Args:
        k: flux ``[sites · d]``, link (x, ν) at x·d + ν, ν = 0 along time.
        l: the second, non-negative integers, in the same order.
        half: F/2 ``[sites]``.
        around: neighbours ``[sites · 2d]``, x + ν at 2dx + 2ν and x − ν at 2dx + 2ν + 1.
        site: W(2j−2)/W(2j), 1 and W(2j+2)/W(2j) at 3j, 3j + 1 and 3j + 2.
        inverse: 1/j.
        boost: e^{sμ} for the direction ν and the sign s, ``[2d]``.
        opening: the weight of open states against closed ones.
        words: of the generator, ``[4]``, in place.
        count: worms.
        moves: histogram ``[sites]`` of h − t over all states that were seen, or None.
        reach: how far from its tail a head may get in time, so that it does not wind and change the charge; 0 for any.
        path: the sites from tail to head of the last worm, ``[budget + 1]``, or None.
        budget: visits to open states after which to stop, if there is a path.

    Returns:
        Proposals made, how often a worm opened, the largest F/2 that was reached (the tables end with a
        ratio of 0), and how many sites of ``path`` are filled: none unless the last worm is still open.
    """
    a, b, c, d = words[0], words[1], words[2], words[3]
    sites, degree = half.size, boost.size
    axes = degree // 2
    proposals, opened, highest, spent, length = 0, 0, 0, 0, 0
    closing = 1.0 / opening
    for _ in range(count):
        bits, a, b, c, d = advance(a, b, c, d)
        tail = int(uniform(bits) * sites)
        head, apart, winding, is_open = tail, 0, 0, 0
        while True:
            proposals += 1
            if moves is not None:
                moves[U(apart)] += 1
            bits, a, b, c, d = advance(a, b, c, d)
            way = direction(bits, axes)
            there = int(around[U(head * degree + way)])
            backward = way & 1
            link = (there if backward else head) * axes + (way >> 1)
            flux = int(k[U(link)])
            new = flux + 1 - 2 * backward
            grows = abs(new) > abs(flux)
            rate = boost[U(way)] * (inverse[abs(new) + l[U(link)]] if grows else float(abs(flux) + l[U(link)]))
            closes = is_open if there == tail else 0
            at_here, at_there = int(half[U(head)]), int(half[U(there)])
            new_here, new_there = at_here + grows - is_open, at_there + grows - closes
            rate *= site[U(2 * at_here + new_here + 1)] * site[U(2 * at_there + new_there + 1)]
            turn = (1 - 2 * backward) if way < 2 else 0
            if closes:
                rate *= closing
            elif not is_open:
                rate *= opening
            if reach > 0 and abs(winding + turn) > reach:
                rate = 0.0
            if uniform(bits) < rate:
                k[U(link)] = new
                half[U(head)] = new_here
                half[U(there)] = new_there
                highest = max(highest, max(new_here, new_there))
                winding += turn
                if closes:
                    length = 0
                    break
                if moves is not None:
                    apart = int(around[U(apart * degree + way)])
                if not is_open:
                    is_open = 1
                    opened += 1
                    if path is not None:
                        path[0], length = tail, 1
                head = there
                if path is not None:
                    path[length] = head
                    length += 1
            elif not is_open:
                break
            if path is not None:
                spent += is_open
                if spent == budget:
                    break
        if path is not None:
            if spent == budget:
                break
    words[0], words[1], words[2], words[3] = a, b, c, d
    return proposals, opened, highest, length
