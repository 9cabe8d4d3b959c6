"""The page of the study and its verdicts, from results made up in the form that the units give."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symmetra import report
from symmetra.studies.averaging import tables
from symmetra.studies.averaging.cells import Cell, gain, gather, short, sign_test
from symmetra.studies.averaging.config import CLAIMS, NEGATIVE, SCALES
from symmetra.studies.averaging.report import document
from symmetra.studies.averaging.study import units
from symmetra.studies.averaging.verdicts import verdicts
from symmetra.studies.runner import FAILS, HOLDS, OPEN

LAPTOP = SCALES["laptop"]
WHOLE, MIRROR = "Hyperoctahedral(2)", "flip x"
GROUPS = ["plain", MIRROR, "flip y", "flip x, flip y", WHOLE]
MEMBERS = [[0], [0, 1], [0, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7]]
rng = np.random.default_rng(0)


def unit(system: str, picture: str) -> dict[str, Any]:
    """Averaging takes 8 % off for each doubling of the group; but under gravity all of it but the mirror hurts."""
    gravity, walls = system == NEGATIVE, system == "acoustics"
    groups = GROUPS[:4] if walls else GROUPS
    plain = 0.3 * np.exp(rng.normal(0, 0.1, 16))
    losses = [(plain * len(m) ** -0.3 * np.exp(rng.normal(0, 0.01, 16))).tolist() for m in MEMBERS[: len(groups)]]
    losses[0] = plain.tolist()
    if gravity:
        losses[2:] = [(1.5 * plain).tolist() for _ in losses[2:]]
    worse = [float(gravity and i > 1) for i in range(len(groups))]
    best = MIRROR if gravity else groups[-1]
    guard = [{"group": g, "averaging": "hurts" if w else "helps", "gain": 0.1} for g, w in zip(groups[1:], worse[1:])]
    ways = {"persistence": 1.0, "plain": 0.5, "step": 0.3, "trajectory": 0.31}
    spread = np.exp(rng.normal(0, 0.02, 16))
    horizons = {w: {k: (v * spread).tolist() for k in ("6:12", "13:30")} for w, v in ways.items()}
    rollout: dict[str, Any] = {"steps": {way: [v] * 30 for way, v in ways.items()}, "horizons": horizons}
    if picture:
        fields = rng.normal(size=(2, 2, 8, 8)).tolist()
        rollout |= {"picture": dict.fromkeys(("truth", "plain", "averaged"), fields), "shown": [6, 20]}
    curve = {"step": [0, 50, 100, 150], "plain": [1.0, 0.5, 0.3, 0.31], "averaged": [0.9, 0.4, 0.2, 0.21]}
    record = {"curve": curve, "best_step": 100, "stopped": True, "windows": 240, "parameters": 900, "cpu_seconds": 9.0}
    found = {
        "admitted": best,
        "record": record,
        "guard": guard,
        "best": best,
        "test": {"groups": groups, "members": MEMBERS[: len(groups)], "losses": losses, "worse": worse, "windows": 160},
        "persistence": 1.0,
        "channels": {"names": ["tracer", "velocity_x"], "plain": [0.3, 0.3], "averaged": [0.2, 0.25]},
        "equivariance": {"plain": 0.2, "averaged": 1e-7},
        "rollout": rollout,
    }
    return found if walls else found | {"shifts": {"order": 32, "loss": 0.1, "worse": 0.0}}


RESULTS = {u.key: unit(u.arguments["system"], u.arguments["picture"]) for u in units(LAPTOP)}
NS, FLOW = "navier_stokes/unet/plain/seed0", f"{NEGATIVE}/fno/plain/seed1"


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(results)}


def changed(key: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The results with one unit altered."""
    results = copy.deepcopy(RESULTS)
    change(results[key])
    return results


def without(*beginnings: str) -> dict[str, Any]:
    return {key: value for key, value in RESULTS.items() if not key.startswith(beginnings)}


def losses(group: int, factor: float) -> Callable[[dict[str, Any]], None]:
    def change(found: dict[str, Any]) -> None:
        plain = found["test"]["losses"][0]
        found["test"]["losses"][group] = [factor * value for value in plain]

    return change


def window(way: str, value: float) -> Callable[[dict[str, Any]], None]:
    return lambda found: found["rollout"]["horizons"][way].update({"6:12": [value] * 16})


