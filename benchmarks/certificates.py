"""Monte Carlo of the certificates: how often are they wrong, how often do they see what is there?

Fourteen systems (``systems.py``), each with a broken twin; independent Gaussian noise of 0–10 % of the standard
deviation of each column, on the rates or on the states; N = 100–2000 states uniform on a box; 300 repeats a cell. The
default path of ``symmetra.discover.dynamics`` with an array of rates is run (degree unknown, α = 0.01, δ = 0.05). On
the same draws with noisy rates the simultaneous certificate as published runs too, with the true degree and the same α.

A run is *false* if what is certified contains a generator whose true defect, over the measure of the claim, is above δ.
A run *detects* if the certified dimension reaches that of the true algebra. A cell passes if the upper 95 %
Clopper–Pearson bound of its rate of false runs is at most 1 %: none in 300 (0.994 %).

    python benchmarks/certificates.py [--workers 2] [--repeats 300]

Every finished cell is written to ``results/certificates.json``; a run that was stopped goes on where it was.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import time
import zlib
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import numpy as np
from published_certificate import plain_upper
from scipy.stats import beta as beta_distribution
from systems import SYSTEMS, System, worst_defect

from symmetra.discover.samples._bracket import Bracket
from symmetra.discover.samples._confidence import least_squares
from symmetra.discover.samples._evidence import Settings, gather, relative_directions
from symmetra.discover.samples._frame import Frame
from symmetra.functions import candidates

RESULTS = Path(__file__).parent / "results" / "certificates.json"
DELTA, ALPHA = 0.05, 0.01
ROWS = (100, 400, 2000)
NOISE = (0.0, 0.005, 0.01, 0.03, 0.1)
KINDS = ("rates", "states", "states, error given")
BOUNDARY = 1.02 * DELTA
NINE = [s.name for s in SYSTEMS[:9]]


def cells(repeats: int) -> list[dict[str, Any]]:
    """All cells; the largest N first, so that the pool ends evenly."""
    out = [
        {"system": s.name, "twin": twin, "kind": kind, "rows": rows, "noise": noise, "runs": repeats}
        for rows in reversed(ROWS)
        for s in SYSTEMS
        for twin in ("", "broken")
        for kind in KINDS
        for noise in NOISE
        if noise > 0 or kind == "rates"
    ]
    names = ("Hopf", "planar rotation", "−I on R³", "radial sphere flow")
    out += [
        {"system": name, "twin": "boundary", "kind": "rates", "rows": 400, "noise": noise, "runs": max(1000, repeats)}
        for name in names
        for noise in (0.001, 0.003, 0.01, 0.03)
    ]
    return out


def label(cell: dict[str, Any]) -> str:
    return " | ".join(str(cell[k]) for k in ("system", "twin", "kind", "rows", "noise"))


def draw(
    system: System, cell: dict[str, Any], rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """States, rates, and the covariance of the errors of the states as it is declared."""
    x = system.sample(cell["rows"], rng)
    y = system.rates(x)
    exact = np.zeros((system.n, system.n))
    if cell["kind"] == "rates":
        return x, y + cell["noise"] * y.std(0) * rng.normal(size=y.shape), exact
    tau = cell["noise"] * x.std(0)
    noisy = x + tau * rng.normal(size=x.shape)
    return noisy, y, np.diag(tau**2) if cell["kind"].endswith("given") else exact


def plain(system: System, x: np.ndarray, y: np.ndarray, box: np.ndarray | None) -> tuple[int, np.ndarray]:
    """The published certificate: certified dimension and space."""
    frame, question = Frame.of(x, y, box), Bracket(candidates.affine(system.n))
    z = frame.states(x)
    fit = least_squares(z, y / frame.scale, system.model_degree)
    points = z if box is None else None
    forms = question.forms(system.model_degree, frame, points, fit.coefficients)
    directions = relative_directions(*forms[:2])[1]
    l, m = question.tensors(system.model_degree, frame, points, np.eye(question.size))
    k = 0
    while k < directions.shape[1] and plain_upper(l, m, fit, system.n, directions[:, : k + 1], ALPHA) <= DELTA:
        k += 1
    return k, directions[:, :k]


def run(cell: dict[str, Any]) -> dict[str, Any]:
    """All repeats of a cell."""
    base = next(s for s in SYSTEMS if s.name == cell["system"])
    system = {"": base, "broken": base.twin(), "boundary": base.twin(BOUNDARY)}[cell["twin"]]
    box = system.box if cell["twin"] == "boundary" else None  # there the truth is known for the box
    question = Bracket(candidates.affine(system.n))
    rng = np.random.default_rng(zlib.crc32(label(cell).encode()))
    certified, false, refused, plain_certified, plain_false, seconds = [], 0, 0, [], 0, 0.0
    for _ in range(cell["runs"]):
        x, y, error = draw(system, cell, rng)
        start = time.perf_counter()
        evidence = gather(x, y, question, Settings(DELTA, ALPHA, state_error=error, box=box), rng)
        seconds += time.perf_counter() - start
        refused += bool(evidence.reasons)
        certified.append(len(evidence.certified))
        for chain in evidence.chains:
            if chain.certified:
                space = chain.generators[: chain.certified].T
                false += worst_defect(system, x, box, space, chain.parted) > chain.delta
        if cell["kind"] == "rates":
            k, space = plain(system, x, y, box)
            plain_certified.append(k)
            plain_false += bool(k and worst_defect(system, x, box, space, True) > DELTA)
    target = base.dimension if cell["twin"] == "" else 0
    out = dict(
        cell, certified=np.bincount(certified).tolist(), false=false, refused=refused, ms=1e3 * seconds / cell["runs"]
    )
    out["false_upper"] = upper_bound(false, cell["runs"])
    if target:
        out["detected"] = sum(k >= target for k in certified)
    if plain_certified:
        out["plain_false"] = plain_false
        if target:
            out["plain_detected"] = sum(k >= target for k in plain_certified)
    return out


def upper_bound(events: int, runs: int) -> float:
    """Upper 95 % Clopper–Pearson bound of a rate."""
    return 1.0 if events >= runs else float(beta_distribution.ppf(0.95, events + 1, runs - events))


def summary(done: list[dict[str, Any]]) -> dict[str, Any]:
    """Worst and mean values."""

    def rate(rows: list[dict[str, Any]], key: str) -> float | None:
        rows = [r for r in rows if key in r]
        return round(sum(r[key] for r in rows) / sum(r["runs"] for r in rows), 4) if rows else None

    rates = [r for r in done if r["kind"] == "rates" and "detected" in r]
    at = [r for r in rates if r["noise"] == 0.01 and r["rows"] == 400]
    by_noise: dict[str, Any] = {}
    for kind in KINDS:
        for noise in NOISE:
            here = [r for r in done if r["kind"] == kind and r["noise"] == noise and "detected" in r]
            if here:
                by_noise[f"{kind}, {noise:g}"] = {
                    str(n): rate([r for r in here if r["rows"] == n], "detected") for n in ROWS
                }
    return {
        "cells": len(done),
        "runs": sum(r["runs"] for r in done),
        "false": sum(r["false"] for r in done),
        "cells with a false run": [label(r) for r in done if r["false"]],
        "largest upper bound of a cell": max((r["false_upper"] for r in done), default=None),
        "all cells at most 1 %": all(r["false_upper"] <= 0.01 for r in done),
        "detection at 1 %, N = 400": {r["system"]: r["detected"] / r["runs"] for r in at},
        "detection over all settings": rate(rates, "detected"),
        "plain over all settings": rate(rates, "plain_detected"),
        "detection, nine systems": rate([r for r in rates if r["system"] in NINE], "detected"),
        "plain, nine systems": rate([r for r in rates if r["system"] in NINE], "plain_detected"),
        "plain false": sum(r.get("plain_false", 0) for r in done),
        "detection by noise and N": by_noise,
        "milliseconds a certificate": round(float(np.mean([r["ms"] for r in done])), 2) if done else None,
    }


def write(done: dict[str, dict[str, Any]], path: Path) -> None:
    rows = list(done.values())
    text = json.dumps(
        {"delta": DELTA, "alpha": ALPHA, "summary": summary(rows), "cells": rows}, ensure_ascii=False, indent=1
    )
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=300)
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args()
    options.output.parent.mkdir(exist_ok=True)
    done: dict[str, dict[str, Any]] = {}
    if options.output.exists():
        done = {label(c): c for c in json.loads(options.output.read_text(encoding="utf-8"))["cells"]}
    todo = [c for c in cells(options.repeats) if done.get(label(c), {}).get("runs", 0) < c["runs"]]
    with ProcessPoolExecutor(options.workers) as pool:
        for future in as_completed([pool.submit(run, c) for c in todo]):
            done[label(future.result())] = future.result()
            write(done, options.output)
    print(json.dumps(summary(list(done.values())), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
