"""Engines against one another, in random coordinates, and on generators that are only approximate."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra.enforce import EquivariantBasis, linear_basis
from symmetra.groups import SE, SO, SU, D, FiniteGroup, Hyperoctahedral, LieGroup, Lorentz, O, S, Signs, Sp, Z
from symmetra.representations import Representation, Scalar, Vector

from . import counts


def distance(first: EquivariantBasis, second: EquivariantBasis) -> float:
    """Of two spans of equal dimension: the largest sine of an angle between them."""
    assert first.rank == second.rank
    A, B = first.vectors, second.vectors
    return float(torch.linalg.matrix_norm(A - B @ (B.mH @ A), 2)) if first.rank else 0.0


@pytest.mark.parametrize("group", [S(3), S(4), Z(5), D(4), Hyperoctahedral(3), Signs(3)], ids=str)
def test_three_engines_find_one_space(group: FiniteGroup) -> None:
    V = Vector(group)
    for source, target in ((V**2, V**2), (V, V**2 + V)):
        orbits, isotypic, projector = (
            linear_basis(source, target, engine=e) for e in ("orbits", "isotypic", "projector")
        )
        assert orbits.rank == counts.finite(group, source, target)
        assert distance(orbits, isotypic) <= 1e-11
        assert distance(orbits, projector) <= 1e-11


@pytest.mark.parametrize("group", [SO(3), O(3), Lorentz(), Sp(4), SO(2), SU(2), SU(3)], ids=str)
def test_two_engines_find_one_space(group: LieGroup) -> None:
    V = Vector(group)
    for source, target in ((V**2, V**2), (V**2 + Scalar(group), V * V.dual)):
        isotypic, projector = (linear_basis(source, target, engine=e) for e in ("isotypic", "projector"))
        assert distance(isotypic, projector) <= 1e-10
        assert projector.gap > 1e8


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


@pytest.mark.parametrize(
    ("group", "k", "expected"),
    [(SO(3), 3, 15), (O(3), 2, 3), (SO(2), 2, 6), (Lorentz(), 2, 3), (Sp(4), 2, 3)],
    ids=str,
)
def test_no_wrong_rank_in_random_coordinates(group: LieGroup, k: int, expected: int) -> None:
    for seed in range(12):
        source = torch.Generator().manual_seed(seed)
        M = torch.randn(group.d, group.d, dtype=torch.float64, generator=source)
        turned = Vector(in_coordinates(group, torch.linalg.qr(M).Q))
        basis = linear_basis(turned**k, turned**k)
        assert (basis.rank, basis.engine) == (expected, "isotypic")
        U, _, Vh = torch.linalg.svd(M)
        sheared = Vector(in_coordinates(group, U @ torch.diag(torch.linspace(1, 2.5, group.d).double()) @ Vh))
        basis = linear_basis(sheared**2, sheared**2)
        assert (basis.rank, basis.engine) == (linear_basis(Vector(group) ** 2, Vector(group) ** 2).rank, "projector")
        g = sheared.group.sample(5, seed=seed)
        maps = basis.vectors.T.reshape(basis.rank, group.d**2, group.d**2)
        rho = (sheared**2).rho(g).dense()[:, None]
        assert float((rho @ maps - maps @ rho).abs().max()) <= 1e-10 * float(rho.abs().max())


def test_one_representation_in_other_coordinates_is_recognised() -> None:
    group = SO(4)
    Q = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q
    V, W = Vector(group), Representation(group, lambda g: Q @ g @ Q.T, name="turned")
    assert linear_basis(V**2, W**2).rank == 4
    shear = Q * torch.linspace(1, 2, 4).double()
    X = Representation(group, lambda g: shear @ g @ torch.linalg.inv(shear), name="sheared")
    assert (linear_basis(V, X).rank, linear_basis(V, X).engine) == (1, "projector")


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
