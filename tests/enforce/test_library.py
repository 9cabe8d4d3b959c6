"""Equivariant functions of a library: how many, that they are, and two ways to the same space."""

from __future__ import annotations

from math import comb

import pytest
import torch

from symmetra import library
from symmetra.actions import AffineAction, Density, Diagonal, Flow, Pushforward, Tensor, as_fibre_action
from symmetra.enforce import LibraryConstraint, library_constraint
from symmetra.functions import candidates
from symmetra.groups import SE, SO, O, Scaling, Signs, Translation
from symmetra.linalg import principal_angles
from symmetra.representations import Scalar, Vector

from .library_cases import F64, Particles, cases, linear_part, molien

CASES = cases()


@pytest.fixture(scope="module", params=sorted(CASES))
def case(request):
    one = CASES[request.param]
    return one, library_constraint(library.polynomial(one.n, one.degree), one.action_in, one.action_out)


def finite_error(found: LibraryConstraint, n: int, elements: int = 100, C: torch.Tensor | None = None) -> float:
    """The largest |F(g x) − g F(x)| relative to the size of F, over the basis (or C) and random elements."""
    x = torch.randn(20, n, dtype=F64, generator=torch.Generator().manual_seed(7))
    coefficients = found.basis if C is None else C
    worst = 0.0
    for g in found.action_in.group.sample(elements, seed=8):
        after = torch.einsum("kmt,nt->knm", coefficients, found.library.values(found.action_in.transform(g, x)))
        before = torch.einsum("kmt,nt->knm", coefficients, found.library.values(x))
        moved = found.action_out.transform(g, x.repeat(len(before), 1), before.flatten(0, 1)).reshape(before.shape)
        worst = max(worst, float((after - moved).abs().max() / (after.abs().max() + moved.abs().max())))
    return worst


def test_rank(case) -> None:
    one, found = case
    assert found.rank == found.dimension == one.rank
    assert found.residual < 1e-10 and found.gap > 1e8 and not found.leaving
    if found.spectrum.numel() > found.rank:
        assert float(found.spectrum[found.rank]) > 1e-4


def test_equivariant_on_100_random_finite_elements(case) -> None:
    one, found = case
    assert finite_error(found, one.n) <= 1e-10


def test_orthonormal_and_consistent(case) -> None:
    _, found = case
    flat = found.basis.flatten(1)
    torch.testing.assert_close(flat @ flat.T, torch.eye(found.rank, dtype=F64), atol=1e-12, rtol=0)
    weights = torch.randn(found.rank, dtype=F64)
    C = found.expand(weights)
    torch.testing.assert_close(found.project(C), C)
    assert float((found.constraint_matrix @ C.flatten() - found.constraint_rhs).abs().max()) < 1e-12
    assert found.constraint_matrix.shape == (C.numel() - found.rank, C.numel())
    assert float(principal_angles(found.readable.flatten(1), flat).max()) < 1e-8
    noise = torch.randn_like(C)
    torch.testing.assert_close((found.project(C + noise) - C).flatten(), flat.T @ (flat @ noise.flatten()))


def test_negative_a_function_off_the_space_is_not_equivariant() -> None:
    V = Vector(SO(3))
    found = library_constraint(library.polynomial(3, 3), V, Pushforward(V))
    off = torch.randn(1, *found.offset.shape, dtype=F64)
    assert finite_error(found, 3, 5, off - found.project(off[0])) > 0.1


@pytest.mark.parametrize(
    ("group", "degree", "rank"), [(SO(3), 1, 1), (SO(3), 2, 1), (SO(3), 3, 2), (SO(2), 1, 2), (SO(2), 3, 4)]
)
def test_published_vector_fields(group, degree: int, rank: int) -> None:
    V = Vector(group)
    assert library_constraint(library.polynomial(group.d, degree), V, Pushforward(V)).rank == rank


def test_published_two_particles() -> None:
    V, pair = 4 * Vector(SO(3)), Particles(SE(3))
    ranks = [
        library_constraint(library.polynomial(12, 1), V, V).rank,
        library_constraint(library.polynomial(12, 2), V).rank,
        library_constraint(library.polynomial(12, 1), pair, linear_part(SE(3), 4)).rank,
        library_constraint(library.polynomial(12, 2), pair).rank,
    ]
    assert ranks == [16, 11, 12, 7]