CASES: list[tuple[str, dict[str, Any], str]] = [
    ("always", changed(NS, losses(4, 1.01)), FAILS),
    ("bar", changed(NS, losses(4, 1.0)), FAILS),
    ("bar", without("active_nematic/fno"), OPEN),
    ("horizons", changed(NS, window("step", 2.0)), FAILS),
    ("few worse", changed(NS, lambda u: u["test"].update(worse=[0, 0, 0, 0, 0.5])), FAILS),
    ("exact", changed(NS, lambda u: u["equivariance"].update(averaged=1e-5)), FAILS),
    ("exact", changed(NS, lambda u: u["equivariance"].update(plain=1e-3)), FAILS),
    ("larger groups", changed(NS, losses(3, 1.5)), FAILS),
    ("at any time of training", changed(NS, lambda u: u["record"]["curve"]["averaged"].__setitem__(1, 0.6)), FAILS),
    ("augmentation", changed("navier_stokes/unet/augmented/seed0", losses(4, 1.1)), FAILS),
    ("augmentation", {key: value for key, value in RESULTS.items() if "/augmented/" not in key}, OPEN),
    ("gravity", changed(FLOW, losses(4, 0.9)), FAILS),
    ("gravity", changed(FLOW, losses(1, 1.1)), FAILS),
    ("gravity", without(NEGATIVE), OPEN),
    ("guard", changed(FLOW, lambda u: u.update(best=WHOLE)), FAILS),
    ("guard", changed(FLOW, lambda u: u["guard"][-1].update(averaging="not decidable")), FAILS),
    ("guard", changed(NS, lambda u: u.update(best="trivial")), FAILS),
    ("guard", without(NEGATIVE), OPEN),
    ("trained", changed(NS, lambda u: u.update(persistence=0.4)), FAILS),
    ("trained", changed(NS, lambda u: u["record"].update(stopped=False)), FAILS),
]


def test_every_claim_is_decided() -> None:
    keys = [plan.key for plan in CLAIMS]
    assert decided(RESULTS) == dict.fromkeys(keys, HOLDS)
    assert decided({}) == dict.fromkeys(keys, OPEN)


@pytest.mark.parametrize(("key", "results", "verdict"), CASES, ids=lambda case: case if isinstance(case, str) else "")
def test_verdicts(key: str, results: dict[str, Any], verdict: str) -> None:
    assert decided(results)[key] == verdict


def test_a_gain_below_the_best_case_of_the_abstract_does_not_count_as_it() -> None:
    results = copy.deepcopy(RESULTS)
    for found in results.values():
        if found["admitted"] == WHOLE:
            losses(4, 0.8)(found)
        for way in ("step", "trajectory"):
            found["rollout"]["horizons"][way] = copy.deepcopy(found["rollout"]["horizons"]["plain"])
    assert decided(results)["best case"] == FAILS


def test_a_rollout_that_blew_up_is_worse_than_any() -> None:
    results = changed(NS, lambda u: u["rollout"]["horizons"]["step"].update({"6:12": [None] * 16}))
    assert decided(results)["horizons"] == FAILS
    rollouts = tables.rollouts(gather({NS: results[NS]}))
    assert [row[4] for row in rollouts.rows] == ["no number", rollouts.rows[1][4]] and "−40" in rollouts.rows[1][4]


def test_the_statistics() -> None:
    rng = np.random.default_rng(1)
    ones, covered = np.ones((3, 8)), 0
    for _ in range(300):
        _, low, high = gain(ones, ones * (1 - rng.normal(0.2, 0.05, (3, 1))))
        covered += low < 0.2 < high
    assert 270 <= covered <= 297
    assert gain(ones[:1], 0.5 * ones[:1])[0] == 0.5 and gain(ones[:1], ones[:1])[1:] == (-np.inf, np.inf)
    p = [sign_test(a, b) for a, b in (rng.normal(size=(2, 16)) for _ in range(2000))]
    assert 0.002 < np.mean(np.array(p) < 0.05) <= 0.05
    assert (
        sign_test(ones, 0 * ones) == 2.0**-24 and sign_test(ones, 2 * ones) == 1 and 0.4 < sign_test(ones, ones) < 0.6
    )


def test_cells() -> None:
    cells = gather(RESULTS)
    assert [c.title for c in cells[:2]] == ["U-Net, Navier–Stokes", "FNO, Navier–Stokes"]
    assert all(isinstance(c, Cell) and len(c.units) >= LAPTOP.seeds for c in cells)
    flow = next(c for c in cells if c.system == NEGATIVE)
    assert flow.lattice() == [("plain", MIRROR)] and len(cells[0].lattice()) == 9
    assert short(WHOLE) == "D4" and short("C4") == "C4"


def test_the_page() -> None:
    page = report.render(document(LAPTOP, RESULTS, "symmetra study report averaging"))
    systems, models = len(LAPTOP.setups), len(gather(RESULTS))
    assert page.count("<svg") == 2 * systems + 4 * models and "NaN" not in page and len(page) < 5_000_000
    assert all(claim.claim[1:40] in page for claim in CLAIMS)
    assert f"All {len(RESULTS)} units were run" in page


@pytest.mark.parametrize("part", ["navier_stokes", NEGATIVE, "n", ""])
def test_the_page_from_part_of_the_results(part: str) -> None:
    made = document(LAPTOP, without(part), "")
    (section,) = (section for section in made.sections if section.heading == "What was run")
    assert isinstance(section.blocks[1], report.Listing)
    assert set(section.blocks[1].items) == {key for key in RESULTS if key.startswith(part)}
    if not part:
        assert "not run" in report.render(made)
