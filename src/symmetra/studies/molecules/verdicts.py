"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symmetra.report import number
from symmetra.studies.molecules.config import BROKEN, CLAIMS, CLASSICAL, COMPARED, EXACT, LEVEL, QUANTUM
from symmetra.studies.molecules.config import MoleculesConfig as Config
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, Decision, decided
from symmetra.studies.runner.intervals import bootstrap, difference, mean, ratio

Results = Mapping[str, Mapping[str, Any]]
Interval = tuple[float, float, float]
PLAIN, SYMMETRIC = ("plain", "rotation"), ("rotation-permutation", "graph")


def verdicts(config: Config, results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[Config, Results], Decision | None]] = {
        "published rotation": lambda c, r: _broken(r, "replica-euler", "rotation"),
        "published permutation": lambda c, r: _broken(r, "replica-graph", "permutation"),
        "published labels": _labels,
        "published order": _order,
        "accuracy": _accuracy,
        "trainability": _trainability,
        "gradients": _gradients,
        "gap": _gap,
        "folds": _folds,
        "beyond": _beyond,
        "classical": _classical,
        "symmetry": _symmetry,
        "rotated": _rotated,
    }
    return decided(CLAIMS, lambda plan: deciders[plan.key](config, results))


def curve(results: Results, arm: str, size: int, test: str = "general", molecule: str = "NH3") -> list[float]:
    """The loss of an arm on a test set, every seed; empty if it was not run."""
    rows = results.get(f"curve/{molecule}/{arm}/n{size}", {}).get(test, [])
    return [math.inf if row["loss"] is None else float(row["loss"]) for row in rows]


def most(config: Config) -> int:
    """The largest training set of NH3."""
    return config.fair.sizes["NH3"][-1]


def _decided(intervals: Sequence[Interval], border: float, below: bool) -> str:
    """HOLDS if all intervals lie on one side of the border, FAILS if one lies on the other."""
    good = [high < border if below else low > border for _, low, high in intervals]
    bad = [low > border if below else high < border for _, low, high in intervals]
    return FAILS if any(bad) else HOLDS if all(good) else OPEN


BRACKETS = "95 % intervals in brackets"


def words(found: Mapping[str, Interval]) -> str:
    """Several comparisons with their intervals."""
    spans = {name: tuple(number(value, 2) for value in one) for name, one in found.items()}
    return "; ".join(f"{name} {value} [{low}, {high}]" for name, (value, low, high) in spans.items())


def _broken(results: Results, name: str, what: str) -> Decision | None:
    errors = results.get(f"audit/NH3/{name}", {}).get(what)
    if not errors:
        return None
    verdict = HOLDS if max(errors) <= EXACT else FAILS if min(errors) > BROKEN else OPEN
    value = f"the energy changes by up to {number(max(errors), 2)} of the spread of the energies"
    return verdict, value, f"{len(errors)} seeds: {number(min(errors), 2)} to {number(max(errors), 2)}"


def _labels(config: Config, results: Results) -> Decision | None:
    found = {name: results.get(f"ceiling/{name}") for name in ("LiH", "NH3")}
    there = {name: one for name, one in found.items() if one}
    if len(there) < 2:
        return None
    value = "; ".join(f"{name}: slope {one['slope']:.3f}" for name, one in there.items())
    best = "; ".join("{} {:.4f} and {:.4f}".format(name, *one["published"][0][2:]) for name, one in there.items())
    error = max(one["error"] for one in there.values())
    one = all(abs(one["slope"] - 1) <= 1e-3 for one in there.values())
    words = f"standard error at most {number(error, 1)}; R² of energies and forces of the best potential, weights 1:2: "
    return HOLDS if one else FAILS, value, words + best


def _order(config: Config, results: Results) -> Decision | None:
    names = ("replica-plain", "replica-euler", "replica-graph")
    folds = {name: results.get(f"replica/folds/NH3/{name}", {}).get("energy_r2", []) for name in names}
    if not all(folds.values()):
        return None
    found = {
        name.removeprefix("replica-"): mean([a - b for a, b in zip(folds[name], folds["replica-plain"])])
        for name in names[1:]
    }
    return _decided(list(found.values()), 0.0, below=False), f"R² less that of plain: {words(found)}", BRACKETS


