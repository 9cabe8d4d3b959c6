"""Lattice: worms and local steps against plain C++, effective samples, and pulls.

η = 4.01, λ = 1, μ = 1. *worm* and *l* are proposals per second of one core, the best of several rounds in processor
time, here and in turn in `lattice_twin.cpp`, the same algorithm on the same random words, compiled in this run with
``g++ -O3 -march=native``; *agree* says that both generators stood at the same word at the end. *ESS* is the effective
samples of φ² a second of processor time, settling not counted. *two threads* is the speed-up of four chains from one
thread to two, in wall time, the best of three: on a machine that is busy with other things it is less. *start* is the
seconds from importing the lattice to a first result in a second process. Rows of physics follow: mean and standard
deviation of the pulls over 400 seeds, the density and φ² below the onset, and the values of an independent sampler.
Scale ``full`` has ESS at 256², larger boxes for the pulls, and longer runs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from symmetra.lattice import exact, simulate
from symmetra.lattice._chain import Chain, Model, tables
from symmetra.lattice._crew import Crew
from symmetra.lattice._links import sweep_links
from symmetra.lattice._worm import worms

OPENING, ROUNDS, TURNS = 0.7, 4, 4
# Box, μ → n, φ² with errors, of an independent sampler.
REFERENCE = {
    ((60, 4), 0.91): (0.0315, 0.0016, 0.2732, 0.0006),
    ((60, 4), 1.0): (0.375, 0.006, 0.3888, 0.0020),
    ((60, 4), 1.05): (0.604, 0.004, 0.4566, 0.0013),
    ((200, 10), 0.91): (0.00016, 0.00008, 0.25854, 0.00010),
    ((200, 10), 0.95): (0.106, 0.003, 0.2963, 0.0011),
    ((200, 10), 1.0): (0.327, 0.005, 0.3700, 0.0017),
    ((200, 10), 1.05): (0.581, 0.004, 0.4467, 0.0012),
}


def run(scale):
    full = scale == "full"
    return [speed(extent, full or extent < 256) for extent in (16, 64, 256)] + physics(full)


def speed(extent, whole):
    model = Model((extent, extent), 4.01, 1.0, 1.0)
    count = max(extent * extent, 4096)
    with tempfile.TemporaryDirectory() as folder:
        program = build(Path(folder), model)
        turns = [(compiled(model, count), twin(program, model, count)) for _ in range(TURNS)]
    rate = gain = ""
    if whole:
        rate, schedule = sampling(model)
        gain = threads(model, schedule)
    ours, theirs = (np.max([turn[i][:2] for turn in turns], axis=0).tolist() for i in (0, 1))
    return {
        "case": f"{extent}²",
        "worm": ours[0],
        "C++": theirs[0],
        "ratio": ours[0] / theirs[0],
        "l": ours[1],
        "l C++": theirs[1],
        "l ratio": ours[1] / theirs[1],
        "agree": all(ours[2] == theirs[2] for ours, theirs in turns),
        "ESS": rate,
        "two threads": gain,
        "start": start(),
    }


def compiled(model, count):
    """Proposals of worms and of l per second, and the first word of the generator at the end."""
    table, chain = tables(model, 512), Chain.cold(model, np.arange(1, 5, dtype=np.uint64))
    best, passes = [0.0, 0.0], max(1, 400_000 // model.sites)
    for _ in range(ROUNDS):
        start = time.process_time()
        made = worms(
            chain.k, chain.l, chain.half, table.around, table.site, table.inverse, table.boost, OPENING, chain.words,
            count, None, 0, None, 0,
        )[0]  # fmt: skip
        best[0] = max(best[0], made / (time.process_time() - start))
        start = time.process_time()
        for _ in range(passes):
            sweep_links(chain.k, chain.l, chain.half, table.around, table.site, table.inverse, chain.words)
        best[1] = max(best[1], passes * model.links / (time.process_time() - start))
    return *best, int(chain.words[0])


def build(folder, model):
    """The twin, and beside it the table it reads."""
    program, source = folder / "twin", Path(__file__).with_name("lattice_twin.cpp")
    subprocess.run(["g++", "-O3", "-march=native", str(source), "-o", str(program)], check=True)
    tables(model, 512).site.tofile(folder / "table")
    return program


def twin(program, model, count):
    words = [*model.extents, program.with_name("table"), model.mu, OPENING, count, ROUNDS]
    done = subprocess.run([str(program), *map(str, words)], capture_output=True, text=True, check=True)
    worm, link, word = done.stdout.split()
    return float(worm), float(link), int(word)


def sampling(model):
    """Effective samples of φ² a second once the chains are settled, and the schedule they settled on."""
    stamps = {}

    def stamp(done, total, words):
        stamps[words.partition(",")[0]] = time.process_time()

    found = simulate(model.extents, 4.01, 1.0, 1.0, samples=256, progress=stamp)
    return found.estimate("phi2").effective / (stamps["sampling"] - stamps["settling"]), found.schedule


def threads(model, schedule):
    """Wall time of four chains on one thread over that on two."""
    crew, times = Crew.cold(model, 1, 4, None), {1: np.inf, 2: np.inf}
    cold = crew.chains
    with ThreadPoolExecutor(2) as pool:
        for workers in (1, 2) * 3:
            crew.chains, crew.executor = cold, pool if workers == 2 else None
            start = time.perf_counter()
            crew.run(schedule, max(20, 4_000_000 // model.sites))
            times[workers] = min(times[workers], time.perf_counter() - start)
    return times[1] / times[2]


def start():
    """Of a process in which everything was compiled before, without torch's own import."""
    code = (
        "import torch, time; t = time.process_time(); from symmetra.lattice import simulate; "
        "simulate((4, 4), 4.01, 1.0, 1.0, samples=8); print(time.process_time() - t)"
    )
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def physics(full):
    rows = []
    steps, box, mu = (50, (8, 8), 0.4) if full else (12, (4, 4), 0.3)
    cases = {
        "2×2": ((2, 2), 4.01, 1.0, 1.0, exact.two_by_two(4.01, 1.0, 1.0)),
        f"{steps}×2": ((steps, 2), 4.01, 1.0, 1.0, exact.transfer_matrix((steps, 2), 4.01, 1.0, 1.0)),
        f"free {box[0]}×{box[1]}": (box, 4.25, 0.0, mu, exact.free_theory(box, 4.25, mu)),
    }
    for name, (extents, eta, lam, mu, known) in cases.items():
        # Susceptibilities of a free field are skewed: in short runs a low value comes with a small error.
        samples = (4000 if lam == 0 else 1000) if full else 400
        runs = [simulate(extents, eta, lam, mu, samples=samples, seed=seed) for seed in range(400)]
        for observable in known:
            found = [one.estimate(observable) for one in runs]
            pull = [(e.value - known[observable]) / e.error for e in found]
            words = f"mean {np.mean(pull):.3f}, standard deviation {np.std(pull, ddof=1):.3f}"
            rows.append({"case": f"pulls of {observable}, {name}", "agree": words})
    cold = {mu: simulate((200, 10), 4.01, 1.0, mu, samples=4000, seed=int(100 * mu)) for mu in (0.0, 0.5, 0.85)}
    level = cold[0.0].estimate("phi2")
    for mu in (0.5, 0.85):
        n, phi2 = cold[mu].estimate("n"), cold[mu].estimate("phi2")
        sigma = (phi2.value - level.value) / np.hypot(phi2.error, level.error)
        rows.append({"case": f"200×10, μ = {mu}", "agree": f"n {n.value:.2g}, φ² off by {sigma:.1f} σ"})
    for (extents, mu), (n, dn, phi2, dphi2) in REFERENCE.items():
        run = simulate(extents, 4.01, 1.0, mu, samples=1000 if full else 200)
        pulls = [
            (e.value - value) / np.hypot(e.error, error)
            for e, value, error in ((run.estimate("n"), n, dn), (run.estimate("phi2"), phi2, dphi2))
        ]
        words = f"n {run.estimate('n')}, φ² {run.estimate('phi2')}: {pulls[0]:.1f} σ, {pulls[1]:.1f} σ"
        rows.append({"case": f"{extents[0]}×{extents[1]}, μ = {mu}", "agree": words})
    return rows


if __name__ == "__main__":
    for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
        print(row)
