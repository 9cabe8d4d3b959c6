"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

from symmetra.report import number
from symmetra.studies.lattice.config import CLAIMS, KINDS, SIZES, LatticeConfig
from symmetra.studies.lattice.gathered import (
    SEEN,
    Results,
    against,
    best,
    chosen,
    curve,
    errors,
    finite,
    instances,
    largest,
    most,
    onset,
    onset_interval,
    pooled,
    pulls,
    scan,
)
from symmetra.studies.lattice.intervals import ratio
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, Decision, decided
from symmetra.studies.runner.intervals import share

GOOD = 0.98  # accuracy from which a detector counts as successful
AT_MOST = ("better", "samples", "augmentation", "sizes", "silver blaze", "onset", "earlier network")  # training samples
ONE_SIDED = 10  # times as strong a reaction to one sign as to the other


def verdicts(config: LatticeConfig, results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[Results], Decision | None]] = {
        "better": lambda r: _better(r, ("ST", "FL")),
        "level": _level,
        "samples": _samples,
        "augmentation": lambda r: _better(r, ("ST+aug", "FL+aug")),
        "sizes": _sizes,
        "silver blaze": _silver_blaze,
        "onset": _onset,
        "earlier network": _earlier,
        "parameters": _parameters,
        "detection": _detection,
        "detection order": _detection_order,
        "detection sizes": _detection_sizes,
        "one sign": _one_sign,
        "counting": _counting,
        "counting order": _counting_order,
    }
    partial = AT_MOST if most(results) < config.regression.train[-1] else ()
    return decided(CLAIMS, lambda plan: None if plan.key in partial else deciders[plan.key](results))


def _holds(condition: bool) -> str:
    return HOLDS if condition else FAILS


def _times(found: tuple[float, float, float]) -> str:
    return f"[{number(found[1], 2)}, {number(found[2], 2)}]"


def _better(results: Results, others: Sequence[str]) -> Decision | None:
    own = finite(largest(results, "EQ").get("test_mse", []))
    rest = {kind: finite(largest(results, kind).get("test_mse", [])) for kind in others}
    if not own or not all(rest.values()):
        return None
    found = {kind: ratio(values, own) for kind, values in rest.items()}
    value = "; ".join(f"{kind} over EQ {number(r[0], 2)}" for kind, r in found.items())
    return (
        _holds(min(r[0] for r in found.values()) >= 100),
        value,
        "95 %: " + ", ".join(_times(r) for r in found.values()),
    )


def _level(results: Results) -> Decision | None:
    values = [finite(result["test_mse"]) for result in scan(results, "EQ").values()]
    least = best([best(row) for row in values])
    if not values:
        return None
    level = "the published level" if least <= 1e-8 else "the published level, 10⁻⁸, is not reached"
    count, top = max((count, finite(result["test_mse"])) for count, result in scan(results, "EQ").items())
    spread = f"instances with {count:,} samples {number(min(top), 2)} to {number(max(top), 2)}"
    return _holds(least <= 1e-7), f"smallest error {number(least, 2)}; {level}", spread


def _samples(results: Results) -> Decision | None:
    gains = {}
    for kind in KINDS:
        found = scan(results, kind)
        if len(found) < 2 or max(found) < most(results) or min(found) > min(scan(results, "EQ")):
            return None
        gains[kind] = ratio(*(finite(found[count]["test_mse"]) for count in (min(found), max(found))))
    sizes = list(scan(results, "EQ"))
    improves = gains["EQ"][1] > 1 and gains["EQ"][0] > max(gains["ST"][0], gains["FL"][0])
    value = f"error at {sizes[0]} samples over that at {sizes[-1]}: "
    value += ", ".join(f"{kind} {number(gain[0], 2)}" for kind, gain in gains.items())
    return _holds(improves), value, "95 %: " + ", ".join(_times(gain) for gain in gains.values())


