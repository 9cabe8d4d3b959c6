"""The study of the planets: its verdicts on the real data, and what it says of data that are exact or wrong."""

import numpy as np
import pytest
import torch

from symmetra import nbody
from symmetra.inputs import InputError
from symmetra.linalg import principal_angles
from symmetra.nbody import DE421_GM_SUN, States
from symmetra.studies import planets
from symmetra.studies.planets.conserved_part import search
from symmetra.studies.planets.data import kepler_rows, time_blocks
from symmetra.studies.planets.jackknife import jackknife
from symmetra.studies.planets.law_symmetry import law_symmetry, mean_plane
from symmetra.studies.planets.power_law import power_law


@pytest.fixture(scope="module")
def result():
    return planets.run("quick")


def kepler_system(count=6, samples=120, inclination=0.6, ratio=1.6, size=0.4, gm=DE421_GM_SUN, seed=0):
    """Exact orbits, well inclined."""
    random = np.random.default_rng(seed)
    parts = [
        nbody.kepler_orbit(
            np.sort(random.uniform(-3e4, 3e4, samples)),
            size * ratio**i,
            random.uniform(0.05, 0.4),
            gm,
            random.uniform(0, inclination),
            *random.uniform(0, 6, 2),
            body=f"P{i}",
        )
        for i in range(count)
    ]
    return States(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("body", "t", "x", "v", "a")))


def test_every_claim_of_the_plan_has_a_verdict(result):
    assert [claim.plan for claim in result.claims] == list(planets.CLAIMS)
    assert {claim.verdict for claim in result.claims} == {"holds"}
    assert result.seconds < 60


def test_mercury_to_jupiter_keep_four_quantities(result):
    found = result.conserved["near"]
    assert found.certified == (0, 1, 2, 3) and found.dimension - found.trivial == 4
    for spectrum in found.spectra.values():
        assert spectrum[found.dimension] >= 50 * spectrum[found.dimension - 1]
    rows = found.coefficients[:4]
    target = kepler_rows(found.terms, DE421_GM_SUN)
    states = nbody.planets().only(result.config.near)
    values = found.library.values(torch.from_numpy(states.state))
    centred = values - values.mean(0)
    sizes = torch.where(centred.std(0) > 0, centred.std(0), 1.0)
    for metric in (centred.mT, torch.diag(sizes), torch.eye(len(found.terms), dtype=torch.float64)):
        assert float(principal_angles(rows @ metric, target @ metric).max()) < 1e-3


def test_strength_of_the_sun(result):
    row = next(r for r in result.rows() if "strength GM" in r["claim"])
    assert abs(float(row["measured"].split()[-1])) < 1e-5
    strengths = result.figures["strengths"]
    for i in range(5):
        assert abs(strengths["excess"][i] - strengths["mass"][i]) < 5e-5


def test_eight_planets_keep_the_same_less_exactly(result):
    found = result.conserved["all"]
    assert len(found.certified) == 4
    worst = max(result.conserved["near"].spectrum[4], found.spectrum[4])
    assert worst == found.spectrum[4] < 0.02


def test_what_four_planets_or_one_cannot_decide(result):
    inner = result.conserved["inner"]
    assert len(inner.certified) == 3
    assert not inner.coverage.ok and "at most 3 quantities" in inner.coverage.message
    for alone in result.alone.values():
        assert alone.certified == () and "cannot decide" in alone.coverage.message


def test_law_of_force_and_its_symmetries(result):
    assert abs(float(result.power.exponent.value) + 2) < 1e-4
    law = result.law
    assert (law.upper <= result.config.delta_law).all() and law.algebra == "so(3) ⊕ R"
    assert law.angle < 1e-2
    assert int((law.spectrum.value <= result.config.delta_law).sum()) == 4
    assert law.spectrum.value[4] == pytest.approx(law.exact[4], rel=2e-3)


