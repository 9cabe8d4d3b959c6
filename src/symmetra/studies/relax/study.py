"""The study as the runner sees it: its parts, their units, its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from symmetra.studies.relax.bodies import forecast
from symmetra.studies.relax.circulants import learn
from symmetra.studies.relax.circulants import verdict as toy_verdict
from symmetra.studies.relax.config import ARMS, BODIES, SCALES, SHAPES, Grid, RelaxConfig
from symmetra.studies.relax.shapes import classify
from symmetra.studies.runner import Study, Unit

SEARCH_SEED = 100  # of the trainings by which settings are chosen


def units(config: RelaxConfig) -> list[Unit]:
    """The toy and the searches; first one seed of everything, then the next."""
    toy, found = config.toy, []
    for seed in range(toy.seeds):
        for data in toy.data:
            for name in _methods(data):
                weights = list(toy.weights) if name == "ridge" else [0.0]
                given = {"name": name, "data": data, "seed": seed, "steps": toy.steps, "weights": weights}
                found.append(Unit(f"toy/{data}/{name}/seed{seed}", learn, given))
    bodies, shapes = config.bodies, config.shapes
    for arm in bodies.arms:
        for place in range(bodies.settings):
            found.append(_forecast(config, f"bodies/search/{arm}/{place}", arm, bodies.tuned, SEARCH_SEED, place))
    for arm in bodies.field_arms:
        for place in range(bodies.settings):
            key = f"field/search/{arm}/{place}"
            found.append(_forecast(config, key, arm, bodies.tuned, SEARCH_SEED, place, bodies.field))
    for arm in shapes.arms:
        for place in range(shapes.settings):
            found.append(_classify(config, f"shapes/search/{arm}/{place}", arm, SEARCH_SEED, place))
    for seed in range(toy.seeds):
        for data in toy.data:
            seeds = [10 * seed + k for k in range(toy.verdict_seeds)]
            given = {"data": data, "seed": seed, "seeds": seeds, "steps": toy.verdict_steps}
            found.append(Unit(f"toy/{data}/verdict/seed{seed}", toy_verdict, given))
    return found


def later(config: RelaxConfig, results: Mapping[str, dict[str, Any]]) -> list[Unit]:
    """The comparisons, with the settings that the searches chose."""
    bodies, shapes, found = config.bodies, config.shapes, []
    largest = max(bodies.sizes)
    alone = _chosen("bodies", bodies.arms, bodies.settings, results)
    pulled = _chosen("field", bodies.field_arms, bodies.settings, results)
    solids = _chosen("shapes", shapes.arms, shapes.settings, results)
    for seed in range(bodies.seeds):
        for size in sorted(bodies.sizes, key=lambda size: (size != largest, size)):
            for arm, place in alone.items():
                found.append(_forecast(config, f"bodies/n{size}/{arm}/seed{seed}", arm, size, seed, place))
        for arm, place in pulled.items():
            key = f"field/n{largest}/{arm}/seed{seed}"
            found.append(_forecast(config, key, arm, largest, seed, place, bodies.field))
        for arm, place in solids.items():
            found.append(_classify(config, f"shapes/{arm}/seed{seed}", arm, seed, place))
    for arm in ("strict", "projected"):  # once more, for the claims on the two
        for seed, size in product(range(bodies.seeds, bodies.pairs), bodies.sizes) if arm in alone else ():
            found.append(_forecast(config, f"bodies/n{size}/{arm}/seed{seed}", arm, size, seed, alone[arm]))
        for seed in range(shapes.seeds, shapes.pairs) if arm in solids else ():
            found.append(_classify(config, f"shapes/{arm}/seed{seed}", arm, seed, solids[arm]))
    return found


def chosen(prefix: str, count: int, results: Mapping[str, dict[str, Any]]) -> int | None:
    """The place in the grid with the least validation error, once all of them were tried."""
    scores = [results.get(f"{prefix}/{place}", {}).get("validation", "none") for place in range(count)]
    if "none" in scores:
        return None
    return min(range(count), key=lambda place: float("inf") if scores[place] is None else scores[place])


def _chosen(part: str, arms: Sequence[str], count: int, results: Mapping[str, dict[str, Any]]) -> dict[str, int]:
    """Of the arms whose search is finished, the place of the best setting."""
    found = {arm: chosen(f"{part}/search/{arm}", count, results) for arm in arms}
    return {arm: place for arm, place in found.items() if place is not None}


def _methods(data: str) -> tuple[str, ...]:
    common = ("strict", "free", "equality", "resilient", "ridge")
    return (*common, "textbook") if data == "symmetric" else common


def _forecast(config: RelaxConfig, key: str, arm: str, size: int, seed: int, place: Any, field: float = 0.0) -> Unit:
    bodies = config.bodies
    steps = bodies.search_steps if seed == SEARCH_SEED else bodies.steps
    given = {**_setting(BODIES, arm, place), "size": size, "pool": max(bodies.sizes), "seed": seed, "steps": steps}
    return Unit(key, forecast, given | {"field": field})


def _classify(config: RelaxConfig, key: str, arm: str, seed: int, place: Any) -> Unit:
    shapes = config.shapes
    steps = shapes.search_steps if seed == SEARCH_SEED else shapes.steps
    given = {"seed": seed, "steps": steps, "counts": list(shapes.counts), "shares": list(shapes.shares)}
    return Unit(key, classify, _setting(SHAPES, arm, place) | given)


def _setting(grid: Grid, arm: str, place: int) -> dict[str, Any]:
    method, kind = ARMS[arm]
    rate, settings = grid[arm][place]
    return {"arm": method, "kind": kind, "rate": rate, "settings": dict(settings)}


def document(scale: str, results: Mapping[str, dict[str, Any]], command: str) -> Any:
    """The page from the results that are there."""
    from symmetra.studies.relax.report import document

    return document(SCALES[scale], results, command)


STUDY = Study(
    name="relax",
    title="adaptive constrained equivariance: a toy, charged bodies, shapes (arXiv:2505.13631)",
    scales=SCALES,
    units=units,
    document=document,
    later=later,
)