def _sizes(results: Results) -> Decision | None:
    own, other = largest(results, "EQ"), largest(results, "ST")
    pairs = {f"{a}x{b}": (errors(other, f"{a}x{b}"), errors(own, f"{a}x{b}")) for a, b in SIZES}
    found = {size: ratio(*pair) for size, pair in pairs.items() if all(pair)}
    if not found:
        return None
    value = "ST over EQ " + ", ".join(f"{number(r[0], 2)} at {s.replace('x', '×')}" for s, r in found.items())
    least = min(r[0] for r in found.values())
    verdict = _holds(least >= 10**2.5) if len(found) == len(SIZES) or least < 10**2.5 else OPEN
    return verdict, value, "95 %: " + ", ".join(_times(r) for r in found.values())


def _silver_blaze(results: Results) -> Decision | None:
    found = {name: pulls(results, "EQ", name) for name in ("n", "phi2")}
    if not all(found.values()):
        return None
    own = {name: [abs(row[chosen(results, "EQ")]) for row in line.values()] for name, line in found.items()}
    hits = {name: sum(away <= 1 for away in line) for name, line in own.items()}
    total = len(curve(results, "EQ")["mu"])
    value = f"n within the error at {hits['n']} of {total} values of μ, φ² at {hits['phi2']}"
    interval = f"largest distance {number(max(own['n']), 2)} and {number(max(own['phi2']), 2)} standard errors"
    return _holds(min(hits.values()) >= math.ceil(26 / 29 * total)), value, interval


def _onset(results: Results) -> Decision | None:
    predicted, interval = onset(results, "EQ"), onset_interval(results)
    if interval is None or not curve(results, "EQ"):
        return None
    words = f"Monte Carlo {interval[0]:.4f} to {interval[1]:.4f}"
    if predicted is None:
        return FAILS, "the predicted density does not come up through 0.05", words
    return _holds(interval[0] <= predicted <= interval[1]), f"predicted onset at μ = {predicted:.4f}", words


def _earlier(results: Results) -> Decision | None:
    large, own = next(iter(scan(results, "FL-large").values()), {}), largest(results, "EQ")
    rows = [finite(own.get("by_mu", {}).get("200x10", {}).get(mu, [])) for mu in ("0.91", "1.05")]
    if not large or not all(rows):
        return None
    theirs, ours = best(finite(large["test_mse"])), best([statistics.fmean(pair) for pair in zip(*rows)])
    value = f"{number(theirs, 2)} ({large['parameters']:,} parameters) against {number(ours, 2)}"
    times = f"{number(theirs / ours, 2)} times, {_count(large['test_mse'])}"
    return _holds(theirs >= 100 * ours), value, f"{times}; the published 10⁻⁶ is {number(1e-6 / ours, 2)} times"


def _count(values: Sequence[object]) -> str:
    return f"{len(values)} instance{'s' if len(values) > 1 else ''}"


def _parameters(results: Results) -> Decision | None:
    found = {tuple(key.split("/")[::2]): value["parameters"] for key, value in results.items() if "/search/" in key}
    if not found:
        return None
    low, high = min(found.values()), max(found.values())
    outside = [f"{task} {kind} {count:,}" for (task, kind), count in found.items() if not 1e2 <= count <= 1e5]
    value = f"{low:,} to {high:,} parameters" + (f"; outside: {', '.join(outside)}" if outside else "")
    verdict = FAILS if outside else HOLDS if len(found) == 9 else OPEN
    return verdict, value, f"{len(found)} of 9 searches"


def _spread(values: Sequence[float]) -> str:
    return f"{_count(values)}, {min(values):.4f} to {max(values):.4f}"


def _detection(results: Results) -> Decision | None:
    scores = instances(results, "detection", "EQ").get("accuracy", {})
    values = pooled(scores, lambda *parts: parts[0] == "8x8" and parts not in SEEN)
    if not values:
        return None
    middle = statistics.median(values)
    return _holds(middle >= GOOD), f"median accuracy {middle:.4f}", _spread(values)


def _on_small(results: Results, task: str) -> dict[str, list[float]]:
    """Accuracy of every instance on 8×8 over all settings, of each kind of network that was run."""
    scores = {kind: instances(results, task, kind).get("accuracy", {}) for kind in KINDS}
    found = {kind: pooled(own, lambda size, *_: size == "8x8") for kind, own in scores.items()}
    return {kind: values for kind, values in found.items() if values}


