"""Which claims hold, from the results that are there; what was not run is not decided."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from symmetra.report import number
from symmetra.studies.averaging.cells import Cell, Gain, Results, gain, gather, seeds, short, sign_test
from symmetra.studies.averaging.config import CLAIMS, INVARIANT, KEPT, LEAST, LEVEL, MOST, NEGATIVE, NETWORKS, WORSE
from symmetra.studies.runner import FAILS, HOLDS, OPEN, Claim, Decision, decided

NOISE = 1.005  # of the comparison between subgroups
EQUIVARIANT, BROKEN = 1e-6, 1e-2
WAYS = {"step": "step by step", "trajectory": "trajectory by trajectory"}


def verdicts(results: Results) -> list[Claim]:
    """The claims in the order of the plan."""
    deciders: dict[str, Callable[[list[Cell], Results], Decision]] = {
        "always": _always,
        "bar": _bar,
        "best case": _best_case,
        "horizons": _horizons,
        "few worse": _few_worse,
        "exact": _exact,
        "larger groups": _larger_groups,
        "at any time of training": _any_time,
        "augmentation": _augmentation,
        "gravity": _gravity,
        "guard": _guard,
        "trained": _trained,
    }
    cells = gather(results)
    return decided(CLAIMS, lambda plan: deciders[plan.key](cells, results) if cells else None)


def percent(value: float, digits: int = 0) -> str:
    """With its sign, as one reads it."""
    return f"{100 * value:+.{digits}f}\u00a0%".replace("-", "−")


def interval(found: Gain) -> str:
    """The interval of a gain, as the change of the loss that it is."""
    if not all(map(math.isfinite, found)):  # a rollout that blew up, or a single seed
        return percent(-found[0], 1) if math.isfinite(found[0]) else "no number"
    low, high = (f"{-100 * end:+.1f}".replace("-", "−") for end in (found[2], found[1]))
    return f"{percent(-found[0], 1)} [{low}, {high}]"


def p_value(p: float) -> str:
    """A probability, as small as it may be."""
    return number(p, 1)


def chosen(cells: Sequence[Cell], *systems: str) -> list[Cell]:
    """Those of some systems."""
    return [cell for cell in cells if cell.system in systems]


def _verdict(condition: object) -> str:
    return HOLDS if condition else FAILS


def _always(cells: list[Cell], _: Results) -> Decision:
    pairs = [(a, b) for c in cells for a, b in zip(c.losses().mean(1), c.losses(c.admitted).mean(1), strict=True)]
    lower = sum(after < before for before, after in pairs)
    gains = [1 - after / before for before, after in pairs]
    value = f"lower for {lower} of {len(pairs)} trained models"
    return _verdict(lower == len(pairs)), value, f"change {percent(-max(gains), 1)} to {percent(-min(gains), 1)}"


def _bar(cells: list[Cell], _: Results) -> Decision:
    own = chosen(cells, *INVARIANT)
    if len(own) < len(INVARIANT) * len(NETWORKS):
        return OPEN, "not all four were run", ""
    gains = {cell.title: cell.gain() for cell in own}
    worst = max(sign_test(a, b) for c in own for a, b in zip(c.losses(), c.losses(c.admitted), strict=True))
    reached = min(found[0] for found in gains.values()) >= LEAST and worst < LEVEL
    value = "; ".join(f"{title} {interval(found)}" for title, found in gains.items())
    return _verdict(reached), value, f"{seeds(own)} seeds; largest p {p_value(worst)}"


def _best_case(cells: list[Cell], _: Results) -> Decision:
    pairs = {f"{c.title}, one step": (c.losses(), c.losses(c.admitted)) for c in cells}
    steps = {where: gain(*pair) for where, pair in pairs.items()}
    for cell in cells:
        for way, words in WAYS.items():
            for window in cell.windows():
                over = cell.horizon("plain", window), cell.horizon(way, window)
                pairs[f"{cell.title}, rollout {window} {words}"] = over
    found = {where: gain(*pair) for where, pair in pairs.items()}
    where, alone = max(found, key=lambda key: found[key][0]), max(steps, key=lambda key: steps[key][0])
    before, after = (number(losses.mean(), 3) for losses in pairs[where])
    value = f"{interval(found[where])} ({where}, from {before} to {after})"
    return _verdict(found[where][0] >= MOST), value, f"the largest at one step: {interval(steps[alone])} ({alone})"


def _horizons(cells: list[Cell], _: Results) -> Decision:
    cases = [(cell, window) for cell in cells for window in cell.windows()]
    if not cases or len({window for _, window in cases}) < 2:
        return OPEN, "the rollouts are too short", ""
    before = [cell.horizon("plain", window) for cell, window in cases]
    after = [cell.horizon("step", window) for cell, window in cases]
    gains = [gain(a, b)[0] for a, b in zip(before, after, strict=True)]
    p = [sign_test(a.mean(0), b.mean(0)) for a, b in zip(before, after, strict=True)]
    good = [g > 0 and q < LEVEL for g, q in zip(gains, p, strict=True)]
    value = (
        f"lower in {sum(good)} of {len(cases)} windows, change {percent(-max(gains), 1)} to {percent(-min(gains), 1)}"
    )
    failing = [f"{c.title} {w}" for (c, w), fine in zip(cases, good, strict=True) if not fine]
    return _verdict(all(good)), value, f"largest p {p_value(max(p))}" + (f"; not {', '.join(failing)}" * bool(failing))


def _few_worse(cells: list[Cell], _: Results) -> Decision:
    shares = {cell.title: cell.worse() for cell in cells}
    value = f"largest share {100 * max(shares.values()):.1f} % ({max(shares, key=lambda title: shares[title])})"
    windows = sum(unit["test"]["windows"] for cell in cells for unit in cell.units)
    return _verdict(max(shares.values()) <= WORSE), value, f"{windows:,} windows in all"


def _exact(cells: list[Cell], _: Results) -> Decision:
    errors = {way: [u["equivariance"][way] for c in cells for u in c.units] for way in ("plain", "averaged")}
    value = f"averaged at most {number(max(errors['averaged']), 2)}, plain at least {number(min(errors['plain']), 2)}"
    fine = max(errors["averaged"]) <= EQUIVARIANT and min(errors["plain"]) > BROKEN
    return _verdict(fine), value, f"{len(errors['plain'])} models"


def _larger_groups(cells: list[Cell], _: Results) -> Decision:
    ratios = {
        (c.title, small, large): float(c.losses(large).mean() / c.losses(small).mean())
        for c in cells
        for small, large in c.lattice()
    }
    (title, small, large), worst = max(ratios.items(), key=lambda item: item[1])
    lower = sum(ratio < 1 for ratio in ratios.values())
    value = f"lower in {lower} of {len(ratios)} pairs"
    return (
        _verdict(worst <= NOISE),
        value,
        f"least favourable: {percent(worst - 1, 2)} ({title}, {short(small)} → {short(large)})",
    )


def _any_time(cells: list[Cell], _: Results) -> Decision:
    curves = [unit["record"]["curve"] for cell in cells for unit in cell.units]
    pairs = [pair for own in curves for pair in list(zip(own["plain"], own["averaged"], strict=True))[1:]]
    lower = sum(after < before for before, after in pairs)
    least = min(1 - after / before for before, after in pairs)
    value = f"lower at {lower} of {len(pairs)} validations"
    return _verdict(lower == len(pairs)), value, f"least favourable {percent(-least, 1)}"


def _augmentation(_: list[Cell], results: Results) -> Decision:
    cells = gather(results, "augmented")
    if not cells:
        return OPEN, "not run", ""
    pairs = [(a, b) for c in cells for a, b in zip(c.losses().mean(1), c.losses(c.admitted).mean(1), strict=True)]
    lower = sum(after < before for before, after in pairs)
    gains = "; ".join(f"{cell.title} {interval(cell.gain())}" for cell in cells)
    return _verdict(lower == len(pairs)), f"lower for {lower} of {len(pairs)} models", f"95 %: {gains}"


def _gravity(cells: list[Cell], _: Results) -> Decision:
    own = chosen(cells, NEGATIVE)
    if not own:
        return OPEN, "not run", ""
    values, fine, largest = [], [], 0.0
    for cell in own:
        whole, before = cell.groups[-1], cell.losses()
        for plain, all_eight, mirror in zip(before, cell.losses(whole), cell.losses(KEPT), strict=True):
            p = max(sign_test(all_eight, plain), sign_test(plain, mirror))
            fine.append(plain.mean() < all_eight.mean() and mirror.mean() < plain.mean() and p < LEVEL)
            largest = max(largest, p)
        values.append(f"{cell.title}: D4 {interval(cell.gain(whole))}, mirror {interval(cell.gain(KEPT))}")
    complete = len(own) == len(NETWORKS) or not all(fine)
    return _verdict(all(fine)) if complete else OPEN, "; ".join(values), f"largest p {p_value(largest)}"


def _guard(cells: list[Cell], _: Results) -> Decision:
    under, told, better, total = 0, 0, 0, 0
    for cell in cells:
        for seed, unit in enumerate(cell.units):
            best, total = unit["best"], total + 1
            helped = best != "trivial" and cell.losses(best)[seed].mean() < cell.losses()[seed].mean()
            better += bool(helped)
            if cell.system == NEGATIVE:
                under += 1
                told += unit["guard"][-1]["averaging"] == "hurts" and best == KEPT
    if not under:
        return OPEN, "buoyant flow was not run", ""
    value = f"under gravity {told} of {under} times D4 “hurts” and the mirror chosen"
    return _verdict(told == under and better == total), value, f"the choice lowers the test loss of {better} of {total}"


def _trained(cells: list[Cell], _: Results) -> Decision:
    units = [(cell, seed, unit) for cell in cells for seed, unit in enumerate(cell.units)]
    ratios = {f"{c.title}, seed {s}": c.losses()[s].mean() / u["persistence"] for c, s, u in units}
    worst = max(ratios, key=lambda title: ratios[title])
    stopped = sum(unit["record"]["stopped"] for *_, unit in units)
    value = f"at most {ratios[worst]:.2f} of persistence ({worst}), {stopped} of {len(units)} stopped by patience"
    least = min(ratios.values())
    return _verdict(ratios[worst] <= 0.5 and stopped == len(units)), value, f"the best {least:.2f}"
