"""Recovery end to end: the function, the algebra, and when the result says that it does not know yet."""

import math

import pytest
import torch

from symmetra import promote
from symmetra.functions import candidates, exponents, library, monomials
from symmetra.groups import SE, SO, Affine, Translation


def samples(n, m, seed, spread=1.0):
    generator = torch.Generator().manual_seed(seed)
    return spread * (2 * torch.rand(n, m, generator=generator, dtype=torch.float64) - 1)


def ridge(m, r, seed, d=2):
    """A polynomial of r orthonormal linear forms."""
    generator = torch.Generator().manual_seed(1000 + seed)
    w = torch.linalg.qr(torch.randn(m, r, generator=generator, dtype=torch.float64)).Q
    powers = exponents(r, d)
    p = torch.rand(len(powers), generator=generator, dtype=torch.float64)
    return lambda x: monomials(x @ w, powers) @ p


def error(model, f, m):
    x = samples(200, m, 99)
    return float((model(x) - f(x)).abs().max() / f(x).abs().max())


RECOVERIES = [
    (Translation(10), 10, 1, 2, 32, "abelian R⁹", 1),
    (Translation(10), 10, 2, 2, 50, "abelian R⁸", 2),
    (Translation(6), 6, 1, 3, 60, "abelian R⁵", 1),
    (SE(5), 5, 1, 2, 20, "se(4)", 5),
    (SE(5), 5, 2, 2, 20, "se(3)", 9),
]


@pytest.mark.parametrize(("group", "m", "r", "d", "n", "name", "rank"), RECOVERIES)
@pytest.mark.parametrize("seed", range(3))
def test_function_and_algebra(group, m, r, d, n, name, rank, seed):
    f, x = ridge(m, r, seed, d), samples(n, m, seed)
    found = promote.recover(library.polynomial(m, d), x, f(x), candidates.from_group(group))
    assert found.duality_gap <= 1e-5
    assert torch.allclose(found.model(x), f(x), atol=1e-9)  # it interpolates whether determined or not
    if found.determined:
        assert (found.name, found.rank) == (name, rank)
        assert error(found.refit, f, m) < 1e-8 and error(found.model, f, m) < 5e-3
        assert found.gap > 1e5 and found.freedom < found.equations
    else:
        assert found.reason.startswith("not determined") and error(found.model, f, m) > 1e-6
        assert found.refit is found.model or torch.equal(found.refit.coefficients, found.model.coefficients)


@pytest.mark.parametrize("group", [Translation(8), SE(5)])
def test_the_verdict_turns_once_and_is_never_wrong(group):
    """For every number of samples: determined means right, and right means determined, up to one sample."""
    m = candidates.from_group(group).n
    for seed in range(4):
        f, x = ridge(m, 1, seed), samples(60, m, seed)
        verdicts, exact = [], []
        top = len(exponents(m, 2))
        for n in range(3, top + 1):
            found = promote.recover(library.polynomial(m, 2), x[:n], f(x[:n]), candidates.from_group(group))
            verdicts.append(found.determined)
            exact.append(error(found.model, f, m) < 1e-4)
            if found.determined:
                assert found.rank == (1 if group.name.startswith("T") else m)
                assert error(found.refit, f, m) < 1e-8
        assert verdicts[-1] and not verdicts[0]
        assert sum(a != b for a, b in zip(verdicts, exact)) <= 2
        assert all(v or not e for v, e in zip(verdicts[1:], exact))  # exact recovery is noticed at the next sample


def test_rotations_about_a_known_centre():
    """so(3) kills every polynomial in |x|²: a kernel of its own, fitted exactly."""
    x = samples(33, 3, 0)
    y = 1 + (x**2).sum(1) - 0.3 * (x**2).sum(1) ** 2
    found = promote.recover(library.polynomial(3, 4), x[:12], y[:12], candidates.from_group(SO(3)))
    assert found.determined and found.name == "so(3)" and found.rank == 0 and found.objective < 1e-10
    assert float((found.refit(x) - y).abs().max()) < 1e-9
    y = y + x[:, 2]
    found = promote.recover(library.polynomial(3, 4), x, y, candidates.from_group(SO(3)))
    assert found.determined and found.name in ("so(2)", "abelian R") and found.rank == 2
    rotation = found.matrices[0, :, :3]
    assert abs(float(rotation[0, 1])) > 0.1 and torch.allclose(rotation[2], torch.zeros(3).double(), atol=1e-7)


