"""Part 1 of the study: the published protocol."""

import json

import pytest

from symmetra.functions import exponents, monomials
from symmetra.studies.unified.config import SCALES
from symmetra.studies.unified.polynomial import PUBLISHED, Cell, recovery, target, units

SEEDS_OF_T5 = [13, 10, 15]


@pytest.mark.parametrize("seed", range(3))
def test_recovery(seed):
    found = recovery("T5-d2-r1", seed)
    assert found["n"] == SEEDS_OF_T5[seed] and found["wrong"] == 0 and found["widest_gap"] <= 1e-5
    assert found["determined_rank"] == 1 and found["refit_error"] < 1e-8 and found["leak"] < 1e-8
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("name", ["T6-d3-r1", "SE5-d2-r1", "quadSE5-d2-r2"])
def test_target(name):
    """The coefficients are those of the function, and the rank is that of its algebra."""
    cell = Cell.named(name)
    x, y, truth = target(cell, 3)
    assert len(x) == cell.library.size + 1 == len(truth) + 1
    assert float((monomials(x, exponents(cell.m, cell.total_degree)) @ truth - y).abs().max()) < 1e-10
    assert cell.rank == {"T6-d3-r1": 1, "SE5-d2-r1": 5, "quadSE5-d2-r2": 15 - 6}[name]


def test_units():
    keys = [unit.key for unit in units(SCALES["laptop"])]
    assert len(keys) == len(set(keys)) == 10 * len(PUBLISHED) == 420
    assert len(units(SCALES["quick"])) == 12
