"""The worm of Prokof'ev and Svistunov for the flux k.

A state of the extended ensemble is a configuration with a head h and a tail t, of weight that of ⟨φ_h φ*_t⟩; the flux
is conserved but at these two. A step moves the head along a link and changes the flux there by one. With
F_x = Σ_ν (|k_{x,ν}| + |k_{x−ν,ν}| + 2(l_{x,ν} + l_{x−ν,ν})) + (1 at the head) + (1 at the tail), which is always even,
the weight is the product of the links' 1/((|k|+l)! l!) and e^{μk} with W(F_x) over the sites; ``half`` holds F/2.
Source: cond-mat/0103146, arXiv:1206.2954.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from symmetra.lattice._generator import advance, uniform


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def worms(
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
) -> Any:
    """Run ``count`` worms to their end.

    Args:
        k: flux ``[sites · d]``, link (x, ν) at x·d + ν, ν = 0 along time.
        l: the second, non-negative integers, in the same order.
        half: F/2 ``[sites]``.
        around: neighbours ``[sites · 2d]``, x + ν at 2dx + 2ν and x − ν at 2dx + 2ν + 1.
        up: W(2j+2)/W(2j).
        down: W(2j−2)/W(2j).
        inverse: 1/j.
        boost: e^{sμ} for the direction ν and the sign s, ``[2d]``.
        opening: the weight of open states against closed ones.
        words: of the generator, ``[4]``, in place.
        count: worms.
        moves: histogram ``[sites]`` of h − t over all states that were seen, or empty.
        fixed: whether the charge may not change: a worm that winds in time may then not close.

    Returns:
        Proposals made, how often a worm opened, and the largest F/2 that was wanted: one that the tables do not reach
        is refused.
    """
    a, b, c, d = words[0], words[1], words[2], words[3]
    sites = half.size
    degree = around.size // sites
    axes = degree // 2
    power_of_two = degree & (degree - 1) == 0
    mask = np.uint64(degree - 1)
    proposals, opened, highest = 0, 0, 0
    counting = moves.size > 0
    closing, limit = 1.0 / opening, up.size - 1
    for _ in range(count):
        bits, a, b, c, d = advance(a, b, c, d)
        tail = int(uniform(bits) * sites)
        head, apart, winding, is_open = tail, 0, 0, False
        while True:
            proposals += 1
            if counting:
                moves[apart] += 1
            bits, a, b, c, d = advance(a, b, c, d)
            if power_of_two:
                way = int(bits & mask)
            else:
                way = int(((bits & np.uint64(2047)) * np.uint64(degree)) >> np.uint64(11))
            there = int(around[head * degree + way])
            backward = way & 1
            link = (there if backward else head) * axes + (way >> 1)
            flux = int(k[link])
            new = flux + 1 - 2 * backward
            grows = abs(new) > abs(flux)
            rate = boost[way] * (inverse[abs(new) + l[link]] if grows else float(abs(flux) + l[link]))
            # Of F/2: the head's site loses its defect or, when a worm opens, gains one; the other way round at the end.
            here_gain = (1 if grows else 0) if not is_open else (0 if grows else -1)
            closes = is_open and there == tail
            there_gain = (0 if grows else -1) if closes else (1 if grows else 0)
            at_here, at_there = int(half[head]), int(half[there])
            if here_gain:
                rate *= up[at_here] if here_gain > 0 else down[at_here]
            if there_gain:
                rate *= up[at_there] if there_gain > 0 else down[at_there]
            turn = (1 - 2 * backward) if way < 2 else 0
            if closes:
                rate *= closing
                if fixed and winding + turn != 0:
                    rate = 0.0
            elif not is_open:
                rate *= opening
            if max(at_here, at_there) >= limit:
                highest, rate = limit + 1, 0.0
            if uniform(bits) < rate:
                k[link] = new
                half[head] = at_here + here_gain
                half[there] = at_there + there_gain
                highest = max(highest, max(at_here + here_gain, at_there + there_gain))
                winding += turn
                if closes:
                    break
                if counting:
                    apart = int(around[apart * degree + way])
                if not is_open:
                    is_open = True
                    opened += 1
                head = there
            elif not is_open:
                break
    words[0], words[1], words[2], words[3] = a, b, c, d
    return proposals, opened, highest


@numba.njit(nogil=True, cache=True, boundscheck=False, error_model="numpy")
def sweep_links(k: Any, l: Any, half: Any, around: Any, up: Any, down: Any, inverse: Any, words: Any) -> Any:
    """Try l ± 1 once on every link; the arguments are those of `worms`.

    Returns:
        The largest F/2 that was wanted.
    """
    a, b, c, d = words[0], words[1], words[2], words[3]
    sites = half.size
    degree = around.size // sites
    axes = degree // 2
    highest, limit = 0, up.size - 1
    for site in range(sites):
        mine = int(half[site])
        for axis in range(axes):
            there = int(around[site * degree + 2 * axis])
            link = site * axes + axis
            bits, a, b, c, d = advance(a, b, c, d)
            now, flux = int(l[link]), abs(int(k[link]))
            other = int(half[there])
            if bits & np.uint64(1):
                if max(mine, other) >= limit:
                    highest = limit + 1
                elif uniform(bits) < inverse[flux + now + 1] * inverse[now + 1] * up[mine] * up[other]:
                    l[link] = now + 1
                    mine += 1
                    half[there] = other + 1
                    highest = max(highest, max(mine, other + 1))
            elif now > 0 and uniform(bits) < float((flux + now) * now) * down[mine] * down[other]:
                l[link] = now - 1
                mine -= 1
                half[there] = other - 1
        half[site] = mine
    words[0], words[1], words[2], words[3] = a, b, c, d
    return highest
