"""The tables of the page."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from symmetra.report import Table, number
from symmetra.studies.runner.intervals import paired_ratio
from symmetra.studies.unified.cells import Results, gather
from symmetra.studies.unified.drawings import ARMS
from symmetra.studies.unified.verdicts import broken_errors, broken_noises, by_size, field_errors

FIELD_ARMS = {
    "plain": "plain",
    "shifts": "translations built in",
    "enforced": "SE(2) enforced",
    "promoted": "SE(2) promoted",
}


def recoveries(results: Results) -> Table:
    """Every cell: sizes, samples needed, the published median, exactness, time."""
    rows = [
        (
            *cell["columns"],
            str(cell["terms"]),
            f"{cell['median']:g} [{cell['least']}, {cell['most']}]",
            f"{cell['published']:g}",
            f"{cell['exact']} of {cell['seeds']}",
            f"{cell['determined']:g}",
            f"{cell['wrong']} of {cell['claims']}",
            number(cell["seconds"], 2),
        )
        for cell in gather(results)
    ]
    columns = (
        "candidates",
        "target",
        "d",
        "r",
        "terms",
        "samples",
        "published",
        "exact",
        "determined",
        "false",
        "CPU s",
    )
    caption = (
        "Samples: the smallest number at which every monomial coefficient is within 5e-3 of the largest, "
        "median and range over seeds. Exact: seeds whose rank is right and whose refitted coefficients are "
        "exact to 1e-8 at that number already. Determined: the number from which on the result says so itself, "
        "median. False: results that say so wrongly. CPU seconds of one whole bisection on one thread, median."
    )
    return Table(columns, rows, caption, "llrrrrrrrrr")


def pendulum(results: Results) -> Table:
    """Every arm: parameters, medians by number of trajectories."""
    sizes = sorted({size for arm in ARMS for size in by_size(results, arm, "validation")})
    rows = []
    for arm, (label, *_) in ARMS.items():
        scores = by_size(results, arm, "validation")
        if scores:
            parameters = next(
                v["parameters"] for k, v in results.items() if k.endswith(f"/{arm}") and "parameters" in v
            )
            cells = [number(statistics.median(scores[size]), 2) if size in scores else "" for size in sizes]
            rows.append((label, f"{parameters:,}", *cells))
    caption = "Best validation error (mean square, four later states) by training trajectories, medians over seeds."
    return Table(("model", "parameters", *map(str, sizes)), rows, caption, "lr" + "r" * len(sizes))


def fields(results: Results) -> Table:
    """Both families of networks: test errors by arm and number of pairs, and ratios to the plain one."""
    rows = []
    for family, words in (("cnn", "convolutions"), ("fno", "Fourier layers")):
        errors, moved = field_errors(results, family), field_errors(results, family, "moved")
        for arm, label in FIELD_ARMS.items():
            for size, values in errors.get(arm, {}).items():
                plain = errors.get("plain", {}).get(size, [])
                ratio = _ratio(values, plain) if arm != "plain" and len(plain) == len(values) else ""
                middle, shifted = statistics.median(values), statistics.median(moved[arm][size])
                rows.append((words, label, str(size), number(middle, 2), number(shifted, 2), ratio))
    columns = ("network", "arm", "pairs", "test error", "on moved fields", "over plain [95 %]")
    caption = "Relative test errors, medians over seeds; moved fields are shifted and turned by a right angle."
    return Table(columns, rows, caption, "llrrrl")


def _ratio(values: Sequence[float], plain: Sequence[float]) -> str:
    middle, low, high = paired_ratio(values, plain)
    return f"{middle:.2g} [{low:.2g}, {high:.2g}]" if high < 1e6 else f"{middle:.2g}"


def broken(results: Results) -> Table:
    """Every number of samples and noise: errors of the three models, and what the promoted one kept."""
    rows = []
    for noise in broken_noises(results):
        errors = broken_errors(results, noise)
        for samples, plain in errors["plain"].items():
            units = [v for k, v in results.items() if k.startswith(f"broken/n{samples}-noise{noise:g}/")]
            told = [unit for unit in units if unit["determined"]]
            right = [unit for unit in told if unit["kept"] == 1]
            angles = [unit["angle"] for unit in right if unit["angle"] is not None]
            middles = [number(statistics.median(errors[arm][samples]), 2) for arm in errors]
            ratio = _ratio(errors["promoted"][samples], plain)
            rows.append(
                (
                    f"{100 * noise:g} %",
                    str(samples),
                    *middles,
                    ratio,
                    f"{len(right)} of {len(told)}",
                    number(statistics.median(angles), 1) if angles else "",
                )
            )
    columns = (
        "noise",
        "samples",
        "plain",
        "enforced",
        "promoted",
        "over plain [95 %]",
        "one kept",
        "angle",
    )
    caption = (
        "Test errors over the scatter of the energy, medians over seeds; seeds in which the result says that its "
        "algebra is determined, and those of them that keep exactly one rotation; median angle between its axis and "
        "the true one."
    )
    return Table(columns, rows, caption, "rrrrrllr")


def defects(results: Results) -> Table:
    """What discovery says of the operator and of the trained networks, at the largest number of pairs."""
    rows: list[tuple[str, ...]] = []
    if "fields/truth" in results:
        true = results["fields/truth"]
        rows.append(("the operator itself", *_defects(true), true["algebra"]["name"]))
        rows.append(("times 1 + 0.2 sin x", *_defects(true["shaken"]), true["shaken"]["algebra"]["name"] or "none"))
    for family in ("cnn", "fno"):
        for arm, label in FIELD_ARMS.items():
            own = [(k, v) for k, v in results.items() if k.startswith(f"fields/{family}/{arm}/")]
            if own:
                _, value = max(own, key=lambda item: (int(item[0].split("/")[3][1:]), -int(item[0].split("/")[4][4:])))
                rows.append((f"{family.upper()}, {label}", *_defects(value), value["algebra"]["name"] or "none"))
    caption = "Relative defects of the three generators of SE(2), and the algebra that discovery certifies."
    return Table(("map", *(next(iter(_names(results)), ())), "algebra"), rows, caption)


def _names(results: Results) -> list[tuple[str, ...]]:
    return [tuple(value["defects"]) for key, value in results.items() if key.startswith("fields/")]


def _defects(value: Any) -> list[str]:
    return [number(v, 2) for v in value["defects"].values()]
