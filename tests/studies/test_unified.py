"""The study from the command line to its page, at the quick scale; and the verdicts from results made for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from symmetra import report
from symmetra.cli import main
from symmetra.studies.runner import FAILS, HOLDS, OPEN
from symmetra.studies.runner.intervals import paired_ratio
from symmetra.studies.unified.config import CLAIMS, SCALES
from symmetra.studies.unified.polynomial import PUBLISHED
from symmetra.studies.unified.report import document
from symmetra.studies.unified.study import STUDY
from symmetra.studies.unified.verdicts import verdicts

ROOT = Path(__file__).resolve().parents[2]
LAPTOP = ROOT / "results" / "unified" / "laptop" / "results.jsonl"


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(SCALES["laptop"], results)}


def recovery(n: float, wrong: int = 0) -> dict[str, Any]:
    common = {
        "terms": 21,
        "exact": True,
        "determined_at": n,
        "claims": 2,
        "solves": 5,
        "wrong": wrong,
        "cpu_seconds": 0.1,
    }
    return {"n": n} | common


def trial(*errors: float, **more: Any) -> dict[str, Any]:
    return {"validation": list(errors), "parameters": 1} | more


def test_from_the_command_line_to_the_page(tmp_path: Path) -> None:
    words = ["study", "run", "unified", "--scale", "quick", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    folder = tmp_path / "unified" / "quick"
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    assert len(lines) == len(STUDY.at("quick"))
    page = (folder / "report.html").read_text()
    assert page.count("<svg") >= 5 and "NaN" not in page
    assert all(claim.claim[1:40] in page for claim in CLAIMS)
    before = (folder / "results.jsonl").read_bytes()
    with pytest.raises(SystemExit):
        main(words)
    assert (folder / "results.jsonl").read_bytes() == before


def test_what_was_not_run_is_not_decided() -> None:
    assert set(decided({}).values()) == {OPEN}
    assert "not run" in report.render(document(SCALES["laptop"], {}, ""))


RECOVERIES = [(0.9, 10, 0, (HOLDS, HOLDS)), (1.1, 10, 1, (FAILS, FAILS)), (0.9, 9, 0, (OPEN, HOLDS))]


@pytest.mark.parametrize(("ratio", "seeds", "wrong", "verdict"), RECOVERIES)
def test_recovery(ratio: float, seeds: int, wrong: int, verdict: tuple[str, str]) -> None:
    cells = ((f"polynomial/{cell}", recovery(ratio * published, wrong)) for cell, published in PUBLISHED.items())
    found = decided({f"{key}/seed{seed}": result for key, result in cells for seed in range(seeds)})
    assert (found["recovery"], found["algebra"]) == verdict


@pytest.mark.parametrize(("so2", "angle", "expected"), [(1.0, 0.01, (HOLDS, HOLDS)), (9.0, 0.2, (FAILS, FAILS))])
def test_pendulum(so2: float, angle: float, expected: tuple[str, str]) -> None:
    results = {"pendulum/n5/mlp": trial(2.0, 3.0), "pendulum/n5/so2": trial(so2, so2)}
    results["pendulum/n5/promoted"] = trial(1.0, 1.0, angle=[angle, angle])
    results["pendulum/n250/so2"] = trial(99.0, 99.0)  # beyond what is claimed
    found = decided(results)
    assert (found["enforced pendulum"], found["found generator"]) == expected and found["promoted pendulum"] == HOLDS


def unit(plain: float, promoted: float, kept: int = 1) -> dict[str, Any]:
    return {"plain": plain, "enforced": 0.1, "promoted": promoted, "determined": True, "kept": kept, "angle": 0.0}


@pytest.mark.parametrize(("promoted", "kept", "verdict"), [(0.5, 1, HOLDS), (2.0, 1, FAILS), (0.5, 3, FAILS)])
def test_broken(promoted: float, kept: int, verdict: str) -> None:
    errors = [(1.0, promoted), (1.1, promoted), (0.9, promoted)]
    results = {f"broken/n20-noise0.01/seed{i}": unit(*pair, kept) for i, pair in enumerate(errors)}
    assert decided(results)["broken"] == verdict


@pytest.mark.parametrize(("enforced", "promoted", "verdict"), [(0.3, 0.9, HOLDS), (0.99, 0.9, OPEN), (0.3, 3.0, FAILS)])
def test_fields(enforced: float, promoted: float, verdict: str) -> None:
    results = {}
    for seed, plain in enumerate((1.0, 1.2, 0.8)):
        for arm, error in (("plain", plain), ("enforced", enforced), ("promoted", promoted)):
            results[f"fields/cnn/{arm}/n4/seed{seed}"] = {"error": error, "moved": error}
    assert decided(results)["fields"] == verdict


def test_intervals_of_ratios() -> None:
    middle, low, high = paired_ratio([2.0, 8.0], [1.0, 1.0])
    assert middle == pytest.approx(4.0) and low < 1 < high
    assert paired_ratio([3.0, 3.0, 3.0], [1.0, 1.0, 1.0]) == pytest.approx((3.0, 3.0, 3.0))


def test_the_results_that_are_shipped_are_those_of_the_study() -> None:
    known = {u.key for u in STUDY.at("laptop")}
    lines = [json.loads(line) for line in LAPTOP.read_text().splitlines()]
    assert {line["unit"] for line in lines} <= known
    assert LAPTOP.stat().st_size < 2_000_000