def test_the_discrete_part_counts() -> None:
    proper, full = Vector(SO(3)), Vector(O(3))
    ranks = [library_constraint(library.polynomial(9, 3), 3 * V).rank for V in (proper, full)]
    assert ranks == [molien(3 * proper, Scalar(proper.group), 3), molien(3 * full, Scalar(full.group), 3)]
    assert ranks[0] == ranks[1] + 1  # the determinant of three vectors
    constants = library.monomial([[0, 0, 0]])
    assert [library_constraint(constants, V, V**3).rank for V in (proper, full)] == [1, 0]


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_signs_leave_odd_times_even_monomials(k: int) -> None:
    V = Vector(Signs(k))
    for degree in range(1, 6):
        found = library_constraint(library.polynomial(k, degree), V, V)
        assert found.rank == k * comb(k + (degree - 1) // 2, k)
        assert int((found.readable != 0).sum()) == found.rank  # single monomials


@pytest.mark.parametrize(
    "terms",
    [
        library.legendre(3, 4),
        library.legendre(3, 4, domain=[[0, 1], [-2, 1], [-3, 5]]),
        library.hermite(3, 4, 0.5, 2.0),
    ],
    ids=["legendre", "box", "hermite"],
)
def test_orthonormal_libraries_span_the_same_functions(terms) -> None:
    V = Vector(SO(3))
    plain = library_constraint(library.polynomial(3, 4), V, V)
    other = library_constraint(terms, V, V)
    assert other.rank == plain.rank and finite_error(other, 3, 20) < 1e-10
    x = torch.randn(60, 3, dtype=F64)
    ours, theirs = (torch.einsum("kmt,nt->knm", f.basis, f.library.values(x)).flatten(1) for f in (plain, other))
    assert float(principal_angles(ours, theirs).max()) < 1e-8


def by_samples(n: int, degree: int):
    """The same functions as terms of one's own, so that the algebra of coefficients cannot be used."""
    return library.polynomial(n, degree) * library.named("one", lambda s: torch.ones_like(s[0]))


@pytest.mark.parametrize("name", ["O(2) vectors of two", "D(5) vectors", "SE(2) three points", "translated fields"])
def test_samples_find_the_same_space_as_algebra(name: str) -> None:
    one = CASES[name]
    exact = library_constraint(library.polynomial(one.n, one.degree), one.action_in, one.action_out)
    sampled = library_constraint(by_samples(one.n, one.degree), one.action_in, one.action_out)
    assert exact.engine != "samples" and sampled.engine == "samples" and sampled.rank == exact.rank
    assert float(principal_angles(exact.basis.flatten(1), sampled.basis.flatten(1)).max()) < 1e-7
    assert finite_error(sampled, one.n) <= 1e-10


def test_products_with_named_terms() -> None:
    V = Vector(SO(3))
    distance = library.named("1/r³", lambda s: s.norm() ** -3)
    found = library_constraint(library.polynomial(3, 1) * distance + library.polynomial(3, 1), V, Pushforward(V))
    assert set(found.expressions()) == {"(x, y, z)", "(x·1/r³, y·1/r³, z·1/r³)"}  # Kepler's and Hooke's forces
    assert finite_error(found, 3) <= 1e-10


def test_every_kind_of_output() -> None:
    V, stretch = Vector(SO(3)), Vector(Scaling(2))
    squares = library.polynomial(3, 2)
    assert library_constraint(squares, V, Tensor(V, 0, 2)).rank == 4  # δ, r² δ, x xᵀ, ε x
    assert library_constraint(squares, V, outputs=2).rank == 4  # two invariants each
    assert (
        library_constraint(library.polynomial(2, 3), stretch, Density(stretch, -1)).rank == 3
    )  # homogeneous of degree 2
    assert library_constraint(library.polynomial(2, 3), stretch, Pushforward(stretch)).rank == 4  # linear fields


def test_predicted_positions_follow_translations() -> None:
    points = Diagonal(AffineAction(SE(2)), 3)
    found = library_constraint(library.polynomial(6, 1), points, AffineAction(SE(2)))
    assert found.rank == 4  # turned combinations of two differences: complex numbers
    x, w = torch.randn(5, 6, dtype=F64), torch.randn(4, dtype=F64)
    F = found.function(w)
    for g in SE(2).sample(5, seed=1):
        moved = AffineAction(SE(2)).transform(g, F(x))
        torch.testing.assert_close(F(points.transform(g, x)), moved, atol=1e-12, rtol=1e-12)
    assert float(found.constraint_rhs.abs().max()) > 0.01
    centre = torch.zeros(2, 7, dtype=F64)
    centre[[0, 0, 0, 1, 1, 1], [1, 3, 5, 2, 4, 6]] = 1 / 3
    torch.testing.assert_close(found.offset, centre)  # the smallest of them


def test_flows() -> None:
    turn = Flow(candidates.linear(2), torch.tensor([[0.0, -1.0, 1.0, 0.0]], dtype=F64))
    assert library_constraint(library.polynomial(2, 3), turn, Pushforward(turn)).rank == 4
    # x' = x² is straightened by u = −1/x, along which it is a translation: what commutes with it is x² alone
    projective = Flow(candidates.polynomial(1, 2), 0.3 * torch.tensor([[0.0, 0.0, 1.0]], dtype=F64))
    found = library_constraint(library.polynomial(1, 3), projective, Pushforward(projective), partial=True)
    assert found.expressions() == ["x²"] and found.leaving == ("x³",)


def test_rows_and_words() -> None:
    V = Vector(SO(2))
    found = library_constraint(library.polynomial(2, 2, variables=["u", "v"]), V)
    assert found.expressions() == ["u² + v²", "1"]
    assert [row["label"] for row in found.rows()] == ["equivariant functions", "largest violation", "gap"]
    assert repr(found) == "LibraryConstraint(rank 2 of 6, isotypic)"
    F = found.functions[0]
    point = torch.tensor([3.0, 4.0], dtype=F64)
    assert float(F(point)) == 25.0 and float(torch.func.grad(F)(point)[1]) == 8.0
    assert as_fibre_action(None, V).base is V and F(point.float()).dtype == torch.float32
    assert library_constraint(library.polynomial(2, 1), AffineAction(Translation(2))).expressions() == ["1"]
