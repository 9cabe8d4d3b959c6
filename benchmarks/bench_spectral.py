"""Eigenvectors of 1,000 random graphs beside PyTorch Geometric, and an epoch beside SignNet's form.

Connected random graphs of 10 to 500 nodes (mean degree 4 to 16; 1,000 of them at scale full, 150 at quick), 16
eigenvectors after the first; CPU milliseconds a graph, the least of several rounds in which all ways take turns, one
thread. *PyG* is a loop of ``AddLaplacianEigenvectorPE(16, is_undirected=True)`` of torch-geometric 2.8.1 in its own
environment (``make .venv-pyg/.installed``), where ours runs too; *transform* a loop of ours, which takes and gives the
same objects; *batch* one call of ``eigenpairs``, in single precision as the transforms, or in double; *2 processes*
the former through an executor, wall-clock, which says what two cores gain where both are free. The ratio is PyG's time
over ours. *Solver*: the share of our time that is spent in LAPACK. *Wrong*: graphs whose eigenvalues differ by more
than 1e-5 from a full decomposition in double precision, or the projectors of whose eigenspaces do, apart by gaps of
1e-4: by 1e-8 in double precision, by 0.02 in single, where rounding is magnified by as much as the gap is small.

*Epoch*: training step and two evaluations of link prediction on 2,000 nodes (two copies of one random graph), 16
eigenvectors; four sign-equivariant layers with an inner product, and SignNet's form with width 128 on the same sparse
means; the ratio is SignNet's time over ours.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

PEER = Path(__file__).resolve().parents[1] / ".venv-pyg" / "bin" / "python"
K = 16


class Graph:
    """What a transform asks of a graph; torch-geometric has one of its own."""

    def __init__(self, edge_index, num_nodes):
        self.edge_index, self.edge_weight, self.num_nodes = edge_index, None, num_nodes


def graphs(count):
    import torch

    source = torch.Generator().manual_seed(0)
    found = []
    for _ in range(count):
        n = int(torch.randint(10, 501, (), generator=source))
        degree = float(4 + 12 * torch.rand((), generator=source))
        path = torch.stack([torch.arange(n - 1), torch.arange(1, n)])
        ends = torch.cat([path, torch.randint(0, n, (2, int((degree - 2) * n / 2)), generator=source)], 1)
        A = torch.zeros(n, n, dtype=torch.bool)
        A[ends[0], ends[1]] = A[ends[1], ends[0]] = True
        A.fill_diagonal_(False)
        found.append((A.nonzero().mT.contiguous(), n))
    return found


def in_turns(ways, rounds):
    """The least CPU seconds of each, all taking turns, and what each returned, after a warm-up."""
    least, results = dict.fromkeys(ways, float("inf")), {}
    for i in range(rounds + 1):
        for name, f in ways.items():
            start = time.process_time()
            results[name] = f()
            if i:
                least[name] = min(least[name], time.process_time() - start)
    return least, results


def wrong(vectors, graph):
    """Whether eigenvectors [n, K] are not those of the graph, to the precision that they come in."""
    import torch

    edges, n = graph
    A = torch.zeros(n, n, dtype=torch.float64)
    A[edges[0], edges[1]] = 1
    root = A.sum(1).clamp_min(1).sqrt()
    truth, basis = torch.linalg.eigh(torch.eye(n, dtype=torch.float64) - A / root[:, None] / root)
    limit = 1e-8 if vectors.dtype == torch.float64 else 2e-2
    k, V, steps = min(K, n - 1), vectors.double(), truth.diff()
    own = (V * (basis @ (truth[:, None] * (basis.mT @ V)))).sum(0)[:k]
    if float((own - truth[1 : k + 1]).abs().max()) > 1e-5:
        return True
    cuts = [i for i in range(k + 1) if i >= len(steps) or float(steps[i]) > 1e-4]  # after which column a space ends
    spaces = [(basis[:, a + 1 : b + 1], V[:, a:b]) for a, b in itertools.pairwise(cuts)]
    return any(float((B @ B.mT - W @ W.mT).abs().max()) > limit for B, W in spaces)


def encodings(scale):
    import importlib.util

    import numpy
    import scipy.linalg
    import torch

    from symmetra.spectral import AddLaplacianEigenvectorPE, eigenpairs

    torch.set_num_threads(1)
    drawn = graphs(1000 if scale == "full" else 150)
    plain = [Graph(edges, n) for edges, n in drawn]
    ours = AddLaplacianEigenvectorPE(K)
    ways = {
        "transform": lambda: [ours(g).laplacian_eigenvector_pe for g in plain],
        "batch, single": lambda: eigenpairs(plain, K + 1, isolated=1, dtype=torch.float32),
        "batch, double": lambda: eigenpairs(plain, K + 1, isolated=1),
    }
    if importlib.util.find_spec("torch_geometric") is not None:
        from torch_geometric.data import Data
        from torch_geometric.transforms import AddLaplacianEigenvectorPE as Theirs

        data = [Data(edge_index=edges, num_nodes=n) for edges, n in drawn]
        peer = Theirs(K, is_undirected=True)
        large = [g.num_nodes > K + 1 for g in data]  # fewer nodes than that it does not encode
        ways["PyG"] = lambda: [peer(g).laplacian_eigenvector_pe if ok else None for g, ok in zip(data, large)]
    times, results = in_turns(ways, 3 if scale == "full" else 2)
    spent = [0.0]

    def timed(f):
        def inner(*arguments, **words):
            start = time.process_time()
            try:
                return f(*arguments, **words)
            finally:
                spent[0] += time.process_time() - start

        return inner

    shares = {}
    for name in ("transform", "batch, single", "batch, double"):
        kept = numpy.linalg.eigh, scipy.linalg.eigh
        numpy.linalg.eigh, scipy.linalg.eigh, spent[0] = timed(kept[0]), timed(kept[1]), 0.0
        start = time.process_time()
        ways[name]()
        shares[name] = spent[0] / (time.process_time() - start)
        numpy.linalg.eigh, scipy.linalg.eigh = kept
    rows = []
    for name in sorted(times, key=lambda way: way != "PyG"):
        if "batch" in name:
            found = [results[name].vectors[i, :n, 1:] for i, (_, n) in enumerate(drawn)]
        else:
            found = results[name]
        bad = sum(wrong(v, g) for v, g in zip(found, drawn, strict=True) if v is not None)
        ratio = times["PyG"] / times[name] if "PyG" in times else "no .venv-pyg; write: make .venv-pyg/.installed"
        cost = 1e3 * times[name] / len(drawn)
        rows.append(row("graphs", name, cost, ratio, shares.get(name, "-"), f"{bad} of {len(drawn)}"))
    walls = {}
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(warm, range(4)))
        for _ in range(3):
            for name, executor in (("1 process", None), ("2 processes", pool)):
                start = time.perf_counter()
                same = eigenpairs(plain, K + 1, isolated=1, dtype=torch.float32, executor=executor)
                walls[name] = min(walls.get(name, float("inf")), time.perf_counter() - start)
    assert torch.equal(same.vectors, results["batch, single"].vectors)
    gain = walls["1 process"] / walls["2 processes"]
    cores = len(os.sched_getaffinity(0))
    words = f"{gain:.2f} times as fast as one process, wall-clock, {cores} core(s), load {os.getloadavg()[0]:.1f}"
    rows.append(row("graphs", "2 processes", 1e3 * walls["2 processes"] / len(drawn), words, "-", "same bits"))
    return rows


def warm(_):
    import torch

    import symmetra.spectral

    torch.set_num_threads(1)
    return symmetra.spectral.__name__


def row(case, way, cost, ratio, share, bad):
    return {"case": case, "way": way, "ms": cost, "ratio": ratio, "solver": share, "wrong": bad}


def epochs(scale):
    import torch

    from symmetra.spectral import SignEquivariantNetwork, SignInvariantNet, eigenpairs

    torch.set_num_threads(1)
    torch.manual_seed(0)
    half = torch.triu((torch.rand(1000, 1000) < 0.05).float(), 1)
    A = torch.block_diag(half + half.mT, half + half.mT)
    V = eigenpairs(A, K + 1).without_first().vectors.float()
    edges, sparse = torch.triu(A, 1).nonzero().mT, A.to_sparse_coo()

    def epoch(net):
        optimiser = torch.optim.Adam(net.parameters(), 0.01)

        def step():
            optimiser.zero_grad()
            other = torch.randint(0, len(A), edges.shape)
            z = net(V, sparse)
            score = torch.cat([(z[a] * z[b]).sum(1) for a, b in (edges, other)])
            label = torch.cat([torch.ones(edges.shape[1]), torch.zeros(edges.shape[1])])
            torch.nn.functional.binary_cross_entropy_with_logits(score, label).backward()
            optimiser.step()
            with torch.no_grad():
                for _ in range(2):
                    z = net(V, sparse)
                    (z[edges[0]] * z[edges[1]]).sum(1)

        return step

    nets = {
        "sign equivariant, 1 channel, width 32": SignEquivariantNetwork(K, channels=1, width=32),
        "sign equivariant, as it comes": SignEquivariantNetwork(K),
        "SignNet form": SignInvariantNet(K, 64),
    }
    times, _ = in_turns({name: epoch(net) for name, net in nets.items()}, 5 if scale == "full" else 3)
    base = times["SignNet form"]
    counts = {name: sum(p.numel() for p in net.parameters()) for name, net in nets.items()}
    return [row("epoch", f"{name} ({counts[name]:,})", 1e3 * t, base / t, "-", "-") for name, t in times.items()]


def run(scale):
    python = PEER if PEER.exists() else Path(sys.executable)
    command = [str(python), "-W", "ignore::UserWarning", __file__, scale, "child"]
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | one)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(encodings(sys.argv[1]) + epochs(sys.argv[1])))
    else:
        for found in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
            print(found)
