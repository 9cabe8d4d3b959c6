"""Engines against one another, in random coordinates, and on generators that are only approximate."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra.enforce import EquivariantBasis, linear_basis
from symmetra.enforce._linear_basis import ENGINES
from symmetra.groups import GL, SE, SO, SU, C, D, FiniteGroup, Hyperoctahedral, LieGroup, Lorentz, O, S, Signs, Sp, Z
from symmetra.representations import Representation, Scalar, Vector

from . import counts


def distance(first: EquivariantBasis, second: EquivariantBasis) -> float:
    """Of two spans of equal dimension: the largest sine of an angle between them."""
    assert first.rank == second.rank
    A, B = first.vectors, second.vectors
    return float(torch.linalg.matrix_norm(A - B @ (B.mH @ A), 2)) if first.rank else 0.0


@pytest.mark.parametrize("group", [S(3), S(4), Z(5), D(4), Hyperoctahedral(3), Signs(3)], ids=str)
def test_four_engines_find_one_space(group: FiniteGroup) -> None:
    V = Vector(group)
    for source, target in ((V**2, V**2), (V, V**2 + V)):
        orbits, *others = (linear_basis(source, target, engine=e) for e in ENGINES)
        assert orbits.rank == counts.finite(group, source, target)
        assert [basis.engine for basis in others] == ["isotypic", "commutant", "projector"]
        assert all(distance(orbits, basis) <= 1e-11 for basis in others)


def quaternions() -> LieGroup:
    """SU(2) on R⁴, of quaternionic type."""
    X = SU(2).generators
    return LieGroup(torch.cat([torch.cat([X.real, -X.imag], -1), torch.cat([X.imag, X.real], -1)], -2), name="H")


@pytest.mark.parametrize(
    "group", [SO(3), O(3), Lorentz(), Sp(4), SO(2), SU(2), SU(3), quaternions(), GL(2), SO(3) * SO(2)], ids=str
)
def test_three_engines_find_one_space(group: LieGroup) -> None:
    V = Vector(group)
    for source, target in ((V**2, V**2), (V**2 + Scalar(group), V * V.dual), (V, Scalar(group) + 2 * V)):
        isotypic, commutant, projector = (linear_basis(source, target, engine=e) for e in ENGINES[1:])
        assert distance(isotypic, commutant) <= 1e-12
        assert distance(isotypic, projector) <= 1e-10
        assert projector.gap > 1e8
        # one map in every form
        x, w = torch.randn(3, source.dimension).double(), torch.randn(commutant.rank, dtype=commutant.dtype)
        W = commutant.matrix(w)
        torch.testing.assert_close(commutant.apply(w, x), x.to(W.dtype) @ W.mT)
        torch.testing.assert_close(commutant.coordinates(W), w)
        torch.testing.assert_close((commutant.vectors @ w).reshape(W.shape), W)


@pytest.mark.parametrize(
    ("group", "k", "expected"),
    [(SO(3), 4, 91), (FiniteGroup(counts.icosahedral()), 4, 119), (Lorentz(), 3, 15)],
    ids=str,
)
def test_large_sides_without_fusion(group: LieGroup, k: int, expected: int) -> None:
    V = Vector(group)
    isotypic, commutant = (linear_basis(V**k, V**k, engine=e) for e in ("isotypic", "commutant"))
    assert isotypic.rank == commutant.rank == expected
    weights = torch.randn(expected, dtype=torch.float64)
    W = commutant.matrix(weights)
    torch.testing.assert_close(isotypic.matrix(isotypic.coordinates(W)), W, rtol=0, atol=1e-12)


def test_projection_of_random_matrices_agrees_with_all_singular_values() -> None:
    V = Vector(SO(3))
    large = linear_basis(V**4, V**3, engine="projector")  # 2187 entries: by conjugate gradients
    assert large.rank == counts.riordan(7) == 36
    assert distance(large, linear_basis(V**4, V**3, engine="isotypic")) <= 1e-10
    E = Vector(SE(3))
    W = E * E.dual
    assert linear_basis(W * E, W * E).rank == 25
    assert linear_basis(W, W).rank == 4


def in_coordinates(group: LieGroup, S_: torch.Tensor) -> LieGroup:
    inverse = torch.linalg.inv(S_)
    return LieGroup(S_ @ group.generators @ inverse, S_ @ group.components @ inverse)


def sheared(group: LieGroup, seed: int, largest: float = 2.5) -> LieGroup:
    """The group in a random basis, with ``largest`` the condition of the change."""
    source = torch.Generator().manual_seed(seed)
    U, _, Vh = torch.linalg.svd(torch.randn(group.d, group.d, dtype=torch.float64, generator=source))
    return in_coordinates(group, U @ torch.diag(torch.linspace(1, largest, group.d).double()) @ Vh)


@pytest.mark.parametrize(
    ("group", "k", "expected", "engine"),
    [
        (SO(3), 3, 15, "isotypic"),
        (O(3), 2, 3, "isotypic"),
        (SO(2), 2, 6, "isotypic"),
        (quaternions(), 2, 32, "isotypic"),
        (Lorentz(), 2, 3, "projector"),
        (Sp(4), 2, 3, "projector"),
    ],
    ids=str,
)
def test_no_wrong_rank_in_random_coordinates(group: LieGroup, k: int, expected: int, engine: str) -> None:
    """Rotated, and sheared: compact groups are made unitary, the others are left to the projector."""
    for seed in range(12):
        turned = Vector(sheared(group, seed, 1.0))
        basis = linear_basis(turned**k, turned**k)
        assert (basis.rank, basis.engine) == (expected, "isotypic")
        skew = Vector(sheared(group, seed))
        basis = linear_basis(skew**2, skew**2)
        assert (basis.rank, basis.engine) == (linear_basis(Vector(group) ** 2, Vector(group) ** 2).rank, engine)
        g = skew.group.sample(5, seed=seed)
        maps = basis.vectors.T.reshape(basis.rank, group.d**2, group.d**2)
        rho = (skew**2).rho(g).dense()[:, None]
        assert float((rho @ maps - maps @ rho).abs().max()) <= 1e-10 * float(rho.abs().max())


def test_a_compact_group_in_a_skew_basis_is_made_unitary() -> None:
    skew = sheared(SO(3), 3)
    V = Vector(skew)
    for source, target in ((V**2, V**2), (V + Scalar(skew), V.dual * V), (V**3, V + 2 * V.dual), (V**4, V**4)):
        basis, exact = linear_basis(source, target), counts.riordan
        assert basis.engine == "isotypic"
        E = basis.vectors
        torch.testing.assert_close(E.T @ E, torch.eye(basis.rank, dtype=torch.float64), rtol=0, atol=1e-12)
        if basis.rank < 91:  # 6,561 entries are more than the projector does in a second
            for engine in ("commutant", "projector"):
                assert distance(basis, linear_basis(source, target, engine=engine)) <= 1e-11
        assert linear_basis(V**4, V**4).rank == exact(8)
        w, x = torch.randn(basis.rank).double(), torch.randn(2, source.dimension).double()
        W = basis.matrix(w)
        torch.testing.assert_close(basis.apply(w, x), x @ W.mT)
        torch.testing.assert_close(basis.coordinates(W), w)
        noise = torch.randn_like(W)
        rest = noise - basis.matrix(basis.coordinates(noise))
        assert float((E.T @ rest.flatten()).abs().max()) <= 1e-12
    # a finite group whose matrices are not orthogonal, and one element of the full group besides the identity component
    M = torch.tensor([[1.0, 0.7], [0.0, 1.5]], dtype=torch.float64)
    for group in (D(5), C(3)):
        W = Vector(FiniteGroup(M @ group.components @ torch.linalg.inv(M)))
        assert linear_basis(W**3, W).rank == counts.finite(group, Vector(group) ** 3, Vector(group))
        assert linear_basis(W**3, W).engine == "isotypic"


def test_one_representation_in_other_coordinates_is_recognised() -> None:
    group = SO(4)
    Q = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q
    V, W = Vector(group), Representation(group, lambda g: Q @ g @ Q.T, name="turned")
    assert linear_basis(V**2, W**2).rank == 4
    shear = Q * torch.linspace(1, 2, 4).double()
    X = Representation(group, lambda g: shear @ g @ torch.linalg.inv(shear), name="sheared")
    assert (linear_basis(V, X).rank, linear_basis(V, X).engine) == (1, "isotypic")
    assert distance(linear_basis(V**2, X**2), linear_basis(V**2, X**2, engine="projector")) <= 1e-11


@pytest.mark.parametrize("noise", [1e-6, 1e-4, 1e-3])
def test_noisy_generators_at_a_tolerance_of_the_users(noise: float) -> None:
    X = SO(3).generators
    source = torch.Generator().manual_seed(3)
    V = Vector(LieGroup(X + noise * torch.randn(X.shape, dtype=torch.float64, generator=source)))
    basis = linear_basis(V**2, V**2, rtol=20 * noise)
    assert (basis.rank, basis.engine) == (3, "projector")
    assert basis.gap > 0.1 / noise / 20
    assert basis.spectrum.shape == (81,)
    exact = linear_basis(Vector(SO(3)) ** 2, Vector(SO(3)) ** 2)
    assert distance(exact, basis) <= 20 * noise


@pytest.mark.parametrize("noise", [1e-5, 1e-3, 1e-2])
def test_noisy_generators_of_many_maps(noise: float) -> None:
    """2,187 entries: the singular values around the cut instead of all; those behind it are bounds from above."""
    X = SO(3).generators
    source = torch.Generator().manual_seed(5)
    V = Vector(LieGroup(X + noise * torch.randn(X.shape, dtype=torch.float64, generator=source)))
    basis = linear_basis(V**4, V**3, rtol=min(20 * noise, 0.08))
    assert (basis.rank, basis.engine) == (counts.riordan(7), "projector")
    assert float(basis.spectrum[35]) <= 3 * noise
    assert 0.15 <= float(basis.spectrum[36]) <= 0.4
    exact = linear_basis(Vector(SO(3)) ** 4, Vector(SO(3)) ** 3)
    assert distance(exact, basis) <= 20 * noise


def test_generators_at_rounding_are_exact_ones() -> None:
    X = SO(3).generators
    V = Vector(LieGroup(X + 1e-14 * torch.randn(X.shape, dtype=torch.float64)))
    assert linear_basis(V**3, V**3).rank == 15
    noisy = Vector(LieGroup(X + 1e-10 * torch.randn(X.shape, dtype=torch.float64)))
    assert linear_basis(noisy**2, noisy**2).rank == 3


def test_spectrum_shows_what_was_cut() -> None:
    V = Vector(SE(2))
    basis = linear_basis(V, V)
    assert basis.rank == 1
    assert basis.spectrum.shape == (9,)
    assert float(basis.spectrum[0]) <= 1e-14 < 1e-2 < float(basis.spectrum[1])
    assert basis.gap > 1e10 or math.isinf(basis.gap)


def test_charges_that_differ_by_less_than_the_tolerance() -> None:
    """Told apart down to 1e-7 or so; below, the singular values are shown and the tolerance decides."""
    for difference, expected, engine in ((1e-3, 3, "isotypic"), (1e-8, 5, "projector"), (1e-12, 5, "isotypic")):
        charges = torch.diag(torch.tensor([1.0, 1.0 + difference, 2.0], dtype=torch.float64))
        V = Vector(LieGroup(charges[None]))
        basis = linear_basis(V, V)
        assert (basis.rank, basis.engine) == (expected, engine)
    tight = Vector(LieGroup(torch.diag(torch.tensor([1.0, 1.0 + 1e-8, 2.0], dtype=torch.float64))[None]))
    assert linear_basis(tight, tight, rtol=1e-10).rank == 3