def test_affine_candidates_find_what_has_no_name_in_advance():
    """(x − 1)² + 4 (y − 1)² under aff(2): the rotation of an ellipse about (1, 1)."""
    x = samples(15, 2, 0, 2.0) + 1.0
    y = (x[:, 0] - 1) ** 2 + 4 * (x[:, 1] - 1) ** 2
    found = promote.recover(library.polynomial(2, 3), x, y, candidates.affine(2))
    assert found.determined and found.dimension == 1
    field = found.candidates.vector_field(found.generators[0])
    points = samples(20, 2, 1, 3.0)
    gradient = torch.stack([2 * (points[:, 0] - 1), 8 * (points[:, 1] - 1)], 1)
    assert float((field(points) * gradient).sum(1).abs().max()) < 1e-7
    assert found.group().d == 3 and found.algebra.dimension == 1


def test_no_symmetry_is_no_algebra():
    x = samples(40, 3, 0)
    y = library.polynomial(3, 3).values(x) @ torch.randn(20, generator=torch.Generator().manual_seed(1)).double()
    found = promote.recover(library.polynomial(3, 3), x, y, candidates.affine(3))
    assert found.determined and found.dimension == 0 and found.algebra.dimension == 0
    assert "samples alone" in found.reason and found.duality_gap == 0.0


def test_several_outputs_share_one_algebra():
    """Two functions of one and the same linear form: together they need fewer samples each than alone."""
    w = torch.tensor([3.0, -1.0, 2.0, 0.5, 1.0, -2.0], dtype=torch.float64)
    x = samples(20, 6, 3)
    t = x @ (w / w.norm())
    y = torch.stack([1 + t + t**2, 2 - t + 0.3 * t**2, t**2 - 0.5], 1)
    terms, space = library.polynomial(6, 2), candidates.from_group(Translation(6))
    both = promote.recover(terms, x[:12], y[:12], space)
    assert both.determined and both.name == "abelian R⁵" and both.refit.coefficients.shape == (28, 3)
    assert float((both.refit(x) - y).abs().max()) < 1e-8 and both.duality_gap <= 1e-5
    single = promote.recover(terms, x[:12], y[:12, 0], space)
    column = promote.recover(terms, x[:12], y[:12, :1], space)
    assert math.isclose(single.objective, column.objective, rel_tol=1e-9)
    assert single.model(x).shape == (20,) and column.model(x).shape == (20, 1)


