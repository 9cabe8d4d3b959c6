"""Our circuits written in PennyLane, parameters and all; used by the test beside this file and by the benchmark."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pennylane as qml

QUBITS = 6
RING = [(0, 1), (2, 3), (4, 5), (1, 2), (3, 4), (5, 0)]


def encode(v: Any, qubit: int) -> None:
    """exp(−i v·σ/2) as RZ RY RZ RY RZ: turn the vector's direction to z, turn about z, turn back."""
    length, polar, azimuth = v
    qml.RZ(-azimuth, qubit)
    qml.RY(-polar, qubit)
    qml.RZ(length, qubit)
    qml.RY(polar, qubit)
    qml.RZ(azimuth, qubit)


def rotation(gate: Callable[[int, int], None], angles: Any) -> Any:
    """The circuit of the model "rotation"; ``gate(d, q)`` puts the d-th encoding on qubit q."""
    for q in range(0, QUBITS, 2):
        qml.PauliX(q)
        qml.Hadamard(q)
        qml.PauliX(q + 1)
        qml.CNOT([q, q + 1])
    for q in range(QUBITS):
        gate(0, q)
    for d in range(len(angles)):
        for k, pair in enumerate(RING):
            for ising in (qml.IsingXX, qml.IsingYY, qml.IsingZZ):
                ising(2 * angles[d][k], pair)
        for q in range(QUBITS):
            gate(d + 1, q)
    return qml.expval(qml.Hamiltonian([1.0] * 3, [P(0) @ P(1) for P in (qml.PauliX, qml.PauliY, qml.PauliZ)]))


def graph(weights: Any, lengths: Any, seen: Any) -> Any:
    """The published graph circuit of ammonia, for one sample."""
    for q in range(QUBITS):
        qml.RY(0.5, q)
    for w in weights:
        for q in range(QUBITS):
            qml.RY(w[q, 0] * lengths[q], q)
        for q in (0, 2, 4):
            qml.CNOT([q, q + 1])
        for q in range(QUBITS):
            qml.RZ(w[q, 1] * seen[q], q)
        for pair in ((1, 2), (3, 4), (5, 0)):
            qml.CNOT(pair)
        for q in range(QUBITS):
            qml.RZ(w[q, 1], q)
            qml.RY(w[q, 2], q)
    return qml.expval(qml.Hamiltonian([1.0] * QUBITS, [qml.PauliZ(q) for q in range(QUBITS)]))


def spherical(v: Any) -> tuple[float, float, float]:
    """Length, polar angle and azimuth of one vector."""
    x, y, z = (float(c) for c in v)
    return math.hypot(x, y, z), math.atan2(math.hypot(x, y), z), math.atan2(y, x)
