"""The basis in which gates of SU(2) are real: pairs of qubits as quaternions.

Two qubits ``Ψ [2, 2]`` with gates U and V become ``U Ψ Vᵀ``, and ``X = Ψ σ_y`` goes to ``U X V⁻¹``: a product of
quaternions on both sides, real on the coordinates of X along ``1, −iX, −iY, −iZ``. The first of these is the singlet,
the others the triplet, a real vector. The operators that commute with the reversal of time, among them SWAP and all
words of an even number of Paulis, are real in it, too; words of an odd number are imaginary.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from symmetra.molecules.quantum._gates import unitary

_UNITS = unitary(torch.eye(4, dtype=torch.float64))  # 1, −iX, −iY, −iZ


@functools.cache
def _pair() -> Tensor:
    """The unitary ``[4, 4]`` whose columns are the four quaternion units as states of two qubits."""
    sigma_y = torch.tensor([[0, 1], [-1, 0]], dtype=torch.complex128)
    return (_UNITS @ sigma_y).flatten(1).T / 2**0.5


@functools.cache
def pair_table() -> Tensor:
    """``[16, 16]``: the products ``p_i q_j`` of two gates' quaternions to the entries of their real 4 × 4 matrix."""
    Q = _pair()
    both = torch.einsum("iab,jcd->ijacbd", _UNITS, _UNITS).reshape(16, 4, 4)
    return (Q.mH @ both @ Q).real.flatten(1).contiguous()


@functools.cache
def frame(n: int) -> Tensor:
    """The change of basis ``[2^n, 2^n]`` for n qubits, n even, two by two: columns are the real basis states."""
    return functools.reduce(torch.kron, [_pair()] * (n // 2))
