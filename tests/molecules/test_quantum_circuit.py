"""The fast circuit is the one that is written out gate by gate, and its derivatives are its derivatives."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from symmetra.inputs import InputError
from symmetra.molecules import quantum as q


def ring(n: int) -> Tensor:
    return torch.stack([2 * q.exchange(n, k, (k + 1) % n) - q.pauli("I" * n) for k in range(n)])


def sums(n: int) -> Tensor:
    """Sums of SWAPs that do not commute."""
    near = sum(q.exchange(n, k, k + 1) for k in range(n - 1))
    far = sum(q.exchange(n, k, n - 1 - k) for k in range(n // 2))
    return torch.stack([near, far])


def ising(n: int) -> Tensor:
    return torch.stack([q.pauli("ZZ", pair, n) for pair in itertools.combinations(range(n), 2)])


def mixed(n: int) -> Tensor:
    return torch.stack([q.pauli("XY", (0, n - 1), n), q.pauli("ZZ", (0, 1), n), q.pauli("YY", (0, 1), n)])


def gate_by_gate(
    start: Tensor, G: Tensor, O: Tensor, families: list[list[int]], gates: Tensor, angles: Tensor
) -> Tensor:
    state = q.apply(start.to(torch.complex128).expand(len(gates), -1), gates[:, 0])
    for d in range(angles.shape[-2]):
        for k in itertools.chain(*families):
            state = q.evolve(state, angles[..., d, k], G[k])
        state = q.apply(state, gates[:, d + 1])
    return torch.stack([q.expectation(state, o) for o in O])


CASES: list[tuple[int, Callable[[int], Tensor], bool]] = [
    (2, ring, False),
    (4, ring, False),
    (6, ring, False),
    (4, sums, False),
    (6, sums, True),
    (4, ising, True),
    (6, ising, False),
    (4, mixed, False),
    (4, mixed, True),
]


@pytest.mark.parametrize(("n", "make", "own"), CASES)
def test_circuit_is_the_product_of_its_gates(n: int, make: Callable[[int], Tensor], own: bool) -> None:
    start = torch.randn(2**n, dtype=torch.complex128)
    G = make(n)
    O = torch.stack([q.pauli("Z", (0,), n), q.pauli("XY", (0, 1), n), q.exchange(n, 0, n - 1)])
    circuit = q.Circuit(start, G, O)
    gates = q.rotor(torch.randn(3, 4, n, 3, dtype=torch.float64))
    angles = torch.randn(*((3,) if own else ()), 3, len(G), dtype=torch.float64)
    expected = gate_by_gate(start, G, O, circuit.families, gates, angles)
    size = float(start.norm()) ** 2
    for m in range(3):
        found = circuit(gates, angles, torch.eye(3, dtype=torch.float64)[m])
        torch.testing.assert_close(found / size, expected[m] / size, atol=1e-13, rtol=0)


def test_families_commute_and_are_as_few_as_they_come() -> None:
    zero = torch.zeros(64)
    assert q.Circuit(zero, ring(6), ring(6)[:1]).families == [[0, 2, 4], [1, 3, 5]]
    assert q.Circuit(zero, ising(6), ring(6)[:1]).families == [list(range(15))]
    assert q.Circuit(zero, sums(6), ring(6)[:1]).families == [[0], [1]]


def test_second_derivatives_are_those_of_differences() -> None:
    circuit = q.Circuit(q.singlets(4), ring(4), ring(4)[:1])
    one = torch.ones(1, dtype=torch.float64)
    v, angles = torch.randn(2, 3, 4, 3, dtype=torch.float64), torch.randn(2, 4, dtype=torch.float64)

    def energy(v: Tensor, angles: Tensor) -> Tensor:
        return circuit(q.rotor(v), angles, one)

    v.requires_grad_()
    angles.requires_grad_()
    assert torch.autograd.gradcheck(energy, (v, angles))
    assert torch.autograd.gradgradcheck(energy, (v, angles))


def test_single_precision_and_copies() -> None:
    circuit = q.Circuit(q.singlets(4), ring(4), ring(4)[:1])
    gates, angles = q.rotor(torch.randn(2, 3, 4, 3, dtype=torch.float64)), torch.randn(2, 4, dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    exact = circuit(gates, angles, one)
    single = q.Circuit(q.singlets(4), ring(4), ring(4)[:1]).float()
    found = single(gates.float(), angles.float(), one.float())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), exact, atol=1e-5, rtol=0)


BAD: list[tuple[Callable[[], object], str]] = [
    (lambda: q.Circuit(torch.zeros(8), ring(3), ring(3)), "an even number of qubits up to 8"),
    (lambda: q.Circuit(torch.zeros(2**10), ring(4), ring(4)), "an even number of qubits up to 8"),
    (lambda: q.Circuit(torch.zeros(16), ring(2), ring(4)), r"generators: .*Hermitian matrices \[k, 16, 16\]"),
    (lambda: q.Circuit(torch.zeros(4), q.pauli("XI")[None], ring(2)), "sums of words of an even number of Paulis"),
    (
        lambda: q.Circuit(torch.zeros(4), ring(2), ring(2)[:1])(
            torch.zeros(1, 3, 3, 4), torch.zeros(2, 2), torch.ones(1)
        ),
        r"quaternions \[B, D\+1, 2, 4\]",
    ),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input_is_told_in_one_line(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words) as told:
        call()
    assert "\n" not in str(told.value)