def over(
    results: Results, arms: Sequence[str], others: Sequence[str], size: int, test: str = "general"
) -> dict[str, Interval] | None:
    """Ratios of losses of every arm to every other; None if one was not run."""
    values = {arm: curve(results, arm, size, test) for arm in (*arms, *others)}
    if not all(values.values()):
        return None
    return {f"{arm}/{other}": ratio(values[arm], values[other]) for arm in arms for other in others}


def _accuracy(config: Config, results: Results) -> Decision | None:
    found = over(results, COMPARED[1:], COMPARED[:1], most(config))
    if found is None:
        return None
    return _decided(list(found.values()), 1.0, below=True), f"ratio of losses: {words(found)}", BRACKETS


def steps_to(config: Config, results: Results, arm: str, level: float = LEVEL) -> list[float]:
    """Steps of every seed until the validation loss is at most the level; all of them where it never is."""
    histories = results.get(f"curve/NH3/{arm}/n{most(config)}", {}).get("history", [])
    every, total = config.fair.every, config.fair.steps["NH3"]
    found = []
    for row in histories:
        there = [place for place, value in enumerate(row) if value is not None and value <= level]
        found.append(float(min((there[0] + 1) * every, total)) if there else float(total))
    return found


def _trainability(config: Config, results: Results) -> Decision | None:
    values = {arm: steps_to(config, results, arm) for arm in COMPARED}
    if not all(values.values()):
        return None
    total = config.fair.steps["NH3"]
    reached = {arm: sum(value < total for value in steps) for arm, steps in values.items()}
    found = {f"graph/{arm}": ratio(values["graph"], values[arm]) for arm in COMPARED[:3]}
    told = ", ".join(f"{arm} {statistics.median(steps):g}" for arm, steps in values.items())
    verdict = _decided(list(found.values()), 1.0, below=True) if any(reached.values()) else OPEN
    seeds = "; seeds that get there: " + ", ".join(f"{arm} {count}" for arm, count in reached.items())
    return verdict, f"median steps of {total}: {told}; ratios {words(found)}", BRACKETS + seeds


def _gradients(config: Config, results: Results) -> Decision | None:
    values = {arm: results.get(f"gradients/NH3/{arm}", {}).get("squares", []) for arm in COMPARED}
    if not all(values.values()):
        return None
    found = {
        f"graph/{arm}": bootstrap(lambda a, b: statistics.fmean(a) / statistics.fmean(b), values["graph"], values[arm])
        for arm in COMPARED[:3]
    }
    return _decided(list(found.values()), 1.0, below=False), f"ratio of variances: {words(found)}", BRACKETS


def _gap(config: Config, results: Results) -> Decision | None:
    size = config.fair.searched
    test, train = ({arm: curve(results, arm, size, name) for arm in COMPARED} for name in ("general", "train"))
    if not all(test.values()):
        return None
    gaps = {arm: [a - b for a, b in zip(test[arm], train[arm])] for arm in COMPARED}
    found = {f"{arm} − {other}": difference(gaps[arm], gaps[other]) for arm in SYMMETRIC for other in PLAIN}
    means = {arm: (number(statistics.fmean(gaps[arm]), 2), number(statistics.fmean(test[arm]), 2)) for arm in COMPARED}
    told = "; ".join(f"{arm} {gap} at a test loss of {loss}" for arm, (gap, loss) in means.items())
    return _decided(list(found.values()), 0.0, below=True), f"gap: {told}", f"95 %: {words(found)}"


def variation(values: Sequence[float]) -> float:
    """The published measure, population standard deviation over mean; infinite where the mean is not positive."""
    middle = statistics.fmean(values)
    return statistics.pstdev(values) / middle if middle > 0 else math.inf


def _over(first: Sequence[float], second: Sequence[float]) -> float:
    own, other = variation(first), variation(second)
    return 1.0 if math.isinf(own) and math.isinf(other) else own / max(other, 1e-12)


