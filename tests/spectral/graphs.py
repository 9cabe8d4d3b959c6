"""Graphs whose spectra are known, or whose symmetries are."""

from __future__ import annotations

import itertools

import torch
from torch import Tensor


def of_edges(n: int, edges: list[tuple[int, int]]) -> Tensor:
    A = torch.zeros(n, n, dtype=torch.float64)
    for a, b in edges:
        A[a, b] = A[b, a] = 1
    return A


def ring(n: int) -> Tensor:
    return of_edges(n, [(i, (i + 1) % n) for i in range(n)])


def path(n: int) -> Tensor:
    return of_edges(n, [(i, i + 1) for i in range(n - 1)])


def complete(n: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.float64) - torch.eye(n, dtype=torch.float64)


def cube(d: int) -> Tensor:
    corners = list(itertools.product((0, 1), repeat=d))
    apart = [[sum(a != b for a, b in zip(u, v)) for v in corners] for u in corners]
    return (torch.tensor(apart) == 1).double()


def random(n: int, degree: float, seed: int = 0) -> Tensor:
    drawn = torch.rand(n, n, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    upper = torch.triu((drawn < degree / n).double(), 1)
    return upper + upper.mT


def apart(*graphs: Tensor) -> Tensor:
    return torch.block_diag(*graphs)


# Graphs with simple spectra, and the nodes that a mirror sends each to.
MIRRORS = {
    "path of six": (path(6), [5, 4, 3, 2, 1, 0]),
    "a path with a tail in the middle": (
        of_edges(9, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 6), (3, 7), (7, 8)]),
        [6, 5, 4, 3, 2, 1, 0, 7, 8],
    ),
    "a comb": (
        of_edges(10, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 6), (4, 7), (6, 8), (7, 9)]),
        [5, 4, 3, 2, 1, 0, 7, 6, 9, 8],
    ),
}
GRAPHS = {
    "random": random(60, 5),
    "larger random": random(180, 4, 1),
    "three components": apart(random(20, 4, 2), ring(7), path(9)),
    "isolated nodes": apart(random(30, 5, 3), torch.zeros(4, 4, dtype=torch.float64)),
    "ring": ring(24),
    "cube": cube(4),
    "complete": complete(12),
    "no edges": torch.zeros(5, 5, dtype=torch.float64),
    "weighted": random(40, 6, 4) * torch.linspace(0.5, 2, 40).outer(torch.linspace(0.5, 2, 40)).double(),
}
