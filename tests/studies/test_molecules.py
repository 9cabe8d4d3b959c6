"""The study from the command line to its page, at the quick scale; and the verdicts from results made for them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from symmetra import report
from symmetra.cli import main
from symmetra.molecules import label
from symmetra.studies.molecules import ceiling
from symmetra.studies.molecules.config import ARMS, CLAIMS, COMPARED, SCALES
from symmetra.studies.molecules.data import FOLDER, SETS, labels
from symmetra.studies.molecules.fair_training import Surface, energies_and_forces, loss, moved, scores, tensors
from symmetra.studies.molecules.report import document
from symmetra.studies.molecules.study import STUDY
from symmetra.studies.molecules.verdicts import variation, verdicts
from symmetra.studies.runner import FAILS, HOLDS, OPEN
from symmetra.studies.runner.intervals import bootstrap, difference, mean, ratio

ROOT = Path(__file__).resolve().parents[2]
LAPTOP = ROOT / "results" / "molecules" / "laptop" / "results.jsonl"
CONFIG = SCALES["laptop"]
MOST, SEARCHED = CONFIG.fair.sizes["NH3"][-1], CONFIG.fair.searched


def decided(results: dict[str, Any]) -> dict[str, str]:
    return {claim.plan.key: claim.verdict for claim in verdicts(CONFIG, results)}


def test_from_the_command_line_to_the_page(tmp_path: Path) -> None:
    words = ["study", "run", "molecules", "--scale", "quick", "--out", str(tmp_path)]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    folder = tmp_path / "molecules" / "quick"
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    results = {line["unit"]: line["result"] for line in lines}
    assert len(lines) == len(results) == len(STUDY.at("quick", results))
    page = (folder / "report.html").read_text()
    assert page.count("<svg") >= 5 and "NaN" not in page
    assert all(claim.claim[1:40] in page for claim in CLAIMS)
    found = decided(results)
    assert [found[f"published {what}"] for what in ("rotation", "permutation", "labels")] == [FAILS] * 3
    for name in ("rotation-permutation", "joint", "joint-o3", "graph", "egnn"):
        audit = results[f"audit/NH3/{name}"]
        assert max(audit["rotation"] + audit["permutation"] + audit["force"]) < 1e-10
    assert min(results["audit/NH3/joint"]["parity"]) > 1e-3 > 1e-10 > max(results["audit/NH3/joint-o3"]["parity"])
    euler = results["audit/LiH/replica-euler"]
    assert max(euler["axial"]) < 1e-10 and min(euler["rotation"]) > 1e-2
    before = (folder / "results.jsonl").read_bytes()
    with pytest.raises(SystemExit):
        main(words)
    assert (folder / "results.jsonl").read_bytes() == before


def test_what_was_not_run_is_not_decided() -> None:
    assert set(decided({}).values()) == {OPEN}
    assert "not run" in report.render(document(CONFIG, {}, ""))


def test_the_labels_that_ship_are_those_of_pyscf_and_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.h5")) < 1_000_000
    for name, (_, molecule, count, seed) in SETS.items():
        found = labels(name)
        assert len(found) == count and found.provenance["seed"] == str(seed) and found.provenance["basis"] == "sto-3g"
        if name.endswith(("published", "general")):
            again = label(found.positions[3:5], molecule)
            assert torch.allclose(again.energies, found.energies[3:5], rtol=0, atol=1e-9)
            assert torch.allclose(again.forces, found.forces[3:5], rtol=0, atol=1e-7)


def test_the_ceiling_of_the_published_labels() -> None:
    found = ceiling.fit("LiH")
    assert found["slope"] == pytest.approx(27.2114, abs=1e-3)
    assert found["published"][0][2] == pytest.approx(0.9972, abs=1e-3)  # energies, weights 1:2
    assert found["published"][0][3] == pytest.approx(0.9983, abs=1e-3)
    assert min(found["consistent"]) > 0.99999
    ammonia = ceiling.fit("NH3")
    assert min(ammonia["consistent"]) > 0.99999 and max(row[3] for row in ammonia["published"]) < 0.999


def test_moved_geometries_are_turned_and_exchanged_with_their_forces() -> None:
    found = labels("NH3-train")[:40]
    torch.manual_seed(3)
    x, forces = moved(found.positions, found.forces)
    assert torch.allclose((x * forces).sum((1, 2)), (found.positions * found.forces).sum((1, 2)), atol=1e-12)
    for one, other in ((x, found.positions), (forces, found.forces)):
        assert torch.allclose(*(torch.cdist(y, y).flatten(1).sort(1).values for y in (one, other)), atol=1e-7)
    assert torch.allclose(torch.linalg.det(x[:, 1:]).abs(), torch.linalg.det(found.positions[:, 1:]).abs())
    orders = (x[:, 1:].norm(dim=2)[:, :, None] - found.positions[:, 1:].norm(dim=2)[:, None]).abs().argmin(2)
    assert len({tuple(row) for row in orders.tolist()}) == 6


class Exact(torch.nn.Module):
    """A model that knows the answer, times something."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        found = labels("NH3-general")
        self.molecule, self.factor = None, factor
        for name, value in (("mean", found.energies.mean()), ("spread", torch.tensor(1.0, dtype=torch.float64))):
            self.register_buffer(name, value)
        self.register_buffer("x", found.positions)
        self.register_buffer("energy", found.energies - found.energies.mean())
        self.register_buffer("force", found.forces)

    def signal(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * (self.energy - (self.force * (x - self.x)).sum((1, 2)))


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 0.0), (0.0, 1.0), (0.5, 0.25)])
def test_the_loss_is_one_for_the_mean_and_zero_for_the_truth(factor: float, expected: float) -> None:
    found = labels("NH3-general")
    reference = float(labels("NH3-train").energies.mean())
    model = Surface(Exact(factor), reference)
    score = scores(model, found, "NH3")
    assert score["loss"] == pytest.approx(expected, rel=0.1, abs=1e-12)
    assert score["energy_r2"] == pytest.approx(1 - expected, abs=1e-9)
    value = loss("NH3")(model, *tensors(found, "NH3", torch.float64))
    assert float(value) == pytest.approx(score["loss"], abs=1e-12)
    assert energies_and_forces(model, found.positions)[1].shape == found.forces.shape


