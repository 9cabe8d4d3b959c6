"""The compiled steps: the same as a slow twin bit by bit, and in detailed balance state by state."""

from __future__ import annotations

import math

import numpy as np
import pytest

from symmetra.lattice._chain import Chain, Model, tables
from symmetra.lattice._generator import streams
from symmetra.lattice._links import sweep_links
from symmetra.lattice._weights import ratios
from symmetra.lattice._worm import worms

from .twin import Box, Words


@pytest.mark.parametrize(
    ("extents", "eta", "lam", "mu"),
    [((2, 2), 4.01, 1.0, 1.0), ((4, 3), 4.25, 0.0, 0.3), ((3, 2, 2), 6.1, 0.5, -0.7), ((2, 2, 2, 2), 8.5, 1.0, 0.4)],
)
def test_compiled_steps_are_those_of_the_twin(extents, eta, lam, mu):
    model, opening = Model(extents, eta, lam, mu), 0.8
    table, chain = tables(model, 512), Chain.cold(model, streams(5, 1)[0])
    box, words = Box(extents, ratios(eta, lam, 512), mu, opening), Words(chain.words)
    seen = np.zeros(2)
    for _ in range(40):
        for _ in range(10):
            box.worm(words)
            worms(
                chain.k, chain.l, chain.half, table.around, table.site, table.inverse, table.boost, opening,
                chain.words, 1, None, 0, None, 0,
            )  # fmt: skip
        box.sweep(words)
        sweep_links(chain.k, chain.l, chain.half, table.around, table.site, table.inverse, chain.words)
        assert [int(w) for w in chain.words] == words.s
        assert chain.k.tolist() == list(box.k.values())
        assert chain.l.tolist() == list(box.l.values())
        assert chain.half.tolist() == [box.half(x) for x in box.sites]
        seen += chain.k.any(), chain.l.any()
    assert seen.all()


def test_detailed_balance_by_enumeration():
    """Every state of 2 × 2 sites within F ≤ 4 and Σ l ≤ 1: π_i P_ij = π_j P_ji, and π P = π of the whole kernel."""
    box = Box((2, 2), ratios(4.01, 1.0, 64), 0.9, 0.7)
    index, weight, entries, links = {}, [], {}, {}
    load(box, (((0,) * 8), ((0,) * 8), None))
    pending = [box.state()]
    index[pending[0]] = 0
    weight.append(box.log_weight())
    while pending:
        state = pending.pop()
        load(box, state)
        # A closed worm starts anywhere: 1/N in the choice of the site is the N in the weight of the closed state.
        starts = box.sites if state[2] is None else [box.head]
        moves = [(start, axis, sign) for start in starts for axis in (0, 1) for sign in (1, -1)]
        for start, axis, sign in moves:
            load(box, state, start)
            rate = box.step(axis, sign)
            if inside(box):
                target = found(box, index, weight, pending)
                key = (index[state], target)
                entries[key] = entries.get(key, 0.0) + min(1.0, rate) / len(moves)
        for link in box.k:
            for sign in (1, -1):
                load(box, state)
                rate = box.link_step(link, sign)
                if rate and inside(box):
                    links[index[state], found(box, index, weight, pending)] = min(1.0, rate) / 2
    assert len(weight) > 300
    pi = np.exp(np.array(weight) - max(weight))
    pi /= pi.sum()
    for kernel in (entries, links):
        assert len(kernel) > 1000
        for (i, j), p in kernel.items():
            assert math.isclose(pi[i] * p, pi[j] * kernel[j, i], rel_tol=1e-12)
    flow = np.zeros(len(pi))
    for (i, j), p in entries.items():
        flow[j] += pi[i] * p
        flow[i] -= pi[i] * p
    assert np.abs(flow).max() < 1e-12


def inside(box):
    return sum(box.l.values()) <= 1 and max(box.half(x) for x in box.sites) <= 2


def load(box, state, start=None):
    k, l, ends = state
    box.k.update(zip(box.k, k))
    box.l.update(zip(box.l, l))
    box.head, box.tail = ends if ends else (start or box.sites[0],) * 2


def found(box, index, weight, pending):
    state = box.state()
    if state not in index:
        index[state] = len(index)
        weight.append(box.log_weight())
        pending.append(state)
    return index[state]


def test_both_signs_of_an_axis_are_exactly_as_likely():
    from symmetra.lattice._worm import direction

    for axes in (2, 3, 4, 5):
        ways = [direction(np.uint64(bits), axes) for bits in range(2048)]
        counts = np.bincount(ways, minlength=2 * axes)
        assert (counts[::2] == counts[1::2]).all()
        assert counts.min() > 0 and len(counts) == 2 * axes
