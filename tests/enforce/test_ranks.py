"""Ranks against exact counts: Riordan, Catalan, Schur–Weyl, set partitions, characters."""

from __future__ import annotations

import pytest
import torch

from symmetra.enforce import linear_basis
from symmetra.groups import (
    GL,
    SE,
    SL,
    SO,
    SU,
    C,
    D,
    FiniteGroup,
    Hyperoctahedral,
    LieGroup,
    Lorentz,
    O,
    S,
    Scaling,
    Signs,
    Sp,
    U,
    Z,
)
from symmetra.representations import Determinant, Pseudoscalar, Representation, Scalar, Vector

from . import counts


def rank(V_in: Representation, V_out: Representation) -> int:
    return linear_basis(V_in, V_out).rank


def invariants(group, k: int) -> int:
    V = Vector(group)
    return rank(Scalar(group), V**k)


@pytest.mark.parametrize("k", range(1, 7))
def test_invariant_tensors_of_the_orthogonal_groups(k: int) -> None:
    assert invariants(SO(3), k) == counts.riordan(k) == counts.special_orthogonal(3, k)
    assert invariants(O(3), k) == [0, 1, 0, 3, 0, 15][k - 1] == counts.orthogonal(3, k)
    assert invariants(SO(2), k) == [0, 2, 0, 6, 0, 20][k - 1] == counts.weights([(1,), (-1,)], k).get((0,), 0)
    assert invariants(O(2), k) == [0, 1, 0, 3, 0, 10][k - 1] == counts.orthogonal(2, k)
    assert invariants(SO(4), k) == counts.special_orthogonal(4, k)
    assert invariants(SO(5), k) == counts.special_orthogonal(5, k)


@pytest.mark.parametrize("k", range(2, 8))
def test_maps_of_tensors_under_rotations(k: int) -> None:
    V = Vector(SO(3))
    assert rank(V**k, V**k) == counts.riordan(2 * k) == [3, 15, 91, 603, 4213, 30537][k - 2]


def test_unbalanced_maps_are_as_many_as_balanced_ones() -> None:
    V = Vector(SO(3))
    assert {rank(V**a, V ** (6 - a)) for a in range(7)} == {15}


@pytest.mark.parametrize("k", range(1, 6))
def test_lorentz_with_and_without_reflections(k: int) -> None:
    V, plus = Vector(Lorentz()), Vector(SO(1, 3).identity_component)
    assert rank(V**k, V**k) == counts.orthogonal(4, 2 * k)
    assert rank(plus**k, plus**k) == counts.catalan(k) ** 2 == counts.special_orthogonal(4, 2 * k)
    # PT has determinant 1 and turns even tensors into themselves: SO(1, 3) has the invariants of SO⁺(1, 3)
    assert rank(Vector(SO(1, 3)) ** k, Vector(SO(1, 3)) ** k) == counts.catalan(k) ** 2
    assert invariants(SO(1, 3).identity_component, 4) == 4
    assert rank(V**5, V**5) == 903 if k == 5 else True


@pytest.mark.parametrize(("d", "k"), [(2, 2), (2, 4), (4, 2), (4, 3), (4, 4), (6, 2), (6, 3)])
def test_symplectic(d: int, k: int) -> None:
    V = Vector(Sp(d))
    assert rank(V**k, V**k) == counts.symplectic(d, 2 * k)
    assert rank(V**k, V ** (k - 1)) == 0


@pytest.mark.parametrize(("n", "k"), [(2, 2), (2, 3), (3, 2), (3, 3)])
def test_unitary_and_linear_groups(n: int, k: int) -> None:
    for group in (SU(n), U(n), GL(n), SL(n)):
        V = Vector(group)
        W = V**k
        expected = counts.linear(n, k)
        assert rank(W, W) == expected, group
    for group in (U(n), GL(n)):  # V ⊗ V* has the indices of V ⊗ V moved to the other side
        V = Vector(group)
        assert rank(V * V.dual, V * V.dual) == counts.linear(n, 2)
    V = Vector(U(n))
    assert rank(V.dual, V.conjugate) == 1
    assert rank(V, V.conjugate) == 0
    assert rank(Vector(SU(2)), Vector(SU(2)).conjugate) == 1


def test_the_determinant_tells_linear_from_special_linear() -> None:
    for group, expected in ((SL(3), 1), (GL(3), 0)):
        V = Vector(group)
        assert rank(V**3, Scalar(group)) == expected
        assert rank(V**3, Determinant(group)) == 1
    V = Vector(O(3))
    assert rank(V**3, Scalar(V.group)) == 0
    assert rank(V**3, Pseudoscalar(V.group)) == 1
    assert rank(V * V, V * Pseudoscalar(V.group)) == 1
    scaling = Vector(Scaling(3))
    assert rank(scaling, scaling) == 9
    assert rank(scaling**2, scaling) == 0


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_permutations_also_below_the_bell_number(n: int) -> None:
    V = Vector(S(n))
    assert [invariants(S(n), k) for k in range(1, 5)] == [counts.set_partitions(k, n) for k in range(1, 5)]
    assert rank(V, V) == 2
    assert rank(V**2, V**2) == counts.set_partitions(4, n)
    assert rank(V**3, V**2) == counts.set_partitions(5, n)


def test_large_permutations_and_cycles() -> None:
    V = Vector(S(20))
    assert rank(V**2, V**2) == 15
    Vz = Vector(Z(5))
    assert rank(Vz, Vz) == 5
    assert rank(Vz**2, Vz**2) == 5**3
    V10 = Vector(S(10))
    assert rank(V10**3, V10**3) == counts.set_partitions(6, 10) == 203


