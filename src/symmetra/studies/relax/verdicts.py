"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from symmetra.studies.relax import gathered as of
from symmetra.studies.relax.config import CLAIMS, HEURISTICS, RelaxConfig
from symmetra.studies.relax.gathered import Results
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, Decision, decided
from symmetra.studies.runner.intervals import mean, share

Interval = tuple[float, float, float]


def verdicts(config: RelaxConfig, results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[RelaxConfig, Results], Decision | None]] = {
        "converges": _converges,
        "textbook": _textbook,
        "resilient": _resilient,
        "ridge": _ridge,
        "verdict": _verdict,
        "performance": _performance,
        "not worse": _not_worse,
        "heuristics": _heuristics,
        "sample efficiency": _samples,
        "equilibrium": _equilibrium,
        "robustness": _robustness,
        "exact": _exact,
    }
    return decided(CLAIMS, lambda plan: deciders[plan.key](config, results))


def below_one(intervals: Sequence[Interval]) -> str:
    """Whether all lie below 1; not decidable where one reaches across it and none lies above."""
    if any(low > 1 for _, low, _ in intervals):
        return FAILS
    return HOLDS if all(high < 1 for *_, high in intervals) else OPEN


def _medians(results: Results, data: str, ours: str, other: str) -> list[float]:
    pairs = zip(*of.paired(of.toy(results, data, ours, "deployed"), of.toy(results, data, other, "deployed")))
    return [a / b for a, b in pairs]


def _converges(config: RelaxConfig, results: Results) -> Decision | None:
    last = list(of.toy(results, "symmetric", "equality", "last").values())
    ratios = _medians(results, "symmetric", "equality", "strict")
    if not ratios:
        return None
    pairs = zip(*(of.toy(results, "symmetric", "equality", name).values() for name in ("full", "projected")))
    gap = max(abs(full / projected - 1) for full, projected in pairs)
    middle = statistics.median(ratios)
    holds = max(last) < config.largest and gap < 0.01 and middle <= config.worse
    value = f"median ratio to strict {middle:.3g}; full over projected differs by {100 * gap:.2g} % at most"
    certainty = f"largest |γ| {max(last):.2g}, ratios {min(ratios):.3g} to {max(ratios):.3g} in {len(ratios)} draws"
    return (HOLDS if holds else FAILS), value, certainty


def _textbook(config: RelaxConfig, results: Results) -> Decision | None:
    last = list(of.toy(results, "symmetric", "textbook", "last").values())
    ratios = _medians(results, "symmetric", "textbook", "equality")
    if not ratios:
        return None
    middle = statistics.median(ratios)
    words = [word for draw in of.toy(results, "symmetric", "textbook", "words").values() for word in draw]
    holds = min(last) >= config.largest and middle > config.worse
    value = f"projected error {middle:.3g} times that of the damped one, median; |γ| {min(last):.3g} to {max(last):.3g}"
    seen = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    return (HOLDS if holds else FAILS), value, f"layers: {seen}; ratios {min(ratios):.3g} to {max(ratios):.3g}"


def _resilient(config: RelaxConfig, results: Results) -> Decision | None:
    lines, holds, draws = [], True, 0
    for data in of.toy_data(results):
        to_strict, to_free = (_medians(results, data, "resilient", other) for other in ("strict", "free"))
        if data == "symmetric" or not to_strict or not to_free:
            continue
        middles = statistics.median(to_strict), statistics.median(to_free)
        holds, draws = holds and middles[0] <= 0.5 and middles[1] <= 1.02, len(to_strict)
        lines.append(f"layer {data[-1]}: {middles[0]:.3g} and {middles[1]:.3g}")
    if not lines:
        return None
    value = "error over strict and over free, medians: " + "; ".join(lines)
    whole = len(lines) == len(config.toy.data) - 1 and draws == config.toy.seeds
    verdict = FAILS if not holds else HOLDS if whole else OPEN
    return verdict, value, f"{draws} draws for each layer; ranges in the table"


def _ridge(config: RelaxConfig, results: Results) -> Decision | None:
    found = {}
    for data in of.toy_data(results):
        interval = of.ratio(of.toy(results, data, "resilient", "deployed"), of.toy(results, data, "ridge", "deployed"))
        if interval is not None:
            found[data] = interval
    if not found:
        return None
    verdict = below_one(list(found.values()))
    verdict = OPEN if verdict == HOLDS and len(found) < len(config.toy.data) else verdict
    value = "resilient over ridge: " + "; ".join(f"{data} {of.words(i)}" for data, i in found.items())
    return verdict, value, "95 % intervals; the weight of the ridge is tuned in every draw"


def _verdict(config: RelaxConfig, results: Results) -> Decision | None:
    right = wrong = named = undecided = 0
    for data in of.toy_data(results):
        answers, layers = (_by_draw(results, data, name) for name in ("answer", "layer"))
        expected = "symmetric" if data == "symmetric" else "broken"
        for answer, layer in zip(answers, layers):
            right += answer == expected
            undecided += answer == "undecided"
            named += layer is not None and f"broken{layer}" == data
            wrong += layer is not None and f"broken{layer}" != data
    total = sum(key.split("/")[2] == "verdict" for key in results if key.startswith("toy/"))
    if not total:
        return None
    whole = total == len(config.toy.data) * config.toy.seeds
    verdict = FAILS if right < total or wrong else HOLDS if whole else OPEN
    value = f"{right} of {total} right, {undecided} undecided, {wrong} wrong layers named, {named} right ones"
    low, high = share(right, total)
    return verdict, value, f"share of right answers in [{low:.2g}, {high:.2g}] at 95 %"


