"""A batched state-vector simulator in plain torch, with the symmetry of what it simulates in mind.

States are complex ``[B, 2^n]``, qubit 0 the slowest index (as in PennyLane); everything is differentiable as often as
wanted, on any device. Gates are functions of states; :class:`Circuit` is the fast way through a re-uploading circuit of
up to eight qubits; ``twirl`` and ``commutant`` make and find what commutes with a group.
"""

from symmetra.molecules.quantum._circuit import Circuit
from symmetra.molecules.quantum._gates import apply, cnot, euler, heisenberg, rotor, swap, unitary
from symmetra.molecules.quantum._operators import evolve, exchange, expectation, pauli, singlets
from symmetra.molecules.quantum._twirl import commutant, qubit_action, twirl

__all__ = [
    "Circuit",
    "apply",
    "cnot",
    "commutant",
    "euler",
    "evolve",
    "exchange",
    "expectation",
    "heisenberg",
    "pauli",
    "qubit_action",
    "rotor",
    "singlets",
    "swap",
    "twirl",
    "unitary",
]
