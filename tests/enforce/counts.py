"""Exact ranks by combinatorics and characters: nothing here knows of a basis."""

from __future__ import annotations

from functools import cache
from math import comb

import torch


@cache
def partitions(n: int, largest: int | None = None) -> tuple[tuple[int, ...], ...]:
    """Partitions of n into parts of at most ``largest``, each in descending order."""
    if n == 0:
        return ((),)
    top = n if largest is None else min(n, largest)
    return tuple((k, *rest) for k in range(top, 0, -1) for rest in partitions(n - k, k))


def standard_tableaux(shape: tuple[int, ...]) -> int:
    """The hook length formula."""
    columns = [sum(1 for row in shape if row > j) for j in range(shape[0])] if shape else []
    hooks, n = 1, 0
    for i, row in enumerate(shape):
        for j in range(row):
            hooks *= row - j + columns[j] - i - 1
            n += 1
    factorial = 1
    for k in range(2, n + 1):
        factorial *= k
    return factorial // hooks


def riordan(N: int) -> int:
    """Invariants of SO(3) in the N-fold tensor power."""
    a = [1, 0]
    for n in range(2, N + 1):
        a.append((n - 1) * (2 * a[n - 1] + 3 * a[n - 2]) // (n + 1))
    return a[N]


def catalan(k: int) -> int:
    return comb(2 * k, k) // (k + 1)


def orthogonal(n: int, N: int) -> int:
    """Invariants of O(n), or O(p, q) with p + q = n: shapes with even rows, at most n of them."""
    if N % 2:
        return 0
    shapes = [tuple(2 * k for k in half) for half in partitions(N // 2) if len(half) <= n]
    return sum(map(standard_tableaux, shapes))


def special_orthogonal(n: int, N: int) -> int:
    """Invariants of SO(n): those of O(n), and those that change sign: shapes with n odd rows."""
    odd = [s for s in partitions(N) if len(s) == n and all(row % 2 for row in s)]
    return orthogonal(n, N) + sum(map(standard_tableaux, odd))


def symplectic(d: int, N: int) -> int:
    """Invariants of Sp(d) on R^d: shapes with even columns, at most d rows."""
    found = 0
    for shape in partitions(N):
        columns = [sum(1 for row in shape if row > j) for j in range(shape[0])] if shape else []
        if len(shape) <= d and all(c % 2 == 0 for c in columns):
            found += standard_tableaux(shape)
    return found


def linear(n: int, p: int) -> int:
    """End of the p-fold tensor power under GL(n), U(n): Schur–Weyl."""
    return sum(standard_tableaux(s) ** 2 for s in partitions(p) if len(s) <= n)


def set_partitions(N: int, n: int) -> int:
    """Set partitions of N into at most n blocks: invariants of S(n)."""
    row = [1] + [0] * N
    for _ in range(N):
        row = [0] + [row[k - 1] + k * row[k] for k in range(1, N + 1)]
    return sum(row[: n + 1])


def finite(group, rep_in, rep_out) -> int:
    """The mean over the elements of ``conj(χ_in) χ_out``."""
    g = group.elements
    mean = (rep_in.character(g).conj() * rep_out.character(g)).mean()
    rank = round(float(mean.real))
    assert abs(complex(mean) - rank) < 1e-8
    return rank


def weights(charges: list[tuple[int, ...]], power: int) -> dict[tuple[int, ...], int]:
    """Multiplicities of the weights of a tensor power."""
    count = {tuple(0 for _ in charges[0]): 1}
    for _ in range(power):
        following: dict[tuple[int, ...], int] = {}
        for w, m in count.items():
            for c in charges:
                key = tuple(a + b for a, b in zip(w, c))
                following[key] = following.get(key, 0) + m
        count = following
    return count


def icosahedral() -> torch.Tensor:
    """Two rotations of the icosahedron: by 2π/5 about a vertex and by π about a coordinate axis."""
    phi = (1 + 5**0.5) / 2
    axis = torch.tensor([0.0, 1.0, phi], dtype=torch.float64)
    x, y, z = axis / axis.norm()
    K = torch.tensor([[0, -z, y], [z, 0, -x], [-y, x, 0]], dtype=torch.float64)
    turn = torch.linalg.matrix_exp(K * (2 * torch.pi / 5))
    return torch.stack([turn, torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))])