def unit(*values: float, **more: Any) -> dict[str, Any]:
    """A result with these losses, one a seed, on every set."""
    rows = [{"loss": value} for value in values]
    sets = ("train", "general", "stretched", "bent", "averaged")
    return dict.fromkeys(sets, rows) | {"parameters": 80} | more


def history(steps: int) -> list[list[float]]:
    """Validation losses that reach the level after so many steps, of three seeds."""
    total, every = CONFIG.fair.steps["NH3"], CONFIG.fair.every
    return [
        [0.05 if (k + 1) * every >= steps + every * seed else 0.5 for k in range(total // every)] for seed in range(3)
    ]


SPREAD = (0.98, 1.0, 1.03)


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, HOLDS), (2.0, FAILS), (1.0, OPEN)])
def test_accuracy_beyond_and_symmetry(factor: float, verdict: str) -> None:
    results = {f"curve/NH3/{arm}/n{MOST}": unit(*(factor * v for v in SPREAD)) for arm in ARMS}
    for arm in ("plain", "plain-augmented"):
        results[f"curve/NH3/{arm}/n{MOST}"] = unit(*SPREAD)
    assert decided(results)["accuracy"] == decided(results)["symmetry"] == verdict
    results[f"curve/NH3/rotation/n{MOST}"] = unit(*SPREAD)
    assert decided(results)["beyond"] == verdict


@pytest.mark.parametrize(("factor", "verdict"), [(0.5, HOLDS), (2.0, FAILS), (1.0, OPEN)])
def test_the_classical_baseline(factor: float, verdict: str) -> None:
    results = {f"curve/NH3/{arm}/n{MOST}": unit(*SPREAD) for arm in ARMS}
    results[f"curve/NH3/egnn/n{MOST}"] = unit(*(factor * v for v in SPREAD))
    for arm in ("mlp", "mlp-small"):
        results[f"curve/NH3/{arm}/n{MOST}"] = unit(*(3 * v for v in SPREAD))
    assert decided(results)["classical"] == verdict
    del results[f"curve/NH3/mlp/n{MOST}"]
    assert decided(results)["classical"] == OPEN