def test_exact_orbits_give_exact_answers():
    states = kepler_system()
    found = search(states, planets.SCALES["quick"])
    assert len(found.certified) == 4 and found.coverage.ok and found.gap > 1e8
    power = power_law(states, states.bodies, 10)
    assert abs(float(power.exponent.value) + 2) < 1e-12
    np.testing.assert_allclose(power.strengths.value, DE421_GM_SUN, rtol=1e-12)
    law = law_symmetry(states, 10, (3, 4), 0.05)
    assert (law.spectrum.value[:4] < 1e-9).all() and law.spectrum.value[4] > 0.1
    assert (law.upper < 1e-8).all()


def pulled(states, kind):
    """The states with another law of force: accelerations only."""
    x, r = states.x, np.linalg.norm(states.x, axis=1, keepdims=True)
    if kind == "stretched":  # isotropic in a metric that is not Euclid's
        a = -x / np.sqrt((np.array([1.0, 1.05, 0.95]) * x**2).sum(1, keepdims=True)) ** 3
    elif kind == "pole":  # an axis, but no other rotation
        a = -x / r**3 * (1 + 0.3 * (x[:, [2]] / r) ** 2)
    elif kind == "off centre":
        shifted = x - np.array([0.03, 0.0, 0.02])
        a = -shifted / np.linalg.norm(shifted, axis=1, keepdims=True) ** 3
    else:  # "steeper"
        a = -x / r**3.1
    return States(states.body, states.t, states.x, states.v, a)


@pytest.mark.parametrize(
    ("kind", "kept"), [("stretched", (3,)), ("pole", (2, 3)), ("off centre", ()), ("steeper", (0, 1, 2))]
)
def test_other_laws_lose_the_symmetries_that_they_lack(kind, kept):
    """Isotropy is found where it holds, and only there."""
    states = kepler_system(count=6, inclination=1.2, ratio=1.15, size=0.7)
    axes = mean_plane(states)
    turned = States(states.body, states.t, states.x @ axes.T, states.v @ axes.T, states.a @ axes.T)
    law = law_symmetry(pulled(turned, kind), 10, (3,), 0.05, gm=1.0)
    np.testing.assert_allclose(np.abs(law.axes), np.eye(3), atol=1e-10)  # the law is written in the axes of the study
    assert tuple(int(i) for i in np.flatnonzero(law.upper <= 0.01)) == kept
    assert all(law.defects[i] > 0.01 for i in range(4) if i not in kept)


def test_jackknife_of_a_mean_is_its_standard_error():
    random = np.random.default_rng(0)
    values = random.standard_normal(4000) * 3
    blocks = np.arange(4000) % 40
    result = jackknife(lambda keep: np.array(values[keep].mean()), blocks)
    means = np.array([values[blocks == b].mean() for b in range(40)])
    assert float(result.error) == pytest.approx(means.std(ddof=1) / np.sqrt(40), rel=1e-9)
    low, high = result.interval(0.05)
    assert low < 0 < high


def test_tables_and_figures_are_plain_data(result):
    for rows in result.tables.values():
        keys = {tuple(row) for row in rows}
        assert len(keys) == 1
        cells = [value for row in rows for value in row.values()]
        assert all(isinstance(v, (str, float, int)) and not isinstance(v, np.generic) for v in cells)
    for arrays in result.figures.values():
        assert all(isinstance(a, np.ndarray) for a in arrays.values())
    assert set(result.sentences) == {"conserved", "force", "symmetry", "limits"}
    assert "holds" in result.summary()


def test_the_run_is_deterministic(result):
    again = planets.run("quick")
    assert torch.equal(again.conserved["near"].coefficients, result.conserved["near"].coefficients)
    assert again.rows() == result.rows()


def test_unknown_scale_and_time_blocks():
    with pytest.raises(InputError, match="scale: got 'huge'"):
        planets.run("huge")
    blocks = time_blocks(nbody.planets(), 10)
    assert set(blocks.tolist()) == set(range(10))
