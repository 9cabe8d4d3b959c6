"""Part 1: a polynomial recovered from few samples, by the published recipe (arXiv:2311.00212).

f = p(Wx), W of r orthonormal rows in R^m, all coefficients of p (degree d) uniform on [0, 1], x uniform on [-1, 1]^m;
candidates T(m) or SE(m). "quad" is f = p(|x − c₁|², …, |x − c_r|²) with centres uniform on [-1, 1]^m. Then n is the
smallest number of samples, by bisection between 1 and P + 1 with nested samples, at which the largest error of the
monomial coefficients is at most 5e-3 of the largest coefficient. One unit is one cell of the table and one seed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra import promote
from symmetra.functions import Library, PolynomialFields, candidates, exponents, library, monomials
from symmetra.groups import SE, Translation
from symmetra.studies.runner import Unit
from symmetra.studies.unified.config import UnifiedConfig

ACCEPTED = 5e-3  # the published criterion
EXACT = 1e-8  # error of the refitted coefficients that counts as exact recovery

PUBLISHED = {
    "T5-d2-r1": 13.5, "T10-d2-r1": 32, "T10-d2-r2": 50, "T10-d2-r3": 52.5, "T15-d2-r1": 49,
    "T20-d2-r1": 72, "T20-d2-r2": 108.5, "T20-d2-r3": 132, "T30-d2-r1": 136, "T30-d2-r2": 178, "T30-d2-r3": 228,
    "T50-d2-r1": 274.5, "T50-d2-r2": 359.5, "T50-d2-r3": 470.5,
    "T6-d3-r1": 42.5, "T10-d3-r1": 79, "T10-d3-r2": 138.5, "T10-d3-r3": 179,
    "T16-d3-r1": 157, "T16-d3-r2": 311.5, "T16-d3-r3": 457,
    "T5-d4-r1": 64, "T10-d4-r1": 295, "T10-d4-r2": 507.5, "T10-d4-r3": 679.5,
    "SE5-d2-r1": 15.5, "SE10-d2-r1": 31.5, "SE20-d2-r1": 62.5, "SE30-d2-r1": 118, "SE30-d2-r3": 240.5,
    "SE16-d3-r1": 167.5, "SE16-d3-r3": 500, "SE10-d4-r1": 326, "SE10-d4-r3": 712.5,
    "quadSE5-d1-r1": 16, "quadSE10-d1-r1": 30, "quadSE20-d1-r1": 53, "quadSE30-d1-r1": 71.5,
    "quadSE5-d2-r1": 84.5, "quadSE5-d2-r2": 111, "quadSE10-d2-r1": 209.5, "quadSE10-d2-r2": 426,
}  # fmt: skip
"""Cells with the authors' median over ten seeds."""

QUICK = ("T5-d2-r1", "T10-d2-r1", "SE5-d2-r1", "quadSE5-d1-r1")


