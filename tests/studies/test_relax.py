"""The study of relaxed equivariance from the command line to its page, its data, and its one way to train."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn

from symmetra.cli import main
from symmetra.relax import RelaxedModule, method
from symmetra.studies.relax import solids
from symmetra.studies.relax.bodies import split
from symmetra.studies.relax.config import BODIES, CLAIMS, SHAPES
from symmetra.studies.relax.forecasts import INPUTS, Forecast, Turned, network, systems
from symmetra.studies.relax.loop import projected, trained
from symmetra.studies.relax.shapes import classify, turning
from symmetra.studies.relax.shapes import network as classifier
from symmetra.studies.relax.study import STUDY, chosen
from symmetra.testing import assert_equivariant


def test_from_the_command_line_to_the_page(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main(["study", "run", "relax", "--scale", "quick", "--out", str(tmp_path)])
    assert end.value.code == 0
    folder = tmp_path / "relax" / "quick"
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    found = {line["unit"]: line["result"] for line in lines}
    assert set(found) == {unit.key for unit in STUDY.at("quick", found)}
    assert {key.split("/")[0] for key in found} == {"toy", "bodies", "field", "shapes"}
    page = (folder / "report.html").read_text()
    assert all(claim.claim[1:] in page.replace("&#39;", "'") for claim in CLAIMS)
    assert "nan" not in page.lower().split("<body")[1].split("</main")[0].replace("nano", "")
    for key, result in found.items():
        if "/projected/" in key and "defect" in result:
            assert result["defect"] < (1e-5 if key.startswith("bodies") else 1e-4), key  # scores of classifiers: 1e-6
    strict = found["toy/symmetric/equality/seed0"]
    assert strict["defects"][1] < 1e-12 < 1e-3 < strict["defects"][0]


def test_every_arm_has_as_many_settings_and_the_best_by_validation_is_taken() -> None:
    for grid in (BODIES, SHAPES):
        assert len({len(points) for points in grid.values()}) == 1
    scores = {"a/search/x/0": {"validation": 0.3}, "a/search/x/1": {"validation": 0.2}}
    assert chosen("a/search/x", 3, scores) is None  # one is not finished
    assert chosen("a/search/x", 3, scores | {"a/search/x/2": {"validation": None}}) == 1  # that one ran away


@pytest.mark.parametrize("name", solids.SOLIDS)
def test_points_lie_on_the_surfaces(name: str) -> None:
    x = solids.surface(name, (3, 500), torch.Generator().manual_seed(0))
    assert x.shape == (3, 500, 3)
    x = x.flatten(0, 1)
    flat, z = x[:, :2].norm(dim=1), x[:, 2]
    height = {
        "sphere": lambda: x.norm(dim=1) - 1,
        "ellipsoid": lambda: (flat.square() + (z / 1.6).square()).sqrt() - 1,
        "cube": lambda: x.abs().amax(1) - 1,
        "octahedron": lambda: x.abs().sum(1) - 1,
        "tetrahedron": lambda: (
            (x @ torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]).double().T).amin(1).add(1)
        ),
        "cylinder": lambda: torch.maximum(flat, z.abs()) - 1,
        "cone": lambda: torch.minimum((2 - 2 * flat - z).abs(), z.abs()),
        "torus": lambda: ((flat - 1).square() + z.square()).sqrt() - 0.4,
    }[name]()
    assert float(height.abs().max()) < 1e-12


def test_surfaces_are_covered_evenly() -> None:
    source = torch.Generator().manual_seed(0)
    torus = solids.surface("torus", (1, 100_000), source)[0]
    outside = float((torus[:, :2].norm(dim=1) > 1).double().mean())
    assert outside == pytest.approx(0.5 + 0.4 / math.pi, abs=0.006)
    cone = solids.surface("cone", (1, 100_000), source)[0]
    assert float((cone[:, 2] < 1e-12).double().mean()) == pytest.approx(1 / (1 + 5**0.5), abs=0.006)
    cylinder = solids.surface("cylinder", (1, 100_000), source)[0]
    caps = cylinder[:, 2].abs() > 1 - 1e-12
    assert float(caps.double().mean()) == pytest.approx(1 / 3, abs=0.006)
    for name in ("cube", "octahedron"):
        second = solids.surface(name, (1, 50_000), source)[0].T.cov()
        torch.testing.assert_close(second, second.trace() / 3 * torch.eye(3).double(), rtol=0, atol=0.01)


def test_clouds_are_turned_scaled_and_thinned() -> None:
    x, kind = solids.clouds(32, 64, seed=3)
    assert x.shape == (32, 64, 3)
    assert torch.bincount(kind).tolist() == [4] * 8
    torch.testing.assert_close(x.square().sum(-1).mean(1), torch.ones(32))
    other, _ = solids.clouds(32, 64, seed=4)
    assert not torch.allclose(x, other)
    g = solids.turns(200, torch.Generator().manual_seed(0))
    torch.testing.assert_close(g @ g.mT, torch.eye(3).expand(200, 3, 3), rtol=0, atol=1e-5)
    torch.testing.assert_close(torch.linalg.det(g), torch.ones(200))
    assert float(g.mean(0).abs().max()) < 0.15
    few = solids.thinned(x, 0.85, torch.Generator().manual_seed(0))
    assert few.shape == (32, 10, 3)
    assert bool((few[:, :, None] == x[:, None]).all(-1).any(2).all())


@pytest.mark.parametrize("kind", ["equivariant", "relaxed", "pathway", "plain", "scheduled"])
def test_forecasts_are_equivariant_where_they_should_be(kind: str) -> None:
    torch.manual_seed(0)
    net = network(kind, 8, 2).double().eval()
    x = tuple(part[:6].double() for part in systems(40, 1)[0])
    if kind == "equivariant":
        assert_equivariant(net, x, INPUTS, Turned())
        return
    with pytest.raises(AssertionError):
        assert_equivariant(net, x, INPUTS, Turned())
    shifted = (x[0], x[1] + 3.0, x[2], x[3])
    torch.testing.assert_close(net(shifted), net(x) + 3.0)
    if kind in ("relaxed", "scheduled"):
        with projected(net):
            assert_equivariant(net, x, INPUTS, Turned())
        assert [float(p.detach()) for n, p in net.named_parameters() if n.endswith("gamma")] == [1.0, 1.0]


def test_the_field_changes_targets_only_and_sets_do_not_overlap() -> None:
    clean, pulled = (split(30, 40, 0, field) for field in (0.0, 1.0))
    for one, other in zip(clean, pulled):
        assert all(torch.equal(a, b) for a, b in zip(one[:-1], other[:-1]))
        assert not torch.equal(one[-1], other[-1])
    places = [set(map(tuple, part[1][:, 0].tolist())) for part in clean]
    assert not (places[0] & places[1] or places[0] & places[2] or places[1] & places[2])
    assert not torch.equal(split(30, 40, 1, 0.0)[0][1], clean[0][1])  # another seed, other systems


class _Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.relaxed = RelaxedModule(nn.Linear(1, 1, bias=False), nn.Linear(1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.relaxed(x)


def test_training_chooses_by_what_is_deployed_and_records_the_course() -> None:
    """Odd data: the bias is the free branch, and is not needed."""
    torch.manual_seed(0)
    x = torch.linspace(-1, 1, 40)[:, None]
    net = _Line()
    control = method("equality", net, penalty=10.0)

    def error(net: nn.Module) -> torch.Tensor:
        return (net(x) - 2 * x).square().mean()

    course = trained(
        net, control, lambda net, rows: (net(rows[0]) - rows[1]).square().mean(), error, (x, 2 * x),
        steps=400, batch=20, rate=3e-2, seed=0, strict=True, inputs=lambda rows: rows[0],
    )  # fmt: skip
    with projected(net):
        assert float(error(net)) == pytest.approx(course.score, rel=1e-4)
    assert course.score == pytest.approx(min(course.curves["projected"]), rel=1e-3)
    assert course.score < 1e-3 and course.last < 0.1
    assert course.curves["gammas"][0][0] > 0.8
    assert len(course.curves["gammas"][0]) == len(course.curves["numbers"]) <= 70


def test_classifiers_as_deployed_do_not_see_orientation() -> None:
    torch.manual_seed(0)
    x, _ = solids.clouds(16, 32, seed=1)
    net = classifier("relaxed").eval()
    assert turning(net, x) > 1e-2
    with projected(net):
        assert turning(net, x) < 1e-4
    found = classify("resilient", "relaxed", 0, 1e-2, {"rho": 0.1}, 3, [16, 16, 16], [0.0, 0.85])
    assert found["defect"] > 1e-3 and len(found["accuracy"]) == 2
    assert isinstance(network("plain", 8, 1), Forecast)
