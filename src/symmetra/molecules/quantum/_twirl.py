"""How groups act on n qubits, what commutes with them, and the projection on that."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from symmetra.enforce import EquivariantBasis, linear_basis
from symmetra.groups import SU, FiniteGroup, Group, ProductGroup
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.representations import Representation, Vector


@functools.lru_cache(maxsize=64)
def qubit_action(group: Any, n: Any) -> Representation:
    """The representation of a group on the ``2^n`` amplitudes of n qubits.

    - ``SU(2)`` turns all of them at once: ``U ⊗ … ⊗ U``.
    - Permutation matrices of d points, ``S(d)`` and its subgroups, carry qubit q to ``π(q)``. With n a multiple of d
      they permute n/d copies alike, copy after copy: qubit ``c d + a`` is copy c of point a.
    - ``SU(2) * S(d)`` does both; the two commute.

    Raises:
        InputError: another group, or n no multiple of d.

    Example:
        >>> from symmetra.groups import S
        >>> commutant(S(3), 3).rank
        20
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise InputError("n", describe(n), "a number of qubits", "n=3")
    if group == SU(2):
        return Vector(SU(2)) ** n
    if isinstance(group, FiniteGroup) and _permutes(group):
        if n % group.d:
            expected = f"a multiple of {group.d}, the points that {group} permutes"
            raise InputError("n", f"{n} qubits", expected, f"n = {n + group.d - n % group.d}")
        still = torch.zeros(2**n, 2**n, dtype=torch.float64)
        return Representation(group, lambda g: _permuted(g, n), lambda A: still, f"{n} qubits", False)
    if isinstance(group, ProductGroup) and len(group.factors) == 2 and group.factors[0] == SU(2):
        turn, permute = (qubit_action(factor, n) for factor in group.factors)

        def rho(g: Tensor) -> Tensor:
            U, P = group.split(g)
            return turn.rho(U).dense() @ permute.rho(P.real).dense().to(U)

        return Representation(group, rho, lambda A: turn.drho(group.split(A)[0]).dense(), f"{n} qubits", False)
    expected = "SU(2), permutation matrices, SU(2) * S(n), or a representation"
    raise InputError("group", describe(group), expected, "Representation(group, rho)")


def _permutes(group: FiniteGroup) -> bool:
    g = group.components
    return bool(((g == 0) | (g == 1)).all() and (g.sum(-1) == 1).all())


def _permuted(g: Tensor, n: int) -> Tensor:
    """The matrix that moves what qubit q holds to qubit ``π(q)``."""
    d = g.shape[-1]
    points = torch.arange(n)
    images = points // d * d + g.argmax(-2)[points % d]
    bits = torch.arange(2**n)[:, None] >> (n - 1 - points) & 1
    moved = torch.zeros_like(bits)
    moved[:, images] = bits
    matrix = torch.zeros(2**n, 2**n, dtype=torch.float64)
    matrix[(moved << (n - 1 - points)).sum(1), torch.arange(2**n)] = 1.0
    return matrix


def commutant(group: Any, n: Any) -> EquivariantBasis:
    """All operators on n qubits that commute with the group, as :func:`symmetra.enforce.linear_basis` finds them.

    Of dimension C(n+3, 3) for ``S(n)`` and the n-th Catalan number for ``SU(2)``.
    """
    action = group if isinstance(group, Representation) else qubit_action(group, n)
    return linear_basis(action, action)


def twirl(generator: Any, group: Any) -> Tensor:
    """The mean ``∫ U_g X U_g† dg`` of an operator over a group, as what it is: the projection on the commutant.

    Args:
        generator: X, ``[2^n, 2^n]``.
        group: one that :func:`qubit_action` knows, or a representation on ``2^n`` amplitudes.

    Returns:
        The nearest operator that commutes with the group; Hermitian for Hermitian X.

    Raises:
        InputError: no square matrix of size ``2^n``, or of another size than the representation.

    Example:
        >>> from symmetra.groups import S
        >>> from symmetra.molecules.quantum import pauli
        >>> torch.allclose(twirl(pauli("XI"), S(2)), (pauli("XI") + pauli("IX")) / 2)
        True
    """
    X = as_tensor(generator, "generator")
    size = X.shape[-1] if X.ndim else 0
    n = max(size.bit_length() - 1, 1)
    if X.shape != (2**n, 2**n):
        raise InputError("generator", describe(generator), "a square matrix of size 2^n", "pauli('XX')")
    if isinstance(group, Group):
        group = qubit_action(group, n)
    if not isinstance(group, Representation) or group.dimension != 2**n:
        expected = f"a group, or a representation on {2**n} amplitudes"
        raise InputError("group", describe(group), expected, "qubit_action(group, n)")
    basis = linear_basis(group, group)
    return basis.matrix(basis.coordinates(X))
