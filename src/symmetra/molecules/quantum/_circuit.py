"""Re-uploading circuits, fast: ``E = ⟨ψ| Σ_m w_m O_m |ψ⟩`` with ``ψ = Φ_D W_D ⋯ Φ_1 W_1 Φ_0 ψ_0``.

Each Φ is a product of SU(2) gates, other ones for every sample; each ``W = ∏_k exp(−iθ_k G_k)`` is exact and common to
all of them. In the frame of :mod:`_frame` the Φ are real 4 × 4 matrices, one a pair of qubits, and a layer of the
whole batch is one real matrix product with W and one small one a pair. W itself is made for all layers together, from
the common eigenvectors of families of generators that commute.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.molecules.quantum._families import diagonal, families
from symmetra.molecules.quantum._frame import frame, pair_table
from symmetra.molecules.quantum._gates import product

QUBITS = 8  # a layer is a matrix of 2^(n+1) rows; above, apply the gates one by one


class Circuit(nn.Module):
    """A circuit of product gates and exact exponentials, and the expectation values at its end.

    It has no parameters: gates, angles and weights are arguments, so that symmetries are tied by indexing. The order
    of factors within a layer is that of :attr:`families`, the first family first. Differentiable as often as wanted.

    Args:
        start: ψ_0, ``[2^n]``, n even and at most 8.
        generators: the ``G_k [k, 2^n, 2^n]``, Hermitian and made of words of an even number of Paulis (SWAP, ZZ, any
            sum of them); words of one Pauli are product gates and belong to the rotors.
        observables: the ``O_m [m, 2^n, 2^n]``, Hermitian.

    Attributes:
        qubits: n.
        generators: how many.
        observables: how many.
        families: which generators are exponentiated together, as lists of indices.

    Raises:
        InputError: an odd number of qubits, too many, or generators that are not real in the frame.

    Example:
        >>> from symmetra.molecules.quantum import exchange, rotor, singlets
        >>> circuit = Circuit(singlets(2), exchange(2, 0, 1)[None], exchange(2, 0, 1)[None])
        >>> gates = rotor(torch.zeros(1, 2, 2, 3, dtype=torch.float64))
        >>> energy = circuit(gates, torch.ones(1, 1, dtype=torch.float64), torch.ones(1, dtype=torch.float64))
        >>> round(energy.item(), 12)
        -1.0
    """

    _table: Tensor
    _start: Tensor
    _observables: Tensor
    _steps: Tensor

    def __init__(self, start: Any, generators: Any, observables: Any) -> None:
        super().__init__()
        start, generators, observables = (
            as_tensor(value, name)
            for name, value in (("start", start), ("generators", generators), ("observables", observables))
        )
        N = start.shape[-1] if start.ndim else 0
        n = max(N.bit_length() - 1, 0)
        if start.shape != (2**n,) or n % 2 or not 2 <= n <= QUBITS:
            expected = f"a state [2^n] of an even number of qubits up to {QUBITS}"
            raise InputError("start", describe(start), expected, "quantum.apply and heisenberg for any number")
        for argument, value in (("generators", generators), ("observables", observables)):
            if value.ndim != 3 or value.shape[1:] != (N, N) or float((value - value.mH).abs().max()) > 1e-10:
                expected = f"Hermitian matrices [k, {N}, {N}]"
                raise InputError(argument, describe(value), expected, "torch.stack([exchange(n, 0, 1)])")
        F = frame(n)
        G = F.mH @ generators.to(F) @ F
        if float(G.imag.abs().max()) > 1e-10:
            expected = "sums of words of an even number of Paulis"
            raise InputError("generators", "one with a word of an odd number", expected, "such gates as rotors")
        self.qubits, self.families = n, families(G.real)
        self.generators, self.observables = len(G), len(observables)
        bases = [diagonal(G.real[family]) for family in self.families]
        vectors = [V for V, _ in bases]
        constants = {
            "_table": pair_table(),
            "_start": torch.view_as_real(F.mH @ start.to(F)).mT.flatten(),
            "_observables": _forms(F.mH @ observables.to(F) @ F),
            "_steps": torch.stack([vectors[0].mT, *(V.mT @ before for before, V in pairwise(vectors)), vectors[-1]]),
            **{f"_values_{i}": values for i, (_, values) in enumerate(bases)},
        }
        for name, constant in constants.items():
            self.register_buffer(name, constant.clone(memory_format=torch.contiguous_format), persistent=False)

    def layers(self, angles: Tensor) -> Tensor:
        """The W of all layers as real matrices ``[D, 2N, 2N]`` for rows: in ``(a, re/im)``, out ``(re/im, a)``."""
        phases = self._phases(angles)
        W = phases[0][:, :, None] * self._steps[0]
        for step, phase in zip(self._steps[1:], [*phases[1:], None]):
            flat = torch.view_as_real(W).flatten(-2)
            W = torch.view_as_complex((step @ flat).unflatten(-1, (-1, 2)))
            W = W if phase is None else phase[:, :, None] * W
        both = torch.stack([torch.view_as_real(W), torch.view_as_real(1j * W)])  # c_in, D, a_out, a_in, c_out
        return both.permute(1, 3, 0, 4, 2).flatten(3).flatten(1, 2)

    def _phases(self, angles: Tensor) -> list[Tensor]:
        """``exp(−i Σ_k θ_k λ_k)`` of every family, ``[..., N]``."""
        found = []
        for i, family in enumerate(self.families):
            angle = angles[..., family] @ self.get_buffer(f"_values_{i}")
            found.append(torch.complex(angle.cos(), -angle.sin()))
        return found

    def forward(self, rotors: Tensor, angles: Tensor, weights: Tensor) -> Tensor:
        """The expectation of ``Σ_m w_m O_m``.

        Args:
            rotors: the gates as quaternions ``[B, D+1, n, 4]``, those of Φ_0 first.
            angles: θ ``[D, k]``, or ``[B, D, k]`` where they differ between samples (that costs more).
            weights: w ``[m]``.

        Returns:
            ``[B]``, real.
        """
        B, depth = len(rotors), rotors.shape[1] - 1
        if rotors.shape[2:] != (self.qubits, 4) or angles.shape[-2] != depth:
            expected = f"quaternions [B, D+1, {self.qubits}, 4] for angles [D, k] of D = {angles.shape[-2]} layers"
            raise InputError("rotors", describe(rotors), expected, "rotor(vectors)")
        outer = (rotors[:, :, 0::2, :, None] * rotors[:, :, 1::2, None, :]).flatten(-2)
        pairs = (outer @ self._table).unflatten(-1, (4, 4)).permute(1, 2, 0, 3, 4).unbind()
        state = product(self._start.expand(B, -1), pairs[0].unbind())  # axes (a, re/im), the real frame
        W = self.layers(angles).unbind() if angles.ndim == 2 else ()
        own = () if W else self._phases(angles)
        for d in range(depth):
            moved = state @ W[d] if W else self._own(state, [phase[:, d] for phase in own])
            state = product(moved, pairs[d + 1].unbind())
        return ((state @ torch.tensordot(weights, self._observables, 1)) * state).sum(-1)

    def _own(self, state: Tensor, phases: list[Tensor]) -> Tensor:
        """One layer with phases ``[B, N]`` of each sample's own: from ``(a, re/im)`` to ``(re/im, a)``."""
        z = torch.view_as_complex(state.unflatten(1, (-1, 2)))
        for step, phase in zip(self._steps, phases):
            z = (z @ step.mT.to(z)) * phase
        z = z @ self._steps[-1].mT.to(z)
        return torch.cat([z.real, z.imag], 1)


def _forms(operators: Tensor) -> Tensor:
    """The real quadratic forms ``[m, 2N, 2N]`` of Hermitian operators, on axes ``(a, re/im)``."""
    A, B = operators.real, operators.imag
    forms = torch.stack([torch.stack([A, -B], -1), torch.stack([B, A], -1)], -2)  # m, a, a', c, c'
    return forms.transpose(2, 3).flatten(3).flatten(1, 2)
