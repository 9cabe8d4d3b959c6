"""The verdicts and the page of the study of relaxed equivariance, from results made up in the form that units give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symmetra import report
from symmetra.studies.relax import gathered as of
from symmetra.studies.relax.config import ARMS, CLAIMS, SCALES, SHAPES
from symmetra.studies.relax.report import document
from symmetra.studies.relax.tables import toy as toy_table
from symmetra.studies.relax.verdicts import verdicts
from symmetra.studies.runner import FAILS, HOLDS, OPEN

LAPTOP = SCALES["laptop"]
rng = np.random.default_rng(0)
LEVELS = {"strict": 1.0, "projected": 0.7, "resilient": 0.72, "free": 1.2, "ridge": 1.1}
LEVELS |= {"schedule": 0.95, "penalty": 2.0, "pathway": 1.3, "plain": 2.2}
FIELD = {"strict": 10.0, "projected": 10.2, "resilient": 1.0, "free": 1.0, "ridge": 1.1}
# toy errors (full, projected) on symmetric and on broken data
TOY = {
    "strict": ((0.03, 0.03), (1.0, 1.0)),
    "free": ((0.11, 0.27), (0.16, 0.5)),
    "textbook": ((0.05, 0.15), (0.3, 0.5)),
    "equality": ((0.029, 0.029), (0.4, 0.6)),
    "resilient": ((0.03, 0.03), (0.15, 0.5)),
    "ridge": ((0.06, 0.1), (0.2, 0.5)),
}


def near(level: float) -> float:
    return float(level * np.exp(rng.normal(0, 0.02)))


def curves(layers: int, steps: int = 50) -> dict[str, Any]:
    rows = [[0.9**t for t in range(steps)] for _ in range(layers)]
    course = {"numbers": list(range(1, steps + 1)), "gammas": rows, "multipliers": rows, "slacks": rows}
    looks = {"steps": [10, 50], "full": [0.02, 0.01], "projected": [0.03, 0.01]}
    return course | looks | {"deviations": [0.1] * layers}


def made(levels: dict[str, float] = LEVELS, toy: dict[str, Any] = TOY, **verdict: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for data in LAPTOP.toy.data:
        for seed in range(5):
            for name, pair in toy.items():
                full, bare = (near(level) for level in pair[data != "symmetric"])
                bare = full if pair[0][0] == pair[0][1] and data == "symmetric" else bare
                last = 0.7 if name in ("textbook", "free", "ridge") else 1e-3
                found[f"toy/{data}/{name}/seed{seed}"] = {
                    "full": full,
                    "projected": bare,
                    "deployed": bare if name in ("strict", "textbook", "equality") else full,
                    "last": last,
                    "words": ["oscillating" if name == "textbook" else "settled"] * 3,
                    "defects": [0.1, 3e-16],
                    "curves": curves(3),
                }
            answer = {"answer": "symmetric" if data == "symmetric" else "broken", "layer": None}
            levels_of = {"multipliers": [[0.01 if data == "symmetric" else 0.6] * 3] * 2, "clean": [[0.01] * 3] * 2}
            ablation = None if data == "symmetric" else [[0.1, 0.1, 0.1]] * 2
            found[f"toy/{data}/verdict/seed{seed}"] = (
                answer | levels_of | {"margin": 50.0, "ablation": ablation} | verdict
            )
    for seed in range(3):
        for arm in ARMS:
            for size in LAPTOP.bodies.sizes:
                own = 1e-2 * (100 / size) ** 0.3 * levels[arm]
                found[f"bodies/n{size}/{arm}/seed{seed}"] = _net(near(own), arm)
        for arm, level in FIELD.items():
            found[f"field/n3000/{arm}/seed{seed}"] = _net(near(1e-2 * level), arm)
        for arm in SHAPES:
            right = 1 - 0.1 * levels[arm] * np.array([1.0, 1.1, 1.3, 2.0, 3.0]) + rng.normal(0, 0.002, 5)
            found[f"shapes/{arm}/seed{seed}"] = {"accuracy": right.tolist(), "defect": 1e-6, "validation": levels[arm]}
    for part, arms in (("bodies", ARMS), ("field", FIELD), ("shapes", SHAPES)):
        for arm in arms:
            for place in range(3):
                found[f"{part}/search/{arm}/{place}"] = {"validation": 1.0 - 0.1 * (place == 1)}
    return found


def _net(error: float, arm: str) -> dict[str, Any]:
    layers = 0 if arm in ("strict", "plain", "penalty", "pathway") else 3
    return {"test": error, "full": error, "validation": error, "defect": 1e-7, "curves": curves(layers)}


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(LAPTOP, results)}


def test_all_hold_where_all_is_well() -> None:
    found = decided(made())
    assert found == {claim.key: HOLDS for claim in CLAIMS}


def test_nothing_is_decided_where_nothing_was_run() -> None:
    assert decided({}) == {claim.key: OPEN for claim in CLAIMS}


CHANGES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "projected as good": (
        {"levels": LEVELS | {"projected": 1.0, "resilient": 1.0}},
        {"performance": OPEN, "not worse": HOLDS, "sample efficiency": OPEN, "robustness": OPEN},
    ),
    "projected worse": (
        {"levels": LEVELS | {"projected": 1.5, "resilient": 1.6}},
        {"performance": FAILS, "not worse": FAILS, "sample efficiency": FAILS, "robustness": FAILS},
    ),
    "one heuristic is better": ({"levels": LEVELS | {"schedule": 0.5}}, {"heuristics": FAILS, "performance": HOLDS}),
    "the ridge is better": ({"toy": TOY | {"ridge": ((0.02, 0.02), (0.1, 0.4))}}, {"ridge": FAILS, "resilient": HOLDS}),
    "resilient no better than free": (
        {"toy": TOY | {"resilient": ((0.03, 0.03), (0.2, 0.5))}},
        {"resilient": FAILS, "converges": HOLDS},
    ),
    "the damped one does not reach the strict": (
        {"toy": TOY | {"equality": ((0.04, 0.04), (0.4, 0.6))}},
        {"converges": FAILS, "textbook": HOLDS},
    ),
    "the published one converges": ({"toy": TOY | {"textbook": ((0.029, 0.029), (0.3, 0.5))}}, {"textbook": FAILS}),
    "a wrong layer is named": ({"layer": 2}, {"verdict": FAILS}),
    "all is called broken": ({"answer": "broken"}, {"verdict": FAILS}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_verdicts_follow_the_numbers(name: str) -> None:
    changes, expected = CHANGES[name]
    found = decided(made(**changes))
    assert {key: found[key] for key in expected} == expected


def test_defects_and_the_field_are_judged_too() -> None:
    results = made()
    results["bodies/n3000/projected/seed1"]["defect"] = 2e-5
    for seed in range(3):
        results[f"field/n3000/resilient/seed{seed}"]["test"] = 0.02 * near(1.0)
    found = decided(results)
    assert found["exact"] == FAILS
    assert found["equilibrium"] == FAILS  # twice the error of the free net


def test_ratios_are_paired_by_seed_and_carry_students_interval() -> None:
    ours, other = {0: 1.0, 1: 4.0, 2: 9.0}, {2: 3.0, 0: 1.0, 1: 2.0, 7: 1.0}
    middle, low, high = of.ratio(ours, other) or (0.0, 0.0, 0.0)
    logs = np.log([1.0, 2.0, 3.0])
    reach = 4.302652729911275 * logs.std(ddof=1) / 3**0.5
    assert (middle, low, high) == pytest.approx(np.exp([logs.mean(), logs.mean() - reach, logs.mean() + reach]))
    assert of.ratio(ours, {}) is None
    assert of.words(of.ratio({0: 1.0}, {0: 2.0})) == "0.5 (one seed)"


def test_the_page_shows_every_part_and_stands_with_any_of_them() -> None:
    results = made()
    whole = document(LAPTOP, results, "symmetra study report relax")
    headings = [section.heading for section in whole.sections]
    assert {"One broken layer, or none", "Charged bodies", "A field inside the window", "Shapes"} <= set(headings)
    text = report.render(whole)
    assert text.count("<svg") >= 10
    for part in ("toy", "bodies", "field", "shapes"):
        some = {key: value for key, value in results.items() if key.startswith(part)}
        assert "<html" in report.render(document(LAPTOP, some, "command"))
    assert "<html" in report.render(document(LAPTOP, {}, "command"))
    assert len(toy_table(results).rows) == 4 * len(TOY)
