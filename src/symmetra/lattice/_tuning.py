"""The schedule of a run, from pilot runs in which the chains settle."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from symmetra.lattice._crew import Crew, Schedule
from symmetra.lattice._observables import evaluate

_PILOT, _LONGEST = 200, 51_200  # sweeps a chain
# A run is settled after 20 τ in every chain, and τ known to about 15 % after 400 of them in all.
_SETTLED, _SEEN = 20, 400
# Worm steps for every link and sweep. Effective samples of n and φ² per second have their maximum between 1 and 4, on
# boxes from 8² to 64² and 200 × 10 near and above the onset; 2 is within 15 % of the best of each.
_STEPS = 2


def tune(crew: Crew, progress: Callable[[int, int, str], None] | None) -> Schedule:
    """How easily worms open, how many make a sweep, how long the chains settle and how far copies lie apart."""
    links = crew.model.links
    schedule = Schedule(worms=max(1, links // 16))
    for _ in range(6):
        before = np.sum([chain.counts[:3] for chain in crew.chains], axis=0)
        crew.run(schedule, max(20, 2_000 // links))
        steps, opened, begun = np.sum([chain.counts[:3] for chain in crew.chains], axis=0) - before
        # Half of the worms should open.
        opening = schedule.opening * min(max(0.5 * begun / max(opened, 1), 0.25), 4.0)
        schedule = replace(schedule, opening=float(opening), worms=max(1, round(_STEPS * links * begun / steps)))
    series = crew.run(schedule, _PILOT)[0]
    while True:
        length = series.shape[1]
        tau = max(evaluate(name, series[:, length // 4 :], crew.model.sites).tau_int for name in ("n", "phi2"))
        if progress is not None:
            progress(0, 1, f"settling, tau_int {tau:.1f}")
        wanted = min(math.ceil(max(_SEEN * tau / len(crew.chains), _SETTLED * tau)), _LONGEST)
        if length >= wanted:
            return replace(schedule, thermalisation=length, separation=max(1, math.ceil(2 * tau)), tau_int=tau)
        # Not more than as much again, for a first estimate, from chains on their way, may be far off.
        more = max(min(wanted - length, length), length // 4)
        series = np.concatenate([series, crew.run(schedule, more)[0]], axis=1)