@pytest.mark.parametrize(("steps", "verdict"), [(40, HOLDS), (240, FAILS), (120, OPEN)])
def test_trainability(steps: int, verdict: str) -> None:
    results = {f"curve/NH3/{arm}/n{MOST}": unit(*SPREAD, history=history(120)) for arm in COMPARED}
    results[f"curve/NH3/graph/n{MOST}"] = unit(*SPREAD, history=history(steps))
    assert decided(results)["trainability"] == verdict
    never = [[0.5, None, 0.3]] * 3
    for arm in COMPARED:
        results[f"curve/NH3/{arm}/n{MOST}"] = unit(*SPREAD, history=never)
    assert decided(results)["trainability"] == OPEN


@pytest.mark.parametrize(("factor", "verdict"), [(3.0, HOLDS), (0.3, FAILS), (1.0, OPEN)])
def test_gradients_gap_and_folds(factor: float, verdict: str) -> None:
    squares = [1.0 + 0.1 * (k % 5) for k in range(50)]
    results: dict[str, Any] = {f"gradients/NH3/{arm}": {"squares": squares} for arm in COMPARED}
    results["gradients/NH3/graph"] = {"squares": [factor * value for value in squares]}
    for arm in COMPARED:
        gap = 1.0 if arm in ("plain", "rotation") else 1 / factor
        own = unit(*(gap * value for value in SPREAD)) | {"train": [{"loss": 0.01}] * 3}
        results[f"curve/NH3/{arm}/n{SEARCHED}"] = own
        folds = [0.9 + 0.02 * gap * step for step in (-2.0, -1.9, 0.0, 1.9, 2.0)]
        results[f"folds/NH3/{arm}"] = {"fold": [{"energy_r2": value} for value in folds]}
    found = decided(results)
    assert (found["gradients"], found["gap"]) == (verdict, verdict)
    assert found["folds"] == verdict


@pytest.mark.parametrize(("plain", "rotation", "verdict"), [(9.0, 1.0, HOLDS), (1.0, 1.0, FAILS), (9.0, 9.0, FAILS)])
def test_rotated(plain: float, rotation: float, verdict: str) -> None:
    results = {}
    for arm, factor in (("plain", plain), ("rotation", rotation)):
        upright = [{"loss": value} for value in SPREAD]
        results[f"upright/NH3/{arm}"] = {
            "upright": upright,
            "turned": [{"loss": factor * v} for v in (1.0, 1.01, 1.0)],
        }
    assert decided(results)["rotated"] == verdict


@pytest.mark.parametrize(("better", "verdict"), [(0.3, HOLDS), (-0.3, FAILS), (0.0, OPEN)])
def test_published_order(better: float, verdict: str) -> None:
    plain = [0.5, 0.51, 0.49, 0.5, 0.52]
    moved_up = [value + better + 0.01 * (k % 2 - 0.4) for k, value in enumerate(plain)]
    rows = {"plain": plain, "euler": moved_up, "graph": moved_up}
    results = {f"replica/folds/NH3/replica-{name}": {"energy_r2": values} for name, values in rows.items()}
    assert decided(results)["published order"] == verdict


def test_intervals() -> None:
    assert ratio([2.0, 8.0], [1.0, 1.0])[0] == pytest.approx(4.0)
    assert ratio([1.0, math.inf], [1.0, 1.0]) == (math.inf, 0.0, math.inf)
    middle, low, high = difference([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    assert (middle, low) == (1.0, pytest.approx(1 - 4.3027 / 3**0.5, abs=1e-3)) and high == pytest.approx(2 - low)
    assert mean([1.0]) == (1.0, -math.inf, math.inf)
    generator = torch.Generator().manual_seed(1)
    hits = 0
    for _ in range(60):
        a, b = (torch.randn(40, generator=generator) + 5 for _ in range(2))
        _, low, high = bootstrap(lambda u, v: sum(u) / sum(v), a.tolist(), b.tolist(), draws=200)
        hits += low <= 1 <= high
    assert hits >= 51  # 95 % of 60 are 57; three standard deviations below
    published = [0.9300 - 0.0088, 0.9300 + 0.0088]  # any five folds with this mean and deviation
    assert variation(published) == pytest.approx(0.0095, abs=5e-5) and variation([-1.0, 0.5]) == math.inf


def test_the_results_that_are_shipped_are_those_of_the_study() -> None:
    lines = [json.loads(line) for line in LAPTOP.read_text().splitlines()]
    known = {u.key for u in STUDY.at("laptop", {line["unit"]: line["result"] for line in lines})}
    assert {line["unit"] for line in lines} <= known
    assert LAPTOP.stat().st_size < 5_000_000
