"""Models that encode the vectors of the bonds: one class, told apart by what entangles, begins and is observed.

The qubits are copies of the hydrogens: qubit ``c h + a`` is copy c of hydrogen a of h, six in all. Gates
``exp(−iα x·σ/2)`` of the bond vectors x turn with the molecule; whatever else commutes with SU(2) leaves the energy
invariant, and with the exchanges of the hydrogens as well if copies are treated alike (arXiv 2512.05475, 2311.11362).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.groups import S
from symmetra.molecules._energy import SPREAD, EnergyModel, uniform
from symmetra.molecules._molecule import Molecule
from symmetra.molecules.quantum import Circuit, apply, exchange, pauli, rotor, singlets, twirl

QUBITS, PARAMETERS = 6, 80
RING = [*((q, q + 1) for q in range(0, QUBITS, 2)), *((q, (q + 1) % QUBITS) for q in range(1, QUBITS, 2))]


class VectorCircuit(EnergyModel):
    """A re-uploading circuit of bond vectors: ``bias + Σ_m w_m ⟨O_m⟩``.

    Args:
        molecule: which.
        circuit: what begins, entangles and is observed.
        tied: whether the scales α belong to copies (all hydrogens alike) or to single qubits.
        seed: of the parameters.
        depth: layers, each followed by another encoding; left out, as many as come nearest to 80 parameters.
        encode: vectors to quaternions.
        mean: the energy of no signal; the molecule's own if left out.
        spread: hartree of a signal of size one.
    """

    _bond: Tensor
    _scale: Tensor

    def __init__(
        self,
        molecule: Molecule,
        circuit: Circuit,
        tied: bool,
        seed: int,
        depth: int | None = None,
        encode: Callable[[Tensor], Tensor] = rotor,
        mean: float | None = None,
        spread: float = SPREAD,
    ) -> None:
        super().__init__(molecule, mean, spread)
        source, h = torch.Generator().manual_seed(seed), molecule.hydrogens
        self.circuit, self.encode = circuit, encode
        qubits = torch.arange(QUBITS)
        self.register_buffer("_bond", qubits % h, persistent=False)
        self.register_buffer("_scale", qubits // h if tied else qubits, persistent=False)
        scales, count, observed = int(self._scale.max()) + 1, circuit.generators, circuit.observables
        depth = depth or round((PARAMETERS - scales - observed - 1) / (scales + count))
        self.alpha = uniform(source, depth + 1, scales, low=0.5, high=1.5)
        self.angles = uniform(source, depth, count, low=-0.5, high=0.5)
        with torch.no_grad():
            self.angles[0] = uniform(source, count, low=0.0, high=torch.pi)
        self.weights = nn.Parameter(torch.full((observed,), observed**-0.5, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def signal(self, positions: Tensor) -> Tensor:
        """The expectation at the end of the circuit."""
        bonds = (positions[:, 1:] - positions[:, :1])[:, None, self._bond]
        rotors = self.encode(self.alpha[:, self._scale, None] * bonds)
        return self.bias + self.circuit(rotors, self.angles, self.weights)


class ParityAverage(EnergyModel):
    """``(f(x) + f(−x))/2``: what is invariant under SO(3) made invariant under O(3)."""

    def __init__(self, model: EnergyModel) -> None:
        super().__init__(model.molecule)
        self.model = model

    def signal(self, positions: Tensor) -> Tensor:
        """The mean of the two."""
        there, back = self.model.signal(torch.cat([positions, -positions])).chunk(2)
        return (there + back) / 2


def plain(molecule: Molecule, seed: int, depth: int | None = None) -> VectorCircuit:
    """No symmetry: the encoding, depth and size of :func:`rotation` with other entanglers, beginning and end.

    ZZ on the even pairs and XX on the odd ones for SWAP, RY(1/2) on every qubit for singlets, each Z observed. (From
    ``|0…0⟩`` with ZZ alone it would be invariant under rotations about z.)
    """
    pairs = torch.stack([pauli("ZZ" if first % 2 == 0 else "XX", (first, last), QUBITS) for first, last in RING])
    Z = torch.stack([pauli("Z", (q,), QUBITS) for q in range(QUBITS)])
    tilt = rotor(torch.tensor([[[0.0, 0.5, 0.0]]], dtype=torch.float64).expand(1, QUBITS, 3))
    start = apply(torch.eye(2**QUBITS, dtype=torch.complex128)[:1], tilt)[0]
    return VectorCircuit(molecule, Circuit(start, pairs, Z), False, seed, depth)


def rotation(molecule: Molecule, seed: int, depth: int | None = None, **settings: Any) -> VectorCircuit:
    """SO(3): singlets on neighbours, Heisenberg pairs around a ring, one pair observed, as the paper has them."""
    pairs = torch.stack([_heisenberg(*pair) for pair in RING])
    return VectorCircuit(molecule, Circuit(singlets(QUBITS), pairs, pairs[:1]), False, seed, depth, **settings)


def rotation_permutation(molecule: Molecule, seed: int, depth: int | None = None) -> VectorCircuit:
    """SO(3) × S(h): the pairs of :func:`rotation`, twirled over the exchanges of hydrogens; the first is observed."""
    generators = orbits(molecule.hydrogens, RING)
    return VectorCircuit(molecule, Circuit(_same_atom(molecule), generators, generators[:1]), True, seed, depth)


def joint(molecule: Molecule, seed: int, depth: int | None = None) -> VectorCircuit:
    """SO(3) × S(h) from all pairs: every orbit of SWAPs is a generator, and all are observed.

    For ammonia those are four: the two copies of one hydrogen, first copies, second copies, and copies of different
    hydrogens. They do not commute, and are exponentiated exactly all the same.
    """
    generators = orbits(molecule.hydrogens, list(itertools.combinations(range(QUBITS), 2)))
    return VectorCircuit(molecule, Circuit(_same_atom(molecule), generators, generators), True, seed, depth)


def joint_o3(molecule: Molecule, seed: int, depth: int | None = None) -> ParityAverage:
    """O(3) × S(h): the mean of :func:`joint` over parity."""
    return ParityAverage(joint(molecule, seed, depth))


def _heisenberg(i: int, j: int) -> Tensor:
    return 2 * exchange(QUBITS, i, j).real - torch.eye(2**QUBITS, dtype=torch.float64)


def orbits(hydrogens: int, pairs: list[tuple[int, int]]) -> Tensor:
    """The different Heisenberg terms of pairs, each averaged over the exchanges of the hydrogens."""
    group, found = S(hydrogens), list[Tensor]()
    for pair in pairs:
        term = twirl(_heisenberg(*pair), group)
        if not any(torch.allclose(term, other) for other in found):
            found.append(term)
    return torch.stack(found)


def _same_atom(molecule: Molecule) -> Tensor:
    """Singlets between the copies of each hydrogen, invariant under exchanges (up to a sign)."""
    h = molecule.hydrogens
    columns = [[c * h + a for c in range(QUBITS // h)] for a in range(h)]
    return singlets(QUBITS, [(q[c], q[c + 1]) for q in columns for c in range(0, len(q), 2)])
