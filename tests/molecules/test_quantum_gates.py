"""Gates on state vectors beside matrices that are written out."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from symmetra.groups import SU
from symmetra.inputs import InputError
from symmetra.molecules import quantum as q

PAULIS = torch.stack([q.pauli(letter) for letter in "XYZ"])


def states(n: int, batch: int = 3) -> Tensor:
    psi = torch.randn(batch, 2**n, dtype=torch.complex128)
    return psi / psi.norm(dim=1, keepdim=True)


def dense(v: Tensor) -> Tensor:
    return torch.matrix_exp(-0.5j * torch.einsum("...k,kij->...ij", v.to(torch.complex128), PAULIS))


@pytest.mark.parametrize("size", [0.0, 1e-9, 1e-3, 0.00999, 0.01, 0.0101, 1.0, 6.0, 20.0])
def test_rotor_is_the_exponential(size: float) -> None:
    v = size * torch.nn.functional.normalize(torch.randn(5, 3, dtype=torch.float64), dim=1)
    torch.testing.assert_close(q.unitary(q.rotor(v)), dense(v), atol=1e-14, rtol=0)


@pytest.mark.parametrize("size", [0.0, 1e-5, 0.3])
def test_rotor_is_smooth(size: float) -> None:
    v = size * torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)
    slope = torch.func.jacrev(q.rotor)(v)
    bend = torch.func.jacrev(torch.func.jacrev(q.rotor))(v)
    assert torch.isfinite(bend).all()
    if size == 0.0:  # cos(r/2) = 1 − r²/8, sin(r/2)/r = 1/2 − r²/48
        expected = torch.cat([torch.zeros(1, 3), torch.eye(3) / 2]).to(v)
        torch.testing.assert_close(slope, expected, atol=1e-15, rtol=0)
        torch.testing.assert_close(bend[0], -torch.eye(3).to(v) / 4, atol=1e-15, rtol=0)


def test_rotor_is_equivariant_and_euler_is_not() -> None:
    v, w = torch.randn(2, 20, 3, dtype=torch.float64)
    U = q.unitary(q.rotor(w))
    R = torch.einsum("kij,bjm,lmn,bin->bkl", PAULIS, U, PAULIS, U.conj()).real / 2  # the rotation under U
    turned = (R @ v[..., None])[..., 0]
    error = {f: float((q.unitary(f(turned)) - U @ q.unitary(f(v)) @ U.mH).abs().max()) for f in (q.rotor, q.euler)}
    assert error[q.rotor] < 1e-14
    assert error[q.euler] > 0.1


def test_euler_is_three_rotations() -> None:
    v = torch.randn(7, 3, dtype=torch.float64)
    unit = torch.eye(3, dtype=torch.float64)
    a, b, c = (dense(v[:, k : k + 1] * unit[axis]) for k, axis in ((0, 2), (1, 1), (2, 2)))
    torch.testing.assert_close(q.unitary(q.euler(v)), c @ b @ a, atol=1e-14, rtol=0)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_apply_is_the_kronecker_product(n: int) -> None:
    psi, v = states(n), torch.randn(3, n, 3, dtype=torch.float64)
    gates = dense(v)
    expected = torch.stack([functools.reduce(torch.kron, list(g)) @ s for g, s in zip(gates, psi, strict=True)])
    torch.testing.assert_close(q.apply(psi, q.rotor(v)), expected, atol=1e-14, rtol=0)


@pytest.mark.parametrize(("i", "j"), list(itertools.permutations(range(4), 2)))
def test_heisenberg_is_the_exponential_of_three_paulis(i: int, j: int) -> None:
    psi, J = states(4), torch.tensor([0.3, -1.1, 2.0], dtype=torch.float64)
    H = sum(q.pauli(2 * letter, (i, j), 4) for letter in "XYZ")
    expected = torch.stack([torch.matrix_exp(-1j * angle * H) @ s for angle, s in zip(J, psi, strict=True)])
    torch.testing.assert_close(q.heisenberg(psi, J, i, j), expected, atol=1e-13, rtol=0)
    torch.testing.assert_close(q.heisenberg(psi[:1], 0.3, i, j), expected[:1], atol=1e-13, rtol=0)
    torch.testing.assert_close(q.swap(psi, i, j), psi @ q.exchange(4, i, j).mT, atol=1e-15, rtol=0)
    torch.testing.assert_close(q.evolve(psi, J, H), expected, atol=1e-13, rtol=0)


@pytest.mark.parametrize(("i", "j"), [(0, 1), (1, 0), (0, 2), (2, 1)])
def test_cnot(i: int, j: int) -> None:
    psi, one = states(3), q.pauli("III")
    Z, X = q.pauli("Z", (i,), 3), q.pauli("X", (j,), 3)
    gate = (one + Z + X - Z @ X) / 2
    torch.testing.assert_close(q.cnot(psi, i, j), psi @ gate.mT, atol=1e-15, rtol=0)


@pytest.mark.parametrize(("n", "pairs"), [(2, None), (6, None), (6, [(0, 3), (4, 1), (2, 5)])])
def test_singlets_are_invariant(n: int, pairs: list[tuple[int, int]] | None) -> None:
    psi = q.singlets(n, pairs)[None]
    U = q.qubit_action(SU(2), n).rho(SU(2).sample(1, seed=0)[0]).dense()
    torch.testing.assert_close(psi @ U.mT, psi, atol=1e-14, rtol=0)
    for i, j in pairs or [(0, 1)]:
        assert q.expectation(psi, q.exchange(n, i, j)).item() == pytest.approx(-1.0, abs=1e-14)


BAD: list[tuple[Callable[[], Any], str]] = [
    (lambda: q.pauli("XQ"), "letters I, X, Y, Z"),
    (lambda: q.pauli("XX", (0, 0), 2), "2 different ones of the qubits 0 … 1"),
    (lambda: q.apply(states(3), torch.zeros(1, 2, 4, dtype=torch.float64)), r"expected shape \[B, 4\]"),
    (lambda: q.rotor(torch.zeros(2)), r"v: .*expected real numbers \[..., 3\]"),
    (lambda: q.unitary(torch.zeros(3)), r"q: .*expected real numbers \[..., 4\]"),
    (lambda: q.heisenberg(states(2), 0.1, 0, 2), "two different ones of 0 … 1"),
    (lambda: q.cnot(states(2), 1, 1), "two different ones"),
    (lambda: q.swap(torch.zeros(1, 3, dtype=torch.complex128), 0, 1), r"states \[B, 2\^n\]"),
    (lambda: q.singlets(4, [(0, 1), (1, 2)]), "each of the qubits 0 … 3 in one pair"),
    (lambda: q.evolve(states(1), torch.tensor(1.0), torch.tensor([[0.0, 1.0], [0.0, 0.0]])), "a Hermitian matrix"),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_told_in_one_line(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        call()
    assert "\n" not in str(told.value)
