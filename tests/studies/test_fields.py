"""The study's part on fields: the operator is symmetric, the arms are what they say, a unit is plain numbers."""

from __future__ import annotations

import json

import pytest
import torch

from symmetra.studies.unified import fields as study
from symmetra.studies.unified.config import SCALES
from symmetra.studies.unified.fields_data import GENERATORS, fields, flow, moved
from symmetra.studies.unified.fields_models import ARMS, FAMILIES, network


def test_the_operator_commutes_with_shifts_and_right_angles() -> None:
    u = fields(4, 0)
    assert torch.allclose(flow(moved(u)), moved(flow(u)), atol=1e-12)
    assert torch.allclose(u.abs().amax((-2, -1)).clamp(0.6, 1.0), u.abs().amax((-2, -1)))


def test_discovery_on_the_operator_and_on_one_that_keeps_a_shift() -> None:
    found = study.truth()
    assert found["algebra"]["name"] == "se(2)"
    assert set(found["algebra"]["verdicts"].values()) == {"symmetric"}
    assert max(found["defects"].values()) < 1e-3
    assert found["shaken"]["algebra"]["dimension"] == 1
    assert found["shaken"]["algebra"]["verdicts"] == dict(
        zip(GENERATORS, ("broken", "broken", "symmetric"), strict=True)
    )
    json.dumps(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_arms_have_their_symmetry_before_training(family: str) -> None:
    """As operators between grids: shifts by cells and right angles are exact there."""
    u = torch.randn(2, 1, 33, 33, dtype=torch.float64)
    shift, turn = (lambda v: v.roll((3, -4), (-2, -1))), (lambda v: v.flip(-1).transpose(-2, -1))
    kept = {"plain": (False, False), "shifts": (True, False), "enforced": (True, True), "promoted": (False, False)}
    for arm in ARMS:
        model = network(family, arm, 0).double()
        same = tuple(torch.allclose(model(move(u)), move(model(u)), atol=1e-10) for move in (shift, turn))
        assert same == kept[arm], arm


@pytest.mark.parametrize("arm", ["enforced", "promoted"])
def test_a_unit_is_deterministic_and_plain(arm: str) -> None:
    arguments = {"family": "fno", "arm": arm, "size": 4, "seed": 0, "steps": 3, "rates": [1e-2]}
    one, two = study.learning(**arguments), study.learning(**arguments)
    assert one == two
    assert json.loads(json.dumps(one)) == one
    assert set(one["defects"]) == set(GENERATORS)
    assert one["error"] < 5


def test_units() -> None:
    quick, laptop = (study.units(SCALES[scale]) for scale in ("quick", "laptop"))
    assert len({unit.key for unit in laptop}) == len(laptop) == 1 + 2 * 4 * 3 * 5
    assert len(quick) == 1 + 2 * 3
    assert "fields/fno/promoted/n16/seed4" in {unit.key for unit in laptop}
