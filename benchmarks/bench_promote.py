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

import torch

from symmetra.studies.unified.polynomial import PUBLISHED, QUICK, Cell, Solver, recovery

FULL = [name for name in PUBLISHED if Cell.named(name).size < 2e7]  # the large ones are in the results of the study


def run(scale):
    torch.set_num_threads(1)
    seeds = range(10 if scale == "full" else 5)
    rows = []
    for name in FULL if scale == "full" else QUICK:
        recovery(name, 0)  # first calls
        given = [recovery(name, seed) for seed in seeds]
        free = [Solver(Cell.named(name), seed, domain=None).bisection()[0] for seed in seeds] if small(name) else []
        rows.append({
            "case": name,
            "P": given[0]["terms"],
            "n": statistics.median(one["n"] for one in given),
            "published": PUBLISHED[name],
            "box from data": statistics.median(free) if free else "",
            "determined at": statistics.median(one["determined_at"] for one in given),
            "claims": f"{sum(one['claims'] for one in given)}/{sum(one['solves'] for one in given)}",
            "false": sum(one["wrong"] for one in given),
            "CPU s": statistics.median(one["cpu_seconds"] for one in given),
            "worst": max(one["cpu_seconds"] for one in given),
            "widest gap": max(one["widest_gap"] for one in given),
            "n by seed": " ".join(str(one["n"]) for one in given),
        })  # fmt: skip
    return rows


def small(name):
    return Cell.named(name).size < 1e6


if __name__ == "__main__":
    import sys

    for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
        print(row)
