"""The study of signs from the command line to its page, at the quick scale; the verdicts from results made for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symmetra import report
from symmetra.cli import main
from symmetra.studies.runner import FAILS, HOLDS, OPEN
from symmetra.studies.sign.config import CLAIMS, SCALES
from symmetra.studies.sign.report import document
from symmetra.studies.sign.study import STUDY
from symmetra.studies.sign.verdicts import verdicts

ROOT = Path(__file__).resolve().parents[2]
LAPTOP = ROOT / "results" / "sign" / "laptop" / "results.jsonl"
CONFIG = SCALES["laptop"]
NEAR = (-0.002, 0.0, 0.002)  # what seeds differ by


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(CONFIG, results)}


def seeds(prefix: str, **quantities: Any) -> dict[str, Any]:
    """Three seeds of a setting; numbers differ a little, all else is the same in each."""

    def of(value: Any, shift: float) -> Any:
        return value * (1 + shift) if isinstance(value, float) else value

    shifts = enumerate(NEAR)
    return {f"{prefix}/seed{i}": {name: of(value, s) for name, value in quantities.items()} for i, s in shifts}


def test_from_the_command_line_to_the_page(tmp_path: Path) -> None:
    words = ["study", "run", "sign", "--scale", "quick", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    folder = tmp_path / "sign" / "quick"
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert len(lines) == len(STUDY.at("quick"))
    page = (folder / "report.html").read_text()
    assert page.count("<svg") >= 9 and "NaN" not in page and "inf]" not in page
    assert all(claim.claim[1:40] in page for claim in CLAIMS)
    found = {
        claim.plan.key: claim.verdict for claim in verdicts(SCALES["quick"], {x["unit"]: x["result"] for x in lines})
    }
    # What is exact holds at any scale.
    assert {key: found[key] for key in ("automorphic", "position", "one call")} == dict.fromkeys(
        ("automorphic", "position", "one call"), HOLDS
    )


def test_what_was_not_run_is_not_decided() -> None:
    assert set(decided({}).values()) == {OPEN}
    assert "not run" in report.render(document(CONFIG, {}, ""))


LINKS = [(0.751, 0.5, HOLDS), (0.73, 0.5, FAILS), (0.751, 0.6, FAILS)]


@pytest.mark.parametrize(("ours", "gcn", "verdict"), LINKS)
def test_links_of_one_graph(ours: float, gcn: float, verdict: str) -> None:
    results = seeds("links/er/oracles", copy=0.752)
    for arm, test in (("equivariant", ours), ("gcn", gcn), ("signnet", 0.5), ("raw", 0.75)):
        results |= seeds(f"links/er/{arm}", test=test, flipped=test)
    assert decided(results)["links"] == verdict
    assert decided(results)["one graph"] == FAILS  # flips cost nothing, and ours is not ahead


@pytest.mark.parametrize(("slow", "verdict"), [(0.6, HOLDS), (0.3, FAILS)])
def test_epochs(slow: float, verdict: str) -> None:
    results: dict[str, Any] = {}
    for family in ("er", "ba"):
        results |= {
            f"links/{family}/epochs/seed{i}": {"signnet": 0.3, "signnet+dear": slow, "equivariant": 0.1}
            for i in range(3)
        }
    assert decided(results)["epoch"] == verdict


@pytest.mark.parametrize(("degrees", "verdict"), [(0.86, HOLDS), (0.85, HOLDS), (0.84, FAILS)])
def test_degrees(degrees: float, verdict: str) -> None:
    results = seeds("links/ba/equivariant+degree", test=degrees) | seeds("links/ba/raw", test=0.85)
    assert decided(results)["features"] == verdict


@pytest.mark.parametrize(("raw", "same", "verdict"), [(0.8, True, HOLDS), (0.8, False, FAILS), (0.86, True, FAILS)])
def test_links_of_many_graphs(raw: float, same: bool, verdict: str) -> None:
    results: dict[str, Any] = {}
    for arm, test in (("equivariant", 0.85), ("raw", raw), ("raw perceptron", raw), ("raw redrawn", 0.85)):
        for train in CONFIG.many:
            of = {
                f"many/{arm}/n{train}/seed{i}": {"test": [test + shift] * 2, "same": same}
                for i, shift in enumerate(NEAR)
            }
            results |= of
    found = decided(results)
    assert found["many graphs"] == verdict and found["redrawn"] == FAILS


@pytest.mark.parametrize(
    ("ours", "columns", "verdict"), [(0.001, 0.67, HOLDS), (0.01, 0.67, FAILS), (0.001, 0.6, FAILS)]
)
def test_regression(ours: float, columns: float, verdict: str) -> None:
    results = seeds("regression/equivariant", error=ours) | seeds("regression/separable", error=columns)
    assert decided(results | seeds("regression/invariant", error=1.0))["expressive"] == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(0.3, HOLDS), (0.4, HOLDS), (0.5, FAILS)])
def test_bodies(ours: float, verdict: str) -> None:
    results: dict[str, Any] = {}
    for d in CONFIG.dims:
        results |= seeds(f"bodies/equivariant/d{d}", test=ours) | seeds(f"bodies/average/d{d}", test=0.4)
    assert decided(results)["bodies"] == verdict


@pytest.mark.parametrize(("raw", "verdict"), [(0.5, HOLDS), (0.6, FAILS)])
def test_clusters(raw: float, verdict: str) -> None:
    arms = {"equivariant": 0.5, "equivariant perceptron": 0.58, "signnet": 0.2, "signnet perceptron": 0.21}
    arms |= {"raw": 0.4, "raw redrawn": 0.4, "raw perceptron": 0.45, "raw perceptron redrawn": raw}
    results: dict[str, Any] = {}
    for arm, test in arms.items():
        results |= seeds(f"clusters/{arm}", test=test, validation=test)
    assert decided(results)["clusters"] == verdict


def test_the_results_that_are_shipped_are_those_of_the_study() -> None:
    known = {u.key: u.arguments for u in STUDY.at("laptop")}
    lines = [json.loads(line) for line in LAPTOP.read_text().splitlines()]
    assert {line["unit"] for line in lines} <= set(known)
    assert LAPTOP.stat().st_size < 2_000_000
