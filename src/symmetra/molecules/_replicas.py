"""The published circuits as they were coded, defects included: what an audit must catch (arXiv 2512.05475).

Made from a description of their code. Their energies are in units of a scaled range, so that mean is 0 and spread 1
until :meth:`standardise` is called; the central atom is taken as the origin, where the published data have it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from symmetra.molecules._energy import EnergyModel
from symmetra.molecules._features import cosines, distances
from symmetra.molecules._molecule import Molecule
from symmetra.molecules._vectors import VectorCircuit, rotation
from symmetra.molecules.quantum import apply, cnot, euler, pauli, rotor


def replica_euler(molecule: Molecule, seed: int) -> VectorCircuit:
    """The rotational circuit, with RZ(αz)RY(αy)RZ(αx) for the encoding: not invariant, except for axial molecules.

    Angles are zero but for the first layer, as published; there is no SWAP of ours that mends the encoding.
    """
    model = rotation(molecule, seed, depth=6, encode=euler, mean=0.0, spread=1.0)
    with torch.no_grad():
        model.angles[1:] = 0.0
    return model


class Replica(EnergyModel):
    """A circuit of gates one by one, with the sum of all Z observed and no head."""

    _total: Tensor

    def __init__(self, molecule: Molecule, qubits: int) -> None:
        super().__init__(molecule, mean=0.0, spread=1.0)
        self.qubits = qubits
        total = torch.stack([pauli("Z", (q,), qubits) for q in range(qubits)]).sum(0).real.diagonal()
        self.register_buffer("_total", total.clone(), persistent=False)

    def _start(self, positions: Tensor) -> Tensor:
        state = positions.new_zeros(len(positions), 2**self.qubits, dtype=positions.dtype.to_complex())
        state[:, 0] = 1.0
        return state

    def _turn(self, state: Tensor, axis: str, angles: Tensor) -> Tensor:
        """A rotation of each qubit about one axis, by ``angles [B or 1, n]``."""
        unit = torch.tensor([float(axis == letter) for letter in "XYZ"]).to(angles)
        return apply(state, rotor(angles[..., None] * unit))

    def _observed(self, state: Tensor) -> Tensor:
        return (state.abs().square() * self._total).sum(1)


class ReplicaPlain(Replica):
    """The non-equivariant circuit: RY(0.5), then layers RY(w f), a chain of CNOT, RZ(w), RY(w).

    Its features f are bond lengths only (for ammonia three, their mean, and two of them again), so that it is
    invariant under O(3) and blind to angles; it is not under exchanges.
    """

    def __init__(self, molecule: Molecule, seed: int) -> None:
        super().__init__(molecule, 4 if molecule.hydrogens == 1 else 6)
        depth = 3 if molecule.hydrogens == 1 else 4
        source = torch.Generator().manual_seed(seed)
        self.weights = nn.Parameter(0.1 * torch.randn(depth, self.qubits, 3, dtype=torch.float64, generator=source))

    def signal(self, positions: Tensor) -> Tensor:
        """The sum of all Z."""
        d = distances(positions)[:, : self.molecule.hydrogens]
        f = d.expand(-1, 4) if d.shape[1] == 1 else torch.cat([d, d.mean(1, keepdim=True), d[:, :2]], 1)
        state = self._turn(self._start(positions), "Y", torch.full_like(f, 0.5))
        for w in self.weights[:, None]:
            state = self._turn(state, "Y", w[..., 0] * f)
            for q in range(self.qubits - 1):
                state = cnot(state, q, q + 1)
            state = self._turn(self._turn(state, "Z", w[..., 1]), "Y", w[..., 2])
        return self._observed(state)


class ReplicaGraph(Replica):
    """The graph circuit of ammonia, two qubits a bond: invariant under O(3), and *not* under exchanges, as claimed.

    RY(0.5); four layers of RY(w d) on both qubits of a bond, CNOT within it, RZ(w angle) on the first qubit of both
    bonds of each pair, CNOT (1, 2), (3, 4), (5, 0), RZ(w), RY(w). Each qubit has weights of its own: the reason why it
    is not equivariant.
    """

    def __init__(self, molecule: Molecule, seed: int) -> None:
        super().__init__(molecule, 6)
        source = torch.Generator().manual_seed(seed)
        self.weights = nn.Parameter(0.1 * torch.randn(4, 6, 3, dtype=torch.float64, generator=source))

    def signal(self, positions: Tensor) -> Tensor:
        """The sum of all Z."""
        lengths = distances(positions)[:, :3].repeat_interleave(2, 1)
        angles, _ = cosines(positions)  # of the pairs of bonds (0, 1), (0, 2), (1, 2)
        seen = torch.zeros_like(lengths)
        seen[:, 0::2] = torch.stack([angles[:, [0, 1]], angles[:, [0, 2]], angles[:, [1, 2]]], 1).sum(-1)
        state = self._turn(self._start(positions), "Y", torch.full_like(lengths, 0.5))
        for w in self.weights[:, None]:
            state = self._turn(state, "Y", w[..., 0] * lengths)
            for bond in range(3):
                state = cnot(state, 2 * bond, 2 * bond + 1)
            state = self._turn(state, "Z", w[..., 1] * seen)
            for pair in ((1, 2), (3, 4), (5, 0)):
                state = cnot(state, *pair)
            state = self._turn(self._turn(state, "Z", w[..., 1]), "Y", w[..., 2])
        return self._observed(state)


class ReplicaGraphLiH(Replica):
    """The graph circuit of lithium hydride on a ring of four qubits; coordinates enter it beside the distance.

    Hadamard; four layers of RY(w₁ d + w₂ std), RZ(w₃ |centroid| + w₄ ẑ) with the standard deviation and the centroid
    of all coordinates and the direction along z, exp(−iφ d ZZ/2) around the ring, RY(w): 96 of the published 108
    parameters, the rest being unknown to us. Turned molecules get other energies.
    """

    def __init__(self, molecule: Molecule, seed: int) -> None:
        super().__init__(molecule, 4)
        source = torch.Generator().manual_seed(seed)
        self.weights = nn.Parameter(0.1 * torch.randn(4, 4, 6, dtype=torch.float64, generator=source))

    def signal(self, positions: Tensor) -> Tensor:
        """The sum of all Z."""
        bond = positions[:, 1] - positions[:, 0]
        d = bond.norm(dim=1, keepdim=True)
        coordinates = torch.stack([torch.zeros_like(bond), bond], 1)
        std = coordinates.flatten(1).var(1, unbiased=False, keepdim=True).add(1e-12).sqrt()
        state = torch.full_like(self._start(positions), 0.25)
        for w in self.weights[:, None]:
            state = self._turn(state, "Y", w[..., 0] * d + w[..., 1] * std)
            state = self._turn(state, "Z", w[..., 2] * d / 2 + w[..., 3] * bond[:, 2:] / d)
            for q in range(4):
                state = cnot(state, q, (q + 1) % 4)
                about = torch.zeros_like(w[..., 4]).index_fill(1, torch.tensor([(q + 1) % 4], device=d.device), 1.0)
                state = cnot(self._turn(state, "Z", about * w[:, q : q + 1, 4] * d), q, (q + 1) % 4)
            state = self._turn(state, "Y", w[..., 5].expand(len(d), -1))
        return self._observed(state)


def replica_graph(molecule: Molecule, seed: int) -> Replica:
    """The published graph circuit of that molecule."""
    return (ReplicaGraphLiH if molecule.hydrogens == 1 else ReplicaGraph)(molecule, seed)
