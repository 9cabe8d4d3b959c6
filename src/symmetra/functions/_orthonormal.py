"""Polynomials of several variables in a product basis that is orthonormal for a probability measure.

φ_b(z) = Π_i p_{b_i}(z_i) for all multi-indices b up to a total degree, in the order of
:func:`symmetra.functions.exponents`. Families p_k of one variable:

* ``legendre``: orthonormal for the uniform measure on [−1, 1],  z p_k = a_{k+1} p_{k+1} + a_k p_{k−1},
  a_k = k / √(4k² − 1);
* ``hermite``: orthonormal for the standard normal law, the same with a_k = √k;
* ``monomial``: z^k, orthonormal in their coefficients only, a product that depends on the origin and the unit of z.

Multiplication by z_i and ∂/∂z_i are exact sparse matrices in such a basis, so that an operator with polynomial
coefficients has exact L² entries: no samples and no quadrature.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.functions._monomials import exponents

Array = NDArray[np.float64]

FAMILIES = ("legendre", "hermite", "monomial")


def one_variable(family: str, degree: int) -> tuple[Array, Array]:
    """The family up to a degree d: (triangle, multiplication).

    Returns:
        triangle: ``[d+1, d+1]``, p_k = Σ_a triangle[k, a] z^a.
        multiplication: ``[d+1, d+1]``, z p_k = Σ_l multiplication[l, k] p_l, exact for k < d.
    """
    k = np.arange(1, degree + 1, dtype=np.float64)
    if family == "monomial":
        return np.eye(degree + 1), np.diag(np.ones(degree), -1)
    a = k / np.sqrt(4 * k**2 - 1) if family == "legendre" else np.sqrt(k)
    triangle = np.zeros((degree + 1, degree + 1))
    triangle[0, 0] = 1.0
    for j in range(degree):
        triangle[j + 1, 1:] = triangle[j, :-1]
        if j:
            triangle[j + 1] -= a[j - 1] * triangle[j - 1]
        triangle[j + 1] /= a[j]
    return triangle, np.diag(a, -1) + np.diag(a, 1)


class OrthonormalBasis:
    """φ_b for |b| ≤ degree in n variables.

    Attributes:
        family: ``legendre``, ``hermite`` or ``monomial``.
        n: number of variables.
        degree: highest total degree.
        exponents: ``[P, n]``, the multi-indices.
    """

    def __init__(self, family: str, n: int, degree: int) -> None:
        self.family, self.n, self.degree = family, n, degree
        self.exponents = exponents(n, degree)
        self._triangle, self._multiplication = one_variable(family, degree)
        self._factors = _factors(self.exponents, degree)
        self._index = {row.tobytes(): m for m, row in enumerate(self.exponents.numpy())}

    @property
    def size(self) -> int:
        """P, the number of functions."""
        return self.exponents.shape[0]

    def values(self, z: Tensor) -> Tensor:
        """φ_b(z): ``[N, n]`` to ``[N, P]``."""
        powers = torch.stack([z**k for k in range(self.degree + 1)])
        table = torch.einsum("ka,ani->kin", torch.as_tensor(self._triangle).to(z), powers)
        out = torch.ones(self.size, z.shape[0], dtype=z.dtype, device=z.device)
        for variable, index in self._factors:
            out = out * table[index.to(z.device), variable.to(z.device)]
        return out.mT

    def multiplication(self, i: int) -> sp.csr_array:
        """Coefficients of z_i f from those of f, ``[P, P]``; exact for f of lower degree than ``degree``."""
        return self._along(i, self._multiplication)

    def derivative(self, i: int) -> sp.csr_array:
        """Coefficients of ∂f/∂z_i from those of f, ``[P, P]``."""
        plain = np.diag(np.arange(1.0, self.degree + 1), -1)  # of z^a: a z^(a−1)
        slopes: Array = np.linalg.solve(self._triangle.T, (self._triangle @ plain).T).astype(np.float64)
        return self._along(i, slopes)

    def _along(self, i: int, matrix: Array) -> sp.csr_array:
        """The operator that acts as ``matrix`` on the i-th index, restricted to total degrees up to the top."""
        matrix = np.where(np.abs(matrix) > 1e-14 * np.abs(matrix).max(), matrix, 0.0)  # zeros by parity, exactly
        powers = self.exponents.numpy()
        rows, columns, values = [], [], []
        for column, b in enumerate(powers):
            for k in np.nonzero(matrix[:, b[i]])[0]:
                target = b.copy()
                target[i] = k
                row = self._index.get(target.tobytes())
                if row is not None:
                    rows.append(row)
                    columns.append(column)
                    values.append(matrix[k, b[i]])
        return sp.csr_array((values, (rows, columns)), shape=(self.size, self.size))

    def in_monomials(self, centre: Array, half_width: Array) -> sp.csr_array:
        """``[P, P]``: φ_b((x − centre)/half_width) = Σ_a matrix[b, a] x^a, lower triangular."""
        rows, columns = _divisors(self.n, self.degree)
        powers = self.exponents.numpy()
        values = np.ones(rows.size)
        binomial = _binomials(self.degree)
        k = np.arange(self.degree + 1)
        for i in range(self.n):
            shift = binomial * (-centre[i]) ** np.maximum(k[:, None] - k[None, :], 0)  # (x − c)^a in powers of x
            line = self._triangle @ (shift / half_width[i] ** k[:, None])
            touched = np.nonzero(powers[rows, i])[0]
            values[touched] *= line[powers[rows[touched], i], powers[columns[touched], i]]
        return sp.csr_array((values, (rows, columns)), shape=(self.size, self.size))


def _factors(powers: Tensor, degree: int) -> list[tuple[Tensor, Tensor]]:
    """φ_b as a product of at most ``degree`` factors p_k(z_i), i.e. pairs of ``[P]`` (i, k); p_0 = 1 fills up."""
    order = powers.argsort(dim=1, descending=True, stable=True)[:, :degree]
    return [(order[:, m], powers.gather(1, order[:, m : m + 1])[:, 0]) for m in range(order.shape[1])]


@lru_cache(maxsize=16)
def _divisors(n: int, degree: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All pairs (b, a) of multi-indices with a ≤ b in every component."""
    powers = exponents(n, degree).numpy()
    index = {row.tobytes(): m for m, row in enumerate(powers)}
    rows, columns = [], []
    for m, b in enumerate(powers):
        support = np.nonzero(b)[0]
        for lower in np.ndindex(*(b[support] + 1)):
            a = np.zeros_like(b)
            a[support] = lower
            rows.append(m)
            columns.append(index[a.tobytes()])
    return np.array(rows), np.array(columns)


def _binomials(degree: int) -> Array:
    """C(k, j) ``[degree+1, degree+1]``, zero for j > k."""
    table = np.zeros((degree + 1, degree + 1))
    table[:, 0] = 1.0
    for k in range(1, degree + 1):
        table[k, 1:] = table[k - 1, 1:] + table[k - 1, :-1]
    return table
