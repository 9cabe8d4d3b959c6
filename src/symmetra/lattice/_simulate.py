"""``simulate``: an ensemble of independent enough configurations, with everything tuned and measured on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from symmetra.inputs import InputError, describe
from symmetra.lattice._chain import Model, fields
from symmetra.lattice._crew import Crew, Schedule
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._geometry import check_extents
from symmetra.lattice._tuning import tune
from symmetra.lattice._weights import check_couplings

Progress = Callable[[int, int, str], None]


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
    workers: Any = 1,
    progress: Progress | None = None,
    debug: bool = False,
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
        charge: keep the charge Σ_x k_t on a time slice at this value: the canonical ensemble, on whose results μ has no
            influence; worms get about best with a μ at which that charge is the likely one.
        correlator: also collect ⟨φ_x φ*_y⟩ while worms are open.
        separation: sweeps between configurations, instead of 2 τ_int.
        workers: threads that share the chains.
        progress: called with (done, total, words).
        debug: check after every worm, once the chains are settled, that the configuration is one; the same numbers.

    Returns:
        Configurations, the measured series, and the schedule; ``estimate("n")`` gives a value with its error.

    Raises:
        InputError: extents below 2, couplings without a finite weight, μ beyond the bound of the free theory.

    Example:
        >>> e = simulate((4, 4), 4.25, 0.0, 0.3, samples=400, seed=1)
        >>> bool(abs(e.estimate("n").value - 0.2073873) < 5 * e.estimate("n").error)
        True
    """
    model = checked_model(extents, eta, lam, mu, charge)
    check_counts(samples=samples, chains=chains, seed=seed, separation=separation, workers=workers)
    with ThreadPoolExecutor(workers) as pool:
        crew = Crew.cold(model, seed, chains, pool if workers > 1 else None)
        schedule = prepare(crew, separation, correlator, progress)
        crew.debug = debug
        each, parts = -(-samples // chains), []
        done, chunk = 0, chunk_of(model, schedule, 2e7)
        while done < each:
            copies = min(chunk, each - done)
            parts.append(crew.run(schedule, copies * schedule.separation, copies))
            done += copies
            if progress is not None:
                progress(done * chains, each * chains, "sampling")
    series, flat, seen = (np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    return Ensemble(
        model=model,
        seed=seed,
        schedule=schedule,
        configurations=fields(flat.reshape(each * chains, 2, -1), model.extents),
        chain=np.repeat(np.arange(chains), each),
        series=series,
        moves=seen if correlator else None,
        proposals=int(sum(chain.counts[0] for chain in crew.chains)),
    )


def prepare(crew: Crew, separation: int | None, correlator: bool, progress: Progress | None) -> Schedule:
    """Settle the chains; what is measured begins after it."""
    schedule = tune(crew, progress)
    if correlator:
        for chain in crew.chains:
            chain.moves = np.zeros(crew.model.sites, dtype=np.int64)
    return schedule if separation is None else replace(schedule, separation=int(separation))


def chunk_of(model: Model, schedule: Schedule, steps: float) -> int:
    """Copies a chain makes in about so many worm steps, and in at most 32 MB."""
    return max(1, min(int(steps / (2 * model.links * schedule.separation)), 2**23 // model.links))


def checked_model(extents: Any, eta: Any, lam: Any, mu: Any, charge: Any) -> Model:
    """Box and couplings.

    Raises:
        InputError: see `simulate`.
    """
    extents = check_extents(extents)
    check_couplings(eta, lam)
    if isinstance(mu, bool) or not isinstance(mu, (int, float)) or not math.isfinite(mu):
        raise InputError("mu", describe(mu), "a finite number", "mu=1.0")
    if charge is not None and (isinstance(charge, bool) or not isinstance(charge, int)):
        raise InputError("charge", describe(charge), "a whole number, or None for the grand canonical ensemble")
    if lam == 0 and charge is None:
        mass = eta - 2 * len(extents)
        bound = 2 * math.asinh(math.sqrt(max(mass, 0.0)) / 2)
        if mass <= 0 or abs(mu) >= bound:
            got = f"mu = {mu:g} with lam = 0 and eta = {eta:g}"
            expected = f"|mu| below {bound:.6g}, eta above {2 * len(extents)}: the free field condenses beyond"
            raise InputError("mu", got, expected, "lam=1.0")
    model = Model(extents, float(eta), float(lam), float(mu), charge)
    model.check_strength()
    return model


def check_counts(**counts: Any) -> None:
    """Refuse counts that are not whole numbers of at least one (a seed: zero); a separation may be None.

    Raises:
        InputError: one of them is.
    """
    for name, value in counts.items():
        least = 0 if name == "seed" else 1
        if name == "separation" and value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
            raise InputError(name, describe(value), f"a whole number of at least {least}")
