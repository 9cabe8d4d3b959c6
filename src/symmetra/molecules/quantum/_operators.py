"""Observables and generators as matrices, states to begin with, and exact exponentials of one generator."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe

_MATRICES = {
    "I": torch.tensor([[1, 0], [0, 1]], dtype=torch.complex128),
    "X": torch.tensor([[0, 1], [1, 0]], dtype=torch.complex128),
    "Y": torch.tensor([[0, -1j], [1j, 0]], dtype=torch.complex128),
    "Z": torch.tensor([[1, 0], [0, -1]], dtype=torch.complex128),
}


def pauli(word: Any, qubits: Any = None, n: Any = None) -> Tensor:
    """The matrix of a Pauli word: complex128 ``[2^n, 2^n]``.

    Args:
        word: letters I, X, Y, Z.
        qubits: where the letters stand, one qubit a letter; left out, on qubits 0, 1, …
        n: the number of qubits; left out, that of the letters.

    Raises:
        InputError: other letters, or places that are no different qubits of n.

    Example:
        >>> torch.equal(pauli("ZX", (2, 0), 3), pauli("XIZ"))
        True
    """
    if not isinstance(word, str) or not word or set(word) - set(_MATRICES):
        raise InputError("word", describe(word), "letters I, X, Y, Z", "pauli('XIZ')")
    places = tuple(range(len(word)) if qubits is None else qubits)
    n = len(word) if n is None else n
    if len(places) != len(word) or len(set(places)) != len(word) or not set(places) <= set(range(n)):
        expected = f"{len(word)} different ones of the qubits 0 … {n - 1}"
        raise InputError("qubits", describe(places), expected, "pauli('ZZ', (0, 3), 6)")
    letters = dict(zip(places, word))
    return functools.reduce(torch.kron, [_MATRICES[letters.get(q, "I")] for q in range(n)])


def exchange(n: int, i: int, j: int) -> Tensor:
    """The matrix of SWAP on qubits i and j of n, ``(1 + XX + YY + ZZ)/2``: complex128 ``[2^n, 2^n]``."""
    return (pauli("I" * n) + pauli("XX", (i, j), n) + pauli("YY", (i, j), n) + pauli("ZZ", (i, j), n)) / 2


def singlets(n: int, pairs: Any = None) -> Tensor:
    """The product of singlets ``(|01⟩ − |10⟩)/√2`` on pairs of qubits, invariant under SU(2): complex128 ``[2^n]``.

    Args:
        n: the number of qubits, even.
        pairs: who is with whom; left out, 0 with 1, 2 with 3, and so on.
    """
    pairs = [(q, q + 1) for q in range(0, n, 2)] if pairs is None else [tuple(pair) for pair in pairs]
    if sorted(itertools.chain(*pairs)) != list(range(n)) or any(len(pair) != 2 for pair in pairs):
        raise InputError("pairs", describe(pairs), f"each of the qubits 0 … {n - 1} in one pair", "pairs=[(0, 1)]")
    state = torch.zeros((2,) * n, dtype=torch.complex128)
    for choice in itertools.product((0, 1), repeat=len(pairs)):
        place = [0] * n
        for (i, j), bit in zip(pairs, choice, strict=True):
            place[i], place[j] = bit, 1 - bit
        state[tuple(place)] = (-1) ** sum(choice) / 2 ** (n / 4)
    return state.flatten()


def expectation(state: Tensor, operator: Tensor) -> Tensor:
    """``⟨ψ|O|ψ⟩`` of Hermitian ``O [2^n, 2^n]`` for states ``[B, 2^n]``: real ``[B]``."""
    return (state.conj() * (state @ operator.to(state).mT)).sum(-1).real


def evolve(state: Tensor, angle: Tensor, generator: Any) -> Tensor:
    """``exp(−i θ G) ψ`` exactly, through the eigenvectors of G: no Trotter steps whatever terms it is the sum of.

    Args:
        state: ``[B, 2^n]``.
        angle: θ, one number or ``[B]``.
        generator: G, Hermitian ``[2^n, 2^n]``.
    """
    G = torch.as_tensor(generator).to(state)
    if G.shape != (state.shape[1],) * 2 or float((G - G.mH).abs().max()) > 1e-6:
        expected = f"a Hermitian matrix of shape ({state.shape[1]}, {state.shape[1]})"
        raise InputError("generator", describe(generator), expected, "(G + G.mH) / 2")
    values, V = torch.linalg.eigh(G)
    phases = torch.exp(-1j * angle[..., None] * values)
    return ((state @ V.conj()) * phases) @ V.mT
