"""Chains run together: one chain is what is handed to a thread, a process or a machine."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.lattice._chain import Chain, Model, divergence, halves, tables
from symmetra.lattice._generator import streams
from symmetra.lattice._links import sweep_links
from symmetra.lattice._series import sweeps
from symmetra.lattice._worm import worms

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule:
    """How a chain is run.

    Attributes:
        opening: weight of open states against closed ones.
        worms: in a sweep.
        thermalisation: sweeps before the first measurement.
        separation: sweeps between two configurations that are kept.
        tau_int: of the slower of n and φ², in sweeps, from the pilot run.
    """

    opening: float = 1.0
    worms: int = 1
    thermalisation: int = 0
    separation: int = 1
    tau_int: float = 0.5


class Crew:
    """The chains of a model, and who moves them.

    Args:
        model: box and couplings.
        chains: as they stand.
        executor: to which chains are handed, or None for this thread.
        debug: check every invariant after every worm.
    """

    def __init__(self, model: Model, chains: list[Chain], executor: Executor | None, debug: bool = False) -> None:
        self.model, self.chains, self.executor, self.debug = model, chains, executor, debug

    @classmethod
    def cold(cls, model: Model, seed: int, count: int, executor: Executor | None) -> Crew:
        """``count`` chains without flux, each with its own stream."""
        return cls(model, [Chain.cold(model, words) for words in streams(seed, count)], executor)

    def run(
        self, schedule: Schedule, length: int, copies: int = 0
    ) -> tuple[Array, NDArray[np.int16], NDArray[np.int64]]:
        """``length`` sweeps of every chain.

        Returns:
            The series ``[chains, length, 3]``, k and l at ``copies`` equal distances
            ``[chains, copies, 2, sites · d]``, and what the histograms gained from one to the next
            ``[chains, copies, sites or 0]``.
        """
        go = partial(leg, self.model, schedule=schedule, length=length, copies=copies, debug=self.debug)
        done = list(map(go, self.chains) if self.executor is None else self.executor.map(go, self.chains))
        self.chains = [chain for chain, *_ in done]
        series, kept, seen = (np.stack(part) for part in list(zip(*done, strict=True))[1:])
        return series, kept, seen


def leg(
    model: Model, chain: Chain, schedule: Schedule, length: int, copies: int, debug: bool = False
) -> tuple[Chain, Array, NDArray[np.int16], NDArray[np.int64]]:
    """``length`` sweeps of one chain: where it ends, and what `Crew.run` says of it."""
    series = np.empty((length, 3))
    kept = np.empty((copies, 2, model.links), dtype=np.int16)
    seen = np.empty((copies, chain.moves.size), dtype=np.int64)
    while True:
        moved, table = chain.copy(), tables(model, chain.tables_size)
        state: tuple[Any, ...] = (moved.k, moved.l, moved.half, table.around, table.site, table.inverse)
        rest = (table.boost, schedule.opening, moved.words)
        if debug:
            done = _checked(model, moved, state, rest, schedule.worms, series, kept, seen)
        else:
            done = sweeps(*state, *rest, schedule.worms, histogram(moved), model.reach, series, kept, seen)
        if done[2] < table.size - 2:
            moved.counts[:3] += (done[0], done[1], length * schedule.worms)
            return moved, series, kept, np.diff(seen, axis=0, prepend=chain.moves[None])
        # Once more from where it was, with tables that reach further.
        chain = replace(chain, counts=chain.counts * np.array([1, 1, 1, 2]))


def _checked(
    model: Model,
    chain: Chain,
    state: Any,
    rest: Any,
    count: int,
    series: Array,
    kept: NDArray[np.int16],
    seen: NDArray[np.int64],
) -> tuple[int, int, int]:
    """What `sweeps` does, with the invariants looked at after every worm and every pass over l."""
    proposals, opened, highest = 0, 0, 0
    every = len(series) // len(kept) if len(kept) else len(series) + 1
    for row in range(len(series)):
        for _ in range(count):
            made, began, top, _ = worms(*state, *rest, 1, histogram(chain), model.reach, None, 0)
            proposals, opened, highest = proposals + made, opened + began, max(highest, top)
            assert_invariants(model, chain)
        top = sweep_links(*state, rest[-1])
        highest = max(highest, top)
        assert_invariants(model, chain)
        r = tables(model, chain.tables_size).site[2::3]
        here = chain.half.astype(np.int64)
        series[row] = chain.k[:: len(model.extents)].sum(), r[here].sum(), (r[here] * (r[here + 1] - r[here])).sum()
        if (row + 1) % every == 0:
            kept[(row + 1) // every - 1], seen[(row + 1) // every - 1] = (chain.k, chain.l), chain.moves
    return proposals, opened, highest


def histogram(chain: Chain) -> Any:
    """Where the moves of a chain are counted; None, for which other code is compiled, where they are not."""
    return chain.moves if chain.moves.size else None


def assert_invariants(model: Model, chain: Chain) -> None:
    """Raise if a closed configuration is not one.

    Raises:
        AssertionError: a flux that is not conserved, a negative l, an F that is odd or not the cached one, or a charge
            that differs between time slices or from the fixed one.
    """
    now = chain.configuration(model.extents)[None]
    axes = len(model.extents)
    assert not divergence(now).any(), "flux is not conserved"
    assert (now[:, axes:] >= 0).all(), "a negative l"
    flux = np.abs(now[:, :axes].astype(np.int64))
    f = np.asarray(sum(flux[:, a] + np.roll(flux[:, a], 1, a + 1) for a in range(axes)))
    assert not (f % 2).any(), "an odd F"
    assert (halves(now).ravel() == chain.half).all(), "the cached F is not that of k and l"
    charge = now[0, 0].reshape(model.extents[0], -1).sum(1)
    assert (charge == (charge[0] if model.charge is None else model.charge)).all(), f"charges {charge} on time slices"
