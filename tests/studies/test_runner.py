"""The runner: nothing lost, nothing counted twice, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from symmetra import InputError
from symmetra.studies.runner import STUDIES, Journal, Study, Unit, journal_path, results, run, study, units


def square(number: int, pause: float = 0.0) -> dict[str, Any]:
    time.sleep(pause)
    return {"square": number**2, "infinite": float("inf")}


def fail(number: int) -> dict[str, Any]:
    raise ArithmeticError(number)


def a_study(count: int = 5, function: Any = square, **arguments: Any) -> Study:
    numbers = [Unit(f"part{i % 2}/n{i}", function, {"number": i, **arguments}) for i in range(count)]
    return Study("squares", "squares of numbers", {"quick": None}, lambda config: numbers, lambda *_: None)


@pytest.mark.parametrize("threads", [0, 3])
def test_every_unit_once_whatever_runs_it(tmp_path: Path, threads: int) -> None:
    executor = ThreadPoolExecutor(threads) if threads else None
    seen: list[tuple[int, int, str]] = []
    found = run(a_study(), folder=tmp_path, executor=executor, progress=lambda *event: seen.append(event))
    assert [found[f"part{i % 2}/n{i}"]["square"] for i in range(5)] == [0, 1, 4, 9, 16]
    assert [(done, total) for done, total, _ in seen] == [(i, 5) for i in range(1, 6)]
    lines = journal_path(a_study(), "quick", tmp_path).read_text().splitlines()
    assert len(lines) == 5 and all(json.loads(line)["result"]["infinite"] is None for line in lines)
    run(a_study(), folder=tmp_path)
    assert len(journal_path(a_study(), "quick", tmp_path).read_text().splitlines()) == 5


def test_only_a_part_and_changed_arguments(tmp_path: Path) -> None:
    assert set(run(a_study(), folder=tmp_path, only="part1")) == {"part1/n1", "part1/n3"}
    changed = a_study(pause=0.001)
    assert results(changed, "quick", tmp_path) == {}
    assert len(run(changed, folder=tmp_path)) == 5
    assert len(results(a_study(), "quick", tmp_path)) == 2


def test_a_failure_keeps_what_was_done_before(tmp_path: Path) -> None:
    two = [Unit("a", square, {"number": 2}), Unit("b", fail, {"number": 1})]
    broken = Study("broken", "fails", {"quick": None}, lambda config: two, lambda *_: None)
    with pytest.raises(ArithmeticError):
        run(broken, folder=tmp_path)
    assert set(results(broken, "quick", tmp_path)) == {"a"}


@pytest.mark.parametrize("cut", [1, 10, 40])
def test_a_torn_line_costs_one_unit(tmp_path: Path, cut: int) -> None:
    path = journal_path(a_study(), "quick", tmp_path)
    run(a_study(3), folder=tmp_path)
    path.write_bytes(path.read_bytes()[:-cut])
    assert len(results(a_study(), "quick", tmp_path)) == (3 if cut == 1 else 2)
    assert len(run(a_study(), folder=tmp_path)) == 5
    assert len(Journal(path).lines()) == 5


def test_killed_at_random_moments(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from test_runner import a_study, run; "
        "run(a_study(20, pause=0.02), folder=sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path)]
    source, kills = random.Random(0), 0
    path = journal_path(a_study(), "quick", tmp_path)
    for _ in range(5):
        process = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"})
        before = len(Journal(path).lines())
        while process.poll() is None and len(Journal(path).lines()) == before:
            time.sleep(0.01)
        time.sleep(source.uniform(0, 0.08))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            kills += 1
        process.wait()
        if len(results(a_study(20, pause=0.02), "quick", tmp_path)) == 20:
            break
    found = run(a_study(20, pause=0.02), folder=tmp_path)
    assert kills >= 2 and [result["square"] for result in found.values()] == [i**2 for i in range(20)]
    keys = [line["unit"] for line in Journal(path).lines()]
    assert sorted(keys) == sorted(set(keys))


def ladder(config: Any, results: Any) -> list[Unit]:
    """A rung for each one that is finished, up to three; its argument is what the one below gave."""
    rungs = [results.get(f"rung{i}", {}).get("square") for i in range(3)]
    return [Unit(f"rung{i + 1}", square, {"number": found}) for i, found in enumerate(rungs) if found is not None]


@pytest.mark.parametrize("threads", [0, 2])
def test_units_that_are_stated_when_others_are_finished(tmp_path: Path, threads: int) -> None:
    executor = ThreadPoolExecutor(threads) if threads else None
    first = [Unit("rung0", square, {"number": 2}), Unit("beside", square, {"number": 5})]
    climb = Study("climb", "", {"quick": None}, lambda config: first, lambda *_: None, ladder)
    assert [unit.key for unit in units(climb, "quick", tmp_path)] == ["rung0", "beside"]
    seen: list[tuple[int, int, str]] = []
    assert len(run(climb, folder=tmp_path, only="rung0", progress=lambda *event: seen.append(event))) == 1
    found = run(climb, folder=tmp_path, executor=executor, progress=lambda *event: seen.append(event))
    assert [result["square"] for result in found.values()] == [4, 25, 16, 256, 65536]
    assert seen[0] == (1, 1, "rung0") and [done for done, _, _ in seen[1:]] == [2, 3, 4, 5] and seen[-1][1] == 5
    assert results(climb, "quick", tmp_path) == found and run(climb, folder=tmp_path) == found
    assert len(units(climb, "quick", tmp_path)) == len(Journal(journal_path(climb, "quick", tmp_path)).lines()) == 5


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--scale"):
        run(a_study(), "huge", tmp_path)
    twice = Study("twice", "", {"quick": None}, lambda config: [Unit("a", square), Unit("a", square)], lambda *_: None)
    with pytest.raises(InputError, match="twice"):
        run(twice, folder=tmp_path)
    with pytest.raises(InputError, match="one of planets"):
        study("nothing")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="can be written to"):
        run(a_study(), folder=blocked)


@pytest.mark.parametrize("name", STUDIES)
def test_registered_studies_have_scales_and_units(name: str) -> None:
    found = study(name)
    assert found.name == name and {"quick", "laptop"} <= set(found.scales)
    for scale in found.scales:
        found.at(scale)