def _detection_order(results: Results) -> Decision | None:
    found = _on_small(results, "detection")
    if set(found) != set(KINDS):
        return None
    middle = {kind: statistics.median(values) for kind, values in found.items()}
    close = abs(middle["EQ"] - middle["ST"]) <= 0.02 and middle["FL"] < min(middle["EQ"], middle["ST"])
    value = ", ".join(f"{kind} {accuracy:.4f}" for kind, accuracy in middle.items())
    return _holds(close), value, "; ".join(f"{kind} {_spread(values)}" for kind, values in found.items())


def _detection_sizes(results: Results) -> Decision | None:
    scores = instances(results, "detection", "EQ").get("accuracy", {})
    by_mu, by_size = against(scores, 2, "8x8"), against(scores, 0)
    if not by_mu or "64x64" not in by_size:
        return None
    over_mu = [statistics.median(values) for values in by_mu.values()]
    small, big = (statistics.median(by_size[size]) for size in ("8x8", "64x64"))
    value = f"range over μ {max(over_mu) - min(over_mu):.4f}; {small:.4f} on 8×8, {big:.4f} on 64×64"
    return _holds(max(over_mu) - min(over_mu) <= 0.02 and big < small), value, f"64×64: {_spread(by_size['64x64'])}"


def one_sided(results: Results, kind: str) -> tuple[int, int, int] | None:
    """Successful detectors that react to one sign, successful ones, all of them."""
    result = instances(results, "detection", kind)
    accuracy = pooled(result.get("accuracy", {}), lambda size, *_: size == "8x8")
    if not accuracy or "reaction" not in result:
        return None
    good = [part for part, value in zip(result["reaction"], accuracy, strict=True) if value >= GOOD]
    hits = sum(part is not None and max(part, 1 - part) >= ONE_SIDED * min(part, 1 - part) for part in good)
    return hits, len(good), len(accuracy)


def _one_sign(results: Results) -> Decision | None:
    found = one_sided(results, "EQ")
    if found is None:
        return None
    hits, good, total = found
    if not good:
        return OPEN, f"none of {total} instances reaches an accuracy of {GOOD}", ""
    low, high = share(hits, good)
    value = f"{hits} of {good} successful detectors, of {total} in all"
    return _holds(2 * hits >= good), value, f"95 %: {low:.2f} to {high:.2f}"


def perfect(results: Results, kind: str) -> tuple[int, int] | None:
    """Instances that count without an error for every number of worms on every size, and all instances."""
    scores = instances(results, "counting", kind).get("accuracy", {})
    columns = list(zip(*scores.values()))
    return (sum(all(value == 1 for value in column) for column in columns), len(columns)) if columns else None


def _counting(results: Results) -> Decision | None:
    found = perfect(results, "EQ")
    if found is None:
        return None
    low, high = share(*found)
    bar = "at least half, our own bar" if 2 * found[0] >= found[1] else "less than half, our own bar"
    value = f"{found[0]} of {found[1]} instances without an error: {bar}"
    return _holds(found[0] == found[1]), value, f"95 %: {low:.2f} to {high:.2f}"


def _counting_order(results: Results) -> Decision | None:
    found = _on_small(results, "counting")
    if set(found) != set(KINDS):
        return None
    middle = {kind: statistics.median(values) for kind, values in found.items()}
    worst = {}
    for kind in ("ST", "FL"):
        by_number = against(instances(results, "counting", kind)["accuracy"], 1, "8x8")
        worst[kind] = min((statistics.median(values), int(n)) for n, values in by_number.items())
    below = max(middle["ST"], middle["FL"]) < middle["EQ"] and all(0 < n < 5 for _, n in worst.values())
    value = ", ".join(f"{kind} {accuracy:.3f}" for kind, accuracy in middle.items())
    value += "; worst " + ", ".join(f"{k} {v:.3f} at {n}" if v < 1 else f"{k} nowhere" for k, (v, n) in worst.items())
    return _holds(below), value, "; ".join(f"{kind} {_spread(values)}" for kind, values in found.items())
