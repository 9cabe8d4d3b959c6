"""Geometries, labels by PySCF, and the check that forces are the slope of the energies."""

from __future__ import annotations

import logging
import math

import pytest
import torch

from symmetra.inputs import InputError
from symmetra.molecules import BOHR_ANGSTROM, HARTREE_EV, check_labels, geometries, label, published_labels
from symmetra.molecules._geometries import ANGLES, ATOMS, BENT, LENGTHS, POLAR, STRETCHED, rotations


def angles(positions):
    """HNH angles in degrees, ``[N, 3]``."""
    arms = positions[:, 1:] / positions[:, 1:].norm(dim=2, keepdim=True)
    return torch.stack([(arms[:, i] * arms[:, j]).sum(1) for i, j in ((0, 1), (0, 2), (1, 2))], 1).acos().rad2deg()


def ammonia(r, angle):
    """Three bonds of length r with equal angles between them: sin(polar) = 2/√3 sin(angle/2)."""
    polar = math.asin(2 / math.sqrt(3) * math.sin(math.radians(angle) / 2))
    around = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
    bonds = torch.stack([math.sin(polar) * around.cos(), math.sin(polar) * around.sin()], 1)
    bonds = torch.cat([bonds, torch.full((3, 1), math.cos(polar), dtype=torch.float64)], 1)
    return torch.cat([torch.zeros(1, 3, dtype=torch.float64), r * bonds])


@pytest.mark.parametrize("molecule", ["LiH", "NH3"])
@pytest.mark.parametrize("kind", ["published", "upright", "general", "stretched", "bent"])
def test_geometries_lie_where_they_are_said_to(molecule, kind):
    if (molecule, kind) == ("LiH", "bent"):
        return
    x = geometries(kind, molecule, 300, 5)
    assert x.shape == (300, len(ATOMS[molecule]), 3) and x.dtype == torch.float64 and not x[:, 0].any()
    low, high = (STRETCHED if kind == "stretched" else LENGTHS)[molecule]
    r = x[:, 1:].norm(dim=2)
    assert low - 1e-12 <= r.min() < low + 0.05 * (high - low) and high - 0.05 * (high - low) < r.max() <= high + 1e-12
    if molecule == "NH3" and kind != "published":
        low, high = BENT if kind == "bent" else ANGLES
        assert low - 1e-9 <= angles(x).min() and angles(x).max() <= high + 1e-9
    if molecule == "NH3" and kind == "published":
        polar = (x[:, 1:, 2] / r).acos().rad2deg()
        assert POLAR[0] <= polar.min() and polar.max() <= POLAR[1] and float((r - r[:, :1]).abs().max()) < 1e-14
        assert 79 < angles(x).min() and angles(x).max() < 94  # far from the 104° of the minimum


def test_general_is_upright_turned_and_in_another_order():
    one, other = geometries("upright", "NH3", 50, 3), geometries("general", "NH3", 50, 3)
    lengths = [torch.cdist(x, x).flatten(1).sort(1).values for x in (one, other)]
    assert torch.allclose(*lengths, atol=1e-12) and not torch.allclose(one, other)
    assert len({tuple(row) for row in other[:, 1:].norm(dim=2).argsort(1).tolist()}) == 6
    turns = rotations(4000, torch.Generator().manual_seed(0))
    assert torch.allclose(torch.linalg.det(turns), torch.ones(4000, dtype=torch.float64))
    assert turns.mean(0).abs().max() < 4 * (1 / 3 / 4000) ** 0.5  # uniform: every entry has mean 0, variance 1/3


def test_minima_of_hartree_and_fock():
    r = torch.tensor([1.51080, 1.51081, 1.51082, 1.5949], dtype=torch.float64)
    x = torch.zeros(4, 2, 3, dtype=torch.float64)
    x[:, 1, 2] = r
    found = label(x, "LiH")
    assert found.energies[1] == pytest.approx(-7.8633821, abs=1e-7)
    assert found.energies[3] == pytest.approx(-7.8620270, abs=1e-6)
    assert found.forces[0, 1, 2] > 0 > found.forces[2, 1, 2]  # the minimum lies between
    steps = [(1.0325, 104.16), (1.0335, 104.16), (1.0315, 104.16), (1.0325, 104.3), (1.0325, 104.0)]
    energies = label(torch.stack([ammonia(*step) for step in steps]), "NH3").energies
    assert energies[0] == pytest.approx(-55.4554198, abs=1e-7) and energies[0] == energies.min()


@pytest.mark.parametrize(
    ("method", "basis"),
    [("RHF", "sto-3g"), ("UHF", "sto-3g"), ("MP2", "sto-3g"), ("CCSD", "sto-3g"), ("lda,vwn", "6-31g")],
)
def test_forces_are_the_slope_of_the_energies(method, basis):
    h, x = 1e-3, torch.zeros(3, 2, 3, dtype=torch.float64)
    x[:, 1, 2] = torch.tensor([1.6 - h, 1.6, 1.6 + h])
    found = label(x, "LiH", method, basis)
    slope = float(found.energies[0] - found.energies[2]) / (2 * h)
    # A functional is integrated on a grid that moves with the atoms, which PySCF's gradient leaves out.
    assert float(found.forces[1, 1, 2]) == pytest.approx(slope, abs=2e-4 if "," in method else 2e-6)
    assert found.provenance["method"] == method and found.provenance["program"].startswith("PySCF 2")


