"""Polynomials as coefficient arrays over monomials of bounded degree: products, substitution, and Gaussian smoothing.

Monomials stand in the order of :func:`symmetra.functions.exponents`, so those of a lower degree come first. Everything
that depends on exponents only is cached.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symmetra.functions import exponents

Array = NDArray[np.float64]


@lru_cache(maxsize=256)
def powers(n: int, degree: int) -> NDArray[np.int64]:
    """Exponents ``[m, n]`` up to a total degree, ascending in it."""
    return exponents(n, max(degree, 0)).numpy()


@lru_cache(maxsize=256)
def positions(n: int, degree: int) -> dict[tuple[int, ...], int]:
    """Where the monomial with given exponents stands."""
    return {tuple(row): i for i, row in enumerate(powers(n, degree).tolist())}


def count(n: int, degree: int) -> int:
    """m, the number of monomials."""
    return powers(n, degree).shape[0]


@lru_cache(maxsize=256)
def _recipe(n: int, degree: int) -> tuple[tuple[int, int], ...]:
    """Each monomial but 1 as an earlier monomial times a variable."""
    where, steps = positions(n, degree), []
    for row in powers(n, degree).tolist()[1:]:
        i = next(j for j, power in enumerate(row) if power)
        row[i] -= 1
        steps.append((where[tuple(row)], i))
    return tuple(steps)


def values(z: Array, degree: int) -> Array:
    """Monomials at z ``[N, n]``: ``[N, m]``."""
    out = np.empty((count(z.shape[1], degree), z.shape[0]))
    out[0] = 1.0
    columns = np.ascontiguousarray(z.T)
    for k, (earlier, i) in enumerate(_recipe(z.shape[1], degree), start=1):
        np.multiply(out[earlier], columns[i], out=out[k])
    return out.T


@lru_cache(maxsize=256)
def derivative(n: int, degree: int) -> Array:
    """D ``[n, m, m]`` with ∂_i z^a = Σ_b D[i, a, b] z^b."""
    table, where = powers(n, degree), positions(n, degree)
    out = np.zeros((n, len(table), len(table)))
    for a, row in enumerate(table.tolist()):
        for i in range(n):
            if row[i]:
                lower = list(row)
                lower[i] -= 1
                out[i, a, where[tuple(lower)]] = row[i]
    return out


@lru_cache(maxsize=256)
def product_index(n: int, first: int, second: int) -> NDArray[np.int64]:
    """Position of z^a z^b among the monomials of degree up to first + second, ``[m₁, m₂]``."""
    where = positions(n, first + second)
    a, b = powers(n, first), powers(n, second)
    sums = (a[:, None, :] + b[None, :, :]).reshape(-1, n).tolist()
    return np.array([where[tuple(s)] for s in sums]).reshape(len(a), len(b))


def substitution(exponents_x: NDArray[np.int64], centre: Array, spread: Array) -> Array:
    """x^a as polynomials in z where x = centre + spread · z: coefficients ``[M, m]``.

    Args:
        exponents_x: ``[M, n]``.
        centre: ``[n]``.
        spread: ``[n, n]``.
    """
    n = centre.shape[0]
    degree = int(exponents_x.sum(1).max()) if exponents_x.size else 0
    linear = np.concatenate([centre[:, None], spread], axis=1)  # x_i over 1, z_1 … z_n
    out = np.zeros((exponents_x.shape[0], count(n, degree)))
    for row, target in zip(exponents_x.tolist(), out, strict=True):
        polynomial, reached = np.ones(1), 0
        for i, power in enumerate(row):
            for _ in range(power):
                index = product_index(n, reached, 1)
                grown = np.zeros(count(n, reached + 1))
                np.add.at(grown, index, polynomial[:, None] * linear[i][None, :])
                polynomial, reached = grown, reached + 1
        target[: polynomial.size] = polynomial
    return out


@lru_cache(maxsize=32)
def _second_derivative(n: int, degree: int) -> Array:
    """``[n, n, m, m]``."""
    d = derivative(n, degree)
    return np.stack([np.stack([a @ b for b in d]) for a in d])


def unsmoothing(n: int, degree: int, covariance: Array) -> Array:
    """H ``[m, m]`` such that the polynomials H z^a have, at z + u with u ~ N(0, C), the mean z^a.

    H = exp(−½ Σ C_ij ∂_i ∂_j), a finite sum on polynomials; for one variable these are Hermite polynomials.
    """
    second = _second_derivative(n, degree)
    step = np.tensordot(-0.5 * covariance, second, 2)
    out, term = np.eye(step.shape[0]), np.eye(step.shape[0])
    for k in range(1, degree // 2 + 1):
        term = term @ step / k
        out = out + term
    return out
