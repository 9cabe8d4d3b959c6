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
    "path of nine, weighted towards the middle": (
        path(9)
        * (1 + torch.minimum(torch.arange(9), torch.arange(8, -1, -1)).double())
        .sqrt()
        .outer((1 + torch.minimum(torch.arange(9), torch.arange(8, -1, -1)).double()).sqrt()),
        list(range(8, -1, -1)),
    ),
    "a kite with arms": (
        of_edges(8, [(0, 1), (1, 2), (2, 3), (3, 4), (2, 5), (5, 6), (1, 7), (3, 7)]),
        [4, 3, 2, 1, 0, 5, 6, 7],
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