def _folds(config: Config, results: Results) -> Decision | None:
    units = {arm: results.get(f"folds/NH3/{arm}", {}) for arm in COMPARED}
    rows = {arm: [fold["energy_r2"] for fold in unit.get("fold", [])] for arm, unit in units.items()}
    if not all(rows.values()):
        return None
    found = {f"{arm}/{other}": bootstrap(_over, rows[arm], rows[other]) for arm in SYMMETRIC for other in PLAIN}
    told = ", ".join(f"{arm} {number(variation(values), 2)}" for arm, values in rows.items())
    told = told.replace("∞", "∞ (the mean of R² is not positive)")
    return _decided(list(found.values()), 1.0, below=True), f"coefficient of variation: {told}", f"95 %: {words(found)}"


def _beyond(config: Config, results: Results) -> Decision | None:
    found: dict[str, Interval] = {}
    for test in ("stretched", "bent"):
        part = over(results, SYMMETRIC, PLAIN, most(config), test)
        if part is None:
            return None
        found |= {f"{name} {test}": one for name, one in part.items()}
    return _decided(list(found.values()), 1.0, below=True), f"ratio of losses: {words(found)}", BRACKETS


def best(results: Results, arms: Sequence[str], size: int) -> str | None:
    """The arm of the least loss on general geometries, by geometric mean; None if one was not run."""
    values = {arm: curve(results, arm, size) for arm in arms}
    there = {arm: row for arm, row in values.items() if row and all(map(math.isfinite, row))}
    if len(there) < len(arms):
        return None
    return min(there, key=lambda arm: statistics.geometric_mean(there[arm]))


def _classical(config: Config, results: Results) -> Decision | None:
    size = most(config)
    arms = [arm for arm in (*config.fair.arms["NH3"], *config.fair.extra) if arm in QUANTUM]
    quantum = best(results, arms, size)
    classical = best(results, [arm for arm in config.fair.arms["NH3"] if arm in CLASSICAL], size)
    if quantum is None or classical is None:
        return None
    own = curve(results, quantum, size)
    found = {f"{classical}/{quantum}": ratio(curve(results, classical, size), own)}
    verdict = _decided(list(found.values()), 1.0, below=True)
    if classical != "mlp-small" and (small := curve(results, "mlp-small", size)):
        found[f"mlp-small/{quantum}"] = ratio(small, own)
    for arm in CLASSICAL:
        rows = results.get(f"long/NH3/{arm}", {}).get("general", [])
        if rows:
            found[f"{arm} after {config.fair.long_steps:,} steps/{quantum}"] = ratio([row["loss"] for row in rows], own)
    return verdict, f"ratio of losses: {words(found)}", BRACKETS


def _symmetry(config: Config, results: Results) -> Decision | None:
    size = most(config)
    own, augmented = curve(results, "rotation-permutation", size), curve(results, "plain-augmented", size)
    averaged = curve(results, "plain-augmented", size, "averaged")
    if not own or not augmented or not averaged:
        return None
    found = {"augmented": ratio(own, augmented), "averaged": ratio(own, averaged)}
    return _decided(list(found.values()), 1.0, below=True), f"loss over that of plain: {words(found)}", BRACKETS


def _rotated(config: Config, results: Results) -> Decision | None:
    found = {}
    for arm in ("plain", "rotation"):
        unit = results.get(f"upright/NH3/{arm}")
        if not unit:
            return None
        logs = [math.log(a["loss"] / b["loss"]) for a, b in zip(unit["turned"], unit["upright"])]
        middle, low, high = mean(logs)
        found[arm] = (math.exp(middle), math.exp(low), math.exp(min(high, 700.0)))
    plain, rotation = found["plain"], found["rotation"]
    holds, fails = plain[1] > 2 and rotation[2] < 2, plain[2] < 2 or rotation[1] > 2
    verdict = HOLDS if holds else FAILS if fails else OPEN
    return verdict, f"loss when turned over loss when upright: {words(found)}", BRACKETS