@dataclass(frozen=True)
class Cell:
    """One target family and one candidate algebra; ``named("T10-d2-r1")``."""

    kind: str
    m: int
    degree: int
    r: int

    @classmethod
    def named(cls, name: str) -> Cell:
        """From a key of the table of published medians."""
        head, degree, r = name.split("-")
        kind = head.rstrip("0123456789")
        return cls(kind, int(head[len(kind) :]), int(degree[1:]), int(r[1:]))

    @property
    def library(self) -> Library:
        """All monomials of the degree of f."""
        return library.polynomial(self.m, self.total_degree)

    @property
    def total_degree(self) -> int:
        """The degree of f in x."""
        return 2 * self.degree if self.kind == "quadSE" else self.degree

    @property
    def candidates(self) -> PolynomialFields:
        """The candidate algebra."""
        return candidates.from_group(Translation(self.m) if self.kind == "T" else SE(self.m))

    @property
    def size(self) -> int:
        """Generators times terms squared, which is about what a solve costs."""
        terms = math.comb(self.m + self.total_degree, self.total_degree)
        return (self.m if self.kind == "T" else self.m * (self.m + 1) // 2) * terms**2

    @property
    def rank(self) -> int:
        """Dimension of the candidates less that of the algebra of f."""
        kept = self.m - self.r
        return self.candidates.size - (kept if self.kind == "T" else kept * (kept + 1) // 2)


@lru_cache(maxsize=1)
def target(cell: Cell, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """(P + 1 samples, values, exact monomial coefficients), in the authors' order of random draws."""
    rng = np.random.RandomState(seed)
    m, r = cell.m, cell.r
    powers = exponents(r, cell.degree)
    p = torch.tensor(rng.rand(len(powers)))
    inner: Callable[[Tensor], Tensor]
    if cell.kind == "quadSE":
        centres = torch.tensor(rng.uniform(-1, 1, (r, m)))

        def inner(x: Tensor) -> Tensor:
            return (x[:, None] - centres).square().sum(2)
    else:
        w = torch.tensor(np.linalg.svd(rng.randn(m, r))[0][:r])

        def inner(x: Tensor) -> Tensor:
            return x @ w.T

    every = exponents(m, cell.total_degree)
    x = torch.tensor(rng.uniform(-1, 1, (len(every) + 1, m)))
    dense = torch.rand(2 * len(every), m, dtype=x.dtype, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    values = monomials(inner(dense), powers) @ p
    truth = torch.linalg.lstsq(monomials(dense, every), values[:, None]).solution[:, 0]
    return x, monomials(inner(x), powers) @ p, truth


def error(coefficients: Tensor, truth: Tensor) -> float:
    """The published measure: the largest error relative to the largest coefficient."""
    return float((coefficients - truth).abs().max() / truth.abs().max())


class Solver:
    """Recoveries from the first n samples of one target, with what was claimed and whether it was true."""

    def __init__(self, cell: Cell, seed: int, domain: Any = (-1, 1)) -> None:
        self.cell, self.domain = cell, domain
        self.x, self.y, self.truth = target(cell, seed)
        self.library, self.candidates = cell.library, cell.candidates
        self.solves = self.claims = self.wrong = 0
        self.widest = 0.0

    def __call__(self, n: int) -> promote.Promotion:
        """The recovery, counted."""
        found = promote.recover(self.library, self.x[:n], self.y[:n], self.candidates, domain=self.domain)
        self.solves += 1
        self.widest = max(self.widest, found.duality_gap)
        if found.determined:
            self.claims += 1
            self.wrong += not self.exact(found)
        return found

    def exact(self, found: promote.Promotion) -> bool:
        """Whether rank and refitted coefficients are right."""
        return found.rank == self.cell.rank and error(found.refit.coefficients, self.truth) <= EXACT

    def bisection(self) -> tuple[int, promote.Promotion]:
        """The smallest number of samples that is accepted, and the recovery from so many."""
        low, high, best = 1, len(self.x), None
        while high - low > 1:
            middle = (low + high) // 2
            found = self(middle)
            if error(found.model.coefficients, self.truth) <= ACCEPTED:
                high, best = middle, found
            else:
                low = middle
        return high, best or self(high)

    def first_determined(self, start: int, at_start: promote.Promotion) -> tuple[int, promote.Promotion]:
        """From ``start`` on, the first number of samples whose result says that it is determined (steps doubled)."""
        low, high, found, step = start - 1, start, at_start, 1
        while not found.determined:
            low, high, step = high, min(high + step, len(self.x)), 2 * step
            found = self(high)
        while high - low > 1:
            middle = (low + high) // 2
            tried = self(middle)
            low, high, found = (low, middle, tried) if tried.determined else (middle, high, found)
        return high, found


def leak(found: promote.Promotion, truth: Tensor) -> float:
    """The largest change of the exact f along a recovered generator, relative to |∇f| |ξ|, at 64 random points."""
    points = 2 * torch.rand(64, found.candidates.n, dtype=truth.dtype, generator=torch.Generator().manual_seed(0)) - 1
    slopes = torch.einsum("kpn,p->kn", found.model.library.gradients(points), truth)
    fields = torch.einsum("jp,kpn->kjn", found.generators, found.candidates.values(points))
    change = torch.einsum("kn,kjn->kj", slopes, fields).abs()
    return float((change / (slopes.norm(dim=1)[:, None] * fields.norm(dim=2))).max()) if found.dimension else 0.0


def recovery(cell: str, seed: int) -> dict[str, Any]:
    """One bisection, and from its end on the first number of samples at which the algebra is said to be determined.

    Args:
        cell: a key of ``PUBLISHED``.
        seed: of the target and its samples, 0 … 9 for the published ones.

    Returns:
        ``n``, ``terms`` (P); at n the ``error`` of the minimiser, its ``rank``, and whether the refit is ``exact``
        (error ≤ 1e-8, right rank); ``determined_at`` with the rank, error of the refit and ``leak`` there; how many
        of the ``solves`` made ``claims`` and how many of these were ``wrong``; the ``widest_gap``; ``cpu_seconds`` of
        the bisection alone.
    """
    solver = Solver(Cell.named(cell), seed)
    start = time.process_time()
    n, found = solver.bisection()
    seconds = time.process_time() - start
    at, known = solver.first_determined(n, found)
    return {
        "n": n,
        "terms": solver.library.size,
        "error": error(found.model.coefficients, solver.truth),
        "rank": found.rank,
        "exact": solver.exact(found),
        "determined_at": at,
        "determined_rank": known.rank,
        "right_rank": solver.cell.rank,
        "refit_error": error(known.refit.coefficients, solver.truth),
        "leak": leak(known, solver.truth),
        "solves": solver.solves,
        "claims": solver.claims,
        "wrong": solver.wrong,
        "widest_gap": solver.widest,
        "cpu_seconds": seconds,
    }


def units(config: UnifiedConfig) -> list[Unit]:
    """Every cell with ten seeds, small ones first; quick: four cells and three seeds."""
    quick = config.scale == "quick"
    cells = QUICK if quick else sorted(PUBLISHED, key=lambda name: Cell.named(name).size)
    return [
        Unit(f"polynomial/{cell}/seed{seed}", recovery, {"cell": cell, "seed": seed})
        for cell in cells
        for seed in range(3 if quick else 10)
    ]
