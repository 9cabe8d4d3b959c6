"""The page of the lattice study and its verdicts, from results made up in the form that the units give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symmetra import report
from symmetra.studies.lattice.config import CLAIMS, KINDS, MUS, SCALES, SIZES
from symmetra.studies.lattice.gathered import expected
from symmetra.studies.lattice.intervals import crossing, ratio
from symmetra.studies.lattice.report import document
from symmetra.studies.lattice.tables import STATEMENTS
from symmetra.studies.lattice.verdicts import verdicts
from symmetra.studies.runner import FAILS, HOLDS, OPEN
from symmetra.studies.runner.intervals import share

LAPTOP = SCALES["laptop"]
BOXES = tuple(f"{a}x{b}" for a, b in SIZES)
SQUARES, ETAS, WORM_MUS = ("8x8", "16x16", "32x32", "64x64"), ("4.01", "4.04", "4.25"), ("1", "1.25", "1.5")
TRAINING, LARGE = LAPTOP.regression.train, LAPTOP.regression.large_train
LEVELS = {
    "EQ": 2e-8,
    "ST": 3e-5,
    "FL": 1e-4,
    "ST+aug": 2e-5,
    "FL+aug": 5e-5,
    "ST-stride": 5e-5,
    "FL-large": 1e-5,
}  # errors of regression
COUNT = 5  # instances of everything
rng = np.random.default_rng(0)


def scatter(level: float) -> list[float]:
    return [float(v) for v in level * np.exp(rng.normal(0, 0.3, COUNT))]


def regression() -> dict[str, Any]:
    """EQ learns from more samples, the others do not; the Monte Carlo is a kink with errors of 0.002."""
    truth = {"n": [max(0.0, 4.8 * (mu - 0.93)) for mu in MUS], "phi2": [0.2585 + max(0.0, mu - 0.93) for mu in MUS]}
    ensemble = {"mu": list(MUS)} | truth | {f"{name}_error": [2e-3] * len(MUS) for name in truth}
    found: dict[str, Any] = {f"regression/ensembles/{box}": ensemble for box in BOXES}
    for kind, level in LEVELS.items():
        for count in {"FL-large": [LARGE], "ST-stride": TRAINING[-1:]}.get(kind, TRAINING):
            own = level * (TRAINING[-1] / count if kind == "EQ" else 1.0)
            boxes = {"FL-large": ("200x10",), "FL": ("60x4",), "FL+aug": ("60x4",)}.get(kind, BOXES)
            curve = {name: [[v + own**0.5 * (i - 2) / 2 for i in range(COUNT)] for v in truth[name]] for name in truth}
            found[f"regression/{kind}/n{count}/instances"] = {
                "parameters": 10**7 if kind == "FL-large" else 900,
                "test_mse": scatter(own),
                "validation": [1.0, 1.0, 0.5, 1.0, 1.0],
                "adamw": scatter(1e-4),
                "by_size": {box: scatter(own) for box in boxes},
                "by_mu": {box: {f"{mu:g}": scatter(own) for mu in MUS} for box in ("60x4", "200x10") if box in boxes},
                "curves": {"200x10": {"mu": list(MUS)} | curve} if "200x10" in boxes else {},
            }
    return found


def worms(task: str, kind: str) -> dict[str, Any]:
    """Accuracies that are lost by the kind and, in counting, most with three worms; a map that sees one sign."""
    lost = {"EQ": 0.0, "ST": 0.01, "FL": 0.1}[kind] * (1 if task == "detection" else 4)
    boxes = SQUARES if kind != "FL" else SQUARES[:1]
    settings = [f"{box}|{eta}|{mu}" for box in boxes for eta in ETAS for mu in WORM_MUS]
    keys = settings if task == "detection" else [f"{box}|{n}" for box in boxes for n in range(11)]
    at = {key: 0.3 if key.endswith("|3") else 1.0 for key in keys}
    divergence = np.zeros((8, 8), dtype=int)
    divergence[2, 3], divergence[5, 3] = 1, -1
    response = np.where(divergence > 0, 1.0, 0.05)[:: 2 if kind == "ST" else 1, :: 2 if kind == "ST" else 1]
    result: dict[str, Any] = {"parameters": 1234, "loss": {key: scatter(1e-6 + lost) for key in keys}}
    result["accuracy"] = {key: [1 - lost * min(1.0, v) / at[key] for v in scatter(0.2)] for key in keys}
    if task == "detection":
        result["reaction"] = [0.99, 0.01, 0.95, 0.0, 1.0]
        result["feature_maps"] = {"divergence": divergence.tolist(), "map": response.tolist()}
    return result


def made_up() -> dict[str, Any]:
    """All units of the study."""
    found = regression()
    for task in ("regression", "detection", "counting"):
        for kind in KINDS:
            trials = [[{"channels": 8}, 2.0], [{"channels": 16, "rate": 0.01}, 1.0]]
            found[f"{task}/search/{kind}"] = {"best": trials[1][0], "value": 1.0, "parameters": 900, "trials": trials}
            if task != "regression":
                found[f"{task}/{kind}/instances"] = worms(task, kind)
    return found


RESULTS = made_up()


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(LAPTOP, results)}


def without(*beginnings: str) -> dict[str, Any]:
    return {key: value for key, value in RESULTS.items() if not key.startswith(beginnings)}


def changed(key: str, **values: Any) -> dict[str, Any]:
    """The results with some values of one unit replaced."""
    return RESULTS | {key: RESULTS[key] | values}


def test_every_claim_is_decided_and_beside_a_statement() -> None:
    keys = [plan.key for plan in CLAIMS]
    assert list(decided(RESULTS)) == keys == list(STATEMENTS)
    # Detection is perfect on every size here: it does not fall.
    assert decided(RESULTS) == {key: FAILS if key == "detection sizes" else HOLDS for key in keys}
    assert set(decided({}).values()) == {OPEN}


EQ = f"regression/EQ/n{TRAINING[-1]}/instances"
DETECTOR, COUNTER = "detection/EQ/instances", "counting/EQ/instances"
CASES = [
    ("level", {EQ: RESULTS[EQ] | {"test_mse": [2e-7] * 5}}, FAILS),
    ("better", changed(EQ, test_mse=[1e-6] * 5), FAILS),
    ("augmentation", without("regression/ST+aug"), OPEN),
    ("better", without(EQ), OPEN),  # not: EQ with fewer samples against the others with more
    ("better", without(*(f"regression/{kind}/n{TRAINING[-1]}/" for kind in (*KINDS, "ST+aug", "FL+aug"))), OPEN),
    ("samples", without(f"regression/FL/n{TRAINING[0]}/"), OPEN),
    ("augmentation", changed(EQ, test_mse=[None] * 5), FAILS),
    ("samples", changed(EQ, test_mse=[1e-3] * 5), FAILS),
    ("sizes", changed(EQ, by_size={"50x2": [1e-8] * 5}), OPEN),
    ("sizes", changed(EQ, by_size={"50x2": [1e-6] * 5}), FAILS),
    ("earlier network", changed(f"regression/FL-large/n{LARGE}/instances", test_mse=[1e-6, 1e-2]), FAILS),
    ("parameters", changed("detection/search/FL", parameters=10**6), FAILS),
    ("parameters", without("detection/search"), OPEN),
    ("one sign", changed(DETECTOR, reaction=[0.5] * 5), FAILS),
    ("one sign", changed(DETECTOR, accuracy={"8x8|4.01|1": [0.5] * 5}), OPEN),
    ("detection", changed(DETECTOR, accuracy={"8x8|4.01|1": [0.97] * 5}), FAILS),
    ("detection", changed(DETECTOR, accuracy={"8x8|4.01|1.5": [0.97] * 5}), OPEN),  # seen in training
    ("detection order", without("detection/FL"), OPEN),
    ("counting", changed(COUNTER, accuracy={"8x8|3": [1.0] * 4 + [0.9]}), FAILS),
]


@pytest.mark.parametrize(("key", "results", "verdict"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_verdicts(key: str, results: dict[str, Any], verdict: str) -> None:
    assert decided(results)[key] == verdict


@pytest.mark.parametrize(("shift", "verdict"), [(0.001, HOLDS), (0.004, FAILS)])
def test_curves_are_held_to_the_monte_carlo_error(shift: float, verdict: str) -> None:
    """The instance that is judged is the one with the smallest validation error, whatever the others predict."""
    truth = RESULTS["regression/ensembles/200x10"]
    curves = {"mu": list(MUS)} | {name: [[v + shift, 9.0] for v in truth[name]] for name in ("n", "phi2")}
    found = decided(changed(EQ, curves={"200x10": curves}, validation=[1.0, 2.0]))
    assert (found["silver blaze"], found["onset"]) == (verdict, verdict)
    assert decided(changed(EQ, curves={"200x10": curves}, validation=[2.0, 1.0]))["silver blaze"] == FAILS


def test_the_page_shows_every_figure() -> None:
    page = report.render(document(LAPTOP, RESULTS, "symmetra study report lattice"))
    assert page.count("<svg") == 18 and len(page) < 2_000_000
    assert all(claim.claim[1:40] in page for claim in CLAIMS) and "NaN" not in page
    assert all(f"Figure {figure}" in page for figure in ("2", "3", "4", "5", "6a", "6b", "7a", "7b"))
    assert set(expected(LAPTOP)) == set(RESULTS) and f"All {len(RESULTS)} units were run" in page


@pytest.mark.parametrize("part", ["regression/E", "regression/ens", "regression", "detection", "counting", ""])
def test_the_page_from_part_of_the_results(part: str) -> None:
    made = document(LAPTOP, without(part), "")
    (listing,) = (section.blocks[1] for section in made.sections if section.heading == "What was run")
    assert isinstance(listing, report.Listing)
    assert set(listing.items) == {key for key in RESULTS if key.startswith(part)}
    if not part:
        assert "not run" in report.render(made)


def test_intervals() -> None:
    rng = np.random.default_rng(1)
    covered = sum(
        low < 2 < high
        for _, low, high in (
            ratio((2 * np.exp(rng.normal(size=5))).tolist(), np.exp(3 * rng.normal(size=8)).tolist())
            for _ in range(200)
        )
    )
    assert 180 <= covered <= 200
    assert ratio([2.0, float("inf")], [1.0, 1.0])[1:] == (0.0, float("inf"))
    assert share(0, 5)[0] == 0.0 and share(3, 4)[0] < 0.75 < share(3, 4)[1]
    assert crossing([0.0, 1.0], [0.1, 0.2], 0.05) is None
