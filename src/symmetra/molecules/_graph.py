"""The molecule as a graph of qubits weighted by its distances: invariant by its inputs and by tied parameters."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor, nn

from symmetra.molecules._energy import EnergyModel, uniform
from symmetra.molecules._features import at_minimum, distances
from symmetra.molecules._molecule import Molecule
from symmetra.molecules._vectors import PARAMETERS, QUBITS, RING
from symmetra.molecules.quantum import Circuit, pauli, rotor


class GraphCircuit(EnergyModel):
    """Layers ``∏_edges exp(−i (γ w_ij + γ₀) Z_i Z_j) ∏_nodes exp(−i (β h_i + β₀, η, 0)·σ/2)`` from ``|0…0⟩``.

    The layer of arXiv 2205.06109 with offsets and a rotation about y. Node ``c h + a`` is copy c of hydrogen a;
    ``h_i`` is the length of its bond, ``w_ij`` the distance of two hydrogens (of copies of one: the length of its
    bond), both less those at the minimum. Parameters belong to kinds of edges and to copies, so that the energy is
    invariant when hydrogens are exchanged; it is under O(3) because distances are.

    Args:
        molecule: which.
        seed: of the parameters.
        depth: layers; left out, as many as come nearest to 80 parameters.
    """

    _minimum: Tensor
    _atom: Tensor
    _copy: Tensor
    _edge: Tensor
    _kind: Tensor

    def __init__(self, molecule: Molecule, seed: int, depth: int | None = None) -> None:
        super().__init__(molecule)
        source, h = torch.Generator().manual_seed(seed), molecule.hydrogens
        pairs = list(itertools.combinations(range(QUBITS), 2)) if h > 1 else [(min(p), max(p)) for p in RING]
        kinds = [(i // h, j // h, i % h == j % h) for i, j in pairs]
        kinds = [(min(c, d), max(c, d), same) for c, d, same in kinds]
        different = sorted(set(kinds))
        copies, atom = QUBITS // h, torch.arange(QUBITS) % h
        ways = {(a, b): h + k for k, (a, b) in enumerate(itertools.combinations(range(h), 2))}
        edges = [i % h if i % h == j % h else ways[min(i % h, j % h), max(i % h, j % h)] for i, j in pairs]
        self.register_buffer("_minimum", at_minimum(molecule), persistent=False)
        self.register_buffer("_atom", atom, persistent=False)
        self.register_buffer("_copy", torch.arange(QUBITS) // h, persistent=False)
        self.register_buffer("_edge", torch.tensor(edges), persistent=False)
        self.register_buffer("_kind", torch.tensor([different.index(kind) for kind in kinds]), persistent=False)
        ZZ = torch.stack([pauli("ZZ", pair, QUBITS) for pair in pairs])
        Z = torch.stack([pauli("Z", (q,), QUBITS) for q in range(QUBITS)])
        sums = [ZZ[self._kind == k].mean(0) for k in range(len(different))]
        sums += [Z[self._copy == c].mean(0) for c in range(copies)]
        self.circuit = Circuit(torch.eye(2**QUBITS)[0], ZZ, torch.stack(sums))
        depth = depth or max(1, round((PARAMETERS - 3 * copies - len(sums) - 1) / (2 * len(different) + 3 * copies)))
        self.gamma = uniform(source, depth, len(different), 2, low=-0.5, high=0.5)
        self.beta = uniform(source, depth + 1, copies, 3, low=-1.0, high=1.0)
        self.weights = nn.Parameter(torch.full((len(sums),), len(sums) ** -0.5, dtype=torch.float64))
        self.bias = nn.Parameter(torch.zeros((), dtype=torch.float64))

    def signal(self, positions: Tensor) -> Tensor:
        """The expectation of the invariant observables."""
        lengths = distances(positions) - self._minimum
        gamma = self.gamma[:, self._kind]
        angles = gamma[..., 0] * lengths[:, None, self._edge] + gamma[..., 1]
        beta = self.beta[:, self._copy]
        about_x = beta[..., 0] * lengths[:, None, self._atom] + beta[..., 1]
        rest = beta[..., 2].expand_as(about_x)
        gates = rotor(torch.stack([about_x, rest, torch.zeros_like(rest)], -1))
        return self.bias + self.circuit(gates, angles, self.weights)
