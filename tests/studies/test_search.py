"""The search: a function of its arguments, never the same setting twice, in any storage, and clear about wrong ones."""

from __future__ import annotations

import json
import math
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from symmetra.inputs import InputError, MissingExtra
from symmetra.studies.search import search

optuna = pytest.importorskip("optuna")

SPACE = {
    "layers": [[4], [4, 8], [16]],
    "width": (1, 64, "log"),
    "rate": (1e-4, 1e-1, "log"),
    "bias": [True, False, None],
}
RUN: dict[str, Any] = {"trials": 18, "repeats": 2, "seed": 5}


def valley(params: dict[str, Any], repeat: int) -> float:
    """Lowest for two layers, width 8 and rate 1e-2; a repeat adds something of its own."""
    steep = math.log(params["width"] / 8) ** 2 + math.log(params["rate"] / 1e-2) ** 2
    return len(params["layers"]) % 2 + steep + 0.1 * repeat


def fails(path: Path, params: dict[str, Any], repeat: int) -> float:
    """Once, at its 13th call."""
    with path.open("a") as file:
        file.write(".")
    if path.stat().st_size == 13:
        raise ArithmeticError
    return valley(params, repeat)


def counted(path: Path, params: dict[str, Any], repeat: int) -> float:
    with path.open("a") as file:
        file.write(f"{json.dumps(params)} {repeat}\n")
    return valley(params, repeat)


def diverges(params: dict[str, Any], repeat: int) -> float:
    return math.nan if params["width"] > 4 else valley(params, repeat)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return search(valley, SPACE, storage=tmp_path_factory.mktemp("plain") / "search.log", **RUN)


def test_a_search_is_what_it_says(plain: Any) -> None:
    assert [trial["number"] for trial in plain.trials] == list(range(18))
    settings = [json.dumps(trial["params"]) for trial in plain.trials]
    assert len(set(settings)) == 18 and [*plain.best] == [*SPACE]
    for trial in plain.trials:
        assert trial["values"] == [valley(trial["params"], repeat) for repeat in range(2)]
        assert trial["value"] == math.fsum(trial["values"]) / 2
        assert trial["params"]["layers"] in SPACE["layers"] and isinstance(trial["params"]["width"], int)
    assert plain.value == min(trial["value"] for trial in plain.trials) == valley(plain.best, 0) + 0.05
    assert plain.spread == pytest.approx(0.1)
    rows = plain.rows()
    assert len(rows) == 18 and rows[0]["value"] == plain.value and "layers [4, 8]" in rows[0]["note"]


@pytest.mark.parametrize("url", [False, True])
@pytest.mark.parametrize("threads", [0, 3])
def test_the_same_trials_on_any_executor_and_in_any_storage(
    tmp_path: Path, plain: Any, threads: int, url: bool
) -> None:
    storage = f"sqlite:///{tmp_path}/search.db" if url else tmp_path / "a" / "search.log"
    seen: list[tuple[int, int]] = []
    executor = ThreadPoolExecutor(threads) if threads else None
    tick = lambda done, total, words: seen.append((done, total))  # noqa: E731
    assert search(valley, SPACE, storage=storage, executor=executor, progress=tick, **RUN) == plain
    assert seen == [(done, 36) for done in range(1, 37)]
    # What is done is read, and other searches may stand beside it.
    assert search(valley, SPACE, storage=storage, progress=tick, **RUN) == plain and len(seen) == 36
    assert search(valley, SPACE, storage=storage, name="other", **RUN | {"seed": 6}) != plain


def test_a_search_that_failed_or_is_carried_further_repeats_nothing(tmp_path: Path, plain: Any) -> None:
    storage = tmp_path / "failed.log"
    with pytest.raises(ArithmeticError):
        search(partial(fails, tmp_path / "calls"), SPACE, storage=storage, **RUN)
    found = search(partial(fails, tmp_path / "calls"), SPACE, storage=storage, **RUN)
    assert found == plain and (tmp_path / "calls").stat().st_size == 37
    storage, objective = tmp_path / "further.log", partial(counted, tmp_path / "lines")
    for trials in (1, 7, 18):  # in the middle of a generation
        assert search(objective, SPACE, storage=storage, **RUN | {"trials": trials}).trials == plain.trials[:trials]
    lines = (tmp_path / "lines").read_text().splitlines()
    assert len(lines) == len(set(lines)) == 36


@pytest.mark.parametrize("cut", [1, 5, 40, 400, 2000])
def test_a_torn_journal_goes_on(tmp_path: Path, plain: Any, cut: int) -> None:
    storage = tmp_path / "search.log"
    search(valley, SPACE, storage=storage, **RUN | {"trials": 9})
    storage.write_bytes(storage.read_bytes()[:-cut])
    assert search(valley, SPACE, storage=storage, **RUN) == plain
    storage.write_bytes(storage.read_bytes()[:7])
    assert search(valley, SPACE, storage=storage, **RUN) == plain


def test_a_space_is_searched_to_its_end_and_no_further(tmp_path: Path) -> None:
    space = {"width": (1, 4), "rate": [0.1, 0.01, 0.001], "layers": [[4, 8]]}
    found = search(valley, space, trials=12, repeats=1, seed=0, storage=tmp_path / "search.log")
    assert len({json.dumps(trial["params"]) for trial in found.trials}) == 12
    assert found.best == {"width": 4, "rate": 0.01, "layers": [4, 8]} and found.spread == 0
    with pytest.raises(InputError, match="at most 12"):
        search(valley, space, trials=13, seed=0, storage=tmp_path / "search.log")


