"""Promotion: polynomial recovery from few samples.

The experiment of arXiv 2311.00212: f = p(Wx), W of r orthonormal rows in R^m, all coefficients of p (degree d) uniform
on [0, 1], x uniform on [-1, 1]^m, seeds 0 ... 9; candidates T(m) or SE(m). *quad* is f = p(|x - c|^2) with c uniform on
[-1, 1]^m. *n* is the smallest number of samples, by bisection between 1 and P + 1, at which the largest error of the
monomial coefficients is at most 5e-3 of the largest coefficient; *published* is the authors' median over ten seeds of
the same recipe. *box from data* repeats it without telling the solver the box. *determined at* is the first number of
samples, from n on, at which the result says that the algebra is determined; *claims* counts all results that said so
(of all solves), *false* those whose rank or refitted coefficients (to 1e-8) were then wrong. *CPU s* is that of one
whole bisection, every solve to a duality gap of 1e-5, one thread, median over seeds; *worst* the largest.
"""

from __future__ import annotations

import statistics
import time

import numpy as np
import torch

from symmetra import candidates, library, promote
from symmetra.functions import exponents, monomials
from symmetra.groups import SE, Translation

PUBLISHED = {
    ("T", 5, 2, 1): 13.5, ("T", 10, 2, 1): 32, ("T", 10, 2, 2): 50, ("T", 10, 2, 3): 52.5, ("T", 20, 2, 1): 72,
    ("T", 6, 3, 1): 42.5, ("T", 5, 4, 1): 64, ("T", 10, 3, 1): 79,
    ("SE", 5, 2, 1): 15.5, ("SE", 10, 2, 1): 31.5, ("SE", 20, 2, 1): 62.5,
    ("quad SE", 5, 1, 1): 16, ("quad SE", 10, 1, 1): 30, ("quad SE", 5, 2, 1): 84.5,
}  # fmt: skip
QUICK = [("T", 5, 2, 1), ("T", 10, 2, 1), ("SE", 5, 2, 1)]
FULL = list(PUBLISHED)


def problem(group, m, d, r, seed):
    """(samples, values, exact monomial coefficients)."""
    rng = np.random.RandomState(seed)
    powers = exponents(r, d)
    p = torch.tensor(rng.rand(len(powers)))
    if group.startswith("quad"):
        centres = torch.tensor(rng.uniform(-1, 1, (r, m)))
        d = 2 * d
    else:
        w = torch.tensor(np.linalg.svd(rng.randn(m, r))[0][:r])

    def f(x):
        inner = (x[:, None] - centres).square().sum(2) if group.startswith("quad") else x @ w.T
        return monomials(inner, powers) @ p

    every = exponents(m, d)
    x = torch.tensor(rng.uniform(-1, 1, (len(every) + 1, m)))
    dense = torch.rand(2 * len(every), m, dtype=x.dtype, generator=torch.Generator().manual_seed(seed)) * 2 - 1
    truth = torch.linalg.lstsq(monomials(dense, every), f(dense)[:, None]).solution[:, 0]
    return x, f(x), truth


def error(model, truth):
    return float((model.coefficients - truth).abs().max() / truth.abs().max())


class Cell:
    """All solves of one cell of the table."""

    def __init__(self, group, m, d, r):
        self.group, self.m, self.d, self.r = group, m, d, r
        self.library = library.polynomial(m, 2 * d if group == "quad SE" else d)
        self.fields = candidates.from_group(Translation(m) if group == "T" else SE(m))
        kept = {"T": m - r, "SE": (m - r) * (m - r + 1) // 2, "quad SE": (m - r) * (m - r + 1) // 2}[group]
        self.rank = self.fields.size - kept
        self.solves = self.claims = self.false = 0
        self.widest = 0.0

    def solve(self, x, y, n, truth, domain):
        found = promote.recover(self.library, x[:n], y[:n], self.fields, domain=domain)
        self.solves += 1
        self.widest = max(self.widest, found.duality_gap)
        if found.determined:
            self.claims += 1
            self.false += found.rank != self.rank or error(found.refit, truth) > 1e-8
        return found

    def bisection(self, seed, domain):
        """(n, CPU seconds, first n that is said to be determined)."""
        x, y, truth = problem(self.group, self.m, self.d, self.r, seed)
        start = time.process_time()
        low, high = 1, len(x)
        while high - low > 1:
            middle = (low + high) // 2
            if error(self.solve(x, y, middle, truth, domain).model, truth) <= 5e-3:
                high = middle
            else:
                low = middle
        seconds = time.process_time() - start
        known = high
        while not self.solve(x, y, known, truth, domain).determined:
            known += 1
        return high, seconds, known


def run(scale):
    torch.set_num_threads(1)
    seeds = range(10 if scale == "full" else 5)
    rows = []
    for key in FULL if scale == "full" else QUICK:
        cell = Cell(*key)
        cell.bisection(0, (-1, 1))  # first calls
        cell = Cell(*key)
        given = [cell.bisection(seed, (-1, 1)) for seed in seeds]
        widest = cell.widest
        free = [cell.bisection(seed, None)[0] for seed in seeds] if key[1] < 20 else []
        group, m, d, r = key
        rows.append({
            "case": f"{group}({m}), d = {d}, r = {r}",
            "P": cell.library.size,
            "n": statistics.median(n for n, _, _ in given),
            "published": PUBLISHED[key],
            "box from data": statistics.median(free) if free else "",
            "determined at": statistics.median(n for _, _, n in given),
            "claims": f"{cell.claims}/{cell.solves}",
            "false": cell.false,
            "CPU s": statistics.median(s for _, s, _ in given),
            "worst": max(s for _, s, _ in given),
            "widest gap": widest,
            "n by seed": " ".join(str(n) for n, _, _ in given),
        })  # fmt: skip
    return rows


if __name__ == "__main__":
    import sys

    for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
        print(row)
