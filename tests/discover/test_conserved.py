"""Conserved quantities: exact dimensions, data along trajectories, and what must not be certified."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from scipy.stats import binom

from symmetra.discover.conservation._confirmation import halves, share_bound
from symmetra.discover.conservation._conserved import conserved
from symmetra.discover.conservation._sparse_rows import echelon
from symmetra.functions import library
from symmetra.inputs import InputError

INERTIA = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)


def gaussian(count, n, seed=0, size=1.0, mean=0.0):
    generator = torch.Generator().manual_seed(seed)
    return mean + size * torch.randn(count, n, generator=generator, dtype=torch.float64)


def rigid_body(w):
    return torch.linalg.cross(w, w / INERTIA.to(w))


def oscillator(*squares):
    k = torch.tensor(squares, dtype=torch.float64)
    return lambda s: torch.cat([s[len(squares) :], -k.to(s) * s[: len(squares)]])


def henon_heiles(s):
    x, y, p, q = s
    return torch.stack([p, q, -x - 2 * x * y, -y - x**2 + y**2])


def kepler(s):
    return torch.cat([s[3:], -s[:3] / s[:3].norm() ** 3])


def damped(s):
    return torch.stack([s[1], -s[0] - 0.1 * s[1]])


def lorenz(s):
    return torch.stack([10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]])


INVERSE = library.named("1/r", lambda s: 1 / s[:3].norm())
DIRECTIONS = sum(
    (library.named(f"{name}/r", lambda s, i=i: s[i] / s[:3].norm()) for i, name in enumerate("yz", start=1)),
    library.named("x/r", lambda s: s[0] / s[:3].norm()),
)
# name, F, variables, degree, extra terms, dimension with the constant
EXACT = [
    ("rigid body", rigid_body, 3, 2, None, 3),
    ("rigid body", rigid_body, 3, 4, None, 6),
    ("rigid body", rigid_body, 3, 6, None, 10),
    ("isotropic oscillator", oscillator(1, 1), 4, 2, None, 5),
    ("isotropic oscillator", oscillator(1, 1), 4, 4, None, 14),
    ("isotropic oscillator", oscillator(1, 1), 4, 6, None, 30),
    ("oscillator 1:2 squared", oscillator(1, 2), 4, 2, None, 3),
    ("oscillator 1:2 squared", oscillator(1, 2), 4, 4, None, 6),
    ("resonant oscillator 1:2", oscillator(1, 4), 4, 3, None, 5),  # E1, E2 and the two cubic ones of the resonance
    ("isotropic oscillator in space", oscillator(1, 1, 1), 6, 2, None, 10),  # u(3) and the constant
    ("isotropic oscillator in space", oscillator(1, 1, 1), 6, 4, None, 46),  # + Sym2(C3) x Sym2(C3*)
    ("Kepler", kepler, 6, 2, INVERSE, 5),  # L, E, 1
    ("Kepler with Laplace's vector", kepler, 6, 3, INVERSE + DIRECTIONS, 8),
    ("Henon-Heiles", henon_heiles, 4, 2, None, 1),
    ("Henon-Heiles", henon_heiles, 4, 3, None, 2),
    ("Henon-Heiles", henon_heiles, 4, 6, None, 3),  # H and its square
    ("damped", damped, 2, 4, None, 1),
    ("Lorenz", lorenz, 3, 4, None, 1),
]


@pytest.mark.parametrize(("name", "field", "n", "degree", "extra", "dimension"), EXACT)
def test_exact_dimension(name, field, n, degree, extra, dimension):
    terms = library.polynomial(n, degree) if extra is None else library.polynomial(n, degree) + extra
    found = conserved(gaussian(900, n, size=0.5 if n == 4 else 1.0), field, terms)
    assert (found.dimension, found.trivial) == (dimension, 1)
    assert found.gap >= 1e8
    assert found.certified == tuple(range(dimension - 1))
    fresh = gaussian(200, n, seed=7)
    for row, h in zip(found.coefficients, found.quantities(), strict=True):
        gradient = torch.func.vmap(torch.func.grad(lambda s, h=h: h(s)))(fresh)
        rate = torch.func.vmap(field)(fresh)
        size = (gradient.norm(dim=1) * rate.norm(dim=1)).square().mean().sqrt()
        change = (gradient * rate).sum(1).square().mean().sqrt()
        assert change <= 1e-9 * max(float(size), float(row.abs().max()))


def test_named_terms_of_predator_and_prey():
    def field(s):
        return torch.stack([s[0] * (1 - s[1]), -s[1] * (1 - s[0])])

    logs = library.named("log x", lambda s: s[0].log()) + library.named("log y", lambda s: s[1].log())
    x = 0.3 + 2 * torch.rand(400, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = conserved(x, field, library.polynomial(2, 2) + logs)
    assert found.certified == (0,)
    assert found.expressions()[0] == "x + y − log x − log y"


@pytest.mark.parametrize("x", [gaussian(600, 3, mean=10.0), gaussian(600, 3).float(), 1e-6 * gaussian(600, 3)])
def test_origin_type_and_units_do_not_matter(x):
    found = conserved(x, rigid_body, library.polynomial(3, 4))
    assert found.dimension == 6 and found.gap >= 1e8


def test_units_of_a_column_leave_the_spectrum_unchanged():
    units = torch.tensor([1.0, 1e4, 1e-3], dtype=torch.float64)
    x, terms = gaussian(500, 3), library.polynomial(3, 2)
    rates = torch.func.vmap(rigid_body)(x)
    plain = conserved(x, rates, terms).spectrum
    scaled = conserved(x * units, rates * units, terms).spectrum
    torch.testing.assert_close(plain[3:], scaled[3:], rtol=1e-9, atol=1e-13)


def test_module_and_relations_among_terms():
    class Rotation(torch.nn.Module):
        def forward(self, batch):
            return torch.stack([batch[:, 1], -batch[:, 0]], dim=1)

    twice = library.polynomial(2, 2) + library.named("r²", lambda s: s @ s)
    found = conserved(gaussian(200, 2), Rotation(), twice)
    assert (found.dimension, found.trivial, found.certified) == (3, 2, (0,))


def test_noisy_rates_are_certified_only_as_far_as_they_go():
    x = gaussian(3000, 3)
    rates = torch.func.vmap(rigid_body)(x)
    noise = gaussian(3000, 3, seed=1) * rates.std(0)
    quiet = conserved(x, rates + 0.01 * noise, library.polynomial(3, 2))
    assert quiet.dimension == 3 and len(quiet.certified) == 2
    loud = conserved(x, rates + 0.1 * noise, library.polynomial(3, 2), rtol=0.2)
    assert loud.certified == () and loud.dimension >= 3
    assert all(c.upper > c.delta and c.verdict == "undetermined" for c in loud.certificates)


def test_broken_conservation_is_not_certified():
    x = gaussian(3000, 2)
    found = conserved(x, lambda s: torch.stack([s[1], -s[0] - 0.1 * s[1]]), library.polynomial(2, 2), rtol=0.2)
    assert found.dimension >= 2 and found.certified == ()
    assert "broken" in {c.verdict for c in found.certificates}


def test_one_closed_orbit_decides_nothing():
    angle = torch.linspace(0, 40, 300, dtype=torch.float64)
    circle = torch.stack([angle.cos(), angle.sin()], dim=1)

    def hopf(s):
        return s * (1 - s @ s) + torch.stack([-s[1], s[0]])

    found = conserved(circle, hopf, library.polynomial(2, 2))
    assert found.dimension == 2 and found.trivial == 2 and found.certified == ()
    assert not found.coverage.ok and "itself" in found.coverage.message
    assert conserved(circle, torch.func.vmap(hopf)(circle), library.polynomial(2, 2)).certified == ()


def orbits(count, samples=80, seed=0, squares=(1.0, 1.0)):
    """Exact trajectories of an oscillator: states, rates, labels."""
    start, times = (
        gaussian(count, 4, seed=seed),
        torch.rand(count, samples, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) * 30,
    )
    w = torch.tensor(squares, dtype=torch.float64).sqrt()
    phase = times[..., None] * w
    q = start[:, None, :2] * phase.cos() + start[:, None, 2:] / w * phase.sin()
    p = -start[:, None, :2] * w * phase.sin() + start[:, None, 2:] * phase.cos()
    x = torch.cat([q, p], dim=2).reshape(-1, 4)
    rates = torch.cat([p, -q * w**2], dim=2).reshape(-1, 4)
    return x, rates, torch.arange(count).repeat_interleave(samples)


@pytest.mark.parametrize(("count", "expected"), [(1, 0), (2, 1), (4, 3), (5, 4), (9, 4)])
def test_k_trajectories_separate_at_most_k_minus_one(count, expected):
    x, rates, labels = orbits(count)
    for evidence in (rates, None):
        found = conserved(x, evidence, library.polynomial(4, 2), labels)
        assert len(found.certified) == expected
        assert found.coverage.ok == (expected < count - 1)
        if count > 1:
            assert f"at most {count - 1} quantit" in found.coverage.message
        else:
            assert "itself" in found.coverage.message


@pytest.mark.parametrize("count", [1, 3])
def test_trajectories_without_labels_are_noticed(count):
    x, rates, _ = orbits(count)
    found = conserved(x, rates, library.polynomial(4, 2))
    assert found.certified == () and not found.coverage.ok


def test_left_out_trajectories_confirm_what_is_conserved():
    x, rates, labels = orbits(12)
    found = conserved(x, rates, library.polynomial(4, 2), labels)
    assert len(found.left_out) == 12 and float(found.left_out.max()) < 1e-10
    assert float(found.rate_defects.max()) < 1e-10


def test_noise_on_states_needs_a_bound():
    x, rates, labels = orbits(8)
    noisy = x + 1e-3 * gaussian(len(x), 4, seed=3)
    terms = library.polynomial(4, 2)
    unknown = conserved(noisy, rates, terms, labels, state_error=None)
    assert unknown.certified == () and {c.verdict for c in unknown.certificates} == {"undetermined"}
    assert len(conserved(noisy, rates, terms, labels, state_error=2e-3).certified) == 4
    assert conserved(noisy, rates, terms, labels, state_error=0.5).certified == ()
    assert conserved(x, rates, terms, state_error=1e-3).certified == ()


def test_sampling_in_step_with_the_motion_is_seen_through():
    """Samples at one phase of an oscillation look constant; the rates say that they are not."""
    start = gaussian(6, 4)
    turn = 2 * math.pi * torch.arange(60, dtype=torch.float64)
    phase = turn[None, :, None] + 1e-3 * torch.rand(
        6, 60, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    )
    q = start[:, None, :2] * phase.cos() + start[:, None, 2:] * phase.sin()
    p = start[:, None, 2:] * phase.cos() - start[:, None, :2] * phase.sin()
    x, rates = torch.cat([q, p], 2).reshape(-1, 4), torch.cat([p, -q], 2).reshape(-1, 4)
    labels = torch.arange(6).repeat_interleave(60)
    terms = library.polynomial(4, 1)
    assert conserved(x, rates, terms, labels).certified == ()


@pytest.mark.parametrize(
    ("field", "n", "time"),
    [
        (lambda t, s: [s[1], (1 - s[0] ** 2) * s[1] - s[0]], 2, 8.0),
        (lambda t, s: [10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]], 3, 8.0),
    ],
    ids=["van der Pol", "Lorenz"],
)
def test_trajectories_without_a_conserved_quantity(field, n, time):
    random = np.random.default_rng(0)
    states, rates, labels = [], [], []
    for label in range(6):
        times = np.sort(random.uniform(0.1, time, 60))
        path = solve_ivp(field, (0, time), random.standard_normal(n) * 3, t_eval=times, rtol=1e-9, atol=1e-9).y.T
        states.append(path)
        rates.append(np.array([field(0, s) for s in path]))
        labels += [f"path {label}"] * 60
    for evidence in (np.concatenate(rates), None):
        found = conserved(np.concatenate(states), evidence, library.polynomial(n, 3), labels)
        assert found.certified == ()


def test_too_few_samples_certify_nothing():
    found = conserved(gaussian(30, 3), rigid_body, library.polynomial(3, 4))
    assert found.certified == () and not found.coverage.ok and "needed" in found.coverage.message


def test_summary_and_rows_speak():
    found = conserved(gaussian(300, 3), rigid_body, library.polynomial(3, 2))
    assert [row["verdict"] for row in found.rows()][:2] == ["symmetric", "symmetric"]
    assert "2 certified" in found.summary() and found.name == "2 conserved quantities"
    one = found.quantities()[0]
    assert one(gaussian(1, 3)[0]).shape == () and one(gaussian(5, 3)).shape == (5,)


def test_share_bound_is_exact():
    """No more than alpha of all data sets give a bound that more than the share exceeds."""
    generator = np.random.default_rng(0)
    draws = np.abs(generator.standard_normal((4000, 400)))
    quantile = 2.5758293035489004  # of |normal|, 1 %
    wrong = np.mean([share_bound(torch.tensor(row), 0.01, 0.05).upper < quantile for row in draws])
    above = np.mean([share_bound(torch.tensor(row), 0.01, 0.05).lower > quantile for row in draws])
    for share in (wrong, above):
        assert share * 4000 <= binom.ppf(0.999, 4000, 0.05)
    assert share_bound(torch.ones(10, dtype=torch.float64), 0.01, 0.05).beyond == pytest.approx(1 - 0.05**0.1)


def test_halves_and_echelon():
    labels = torch.arange(4).repeat_interleave(25)
    choose, confirm = halves(labels, 4, 20, seed=0)
    assert set(choose.tolist()).isdisjoint(confirm.tolist()) and len(choose) + len(confirm) == 100
    assert torch.bincount(labels[confirm]).tolist() == [12] * 4
    assert halves(labels, 4, 95, seed=0) is None
    rows, pivots = echelon(gaussian(3, 8), torch.ones(8, dtype=torch.float64))
    torch.testing.assert_close(rows[:, pivots], torch.eye(3, dtype=torch.float64))


GOOD = {"x": gaussian(60, 3), "rate": rigid_body, "library": library.polynomial(3, 2)}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"x": torch.zeros(5)}, "x:"),
        ({"x": torch.full((5, 3), torch.nan)}, "x:"),
        ({"library": library.polynomial(2, 2)}, "library:"),
        ({"rate": torch.zeros(59, 3)}, "rate:"),
        ({"rate": torch.full((60, 3), torch.inf)}, "rate:"),
        ({"rate": None}, "rate:"),
        ({"rate": lambda s: s[:2]}, "rate:"),
        ({"rate": lambda s: s / 0}, "rate:"),
        ({"trajectories": [1, 2]}, "trajectories:"),
        ({"trajectories": [0] * 59 + [1]}, "trajectories:"),
        ({"trajectories": [math.nan] * 60}, "trajectories:"),
        ({"delta": 0.0}, "delta:"),
        ({"alpha": 1.0}, "alpha:"),
        ({"state_error": -1.0}, "state_error:"),
        ({"library": library.polynomial(3, 2) + library.named("bad", lambda s: (s[0] - 1e9).log())}, "library:"),
    ],
)
def test_bad_input_is_told_in_one_line(change, word):
    arguments = GOOD | change
    with pytest.raises(InputError) as error:
        conserved(arguments.pop("x"), arguments.pop("rate"), arguments.pop("library"), **arguments)
    assert str(error.value).startswith(word) and "\n" not in str(error.value)
