"""``simulate``: an ensemble of independent enough configurations, with everything tuned and measured on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe
from symmetra.lattice._chain import Chain, Tables
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._generator import streams
from symmetra.lattice._geometry import check_extents
from symmetra.lattice._observables import evaluate
from symmetra.lattice._weights import check_couplings

Array = NDArray[np.float64]
_PILOT, _LONGEST = 200, 51_200  # sweeps a chain


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


def simulate(
    extents: Any,
    eta: Any,
    lam: Any,
    mu: Any = 0.0,
    *,
    samples: Any = 1000,
    chains: Any = 4,
    seed: Any = 0,
    charge: Any = None,
    correlator: bool = False,
    separation: Any = None,
    workers: int = 1,
    progress: Callable[[int, int, str], None] | None = None,
) -> Ensemble:
    """Configurations of the charged φ⁴ field at finite chemical potential in the flux representation.

    S = Σ_x [η|φ_x|² + λ|φ_x|⁴ − Σ_ν (e^{μδ_{νt}} φ*_x φ_{x+ν} + e^{−μδ_{νt}} φ*_x φ_{x−ν})], η = 2d + m²; periodic.
    The integers k and l have a positive weight at every μ. Worms move k (cond-mat/0103146, arXiv:1206.2954), local
    steps move l; how easily worms open, how many make a sweep, how long a chain settles and how many sweeps lie
    between two configurations follow from a pilot run. The same seed gives the same numbers on any number of threads.

    Args:
        extents: of the box, time first, each at least 2.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴, not negative.
        mu: chemical potential.
        samples: configurations in all chains, rounded up to a multiple of ``chains``.
        chains: independent Markov chains.
        seed: of the generators; every chain has its own stream.
        charge: keep the charge Σ_x k_t on a time slice at this value (the canonical ensemble; μ then plays no role).
        correlator: also collect ⟨φ_x φ*_y⟩ while worms are open.
        separation: sweeps between configurations, instead of 2 τ_int.
        workers: threads that share the chains.
        progress: called with (done, total, words).

    Returns:
        Configurations, the measured series, and the schedule; ``estimate("n")`` gives a value with its error.

    Raises:
        InputError: extents below 2, couplings without a finite weight, μ beyond the bound of the free theory.

    Example:
        >>> e = simulate((4, 4), 4.25, 0.0, 0.3, samples=400, seed=1)
        >>> bool(abs(e.estimate("n").value - 0.2073873) < 5 * e.estimate("n").error)
        True
    """
    extents = check_extents(extents)
    check_couplings(eta, lam)
    _check(extents, eta, lam, mu, samples, chains, seed, charge, separation)
    tables = Tables(extents, float(eta), float(lam), float(mu))
    fixed = charge is not None
    own = [Chain.cold(tables, words, charge or 0) for words in streams(seed, chains)]
    with ThreadPoolExecutor(max(1, workers)) as pool:
        crew = _Crew(tables, own, pool, fixed)
        schedule = _tune(crew, progress)
        if separation is not None:
            schedule = replace(schedule, separation=separation)
        if correlator:
            for chain in own:
                chain.moves = np.zeros(tables.sites, dtype=np.int64)
        each = -(-samples // chains)
        parts, kept = [], []
        for index in range(each):
            parts.append(crew.run(schedule.separation, schedule))
            kept.append(np.stack([chain.configuration(crew.tables) for chain in own]))
            if progress is not None:
                progress((index + 1) * chains, each * chains, "sampling")
    return Ensemble(
        extents=extents,
        eta=float(eta),
        lam=float(lam),
        mu=float(mu),
        seed=seed,
        charge=charge,
        configurations=np.stack(kept, axis=1).reshape(each * chains, 2 * len(extents), *extents),
        chain=np.repeat(np.arange(chains), each),
        series=np.concatenate(parts, axis=1),
        moves=np.sum([chain.moves for chain in own], axis=0) if correlator else None,
        schedule=schedule,
        proposals=sum(chain.proposals for chain in own),
    )


class _Crew:
    """The chains, run together; tables grow when a field outgrows them."""

    def __init__(self, tables: Tables, chains: list[Chain], pool: ThreadPoolExecutor, fixed: bool) -> None:
        self.tables, self.chains, self.pool, self.fixed = tables, chains, pool, fixed

    def run(self, length: int, schedule: Schedule) -> Array:
        """``length`` sweeps of every chain: the series ``[chains, length, 3]``."""

        def one(chain: Chain) -> Array:
            while True:
                before = replace(chain, **{n: getattr(chain, n).copy() for n in ("k", "l", "half", "words", "moves")})
                series = chain.run(self.tables, length, schedule.worms, schedule.opening, self.fixed)
                if series is not None:
                    return series
                # Once more from where it was, with tables that reach further.
                vars(chain).update(vars(before))
                self.tables = self.tables.larger()

        return np.stack(list(self.pool.map(one, self.chains)))


def _tune(crew: _Crew, progress: Callable[[int, int, str], None] | None) -> Schedule:
    """The schedule from pilot runs, during which the chains settle."""
    schedule = Schedule(worms=max(1, crew.tables.sites // 8))
    for _ in range(6):
        before = [(c.begun, c.opened, c.proposals) for c in crew.chains]
        crew.run(20, schedule)
        begun, opened, steps = (
            sum(getattr(c, n) - b[i] for c, b in zip(crew.chains, before))
            for i, n in enumerate(("begun", "opened", "proposals"))
        )
        # Half of the worms should open, and a sweep should try every link about once.
        opening = schedule.opening * min(max(0.5 * begun / max(opened, 1), 0.25), 4.0)
        worms = max(1, round(crew.tables.sites * crew.tables.axes * begun / steps))
        schedule = replace(schedule, opening=opening, worms=worms)
    length, tau = _PILOT, math.inf
    while True:
        series = crew.run(length, schedule)
        second = series[:, length // 4 :]
        tau = max(evaluate(name, second, crew.tables.sites).tau_int for name in ("n", "phi2"))
        if progress is not None:
            progress(0, 1, f"settling, tau_int {tau:.1f}")
        if (length * len(crew.chains) >= 200 * tau and length >= 20 * tau) or length >= _LONGEST:
            break
        length *= 2
    return replace(schedule, thermalisation=length, separation=max(1, math.ceil(2 * tau)), tau_int=tau)


def _check(
    extents: tuple[int, ...],
    eta: float,
    lam: float,
    mu: Any,
    samples: Any,
    chains: Any,
    seed: Any,
    charge: Any,
    gap: Any,
) -> None:
    if isinstance(mu, bool) or not isinstance(mu, (int, float)) or not math.isfinite(mu):
        raise InputError("mu", describe(mu), "a finite number", "mu=1.0")
    counts = (
        ("samples", samples, 1),
        ("chains", chains, 1),
        ("seed", seed, 0),
        ("separation", 1 if gap is None else gap, 1),
    )
    for name, value, least in counts:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise InputError(name, describe(value), f"a whole number of at least {least}")
    if charge is not None and (isinstance(charge, bool) or not isinstance(charge, int)):
        raise InputError("charge", describe(charge), "a whole number, or None for the grand canonical ensemble")
    if lam == 0 and charge is None:
        mass = eta - 2 * len(extents)
        bound = 2 * math.asinh(math.sqrt(max(mass, 0.0)) / 2)
        if mass <= 0 or abs(mu) >= bound:
            got = f"mu = {mu:g} with lam = 0 and eta = {eta:g}"
            expected = f"|mu| below {bound:.6g}, eta above {2 * len(extents)}: the free field condenses beyond"
            raise InputError("mu", got, expected, "lam=1.0")