def test_a_point_that_does_not_converge_is_refused_and_the_rest_is_kept(caplog):
    x = torch.zeros(3, 2, 3, dtype=torch.float64)
    x[:, 1, 2] = torch.tensor([1.5, 5.9, 1.6])
    with caplog.at_level(logging.WARNING, "symmetra.molecules"):
        found = label(x, "LiH", max_cycle=12)
    assert [place for place, _ in found.refused] == [1] and "12 cycles" in found.refused[0][1]
    assert "geometry 1 has no label" in caplog.text
    assert torch.equal(found.positions, x[[0, 2]]) and len(found.energies) == 2
    with pytest.raises(InputError, match="none of which converged"):
        label(x, "LiH", max_cycle=1)


NH3 = ammonia(1.0325, 104.16)[None]


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("molecule", lambda: label(NH3, "H2O")),
        ("the atom 'Xx'", lambda: label(NH3, ("Xx", "H", "H", "H"))),
        ("shape", lambda: label(NH3, "LiH")),
        ("nuclei 0.0", lambda: label(NH3 * 0.01, "NH3")),
        ("nanometres", lambda: label(NH3 / 10, "NH3")),
        ("not in pm", lambda: label(NH3 * 100, "NH3")),
        ("basis", lambda: label(NH3, "NH3", basis="no-such")),
        ("method", lambda: label(NH3, "NH3", "no-such")),
        ("UHF", lambda: label(NH3[:, :3], ("N", "H", "H"))),
        ("max_cycles", lambda: label(NH3, "NH3", max_cycles=3)),
        ("NaN", lambda: label(NH3 * math.nan, "NH3")),
        ("kind", lambda: geometries("round", "NH3", 3)),
        ("no angle", lambda: geometries("bent", "LiH", 3)),
        ("samples", lambda: geometries("general", "NH3", 0)),
        ("seed", lambda: geometries("general", "NH3", 3, -1)),
        ("molecule", lambda: geometries("general", "CH4", 3)),
        ("energies", lambda: check_labels(NH3.expand(5, 4, 3), torch.zeros(4), NH3.expand(5, 4, 3))),
        ("energies", lambda: check_labels(NH3.expand(5, 4, 3), torch.zeros(5), NH3.expand(5, 4, 3))),
        ("forces", lambda: check_labels(NH3.expand(5, 4, 3), torch.arange(5.0), NH3)),
        ("one place", lambda: check_labels(torch.zeros(5, 4, 3), torch.arange(5.0), torch.zeros(5, 4, 3))),
        ("labels", lambda: published_labels(NH3)),
    ],
)
def test_bad_input_costs_one_line(words, call):
    with pytest.raises(InputError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def lithium():
    return label(geometries("published", "LiH", 40), "LiH")


@pytest.fixture(scope="module")
def ammonias():
    return label(geometries("general", "NH3", 50, 1), "NH3")


def test_consistent_labels_have_slope_one(lithium, ammonias):
    for found in (lithium, ammonias):
        check = check_labels(found.positions, found.energies, found.forces)
        assert check.ok and check.slope == pytest.approx(1, abs=1e-3) and check.fit > 0.9999
        assert check.require() is check and check.rows()[0]["count"] == len(found)


@pytest.mark.parametrize(
    ("factor", "diagnosis"),
    [
        (HARTREE_EV, "eV/ångström beside energies in hartree"),
        (BOHR_ANGSTROM, "hartree/bohr beside positions in ångström"),
        (HARTREE_EV * BOHR_ANGSTROM, "eV/bohr"),
        (-1.0, "gradients in place of forces"),
        (1.01, ""),
    ],
)
def test_wrong_units_are_found_and_named(lithium, ammonias, factor, diagnosis):
    for found in (lithium, ammonias):
        check = check_labels(found.positions, found.energies, factor * found.forces)
        assert not check.ok and check.slope == pytest.approx(factor, rel=1e-3)
        assert diagnosis in check.diagnosis if diagnosis else not check.diagnosis
        with pytest.raises(InputError, match="slope 1"):
            check.require()


def test_published_labels_have_a_slope_of_27_and_no_potential(lithium, ammonias):
    energies, forces = published_labels(lithium, scaled=False)
    assert check_labels(lithium.positions, energies, forces).slope == pytest.approx(27.2114, abs=1e-3)
    energies, forces = published_labels(ammonias)
    for values in (energies, forces[:, 1:]):
        assert values.min() == pytest.approx(-1) and values.max() == pytest.approx(1)
    assert not check_labels(ammonias.positions, energies, forces).ok


def test_what_does_not_belong_together_is_refused(ammonias):
    turned = ammonias.forces[torch.randperm(len(ammonias))]
    assert not check_labels(ammonias.positions, ammonias.energies, turned).ok
    swirl = torch.linalg.cross(ammonias.positions, torch.ones_like(ammonias.positions))
    assert not check_labels(ammonias.positions, ammonias.energies, swirl).ok


def test_neither_place_nor_orientation_matters(ammonias):
    turn = rotations(50, torch.Generator().manual_seed(4))
    moved = (ammonias.positions + 3.0) @ turn.mT
    slopes = [check_labels(x, ammonias.energies, f).slope for x, f in (
        (ammonias.positions, ammonias.forces), (moved, ammonias.forces @ turn.mT))]  # fmt: skip
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-9)
