"""The study from data to verdicts."""

from __future__ import annotations

import time

import numpy as np

from symmetra.discover.conservation._result import Conservation
from symmetra.inputs import InputError
from symmetra.nbody import DE421_GM_SUN, States, planets
from symmetra.studies.planets.config import CLAIMS, SCALES, PlanetsConfig
from symmetra.studies.planets.conserved_part import read, search, strength_in_time
from symmetra.studies.planets.jackknife import Jackknife
from symmetra.studies.planets.law_symmetry import LawSymmetry, law_symmetry
from symmetra.studies.planets.power_law import PowerLaw, power_law
from symmetra.studies.planets.result import PlanetsResult
from symmetra.studies.planets.tables import figures, sentences, tables
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim


def run(scale: str = "laptop", states: States | None = None) -> PlanetsResult:
    """Runs the study.

    Args:
        scale: ``quick`` (two seconds) or ``laptop`` (five: finer error bars, more degrees of the law); both give all
            verdicts.
        states: other data with the same bodies; the shipped planets by default.

    Returns:
        Verdicts, tables, arrays for figures and sentences, as plain data. Deterministic.
    """
    if scale not in SCALES:
        raise InputError("scale", repr(scale), f"one of {', '.join(SCALES)}", "'quick'")
    begun = time.perf_counter()
    config, states = SCALES[scale], planets() if states is None else states
    parts = {"near": states.only(config.near), "all": states, "inner": states.only(config.inner)}
    found = {name: search(part, config) for name, part in parts.items()}
    alone = {name: search(states.only(name), config) for name in states.bodies}
    stability = strength_in_time(parts["near"], config)
    power = power_law(states, config.near, config.blocks)
    law = law_symmetry(parts["near"], config.blocks, config.degrees, config.alpha)
    claims = _claims(config, parts, found, alone, stability, power, law)
    return PlanetsResult(
        scale,
        config,
        claims,
        found,
        alone,
        power,
        law,
        tables=tables(found, power, law),
        figures=figures(parts["near"], states, found, power, law),
        sentences=sentences(config, found, alone, stability, power, law),
        seconds=time.perf_counter() - begun,
    )


def _claims(
    config: PlanetsConfig,
    parts: dict[str, States],
    found: dict[str, Conservation],
    alone: dict[str, Conservation],
    stability: Jackknife,
    power: PowerLaw,
    law: LawSymmetry,
) -> tuple[Claim, ...]:
    near, everything = read(found["near"], parts["near"]), read(found["all"], parts["all"])
    inner = found["inner"]
    worst = max((c.upper for c in found["near"].certificates[:4]), default=float("inf"))
    worst_all = max((c.upper for c in found["all"].certificates[:4]), default=float("inf"))
    low, high = (v[3] / DE421_GM_SUN - 1 for v in stability.interval(config.alpha))
    p_low, p_high = (float(v) for v in power.exponent.interval(config.alpha))
    fifth = float(law.spectrum.value[4] - law.spectrum.factor(config.alpha) * law.spectrum.error[4])
    decided = {
        "conserved": (
            near.certified == 4 and near.angle <= config.span and near.separation >= config.separation,
            f"{near.certified} certified, angle {near.angle:.1e}, next value {near.separation:.0f} times worse",
            f"drift over spread at most {worst:.2g}; angle within ± {stability.error[1]:.1e} over time spans",
        ),
        "strength": (
            -config.strength <= low and high <= config.strength,
            f"relative difference {near.gm / DE421_GM_SUN - 1:+.1e}",
            f"[{low:+.1e}, {high:+.1e}]",
        ),
        "all": (
            everything.certified == 4 and everything.angle <= config.span_all,
            f"{everything.certified} certified, angle {everything.angle:.1e}",
            f"drift over spread at most {worst_all:.2g}",
        ),
        "inner": (
            len(inner.certified) <= len(config.inner) - 1 and not inner.coverage.ok,
            f"{len(inner.certified)} certified",
            inner.coverage.message,
        ),
        "alone": (
            all(not r.certified and not r.coverage.ok for r in alone.values()),
            f"{sum(bool(r.certified) for r in alone.values())} of {len(alone)} certified anything",
            next(iter(alone.values())).coverage.message,
        ),
        "exponent": (
            -2 - config.exponent <= p_low and p_high <= -2 + config.exponent,
            f"{float(power.exponent.value):.7f}",
            f"[{p_low:.7f}, {p_high:.7f}]",
        ),
        "rotations": (
            bool((law.upper[:3] <= config.delta_law).all()),
            "defects " + ", ".join(f"{d:.1e}" for d in law.defects[:3]),
            "at most " + ", ".join(f"{u:.1e}" for u in law.upper[:3]),
        ),
        "scaling": (
            bool(law.upper[3] <= config.delta_law),
            f"defect {law.defects[3]:.1e}",
            f"at most {law.upper[3]:.1e}",
        ),
        "nothing else": (
            fifth > config.delta_law,
            f"fifth value {law.spectrum.value[4]:.4f}, for Kepler's law exactly {law.exact[4]:.4f}",
            f"at least {fifth:.4f}",
        ),
    }
    undecided = {"strength": not np.isfinite(high), "exponent": not np.isfinite(p_high)}
    claims = []
    for plan in CLAIMS:
        holds, value, interval = decided[plan.key]
        verdict = OPEN if undecided.get(plan.key) else HOLDS if holds else FAILS
        claims.append(Claim(plan, verdict, value, interval))
    return tuple(claims)
