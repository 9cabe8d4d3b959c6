"""Gates on a batch of state vectors ``[B, 2^n]``, qubit 0 the slowest index; plain differentiable torch functions.

A single-qubit gate is four numbers ``q`` with ``U = q_0 − i (q_1 X + q_2 Y + q_3 Z)``, real for SU(2): a unit
quaternion. Smooth in the vector it encodes, at zero as well, and cheaper to multiply than matrices.
"""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe

_TOGETHER = 3  # qubits whose gates are multiplied out before they meet the state


def rotor(v: Tensor) -> Tensor:
    """The gate ``exp(−i v·σ/2) = cos(|v|/2) − i sin(|v|/2) v̂·σ`` as a quaternion: ``[..., 3]`` to ``[..., 4]``.

    Equivariant: turning v by a rotation conjugates the gate with the element of SU(2) over it. Written in ``|v|²``, by
    a series near zero, so that all derivatives are finite there.
    """
    _components(v, "v", 3)
    square = v.square().sum(-1, keepdim=True)
    near = square < 1e-4
    angle = torch.where(near, torch.ones_like(square), square).sqrt() / 2
    u = torch.where(near, square, torch.zeros_like(square)) / 4
    cosine = torch.where(near, 1 - u / 2 * (1 - u / 12 * (1 - u / 30)), angle.cos())
    half_sinc = torch.where(near, (1 - u / 6 * (1 - u / 20 * (1 - u / 42))) / 2, angle.sin() / (2 * angle))
    return torch.cat([cosine, half_sinc * v], -1)


def euler(v: Tensor) -> Tensor:
    """The gate ``RZ(v_3) RY(v_2) RZ(v_1)`` as a quaternion. It is *not* equivariant: that of the published circuits."""
    _components(v, "v", 3)
    (c1, c2, c3), (s1, s2, s3) = (f(v / 2).unbind(-1) for f in (torch.cos, torch.sin))
    parts = c2 * (c1 * c3 - s1 * s3), s2 * (s1 * c3 - c1 * s3), s2 * (c1 * c3 + s1 * s3), c2 * (s1 * c3 + c1 * s3)
    return torch.stack(parts, -1)


def unitary(q: Tensor) -> Tensor:
    """The matrices of quaternions: ``[..., 4]`` to complex ``[..., 2, 2]``."""
    _components(q, "q", 4)
    a, x, y, z = q.unbind(-1)
    rows = torch.complex(a, -z), torch.complex(-y, -x), torch.complex(y, -x), torch.complex(a, z)
    return torch.stack(rows, -1).unflatten(-1, (2, 2))


def product(state: Tensor, factors: Any) -> Tensor:
    """``(K_1 ⊗ … ⊗ K_f) ψ`` for the leading axes of ψ; what is left over stays where it is and comes first after.

    Each factor is contracted with the last axis and its result put in front, so that nothing is ever permuted: axes
    ``(c, a_1, …, a_f)`` become ``(a_1, …, a_f, c)``.

    Args:
        state: ``[B, c · k_1 ⋯ k_f]``.
        factors: matrices ``[B, k_i, k_i]``, first factor first.
    """
    for K in reversed(factors):
        state = (K @ state.unflatten(1, (-1, K.shape[-1])).mT).flatten(1)
    return state


def apply(state: Tensor, q: Tensor) -> Tensor:
    """One gate on each qubit: ``state [B, 2^n]`` and quaternions ``q [B or 1, n, 4]``."""
    n = q.shape[-2]
    if state.ndim != 2 or state.shape[1] != 2**n:
        raise InputError("state", describe(state), f"shape [B, {2**n}], for the {n} gates of q", "state[None]")
    gates, factors = unitary(q).expand(len(state), -1, -1, -1).unbind(1), []
    for first in range(0, n, _TOGETHER):
        factors.append(functools.reduce(_kron, gates[first : first + _TOGETHER]))
    return product(state, factors)


def _kron(A: Tensor, B: Tensor) -> Tensor:
    return (A[:, :, None, :, None] * B[:, None, :, None, :]).flatten(3).flatten(1, 2)


def swap(state: Tensor, i: int, j: int) -> Tensor:
    """The states with qubits i and j exchanged."""
    n = _qubits(state, i, j)
    i, j = sorted((i, j))
    axes = (len(state), 2**i, 2, 2 ** (j - i - 1), 2, 2 ** (n - j - 1))
    return state.reshape(axes).transpose(2, 4).flatten(1)


def heisenberg(state: Tensor, J: Any, i: int, j: int) -> Tensor:
    """``exp(−iJ (XX + YY + ZZ))`` on qubits i and j, in closed form: ``e^{iJ} (cos 2J − i sin 2J SWAP) ψ``.

    Since ``XX + YY + ZZ = 2 SWAP − 1`` and ``SWAP² = 1``; no matrix is multiplied. ``J`` is a number or one a state.
    """
    J = torch.as_tensor(J, dtype=state.dtype.to_real(), device=state.device)
    J = J[:, None] if J.ndim else J
    stay = torch.polar(torch.ones_like(J), 3 * J) + torch.polar(torch.ones_like(J), -J)
    move = torch.polar(torch.ones_like(J), -J) - torch.polar(torch.ones_like(J), 3 * J)
    return (stay * state + move * swap(state, i, j)) / 2


def cnot(state: Tensor, control: int, target: int) -> Tensor:
    """The states after a controlled NOT."""
    n = _qubits(state, control, target)
    index = torch.arange(2**n, device=state.device)
    return state[:, index ^ ((index >> (n - 1 - control) & 1) << (n - 1 - target))]


def _components(value: Tensor, argument: str, count: int) -> None:
    if not value.ndim or value.shape[-1] != count or not value.is_floating_point():
        raise InputError(argument, describe(value), f"real numbers [..., {count}]", f"{argument}.reshape(-1, {count})")


def _qubits(state: Tensor, i: int, j: int) -> int:
    n = state.shape[1].bit_length() - 1
    if state.ndim != 2 or state.shape[1] != 2**n:
        raise InputError("state", describe(state), "states [B, 2^n]", "state[None]")
    if i == j or not (0 <= i < n and 0 <= j < n):
        raise InputError("i, j", f"qubits {i} and {j}", f"two different ones of 0 … {n - 1}")
    return n
