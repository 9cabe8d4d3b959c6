"""Configurations: their invariants after every worm, open worms on top of them, and what cannot be asked for."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from symmetra.inputs import InputError
from symmetra.lattice import open_worms, simulate
from symmetra.lattice._chain import Chain, halves
from symmetra.lattice._crew import assert_invariants


@pytest.mark.parametrize(
    ("extents", "eta", "lam", "mu", "charge"),
    [
        ((6, 4), 4.01, 1.0, 1.1, None),
        ((3, 2, 2), 6.5, 0.0, -0.3, None),
        ((2, 2, 2, 2), 8.5, 1.0, 2.5, None),
        ((4, 3), 4.01, 1.0, 0.0, 2),
    ],
)
def test_invariants_after_every_worm(extents, eta, lam, mu, charge):
    couplings = {"samples": 6, "chains": 2, "charge": charge, "separation": 10}
    checked = simulate(extents, eta, lam, mu, **couplings, debug=True)
    fast = simulate(extents, eta, lam, mu, **couplings, workers=2)
    assert (checked.configurations == fast.configurations).all()
    assert np.allclose(checked.series, fast.series, rtol=1e-12)
    chain = Chain(
        *np.zeros((2, checked.model.links), np.int16),
        np.zeros(checked.model.sites, np.int16),
        np.zeros(4, np.uint64),
    )
    breaks = {"not conserved": ("k", 0, 1), "negative l": ("l", 0, -1), "cached F": ("half", 0, 1)}
    for words, (name, place, value) in breaks.items():
        broken = chain.copy()
        getattr(broken, name)[place] = value
        with pytest.raises(AssertionError, match=words):
            assert_invariants(checked.model, broken)


def test_open_worms_end_where_they_say():
    e = simulate((8, 8), 4.25, 1.0, 1.0, samples=60, seed=1)
    for count in (0, 1, 5):
        found = open_worms(e, count, seed=2)
        div = found.divergence()
        assert (np.abs(div).sum((1, 2)) == 2 * count).all() and np.abs(div).max(initial=0) <= 1
        assert (found.configurations[:, 2:] == e.configurations[:, 2:]).all()
        assert (found.closed == e.configurations).all() and (found.chain == e.chain).all()
        for i, paths in enumerate(found.paths):
            change = np.zeros((2, 64), dtype=int)
            for path, (tail, head) in zip(paths, found.ends[i], strict=True):
                assert path[0] == tail and path[-1] == head
                assert div[i].flat[tail] == 1 and div[i].flat[head] == -1
                for here, there in pairwise(path):
                    step = np.subtract(divmod(there, 8), divmod(here, 8)) % 8
                    axis, sign = (int(step[1] > 0), 1 if 1 in step else -1)
                    change[axis, here if sign > 0 else there] += sign
            assert (found.configurations[i, :2] - found.closed[i, :2] == change.reshape(2, 8, 8)).all()
        again = open_worms(e, count, seed=2)
        assert (again.configurations == found.configurations).all() and again.rejected == found.rejected
    assert found.rejected > 0
    fields, label = found.dataset()[:]
    assert fields.shape == (60, 4, 8, 8) and (label == 5).all()


def test_the_ends_of_a_worm_lie_as_the_correlator_says():
    """Nearly, for long excursions do not count for more than short ones: from the free theory, away from 0."""
    eta = 4.6
    e = simulate((4, 4), eta, 0.0, 0.0, samples=6000, seed=3)
    cosines = 2 * np.cos(2 * np.pi * np.arange(4) / 4)
    known = np.fft.ifftn(1 / (eta - cosines[:, None] - cosines)).real
    known.flat[0] = 0
    ends = np.stack(np.divmod(open_worms(e, 1, seed=1).ends[:, 0], 4), axis=-1)
    apart = (ends[:, 1] - ends[:, 0]) % 4
    counts = np.bincount(apart[:, 0] * 4 + apart[:, 1], minlength=16)
    expected = 6000 * (known / known.sum()).ravel()
    assert np.abs(counts[1:] / expected[1:] - 1).max() < 0.35


def test_every_site_weight_of_several_worms_sees_an_even_f():
    e = simulate((4, 4), 4.25, 1.0, 1.0, samples=40, seed=1)
    found = open_worms(e, 3, seed=2)
    axes = 2
    weight = np.abs(found.configurations[:, :axes].astype(int)) + 2 * found.configurations[:, axes:]
    f = sum(weight[:, a] + np.roll(weight[:, a], 1, a + 1) for a in range(axes))
    assert ((f + np.abs(found.divergence())) % 2 == 0).all()
    assert (halves(e.configurations) * 2 % 2 == 0).all()


GOOD = {"extents": (4, 4), "eta": 4.01, "lam": 1.0, "mu": 1.0}
BAD = [
    ({"extents": (4, 1)}, "at least 2"),
    ({"extents": (4,)}, "two whole numbers"),
    ({"extents": "4,4"}, "two whole numbers"),
    ({"extents": (4.0, 4)}, "two whole numbers"),
    ({"eta": float("nan")}, "finite"),
    ({"eta": "4"}, "finite"),
    ({"lam": -1.0}, "not negative"),
    ({"lam": 0.0, "eta": 0.0, "mu": 0.0}, "site integral diverges"),
    ({"lam": 0.0, "eta": 3.9, "mu": 0.0}, "condenses"),
    ({"lam": 0.0, "eta": 4.25, "mu": 0.6}, "condenses"),
    ({"mu": float("inf")}, "finite"),
    ({"mu": 800.0}, "runs away"),
    ({"eta": -500.0, "lam": 0.001}, "runs away"),
    ({"samples": 0}, "at least 1"),
    ({"chains": 1.5}, "at least 1"),
    ({"seed": -1}, "at least 0"),
    ({"workers": 0}, "at least 1"),
    ({"separation": 0}, "at least 1"),
    ({"charge": 0.5}, "whole number"),
]


@pytest.mark.parametrize(("wrong", "words"), BAD, ids=str)
def test_bad_input_is_told_in_one_line(wrong, words):
    with pytest.raises(InputError, match=words) as error:
        simulate(**GOOD | wrong)
    assert "\n" not in str(error.value) and next(iter(wrong)) in str(error.value) + "eta mu lam"


def test_what_an_ensemble_cannot_give():
    e = simulate(**GOOD, samples=8, chains=2, separation=4)
    c, few = (simulate(**GOOD, samples=n, separation=4, correlator=True) for n in (64, 8))
    # So heavy that no head was ever seen at a distance.
    heavy = simulate(**GOOD | {"eta": 500.0}, samples=64, separation=1, correlator=True)
    for call in (
        lambda: e.estimate("mass"), e.correlator, lambda: e.mass_gap(1), lambda: c.mass_gap(2), lambda: e.split(1, 2),
        lambda: c.mass_gap(0, 3), lambda: c.mass_gap(0, 1.5), lambda: heavy.mass_gap(1), lambda: few.correlator(),
        lambda: open_worms(e, 9), lambda: open_worms(e, -1), lambda: open_worms("e"),
    ):  # fmt: skip
        with pytest.raises(InputError) as error:
            call()
        assert "\n" not in str(error.value)