@pytest.mark.parametrize("basis", ["legendre", "hermite", "monomial"])
def test_every_basis_recovers(basis):
    f = ridge(5, 1, 1)
    x = torch.randn(20, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = promote.recover(library.polynomial(5, 2), x, f(x), candidates.from_group(SE(5)), basis=basis)
    assert found.determined and found.name == "se(4)" and error(found.refit, f, 5) < 1e-8


def test_a_library_without_all_monomials():
    x = samples(11, 4, 0)
    y = (x[:, 0] - x[:, 1]) ** 2 + (x[:, 0] - x[:, 1])
    terms = library.polynomial(4, 2, constant=False)
    found = promote.recover(terms, x, y, candidates.from_group(Translation(4)), domain=(-1, 1))
    assert found.determined and found.rank == 1
    exact = [1 if t == "x₁" else -1 if t == "x₂" else 0 for t in terms.terms]
    exact = [{"x₁²": 1, "x₂²": 1, "x₁·x₂": -2}.get(t, e) for t, e in zip(terms.terms, exact)]
    assert torch.allclose(found.refit.coefficients, torch.tensor(exact, dtype=torch.float64), atol=1e-8)


def test_repeated_samples_count_once():
    f, x = ridge(5, 1, 2), samples(10, 5, 2)
    terms, space = library.polynomial(5, 2), candidates.from_group(Translation(5))
    once = promote.recover(terms, x, f(x), space, domain=(-1, 1))
    x = torch.cat([x, x[:4]])
    again = promote.recover(terms, x, f(x), space, domain=(-1, 1))
    assert again.equations == 10 and math.isclose(once.objective, again.objective, rel_tol=2e-5)


@pytest.mark.parametrize(("group", "name"), [(Translation(6), "abelian R⁵"), (SE(4), "se(3)")])
@pytest.mark.parametrize("seed", range(3))
def test_noisy_data(group, name, seed):
    """The algebra is exact although the data are not, and the refit is nearer to the truth than the noise."""
    m = candidates.from_group(group).n
    f, x = ridge(m, 1, seed), samples(60, m, seed)
    generator = torch.Generator().manual_seed(seed)
    noise = 0.02
    y = f(x) + noise * torch.randn(60, generator=generator, dtype=torch.float64)
    found = promote.recover(library.polynomial(m, 2), x, y, candidates.from_group(group), noise=noise)
    assert found.determined and found.name == name and found.duality_gap <= 1e-5 and found.penalty > 0
    residual = float((found.model(x) - y).square().mean().sqrt())
    assert 0.98 * noise < residual < 1.05 * noise  # the discrepancy principle; the library may not fit that closely
    points = samples(500, m, 77)
    assert float((found.refit(points) - f(points)).square().mean().sqrt()) < 0.6 * noise


def test_a_symmetry_broken_above_the_noise_is_not_claimed():
    """A tenth of another direction: with little noise rank 2 is found, with much noise the data cannot tell."""
    x = samples(80, 5, 0)
    y = (x[:, 0] + 1) ** 2 + 0.1 * x[:, 1] ** 2
    clean = y + 0.003 * torch.randn(80, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    terms, space = library.polynomial(5, 2), candidates.from_group(Translation(5))
    found = promote.recover(terms, x, clean, space, noise=0.003)
    assert found.determined and found.rank == 2
    assert promote.recover(terms, x, y, space).rank == 2  # exact data
    generous = promote.recover(terms, x, clean, space, noise=0.2)
    assert generous.rank == 1 and "within the noise" in generous.reason


def test_constant_data():
    x = samples(6, 4, 0)
    found = promote.recover(library.polynomial(4, 2), x, 0 * x[:, 0] + 3.0, candidates.from_group(SE(4)))
    assert found.determined and found.rank == 0 and found.name == "se(4)" and found.objective == 0.0
    assert float((found.refit(samples(5, 4, 1)) - 3.0).abs().max()) < 1e-12


def test_evidence_as_rows():
    f, x = ridge(5, 1, 0), samples(18, 5, 0)
    found = promote.recover(library.polynomial(5, 2), x, f(x), candidates.from_group(SE(5)))
    labels = [row["label"] for row in found.rows()]
    assert labels[:2] == ["algebra", "dimension"] and all(
        set(row) == {"label", "value", "note"} for row in found.rows()
    )
    assert found.name in found.summary() and found.spectrum.shape == (15,)
    assert bool((found.spectrum.diff() >= 0).all()) and float(found.spectrum[-1]) == 1.0


def test_affine_group_of_the_result_moves_nothing():
    """The recovered group, as finite transformations, leaves the refit where it is."""
    f, x = ridge(5, 1, 0), samples(20, 5, 0)
    found = promote.recover(library.polynomial(5, 2), x, f(x), candidates.from_group(SE(5)))
    g = torch.linalg.matrix_exp(found.group().generators.sum(0))
    moved = x @ g[:-1, :-1].T + g[:-1, -1]
    assert found.determined and torch.allclose(found.refit(moved), found.refit(x), atol=1e-8)
    assert not torch.allclose(moved, x, atol=1e-2)


def test_any_affine_frame():
    """Candidates that are dependent on units are orthonormalised in the domain: aff(2) sees an ellipse as a circle."""
    x = samples(12, 2, 5) * torch.tensor([1.0, 100.0], dtype=torch.float64)
    y = x[:, 0] ** 2 + (x[:, 1] / 100) ** 2
    found = promote.recover(library.polynomial(2, 2), x, y, candidates.from_group(Affine(2)))
    assert found.determined and found.dimension == 1 and found.name == "so(2)"
