"""Commutants have the dimensions that are known, and the twirl is the projection on them."""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import Any

import pytest
import torch

from symmetra.groups import SO, SU, Group, S
from symmetra.inputs import InputError
from symmetra.molecules import quantum as q


def catalan(n: int) -> int:
    return comb(2 * n, n) // (n + 1)


# (group, qubits, dimension of the commutant)
DIMENSIONS: list[tuple[Group, int, int]] = [
    *((S(n), n, comb(n + 3, 3)) for n in (2, 3, 4, 5, 6)),
    *((SU(2), n, catalan(n)) for n in (1, 2, 3, 4, 5, 6)),
    # Schur and Weyl: without multiplicities, one dimension for each total spin
    *((SU(2) * S(n), n, n // 2 + 1) for n in (2, 3, 4)),
    # permuting three points of two copies alike: Burnside, (16³ + 3·16² + 2·16)/6 operators
    (S(3), 6, (16**3 + 3 * 16**2 + 2 * 16) // 6),
]


@pytest.mark.parametrize(("group", "n", "dimension"), DIMENSIONS, ids=str)
def test_commutant_has_the_known_dimension(group: Group, n: int, dimension: int) -> None:
    assert q.commutant(group, n).rank == dimension


TWIRLS: list[tuple[Group, int]] = [(S(3), 3), (S(4), 4), (S(3), 6), (SU(2), 3), (SU(2), 4), (SU(2) * S(3), 3)]


@pytest.mark.parametrize(("group", "n"), TWIRLS, ids=str)
def test_twirl_is_a_projection_on_what_commutes(group: Group, n: int) -> None:
    X = torch.randn(2**n, 2**n, dtype=torch.complex128)
    X = (X + X.mH) / 2
    T = q.twirl(X, group)
    assert float((q.twirl(T, group) - T).abs().max()) <= 1e-12
    assert float((T - T.mH).abs().max()) <= 1e-12
    action = q.qubit_action(group, n)
    for g in group.sample(8, seed=1):
        U = action.rho(g).dense().to(T)
        assert float((U @ T - T @ U).abs().max()) <= 1e-12
        # the mean of U X U† cannot depend on where it starts
        assert float((q.twirl(U @ X @ U.mH, group) - T).abs().max()) <= 1e-12


@pytest.mark.parametrize("n", [3, 4])
def test_twirl_is_the_mean_over_a_finite_group(n: int) -> None:
    X, action = torch.randn(2**n, 2**n, dtype=torch.float64), q.qubit_action(S(n), n)
    P = action.rho(S(n).elements).dense()
    torch.testing.assert_close(q.twirl(X, S(n)), (P @ X @ P.mT).mean(0), atol=1e-13, rtol=0)


def test_twirled_pairs_are_the_known_generators() -> None:
    X1, Z12 = q.pauli("XII"), q.pauli("ZZI")
    X = sum(q.pauli("X", (k,), 3) for k in range(3)) / 3
    ZZ = sum(q.pauli("ZZ", pair, 3) for pair in ((0, 1), (0, 2), (1, 2))) / 3
    torch.testing.assert_close(q.twirl(X1, S(3)), X, atol=1e-14, rtol=0)
    torch.testing.assert_close(q.twirl(Z12, S(3)), ZZ, atol=1e-14, rtol=0)
    # SU(2) leaves a third of the scalar product of spins
    heisenberg = 2 * q.exchange(2, 0, 1) - q.pauli("II")
    torch.testing.assert_close(q.twirl(q.pauli("ZZ"), SU(2)), heisenberg / 3, atol=1e-14, rtol=0)


def test_permutations_carry_qubits_to_their_images() -> None:
    action = q.qubit_action(S(3), 6)
    assert torch.equal(action.rho(S(3).identity).dense(), torch.eye(64, dtype=torch.float64))
    g, h = S(3).sample(2, seed=3)
    assert torch.equal(action.rho(g @ h).dense(), action.rho(g).dense() @ action.rho(h).dense())
    image = int(g[:, 0].argmax())
    moved = action.rho(g).dense().to(torch.complex128)
    for copy in (0, 3):
        Z0, Z1 = q.pauli("Z", (copy,), 6), q.pauli("Z", (copy + image,), 6)
        assert torch.equal(moved @ Z0 @ moved.mT, Z1)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: q.twirl(torch.ones(3, 3), S(3)), r"a square matrix of size 2\^n"),
    (lambda: q.twirl(torch.ones(4, 4), S(3)), "a multiple of 3"),
    (lambda: q.twirl(torch.ones(4, 4), "S(3)"), "a group, or a representation on 4 amplitudes"),
    (lambda: q.commutant(S(3), 2.0), "n: got float 2.0; expected a number of qubits"),
    (lambda: q.qubit_action(SO(3), 4), r"SU\(2\), permutation matrices"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_told_in_one_line(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        call()
    assert "\n" not in str(told.value)
