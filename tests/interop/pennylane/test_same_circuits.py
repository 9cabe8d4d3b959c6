"""Whole circuits of ours and PennyLane's default.qubit give the same numbers, gates and conventions included."""

from __future__ import annotations

import itertools

import numpy as np
import pennylane as qml
import pytest
import torch
from circuits import QUBITS, encode, graph, rotation, spherical

from symmetra.molecules import model, quantum

pytestmark = pytest.mark.interop
DEVICE = qml.device("default.qubit", wires=QUBITS)


def geometries(count: int = 4) -> torch.Tensor:
    torch.manual_seed(0)
    return model("mlp", "NH3").molecule.minimum + 0.2 * torch.randn(count, 4, 3, dtype=torch.float64)


@pytest.mark.parametrize(("name", "euler"), [("rotation", False), ("replica-euler", True)])
def test_rotational_circuits(name: str, euler: bool) -> None:
    m, x = model(name, "NH3", seed=5).requires_grad_(False), geometries()
    alpha, angles = m.alpha.numpy(), m.angles.numpy()
    bonds = (x[:, 1:] - x[:, :1]).numpy()

    @qml.qnode(DEVICE)
    def theirs(sample: int) -> float:
        def gate(d: int, q: int) -> None:
            v = alpha[d, q] * bonds[sample, q % 3]
            qml.Rot(*v, wires=q) if euler else encode(spherical(v), q)

        return rotation(gate, angles)

    expected = torch.tensor([float(theirs(k)) for k in range(len(x))], dtype=torch.float64)
    found = (m.signal(x) - m.bias) / m.weights[0]
    assert float((found - expected).abs().max()) <= 1e-12


def test_published_graph_circuit() -> None:
    m, x = model("replica-graph", "NH3", seed=5).requires_grad_(False), geometries()
    with torch.no_grad():
        m.weights.mul_(10)  # published weights are small; large ones tell gates apart
    weights, bonds = m.weights.numpy(), (x[:, 1:] - x[:, :1]).numpy()
    unit = bonds / np.linalg.norm(bonds, axis=2, keepdims=True)
    circuit = qml.QNode(graph, DEVICE)
    for k in range(len(x)):
        lengths, seen = np.linalg.norm(bonds[k], axis=1).repeat(2), np.zeros(QUBITS)
        for i, j in itertools.combinations(range(3), 2):
            angle = np.arccos(unit[k, i] @ unit[k, j])
            seen[2 * i] += angle
            seen[2 * j] += angle
        assert abs(float(circuit(weights, lengths, seen)) - float(m.signal(x[k : k + 1]))) <= 1e-12


def test_sums_of_swaps_are_exponentiated_exactly() -> None:
    near = sum(quantum.exchange(4, k, k + 1) for k in range(3))
    state = torch.randn(1, 16, dtype=torch.complex128)
    state = state / state.norm()

    @qml.qnode(qml.device("default.qubit", wires=4))
    def theirs() -> np.ndarray:
        qml.StatePrep(state[0].numpy(), wires=range(4))
        qml.exp(qml.Hermitian(near.numpy(), wires=range(4)), -0.7j)
        return qml.state()

    found = quantum.evolve(state, torch.tensor(0.7, dtype=torch.float64), near)[0].numpy()
    assert np.abs(found - theirs()).max() <= 1e-12
