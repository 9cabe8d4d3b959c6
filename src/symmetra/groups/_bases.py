"""The generators of the classical algebras, readable: entries 0 and ±1 (±i), the first one positive."""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe


def size(value: object, argument: str, minimum: int = 1) -> int:
    """A whole number of at least ``minimum``."""
    if isinstance(value, bool) or not isinstance(value, int) or value < minimum:
        raise InputError(argument, describe(value), f"an integer >= {minimum}", f"{argument}={max(minimum, 3)}")
    return value


def unit(d: int, i: int, j: int, value: float | complex = 1.0) -> Tensor:
    """``value`` at row i, column j."""
    matrix = torch.zeros(d, d, dtype=torch.complex128 if isinstance(value, complex) else torch.float64)
    matrix[i, j] = torch.tensor(value, dtype=matrix.dtype)
    return matrix


def stack(matrices: list[Tensor], d: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """Stack, also when there are none."""
    return torch.stack([matrix.to(dtype) for matrix in matrices]) if matrices else torch.zeros(0, d, d, dtype=dtype)


def metric(p: int, q: int) -> Tensor:
    """``diag(1, …, 1, −1, …, −1)``: p times +1, then q times −1."""
    return torch.diag(torch.cat([torch.ones(p, dtype=torch.float64), -torch.ones(q, dtype=torch.float64)]))


def pseudo_orthogonal(p: int, q: int) -> Tensor:
    """``L_ij = e_i e_jᵀ − η_i η_j e_j e_iᵀ`` for i < j in lexicographic order, η the metric of signature (p, q)."""
    n = p + q
    eta = [1.0] * p + [-1.0] * q
    return stack([unit(n, i, j) - eta[i] * eta[j] * unit(n, j, i) for i, j in combinations(range(n), 2)], n)


def general_linear(n: int) -> Tensor:
    """``E_ij`` row by row."""
    return torch.eye(n * n, dtype=torch.float64).reshape(n * n, n, n)


def special_linear(n: int) -> Tensor:
    """``E_ij``, i ≠ j, row by row, then ``E_ii − E_{i+1,i+1}``."""
    off = [unit(n, i, j) for i in range(n) for j in range(n) if i != j]
    return stack(off + [unit(n, i, i) - unit(n, i + 1, i + 1) for i in range(n - 1)], n)


def symplectic_form(d: int) -> Tensor:
    """``J = [[0, 1], [−1, 0]]`` in blocks of d/2: coordinates (q_1 … q_m, p_1 … p_m)."""
    return torch.kron(torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64), torch.eye(d // 2).double())


def symplectic(d: int) -> Tensor:
    """``[[A, B], [C, −Aᵀ]]``, B and C symmetric: first A = E_ij, then B = E_ij + E_ji (i <= j), then C."""
    m = d // 2
    linear = [unit(d, i, j) - unit(d, m + j, m + i) for i in range(m) for j in range(m)]
    pairs = [(i, j) for i in range(m) for j in range(i, m)]
    upper = [unit(d, i, m + j) + (unit(d, j, m + i) if i != j else 0 * unit(d, 0, 0)) for i, j in pairs]
    return stack(linear + upper + [matrix.T for matrix in upper], d)


def unitary(n: int, special: bool) -> Tensor:
    """Anti-Hermitian: ``E_jk − E_kj``, then ``i (E_jk + E_kj)``, j < k, then ``i E_jj``.

    For SU the last are ``i (E_jj − E_{j+1,j+1})`` instead.
    """
    pairs = list(combinations(range(n), 2))
    real = [unit(n, j, k) - unit(n, k, j) for j, k in pairs]
    imaginary = [unit(n, j, k, 1j) + unit(n, k, j, 1j) for j, k in pairs]
    if special:
        diagonal = [unit(n, j, j, 1j) - unit(n, j + 1, j + 1, 1j) for j in range(n - 1)]
    else:
        diagonal = [unit(n, j, j, 1j) for j in range(n)]
    return stack(real + imaginary + diagonal, n, torch.complex128)


def homogeneous(linear: Tensor) -> Tensor:
    """Algebra matrices ``[k, n, n]`` and all translations P_i as ``[k + n, n + 1, n + 1]``, the 1 last."""
    n = linear.shape[-1]
    padded = torch.nn.functional.pad(linear, (0, 1, 0, 1))
    return torch.cat([padded, stack([unit(n + 1, i, n) for i in range(n)], n + 1)])


def homogeneous_element(g: Tensor, shift: Tensor | None = None) -> Tensor:
    """The group elements ``x -> g x + shift`` as ``[..., n + 1, n + 1]``."""
    padded = torch.nn.functional.pad(g, (0, 1, 0, 1))
    padded[..., -1, -1] = 1.0
    if shift is not None:
        padded[..., :-1, -1] = shift
    return padded


def flip(n: int, *axes: int) -> Tensor:
    """``diag`` of ones with −1 at the given axes."""
    diagonal = torch.ones(n, dtype=torch.float64)
    diagonal[list(axes)] = -1.0
    return torch.diag(diagonal)
