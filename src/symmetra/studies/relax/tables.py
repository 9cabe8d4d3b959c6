"""The tables of the page."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Any

from symmetra.report import Table, number
from symmetra.studies.relax import gathered as of
from symmetra.studies.relax.config import ARMS, BODIES, SHAPES, RelaxConfig
from symmetra.studies.relax.drawings import DATA_NAMES, STYLES, TOY_NAMES
from symmetra.studies.relax.gathered import Results
from symmetra.studies.relax.study import chosen
from symmetra.studies.runner.intervals import mean


def toy(results: Results) -> Table:
    """Every kind of data and method: errors full and projected, ratios, |γ| at the end."""
    rows = []
    for data in of.toy_data(results):
        for name, label in TOY_NAMES.items():
            full, bare, last = (list(of.toy(results, data, name, q).values()) for q in ("full", "projected", "last"))
            if not full:
                continue
            ratios = [
                [a / b for a, b in zip(*of.paired(ours, of.toy(results, data, other, "deployed")))]
                for other in ("strict", "free")
                for ours in [of.toy(results, data, name, "deployed")]
            ]
            middles = [number(statistics.median(values), 3) for values in (full, bare)]
            cells = [_median_and_range(values) for values in ratios]
            rows.append((DATA_NAMES[data], label, *middles, *cells, number(statistics.median(last), 2)))
    columns = ("data", "method", "full", "projected", "over strict", "over free", "|γ| late")
    caption = (
        "Test errors over the mean square of the targets, medians over the draws: with the free branches (full) and "
        "without (projected). Ratios are of the errors as deployed, paired by draw, with their ranges. |γ| late: the "
        "largest over the last fifth of the steps, median."
    )
    return Table(columns, rows, caption, "llrrllr")


def _median_and_range(values: Sequence[float]) -> str:
    if not values:
        return ""
    return f"{statistics.median(values):.2g} ({min(values):.2g}–{max(values):.2g})"


def verdicts(results: Results) -> Table:
    """What the verdict says of every draw."""
    rows = []
    for data in of.toy_data(results):
        start = f"toy/{data}/verdict/seed"
        for key, value in sorted(item for item in results.items() if item[0].startswith(start)):
            levels = [f"{max(map(max, value[name])):.2g}" for name in ("multipliers", "clean")]
            ablation = [statistics.geometric_mean(column) for column in zip(*(value["ablation"] or []))]
            freed = ", ".join(f"{loss:.2f}" for loss in ablation)
            named = "none" if value["layer"] is None else str(value["layer"])
            margin = f"{value['margin']:.2g}"
            rows.append((DATA_NAMES[data], key.removeprefix(start), value["answer"], named, *levels, margin, freed))
    columns = ("data", "draw", "verdict", "layer", "|λ|", "clean |λ|", "margin", "freed")
    caption = (
        "The largest multipliers of the damped equality problem, the same from data made symmetric (clean), and errors "
        "with one layer free at a time (freed). A layer is named only where freeing it alone leaves clearly less than "
        "freeing any other."
    )
    return Table(columns, rows, caption, "lrllrrrl")


def bodies(config: RelaxConfig, results: Results) -> Table:
    """Every arm at every size: geometric means of the test errors."""
    every = of.sizes(results)
    rows = []
    for arm in (arm for arm in ARMS if any(of.bodies(results, arm, size) for size in every)):
        cells = []
        for size in every:
            values = list(of.bodies(results, arm, size).values())
            cells.append(number(1e3 * statistics.geometric_mean(values), 3) if values else "")
        last = of.bodies(results, arm, every[-1], "defect").values()
        defect = f"{max(last):.1e}" if last else ""
        rows.append((STYLES[arm][0], *cells, str(len(of.bodies(results, arm, every[-1]))), defect))
    columns = ("arm", *(f"{size:,}" for size in every), "seeds", "defect")
    caption = (
        "Mean square errors × 10³ of a coordinate as deployed, by training systems: geometric means over "
        f"{config.bodies.seeds} seeds, of the two at the top {config.bodies.pairs}; {config.bodies.steps:,} steps "
        "each. Defect: the largest relative equivariance error as deployed, float32."
    )
    return Table(columns, rows, caption, "l" + "r" * (len(columns) - 1))


def samples(results: Results) -> Table:
    """Every arm over the strict net at every size."""
    rows = []
    for arm in (arm for arm in ARMS if arm != "strict"):
        pairs = [of.ratio(*(of.bodies(results, a, size) for a in (arm, "strict"))) for size in of.sizes(results)]
        if any(pairs):
            rows.append((STYLES[arm][0], *map(of.words, pairs)))
    caption = "Errors over those of the strict net, by training systems: geometric means, 95 % intervals, by seed."
    columns = ("arm", *(f"{size:,}" for size in of.sizes(results)))
    return Table(columns, rows, caption, "l" * len(columns))


def field(results: Results) -> Table:
    """The field inside the window: errors and ratios."""
    rows = []
    for size in of.sizes(results, "field"):
        for arm in ARMS:
            values = of.bodies(results, arm, size, part="field")
            if values:
                pairs = [
                    of.ratio(values, of.bodies(results, other, size, part="field")) for other in ("strict", "free")
                ]
                middle = number(1e3 * statistics.geometric_mean(values.values()), 3)
                full = of.bodies(results, arm, size, "full", "field")
                before = number(1e3 * statistics.geometric_mean(full.values()), 3)
                rows.append((STYLES[arm][0], middle, before, *(of.words(pair) for pair in pairs)))
    caption = "Mean square errors × 10³, as deployed and with the free branches kept; ratios with 95 % intervals."
    return Table(("arm", "deployed", "full", "over strict", "over free"), rows, caption, "lrrll")


def shapes(config: RelaxConfig, results: Results) -> Table:
    """Every classifier: right answers by share of points left out."""
    rows = []
    for arm in SHAPES:
        found = list(of.shapes(results, arm).values())
        if found:
            cells = [_percent(column) for column in zip(*found)]
            rows.append(
                (STYLES[arm][0], *cells, f"{max(of.shapes(results, arm, 'defect').values()):.1e}", str(len(found)))
            )
    shares = (f"{100 * share:g} %" for share in config.shapes.shares)
    caption = (
        "Right answers in per cent by share of the points left out, on clouds and orientations never seen: means over "
        "seeds, ± half of the 95 % interval. Defect: the largest relative change of the scores under rotations, as "
        "deployed."
    )
    columns = ("arm", *shares, "defect", "seeds")
    return Table(columns, rows, caption, "l" + "r" * (len(columns) - 1))


def _percent(shares: Sequence[float]) -> str:
    middle, _, high = mean([100 * share for share in shares])
    return f"{middle:.1f} ± {high - middle:.1f}" if math.isfinite(high) else f"{middle:.1f}"


def settings(config: RelaxConfig, results: Results) -> Table:
    """What the searches chose."""
    rows = []
    parts = (("bodies", BODIES, config.bodies), ("field", BODIES, config.bodies), ("shapes", SHAPES, config.shapes))
    for part, grid, own in parts:
        count = own.settings
        for arm, points in grid.items():
            best = chosen(f"{part}/search/{arm}", count, results)
            if best is not None:
                tried = "; ".join(_setting(*point) for point in points[:count])
                rows.append((part, STYLES[arm][0], _setting(*points[best]), tried))
    caption = "Settings with the least validation error in one training each, from starts that are not compared later."
    return Table(("task", "arm", "chosen", "tried"), rows, caption)


def _setting(rate: float, given: dict[str, Any]) -> str:
    return ", ".join([f"rate {rate:g}", *(f"{name} {value:g}" for name, value in given.items())])
