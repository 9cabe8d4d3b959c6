"""One case of ``bench_emlp.py`` in the environment of the peer: EMLP's solve and ours, CPU seconds in one process.

``.venv-emlp/bin/python benchmarks/emlp_case.py "SO(3)" 3`` prints one line of JSON: maps T_k → T_k solved by emlp
1.0.3 twice with its cache cleared in between (*cold* compiles, *warm* does not), ours from the raw generators with
nothing in memory, dense and in float64 (median of 7), and how far the two spans are apart. ``--cores 2`` lifts the pin
to one core, ``--no-bar`` replaces the progress bar on which emlp's iterative solver stops with a TypeError, ``--once``
leaves the second solve out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("group")
    parser.add_argument("power", type=int)
    parser.add_argument("--cores", type=int, default=1)
    parser.add_argument("--no-bar", action="store_true")
    parser.add_argument("--once", action="store_true")
    options = parser.parse_args()
    available = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, available[-options.cores :])
    os.environ["JAX_PLATFORMS"] = "cpu"
    command = "benchmarks/emlp_case.py " + " ".join(f'"{word}"' if "(" in word else word for word in sys.argv[1:])
    print(json.dumps({"command": command, "group": options.group, "power": options.power, **measure(options)}))
    return 0


def measure(options: argparse.Namespace) -> dict[str, object]:
    import torch

    torch.set_num_threads(1)
    row: dict[str, object] = {"cores": options.cores, **ours(options.group, options.power)}
    try:
        Q, row["emlp cold (s)"], row["emlp warm (s)"] = theirs(options)
    except Exception as error:  # whatever the peer raises is its result
        return row | {"emlp": f"{type(error).__name__}: {error}"[:120]}
    found = torch.from_numpy(Q.astype("float64"))
    if not bool(torch.isfinite(found).all()):
        return row | {"emlp": f"{found.shape[1]} columns with NaN"}
    expected = basis(options.group, options.power)
    row |= {"emlp": f"rank {found.shape[1]}"}
    if found.shape != expected.shape:
        return row
    rows = zip(found.split(512), expected.split(512))
    return row | {"span": max(float((a @ found.T - b @ expected.T).abs().max()) for a, b in rows)}


def theirs(options: argparse.Namespace) -> tuple[object, float, float | None]:
    import emlp.groups
    import emlp.reps.representation as module
    import numpy as np
    from emlp.reps import V

    if options.no_bar:
        module.tqdm = lambda *arguments, **words: SilentBar()
    name = {"O(1,3)": "Lorentz()"}.get(options.group, options.group)
    G, times, Q = eval(name, vars(emlp.groups)), [], None
    for _ in range(1 if options.once else 2):
        module.Rep.solcache.clear()
        start = time.process_time()
        T = V**options.power
        Q = np.asarray((T >> T)(G).equivariant_basis())
        times.append(time.process_time() - start)
    return Q, times[0], None if options.once else times[1]


class SilentBar:
    def update(self, n: float) -> None: ...
    def close(self) -> None: ...


def basis(name: str, power: int):
    from symmetra import enforce, groups
    from symmetra.representations import Vector

    catalogued = groups.Lorentz() if name == "O(1,3)" else eval(name, vars(groups))
    raw = groups.LieGroup if catalogued.generators.shape[0] else groups.FiniteGroup
    parts = (catalogued.generators, catalogued.components) if raw is groups.LieGroup else (catalogued.components,)
    V = Vector(raw(*(part.clone() for part in parts)))
    return enforce.linear_basis(V**power, V**power).vectors


def ours(name: str, power: int) -> dict[str, object]:
    from symmetra.enforce import forget

    times, rank = [], 0
    basis("SO(2)", 2)
    for _ in range(8):
        forget()
        start = time.process_time()
        rank = basis(name, power).shape[1]
        times.append(time.process_time() - start)
    return {"ours (s)": statistics.median(times[1:]), "rank": rank}


if __name__ == "__main__":
    raise SystemExit(main())
