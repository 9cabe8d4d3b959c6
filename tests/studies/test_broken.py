"""Part 3 of the study: a symmetry that is broken by 10 %."""

import pytest

from symmetra.studies.unified.broken import comparison, units
from symmetra.studies.unified.config import SCALES


@pytest.mark.parametrize(("samples", "noise"), [(45, 0.0), (45, 0.01), (30, 0.01)])
@pytest.mark.parametrize("seed", range(2))
def test_the_unbroken_rotation_is_found_and_the_others_are_not(samples, noise, seed):
    found = comparison(samples, noise, seed)
    assert found["determined"] and found["kept"] == 1 and found["angle"] <= 10 * noise + 1e-10
    assert found["promoted"] <= found["plain"] and found["promoted"] < 0.2 * found["enforced"]
    about, *across = found["defects_promoted"]
    assert about < 0.3 * min(across) and found["spectrum_promoted"][1] > 1e10 * found["spectrum_promoted"][0]


def test_few_noisy_samples_decide_nothing():
    """A rotation that fits 15 values with one to spare is an accident, and its model would be useless."""
    found = comparison(15, 0.1, 0)
    assert not found["determined"] and found["angle"] is None
    assert found["promoted"] < found["enforced"] < found["plain"]


def test_units():
    assert len(units(SCALES["quick"])) == 3 and len(units(SCALES["laptop"])) == 180
    assert len({unit.key for unit in units(SCALES["laptop"])}) == 180