def test_a_setting_that_diverges_is_the_worst(tmp_path: Path) -> None:
    space = {"width": (1, 8), "rate": [0.01], "layers": [[4]]}
    found = search(diverges, space, trials=8, repeats=2, seed=0, storage=f"sqlite:///{tmp_path}/s.db")
    assert found.best["width"] == 4 and sum(trial["value"] == math.inf for trial in found.trials) == 4
    with pytest.raises(InputError, match="objective: got the value NoneType"):
        search(lambda *_: None, space, trials=1, seed=0, storage=tmp_path / "s.log")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 6}, "seed = 5"),
        ({"repeats": 3}, "repeats = 2"),
        ({"batch": 2}, "batch = 4"),
        ({"objective": diverges}, "test_search:valley"),
        ({"space": SPACE | {"width": (1, 65, "log")}}, '"high": 64'),
    ],
)
@pytest.mark.parametrize("url", [False, True])
def test_the_storage_of_another_search(tmp_path: Path, change: dict[str, Any], words: str, url: bool) -> None:
    path = tmp_path / "search"
    run: dict[str, Any] = {"objective": valley, "space": SPACE, "storage": f"sqlite:///{path}" if url else path}
    run |= RUN | {"trials": 2}
    search(**run)
    before = path.read_bytes()
    with pytest.raises(InputError, match="storage: got") as error:
        search(**run | change)
    assert words in str(error.value) and "\n" not in str(error.value) and path.read_bytes() == before


def test_a_database_in_the_place_of_files(tmp_path: Path, plain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    database = f"sqlite:///{tmp_path}/all.db"
    monkeypatch.setenv("SYMMETRA_STORAGE", database)
    few = RUN | {"trials": 2}
    for path in ("a.log", "b.log"):
        assert search(valley, SPACE, storage=tmp_path / path, **few).trials == plain.trials[:2]
    assert [path.name for path in tmp_path.iterdir()] == ["all.db"]
    monkeypatch.delenv("SYMMETRA_STORAGE")
    assert search(valley, SPACE, storage=database, name=f"{tmp_path}/a.log, search", **few).trials == plain.trials[:2]


def test_what_is_no_storage_of_ours(tmp_path: Path) -> None:
    def refused(storage: Any, words: str) -> None:
        with pytest.raises(InputError, match=words) as error:
            search(valley, SPACE, storage=storage, **RUN)
        assert "\n" not in str(error.value)

    text = tmp_path / "notes.txt"
    text.write_text("no journal, and no last line end")
    refused(text, "something else")
    text.write_text('{"op_code": "of something else"}\nhalf a li')
    refused(text, "something else")
    assert text.read_text().endswith("half a li")
    refused(tmp_path, "can be written to")
    refused("", "a path, or the URL")
    refused(3, "a path, or the URL")
    refused("mysterious://user:secret@host/search", r"mysterious://user:\*\*\*@host/search")
    refused(f"sqlite:///{tmp_path}/no/folder.db", "a database that can be reached")
    strange = f"sqlite:///{tmp_path}/strange.db"
    optuna.create_study(study_name="search", storage=strange).optimize(lambda trial: 0.0, n_trials=1)
    refused(strange, "of something else")
    optuna.storages.get_storage(strange)._backend.engine.dispose()
    held = tmp_path / "held.log"
    with pytest.raises(InputError, match="in use by another run"):
        search(lambda *_: search(valley, SPACE, storage=held, **RUN).value, SPACE, storage=held, **RUN)


@pytest.mark.parametrize(
    ("change", "argument"),
    [
        ({"trials": 0}, "trials"),
        ({"trials": 2.0}, "trials"),
        ({"repeats": True}, "repeats"),
        ({"batch": 0}, "batch"),
        ({"seed": -1}, "seed"),
        ({"name": ""}, "name"),
        ({"objective": 3}, "objective"),
        ({"space": {}}, "space"),
        ({"space": [("width", [1])]}, "space"),
        ({"space": {"width": []}}, "space"),
        ({"space": {"width": [1, 1]}}, "space"),
        ({"space": {"width": [{3}]}}, "space"),
        ({"space": {"width": 4}}, "space"),
        ({"space": {"width": (4, 8, 16)}}, "space"),
        ({"space": {"width": (8, 4)}}, "space"),
        ({"space": {"width": ("4", "8")}}, "space"),
        ({"space": {"width": (0, 8, "log")}}, "space"),
        ({"space": {"width": (0.0, math.inf)}}, "space"),
    ],
)
def test_bad_arguments(tmp_path: Path, change: dict[str, Any], argument: str) -> None:
    run: dict[str, Any] = {"objective": valley, "space": SPACE, "storage": tmp_path / "search.log", **RUN}
    with pytest.raises(InputError, match=rf"^{argument}") as error:
        search(**run | change)
    assert "\n" not in str(error.value) and not any(tmp_path.iterdir())


def test_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "optuna"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"symmetra\[studies\]"):
        search(valley, SPACE, storage=tmp_path / "search.log", **RUN)
