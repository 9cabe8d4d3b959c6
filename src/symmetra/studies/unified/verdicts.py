"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, Decision, decided
from symmetra.studies.runner.intervals import paired_ratio
from symmetra.studies.unified.cells import Results, gather
from symmetra.studies.unified.config import CLAIMS, UnifiedConfig
from symmetra.studies.unified.polynomial import PUBLISHED

SEEDS = 10  # of a cell with a published median
SMALL = 100  # training trajectories up to which the comparison is claimed


def verdicts(config: UnifiedConfig, results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[UnifiedConfig, Results], Decision | None]] = {
        "recovery": _recovery,
        "algebra": _algebra,
        "enforced pendulum": lambda c, r: _against_plain(r, "so2"),
        "promoted pendulum": lambda c, r: _against_plain(r, "promoted"),
        "found generator": _generator,
        "broken": _broken,
        "fields": _fields,
    }
    return decided(CLAIMS, lambda plan: deciders[plan.key](config, results))


def by_size(results: Results, arm: str, quantity: str) -> dict[int, list[float]]:
    """A quantity of an arm of the pendulum, every seed, for every number of trajectories."""
    found = {}
    for key, value in results.items():
        part, _, rest = key.partition("/")
        size, _, name = rest.partition("/")
        if part == "pendulum" and size[1:].isdigit() and name == arm and quantity in value:
            found[int(size[1:])] = [math.inf if v is None else v for v in value[quantity]]
    return dict(sorted(found.items()))


def _recovery(config: UnifiedConfig, results: Results) -> Decision | None:
    cells = gather(results)
    if not cells:
        return None
    above = [cell["words"] for cell in cells if cell["median"] > cell["published"]]
    below = sum(cell["median"] < cell["published"] for cell in cells)
    ratio = statistics.median(cell["median"] / cell["published"] for cell in cells)
    value = f"{below} of {len(cells)} medians below the published one, {len(above)} above"
    fewest = min(cell["seeds"] for cell in cells)
    interval = f"median ratio {ratio:.2f}; {len(cells)} of {len(PUBLISHED)} cells, {fewest} seeds or more in each"
    if above:
        return FAILS, value, f"{interval}; above: {', '.join(above)}"
    complete = len(cells) == len(PUBLISHED) and fewest >= SEEDS and 2 * below > len(cells)
    return (HOLDS if complete else OPEN), value, interval


def _algebra(config: UnifiedConfig, results: Results) -> Decision | None:
    cells = gather(results)
    if not cells:
        return None
    wrong, claims, solves = (sum(cell[name] for cell in cells) for name in ("wrong", "claims", "solves"))
    value = f"{wrong} of {claims} results that called their algebra determined were wrong, among {solves} in all"
    return (HOLDS if not wrong else FAILS), value, f"at most {1 - config.alpha ** (1 / max(claims, 1)):.2g} at 95 %"


def _against_plain(results: Results, arm: str) -> Decision | None:
    own, plain = by_size(results, arm, "validation"), by_size(results, "mlp", "validation")
    sizes = [size for size in own if size in plain and size <= SMALL]
    if not sizes:
        return None
    ratios = {size: statistics.median(own[size]) / statistics.median(plain[size]) for size in sizes}
    value = "error over that of the perceptron: " + ", ".join(f"{r:.2g} at {size}" for size, r in ratios.items())
    seeds = min(len(own[size]) for size in sizes)
    return (HOLDS if max(ratios.values()) < 1 else FAILS), value, f"medians of {seeds} seeds"


def _generator(config: UnifiedConfig, results: Results) -> Decision | None:
    angles = by_size(results, "promoted", "angle")
    sizes = [size for size in angles if size <= SMALL]
    if not sizes:
        return None
    middle = {size: statistics.median(angles[size]) for size in sizes}
    value = "median angle " + ", ".join(f"{a:.2g} at {size}" for size, a in middle.items())
    return (HOLDS if middle[max(sizes)] <= config.angle else FAILS), value, f"largest {max(angles[max(sizes)]):.2g}"


def broken_noises(results: Results) -> list[float]:
    """The noises of the part with the broken symmetry."""
    return sorted({float(key.split("/")[1].partition("-noise")[2]) for key in results if key.startswith("broken/")})


def broken_errors(results: Results, noise: float) -> dict[str, dict[int, list[float]]]:
    """Test errors of the three models by number of samples, every seed in order."""
    found: dict[str, dict[int, list[float]]] = {"plain": {}, "enforced": {}, "promoted": {}}
    for key, value in sorted(results.items()):
        if key.startswith("broken/") and key.split("/")[1].endswith(f"-noise{noise:g}"):
            samples = int(key.split("/")[1][1:].partition("-")[0])
            for arm, own in found.items():
                own.setdefault(samples, []).append(value[arm])
    return {arm: dict(sorted(own.items())) for arm, own in found.items()}


def _broken(config: UnifiedConfig, results: Results) -> Decision | None:
    told = [v for k, v in results.items() if k.startswith("broken/") and v["determined"]]
    lows, middles = [], []
    for noise in broken_noises(results):
        errors = broken_errors(results, noise)
        for samples, plain in errors["plain"].items():
            middle, low, _ = paired_ratio(errors["promoted"][samples], plain)
            lows.append(low)
            middles.append(middle)
    if not lows:
        return None
    wrong = sum(v["kept"] != 1 for v in told)
    harmless = sum(low <= 1 for low in lows)
    value = f"error ratio {min(middles):.2g} to {max(middles):.2g}; harmless in {harmless} of {len(lows)} settings"
    certainty = f"{len(told)} results said that their algebra is determined, {wrong} of them wrong"
    return (HOLDS if harmless == len(lows) and told and not wrong else FAILS), value, certainty


def field_errors(results: Results, family: str, quantity: str = "error") -> dict[str, dict[int, list[float]]]:
    """Of the networks on fields: a quantity by arm and number of pairs, every seed in order."""
    found: dict[str, dict[int, list[float]]] = {}
    for key, value in sorted(results.items()):
        parts = key.split("/")
        if parts[0] == "fields" and len(parts) == 5 and parts[1] == family:
            found.setdefault(parts[2], {}).setdefault(int(parts[3][1:]), []).append(value[quantity])
    return {arm: dict(sorted(own.items())) for arm, own in found.items()}


def _fields(config: UnifiedConfig, results: Results) -> Decision | None:
    lines, verdict = [], HOLDS
    for family in ("cnn", "fno"):
        errors = field_errors(results, family)
        arms = [errors.get(arm, {}) for arm in ("plain", "enforced", "promoted")]
        for size in sorted(set(arms[0]) & set(arms[1]) & set(arms[2])):
            enforced, promoted = (paired_ratio(own[size], arms[0][size]) for own in arms[1:])
            if enforced[1] > 1 or promoted[1] > 1:
                verdict = FAILS
            elif enforced[2] >= 1 and verdict == HOLDS:
                verdict = OPEN
            lines.append(f"{family.upper()} at {size}: {enforced[0]:.2g} and {promoted[0]:.2g}")
    if not lines:
        return None
    value = "error over that of the plain network, enforced and promoted: " + "; ".join(lines)
    return verdict, value, "95 % intervals in the table"
