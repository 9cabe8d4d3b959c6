"""Equivariant networks: one training step and one prediction, beside the torch port of EMLP.

Networks on SO(3) from five scalars and five vectors to a matrix (the inertia task of arXiv 2104.09459), three hidden
layers of *size* components shared among tensors as EMLP does it, batch 500, float32, one thread. *network* is the
whole of it: linear, bilinear and gated layers (our bilinear layer has 8 products a pair of small pieces, theirs a
random subset); *no bilinear* leaves the bilinear layers out on both sides, so that both compute the same thing;
*linear* is one map between two hidden representations. CPU milliseconds, the best of several, both in one process of
the environment that has emlp 1.0.3 (where it is missing our half only); *eager* is ours as it stands, *compiled* after
torch.compile. EMLP's bilinear layer makes a matrix for every sample of the batch, which is most of its time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

PEER = Path(__file__).resolve().parents[1] / ".venv-emlp" / "bin" / "python"
BATCH = 500


def best(f, repeats):
    """The least CPU seconds of ``repeats`` calls, in milliseconds, after one to warm up."""
    f()
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        f()
        seconds.append(time.process_time() - start)
    return 1e3 * min(seconds)


def step_and_prediction(net, x, repeats):
    import torch

    def step():
        net.zero_grad()
        net(x).square().mean().backward()

    def prediction():
        with torch.no_grad():
            net(x)

    return best(step, repeats), best(prediction, repeats)


def ours(case, size, compiled):
    import torch

    from symmetra import nn
    from symmetra.groups import SO
    from symmetra.representations import Scalar, Vector

    torch.manual_seed(0)
    V, one = Vector(SO(3)), Scalar(SO(3))
    V_in, V_out, hidden = 5 * one + 5 * V, V**2, nn.uniform_allocation(size, SO(3))
    if case == "linear":
        net = nn.EquivariantLinear(hidden, hidden)
        return (torch.compile(net, fullgraph=True) if compiled else net), hidden.dimension
    if case == "network":
        net = nn.EMLP(V_in, V_out, hidden=hidden)
    else:
        gate, layers = nn.Gated(hidden), []
        for source in (V_in, hidden, hidden):
            layers += [nn.EquivariantLinear(source, gate.V_in), gate]
        net = torch.nn.Sequential(*layers, nn.EquivariantLinear(hidden, V_out))
    return (torch.compile(net, fullgraph=True) if compiled else net), V_in.dimension


def theirs(case, size):
    import torch
    from emlp.groups import SO
    from emlp.nn import gated, uniform_rep
    from emlp.nn import pytorch as port
    from emlp.reps import Scalar, V

    torch.manual_seed(0)
    group = SO(3)
    rep_in, rep_out, hidden = 5 * Scalar + 5 * V, V**2, uniform_rep(size, group)
    if case == "linear":
        return port.Linear(hidden, hidden), hidden.size()
    if case == "network":
        return port.EMLP(rep_in, rep_out, group, ch=size), rep_in(group).size()
    layers = []
    for source in (rep_in(group), hidden, hidden):
        layers += [port.Linear(source, gated(hidden)), port.GatedNonlinearity(hidden)]
    return torch.nn.Sequential(*layers, port.Linear(hidden, rep_out(group))), rep_in(group).size()


def child(scale, peer):
    import torch

    torch.set_num_threads(1)
    rows = []
    for size in (64, 384) if scale == "full" else (64,):
        for case in ("linear", "no bilinear", "network"):
            row = {"case": case, "size": size}
            twice = scale == "full" and case != "network"  # its compilation takes minutes
            for name, compiled in (("eager", False), *([("compiled", True)] if twice else [])):
                net, n = ours(case, size, compiled)
                x = torch.randn(BATCH, n)
                row[f"step {name}"], row[f"prediction {name}"] = step_and_prediction(net, x, 10)
            if peer:
                net, n = theirs(case, size)
                x = torch.randn(BATCH, n)
                step, prediction = step_and_prediction(net, x, 1 if case == "network" else 5)
                row |= {
                    "step emlp": step,
                    "prediction emlp": prediction,
                    "step ratio": step / row["step eager"],
                    "prediction ratio": prediction / row["prediction eager"],
                }
            rows.append(row)
            print(row, file=sys.stderr, flush=True)
    print(json.dumps(rows))


def run(scale):
    python = PEER if PEER.exists() else Path(sys.executable)
    one = {"OMP_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
    one["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    command = [str(python), __file__, scale, "peer" if PEER.exists() else "alone"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | one)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(sys.argv[1], sys.argv[2] == "peer")
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
            print(row)