@pytest.mark.parametrize(
    ("group", "k"),
    [(D(7), 5), (D(4), 3), (C(5), 4), (C(4), 3), (Hyperoctahedral(3), 4), (Signs(3), 2), (S(4), 3), (D(3) * Z(3), 2)],
    ids=str,
)
def test_finite_groups_against_their_characters(group: FiniteGroup, k: int) -> None:
    V = Vector(group)
    for a in (0, 1, k):
        assert rank(V**a, V**k) == counts.finite(group, V**a, V**k)


def test_icosahedral_group() -> None:
    group = FiniteGroup(counts.icosahedral())
    V = Vector(group)
    assert group.order == 60
    for k in (1, 2, 3, 4):
        assert rank(V**k, V**k) == counts.finite(group, V**k, V**k)
    assert rank(V**4, V**4) == 119


@pytest.mark.parametrize(
    ("group", "k", "expected"),
    [
        (SO(10), 2, 3),
        (Sp(4), 5, counts.symplectic(4, 10)),
        (S(6), 4, counts.set_partitions(8, 6)),
        (Z(20), 2, 20**3),
        (Hyperoctahedral(8), 2, 4),
        (FiniteGroup(counts.icosahedral()), 5, 1009),
        (D(7), 5, 126),
    ],
    ids=str,
)
def test_larger_groups_and_powers(group, k: int, expected: int) -> None:
    V = Vector(group)
    assert rank(V**k, V**k) == expected


def test_standard_representation_of_permutations() -> None:
    basis = torch.linalg.qr(torch.cat([torch.ones(5, 1), torch.eye(5)[:, :4]], dim=1).double()).Q[:, 1:]
    group = S(5)
    W = Representation(group, lambda g: basis.T @ g @ basis, name="standard")
    assert rank(W**3, W**3) == counts.finite(group, W**3, W**3) == 40


def _spin(group, spin: int) -> Representation:
    """Spin ℓ as symmetric traceless tensors, on an orthonormal basis of them."""
    V = Vector(group)
    n = 3**spin
    generators = (V**spin).drho(group.generators).dense()
    casimir = -(generators @ generators).sum(0)
    values, frames = torch.linalg.eigh(casimir)
    top = frames[:, (values - spin * (spin + 1)).abs() < 1e-8]
    assert top.shape == (n, 2 * spin + 1)
    return Representation(
        group, lambda g: top.T @ _power(g, spin) @ top, lambda A: top.T @ _derived(A, spin) @ top, f"spin {spin}"
    )


def _power(g: torch.Tensor, k: int) -> torch.Tensor:
    result = torch.ones(1, 1, dtype=g.dtype)
    for _ in range(k):
        result = torch.kron(result, g)
    return result


def _derived(A: torch.Tensor, k: int) -> torch.Tensor:
    one, total = torch.eye(3, dtype=A.dtype), torch.zeros(3**k, 3**k, dtype=A.dtype)
    for i in range(k):
        term = torch.ones(1, 1, dtype=A.dtype)
        for j in range(k):
            term = torch.kron(term, A if i == j else one)
        total = total + term
    return total


def test_clebsch_gordan() -> None:
    group = SO(3)
    spins = [Scalar(group), *(_spin(group, l) for l in range(1, 5))]
    for l1 in range(3):
        for l2 in range(3):
            for l3 in range(5):
                expected = int(abs(l1 - l2) <= l3 <= l1 + l2)
                assert rank(spins[l1] * spins[l2], spins[l3]) == expected


def test_two_of_three_generators_are_enough() -> None:
    V = Vector(LieGroup(SO(3).generators[:2]))
    assert rank(V**3, V**3) == 15


def test_products_of_groups() -> None:
    first, second = Vector(SO(3)), Vector(SO(1, 3).identity_component)
    W = first + second
    assert rank(W * W, W * W) == 13
    mixed = Vector(S(3)) * Vector(SO(3))
    assert rank(mixed, mixed) == 2
    assert rank(mixed**2, mixed**2) == counts.set_partitions(4, 3) * 3


def test_real_forms_of_complex_and_quaternionic_type() -> None:
    X = SU(2).generators
    real = torch.cat([torch.cat([X.real, -X.imag], -1), torch.cat([X.imag, X.real], -1)], -2)
    V = Vector(LieGroup(real))  # H as a real representation: 2 copies of spin 1/2 over C
    for k in (1, 2, 3, 4):
        assert rank(V**k, V**k) == 4**k * counts.catalan(k)
    plane = Vector(SO(2))
    assert rank(plane, plane) == 2
    assert rank(3 * plane, 2 * plane) == 12


def test_non_reductive_groups_and_sums() -> None:
    V = Vector(SE(3))
    W = V * V.dual
    assert rank(W, W) == 4
    assert rank(V, V) == 1
    R = Vector(SO(3))
    layer = 4 * Scalar(R.group) + 3 * R + 2 * R**2
    # spins 0, 1, 2 occur 4 + 2, 3 + 2, 2 times
    assert rank(layer, layer) == 6**2 + 5**2 + 2**2
    assert rank(layer, R**3) == 6 * 1 + 5 * 3 + 2 * 2


def test_two_particles() -> None:
    """Affine equivariant maps and invariants of degree at most 2 of (q1, q2, p1, p2) in R¹²."""
    V = Vector(SO(3))
    phase = 4 * V
    assert rank(Scalar(V.group) + phase, phase) == 16
    # degree 0, and symmetric pairs of four vectors: ten dot products
    assert 1 + rank(Scalar(V.group), phase * phase) == 1 + 16
