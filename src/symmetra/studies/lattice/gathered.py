"""Reading the results of the units: which there are, sorted as the page wants them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from symmetra.studies.lattice.config import KINDS, LatticeConfig
from symmetra.studies.lattice.intervals import crossing
from symmetra.studies.lattice.regression import boxes

Results = Mapping[str, dict[str, Any]]
Scores = Mapping[str, Sequence[Any]]

TRAINED_ON = "60x4"  # the box that the regression is trained on
LARGEST = "200x10"  # and the one on which the Silver Blaze is sharpest
HALF_STEP = 0.05  # of its density, which rises by 1/10 for every unit of charge
SEEN = {("8x8", "4.01", "1.5"), ("8x8", "4.25", "1")}  # box, eta and mu that the worm tasks are trained on


def scan(results: Results, kind: str) -> dict[int, dict[str, Any]]:
    """The instances of a kind of network in the regression, by the number of training samples."""
    found = {}
    for key, value in results.items():
        parts = key.split("/")
        if parts[0] == "regression" and len(parts) == 4 and parts[1] == kind and parts[3] == "instances":
            found[int(parts[2].removeprefix("n"))] = value
    return dict(sorted(found.items()))


def largest(results: Results, kind: str) -> dict[str, Any]:
    """Those with the most training samples that any network had; empty if this kind was not trained on so many."""
    return scan(results, kind).get(most(results), {})


def most(results: Results) -> int:
    """The largest training set at 60×4 that there are instances for."""
    return max((count for kind in (*KINDS, "ST+aug", "FL+aug") for count in scan(results, kind)), default=0)


def errors(result: Mapping[str, Any], size: str = TRAINED_ON) -> list[float]:
    """Mean square error of every instance on a box, over all chemical potentials."""
    return finite(result.get("by_size", {}).get(size, []))


def curve(results: Results, kind: str) -> dict[str, Any]:
    """The predicted curves on the largest box; empty if there are none."""
    return largest(results, kind).get("curves", {}).get(LARGEST, {})


def chosen(results: Results, kind: str) -> int:
    """The instance with the smallest validation error, among those with the most training samples."""
    values = finite(largest(results, kind).get("validation", []))
    return values.index(min(values)) if values else 0


def pulls(results: Results, kind: str, name: str) -> dict[float, list[float]]:
    """Mean prediction of every instance less the mean true value of the same configurations, in Monte-Carlo errors.

    Where the chains never moved, so that they tell no error, there is no distance.
    """
    own, truth = curve(results, kind), results.get(f"regression/ensembles/{LARGEST}", {})
    if not own or not truth:
        return {}
    error = dict(zip(truth["mu"], truth[f"{name}_error"]))
    true: Sequence[float] = own.get(f"{name}_true") or truth[name]
    rows = zip(own["mu"], own[name], true, strict=True)
    return {mu: [(value - at) / error[mu] for value in finite(row)] for mu, row, at in rows if error[mu]}


def onset(results: Results, kind: str) -> float | None:
    """μ at which the density that the chosen instance predicts comes up through half of the first step."""
    own = curve(results, kind)
    return crossing(own["mu"], [finite(row)[chosen(results, kind)] for row in own["n"]], HALF_STEP) if own else None


def onset_interval(results: Results) -> tuple[float, float] | None:
    """The same of the Monte-Carlo values plus and less 1.96 standard errors."""
    truth = results.get(f"regression/ensembles/{LARGEST}", {})
    if not truth:
        return None
    ends = (
        crossing(truth["mu"], [n + sign * 1.96 * e for n, e in zip(truth["n"], truth["n_error"])], HALF_STEP)
        for sign in (1, -1)
    )
    low, high = ends
    return None if low is None or high is None else (low, high)


def instances(results: Results, task: str, kind: str) -> dict[str, Any]:
    """The instances of a worm task, ``detection`` or ``counting``; empty if none were trained."""
    return results.get(f"{task}/{kind}/instances", {})


def pooled(scores: Scores, chosen: Callable[..., bool]) -> list[float]:
    """The mean of every instance over the settings that are chosen by the parts of their key."""
    rows = [finite(values) for key, values in scores.items() if chosen(*key.split("|"))]
    return [statistics.fmean(column) for column in zip(*rows)] if rows else []


def against(scores: Scores, place: int, size: str = "") -> dict[str, list[float]]:
    """The scores of every instance against one part of the key, on one box or on all of them."""
    values = sorted({key.split("|")[place] for key in scores if not size or key.split("|")[0] == size}, key=order)
    return {
        value: pooled(scores, lambda *parts: parts[place] == value and (not size or parts[0] == size))  # noqa: B023
        for value in values
    }


def order(text: str) -> tuple[float, ...]:
    """Sort numbers by value and boxes by the number of their sites."""
    parts = [float(part) for part in text.split("x")]
    return math.prod(parts), *parts


def finite(values: Sequence[Any]) -> list[float]:
    """The journal writes null for what is not finite: a training that went astray counts as infinitely bad."""
    return [math.inf if value is None else float(value) for value in values]


def best(values: Sequence[float]) -> float:
    """The smallest, or infinity where there is none."""
    return min(values, default=math.inf)


def expected(config: LatticeConfig) -> list[str]:
    """The keys of all units, those included that can only be stated once a search is done."""
    regression = config.regression
    keys = [f"regression/ensembles/{a}x{b}" for a, b in boxes(config)]
    kinds = (*KINDS, "ST+aug", "FL+aug")
    keys += [f"regression/{kind}/n{count}/instances" for kind in kinds for count in regression.train]
    keys.append(f"regression/ST-stride/n{regression.train[-1]}/instances")
    keys += [f"regression/FL-large/n{regression.large_train}/instances"] if regression.large_train else []
    for task in ("regression", "detection", "counting"):
        keys += [f"{task}/search/{kind}" for kind in KINDS]
        keys += [f"{task}/{kind}/instances" for kind in KINDS if task != "regression"]
    return keys