def _by_draw(results: Results, data: str, name: str) -> list[Any]:
    return [value[name] for key, value in results.items() if key.startswith(f"toy/{data}/verdict/")]


def wrong_answers(results: Results, arm: str) -> dict[int, float]:
    """The share of wrong answers over all shares of points left out, by seed."""
    return {seed: 1 - statistics.fmean(shares) for seed, shares in of.shapes(results, arm).items()}


def _performance(config: RelaxConfig, results: Results) -> Decision | None:
    size = max(of.sizes(results), default=0)
    found = {
        "charged bodies": of.ratio(of.bodies(results, "projected", size), of.bodies(results, "strict", size)),
        "shapes": of.ratio(wrong_answers(results, "projected"), wrong_answers(results, "strict")),
    }
    known = {task: interval for task, interval in found.items() if interval is not None}
    if not known:
        return None
    verdict = below_one(list(known.values()))
    value = "projected over strict: " + "; ".join(f"{task} {of.words(i)}" for task, i in known.items())
    return (verdict if len(known) == len(found) else OPEN), value, "geometric means with 95 % intervals"


def _not_worse(config: RelaxConfig, results: Results) -> Decision | None:
    size = max(of.sizes(results), default=0)
    interval = of.ratio(of.bodies(results, "projected", size), of.bodies(results, "strict", size))
    if interval is None:
        return None
    aim = "reached" if interval[0] <= config.aim else "not reached"
    value = f"{of.words(interval)} with {size:,} systems; the aim of {config.aim:g} is {aim}"
    seeds = len(of.bodies(results, "projected", size))
    return (HOLDS if interval[0] <= config.worse else FAILS), value, f"{seeds} seeds, equal epochs"


def best_constrained(results: Results, size: int) -> str | None:
    """Of projected and resilient the one with the smaller validation error, median over the seeds of both."""
    arms = ("projected", "resilient")
    scores = of.paired(*(of.bodies(results, arm, size, "validation") for arm in arms))
    return min(zip(arms, scores), key=lambda pair: statistics.median(pair[1]))[0] if scores[0] else None


def _heuristics(config: RelaxConfig, results: Results) -> Decision | None:
    size = max(of.sizes(results), default=0)
    ours = best_constrained(results, size)
    if ours is None:
        return None
    pairs = {arm: of.ratio(of.bodies(results, ours, size), of.bodies(results, arm, size)) for arm in HEURISTICS}
    known = {arm: interval for arm, interval in pairs.items() if interval is not None}
    if not known:
        return None
    verdict = below_one(list(known.values()))
    value = f"{ours} over: " + "; ".join(f"{arm} {of.words(interval)}" for arm, interval in known.items())
    return (verdict if len(known) == len(pairs) else OPEN), value, f"{size:,} systems, 95 % intervals"


def _samples(config: RelaxConfig, results: Results) -> Decision | None:
    found = {}
    for size in of.sizes(results):
        interval = of.ratio(of.bodies(results, "projected", size), of.bodies(results, "strict", size))
        if interval is not None:
            found[size] = interval
    if not found:
        return None
    better, worse = sum(high < 1 for *_, high in found.values()), sum(low > 1 for _, low, _ in found.values())
    verdict = HOLDS if better >= 2 and not worse else FAILS if worse else OPEN
    value = "projected over strict: " + "; ".join(f"{of.words(i)} at {size:,}" for size, i in found.items())
    return verdict, value, "geometric means with 95 % intervals"


def _equilibrium(config: RelaxConfig, results: Results) -> Decision | None:
    size = max(of.sizes(results, "field"), default=0)
    ours, strict, free = (of.bodies(results, arm, size, part="field") for arm in ("resilient", "strict", "free"))
    over_strict, over_free = of.ratio(ours, strict), of.ratio(ours, free)
    if over_strict is None or over_free is None:
        return None
    failed = over_strict[1] > 1 or over_free[1] > 1
    verdict = FAILS if failed else HOLDS if over_strict[2] < 1 else OPEN
    lost = len(free) - len(of.bodies(results, "free", size, "validation", "field"))
    words = f"{len(ours)} seeds" + (f"; {lost} of the free nets ran away" if lost else "")
    return verdict, f"over strict {of.words(over_strict)}; over free {of.words(over_free)}", words


def _robustness(config: RelaxConfig, results: Results) -> Decision | None:
    ours, strict = (of.shapes(results, arm) for arm in ("projected", "strict"))
    common = [seed for seed in ours if seed in strict]
    if not common:
        return None
    lines, intervals = [], []
    for place, left_out in enumerate(config.shapes.shares):
        if left_out < 0.7:
            continue
        middle, low, high = mean([100 * (ours[seed][place] - strict[seed][place]) for seed in common])
        intervals.append((middle, low, high))
        lines.append(f"{of.words((middle, low, high))} points at {100 * left_out:g} %")
    lower, higher = any(high < 0 for *_, high in intervals), all(low > 0 for _, low, _ in intervals)
    return (FAILS if lower else HOLDS if higher else OPEN), "; ".join(lines), f"{len(common)} seeds"


def _exact(config: RelaxConfig, results: Results) -> Decision | None:
    double = [v["defects"][1] for k, v in results.items() if k.startswith("toy/") and "defects" in v]
    single = [
        v["defect"] for k, v in results.items() if "/projected/seed" in k and k.split("/")[0] in ("bodies", "field")
    ]
    if not double or not single:
        return None
    holds = max(double) < 1e-12 and max(single) < 1e-5
    value = f"{max(double):.1e} in float64, {max(single):.1e} in float32"
    return (HOLDS if holds else FAILS), value, f"largest of {len(double)} and {len(single)} nets"
