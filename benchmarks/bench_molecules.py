"""Circuits on molecules: a training step on energies and forces, beside PennyLane.

The model "rotation" of ammonia: six qubits, depth 6, 80 parameters, a batch of 64; the step is energies, forces and the
gradient of a loss of both in all parameters. CPU milliseconds on one thread, the best of rounds in which all ways take
turns; *times* is a way's time over that of ours in complex128. The peers are PennyLane 0.45.1, ``default.qubit``, with
torch and broadcasting, and with JAX 0.6.2, ``jit`` of ``vmap``, after its compilation (left out where
``.venv-pennylane`` is not there); they run the same circuit in the same process on the same numbers. *Error* is that of
the parameters' gradient, relative, to ours in complex128. *Gates* is the same circuit gate by gate, with the entangler
in closed form, which goes beyond eight qubits: rows by qubits, a batch of 4, with what the step keeps in memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEER = HERE.parent / ".venv-pennylane" / "bin" / "python"
BATCH = 64


def least(ways, rounds):
    """The least CPU milliseconds of each, all taking turns, after a round to warm up."""
    best = dict.fromkeys(ways, float("inf"))
    for i in range(rounds + 1):
        for name, f in ways.items():
            start = time.process_time()
            f()
            if i:
                best[name] = min(best[name], 1e3 * (time.process_time() - start))
    return best


def gradient(energies, x, parameters):
    """The gradient of a loss of energies and forces."""
    import torch

    E = energies(x)
    (slope,) = torch.autograd.grad(E.sum(), x, create_graph=True)
    loss = E.square().mean() + slope.square().mean()
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, parameters)])


def by_gates(alpha, angles, vectors, pairs):
    """``⟨XX + YY + ZZ⟩`` of the first pair at the end of the rotational circuit, for any even number of qubits."""
    from symmetra.molecules import quantum as q

    gates = q.rotor(alpha[..., None] * vectors[:, None])
    state = q.apply(q.singlets(alpha.shape[1]).to(gates.dtype.to_complex()).expand(len(gates), -1), gates[:, 0])
    for d in range(len(angles)):
        for k, pair in enumerate(pairs):
            state = q.heisenberg(state, angles[d, k], *pair)
        state = q.apply(state, gates[:, d + 1])
    return 2 * (state.conj() * q.swap(state, *pairs[0])).sum(1).real - 1


def with_torch(m, circuits):
    import pennylane as qml

    from symmetra.molecules import quantum as q

    @qml.qnode(qml.device("default.qubit", wires=6), interface="torch", diff_method="backprop")
    def node(U, angles):
        return circuits.rotation(lambda d, k: qml.QubitUnitary(U[:, d, k], wires=k), angles)

    def energies(x):
        bonds = (x[:, 1:] - x[:, :1])[:, None, [0, 1, 2, 0, 1, 2]]
        return m.mean + m.spread * (
            m.bias + m.weights[0] * node(q.unitary(q.rotor(m.alpha[..., None] * bonds)), m.angles)
        )

    return energies


def with_jax(m, x, circuits):
    import jax
    import jax.numpy as jnp
    import pennylane as qml

    jax.config.update("jax_enable_x64", True)

    @qml.qnode(qml.device("default.qubit", wires=6), interface="jax", diff_method="backprop")
    def node(U, angles):
        return circuits.rotation(lambda d, k: qml.QubitUnitary(U[d, k], wires=k), angles)

    def energy(x, alpha, angles, weight, bias):
        v = alpha[..., None] * (x[1:] - x[:1])[jnp.array([0, 1, 2, 0, 1, 2])]
        r = jnp.sqrt((v**2).sum(-1))
        a, (b, c, d) = jnp.cos(r / 2), jnp.moveaxis(v * (jnp.sin(r / 2) / r)[..., None], -1, 0)
        U = jnp.stack([jnp.stack([a - 1j * d, -1j * b - c], -1), jnp.stack([-1j * b + c, a + 1j * d], -1)], -2)
        return float(m.mean) + float(m.spread) * (bias + weight * node(U, angles))

    def loss(parameters, x):
        E, slope = jax.vmap(jax.value_and_grad(energy), (0, None, None, None, None))(x, *parameters)
        return (E**2).mean() + (slope**2).mean()

    step = jax.jit(jax.grad(loss))
    parameters = [jnp.array(p.detach().numpy()) for p in (m.alpha, m.angles, m.weights[0], m.bias)]
    given = jnp.array(x.detach().numpy())
    return lambda: jnp.concatenate([g.flatten() for g in jax.block_until_ready(step(parameters, given))])


def steps(scale):
    """The training step, ours and the peers'."""
    import numpy as np
    import torch

    from symmetra.molecules import model

    torch.manual_seed(0)
    m = model("rotation", "NH3", seed=0)
    parameters = [m.alpha, m.angles, m.weights, m.bias]
    x = (m.molecule.minimum + 0.15 * torch.randn(BATCH, 4, 3, dtype=torch.float64)).requires_grad_()
    single, x32 = model("rotation", "NH3", seed=0).float(), x.detach().float().requires_grad_()

    def gates(x):
        bonds = (x[:, 1:] - x[:, :1])[:, [0, 1, 2, 0, 1, 2]]
        pairs = [(0, 1), (2, 3), (4, 5), (1, 2), (3, 4), (5, 0)]
        return m.mean + m.spread * (m.bias + m.weights[0] * by_gates(m.alpha, m.angles, bonds, pairs))

    ways = {
        "ours, complex128": lambda: gradient(m, x, parameters),
        "ours, complex64": lambda: gradient(single, x32, [single.alpha, single.angles, single.weights, single.bias]),
        "ours, gates": lambda: gradient(gates, x, parameters),
    }
    try:
        sys.path.insert(0, str(HERE.parent / "tests" / "interop" / "pennylane"))
        import circuits
    except ImportError:
        print("no .venv-pennylane; write: make .venv-pennylane/.installed", file=sys.stderr)
    else:
        theirs = with_torch(m, circuits)
        ways["PennyLane + torch"] = lambda: gradient(theirs, x, parameters)
        ways["PennyLane + JAX jit"] = with_jax(m, x, circuits)
    exact = np.asarray(ways["ours, complex128"]().detach())
    errors = {name: np.abs(np.asarray(f()) - exact).max() / np.abs(exact).max() for name, f in ways.items()}
    best = least(ways, 20 if scale == "full" else 6)
    ours = best["ours, complex128"]
    blank = {"qubits": 6, "batch": BATCH}
    return [
        {"way": n, **blank, "CPU ms": ms, "times": ms / ours, "error": float(errors[n]), "MB kept": "-"}
        for n, ms in best.items()
    ]


def kept(f):
    """Megabytes that autograd keeps for the backward passes of f, each storage counted once."""
    import torch

    seen = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        seen[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        f()
    return sum(seen.values()) / 1e6


def sizes(scale):
    """Cost and memory against the number of qubits, gate by gate."""
    import torch

    rows, batch, depth = [], 4, 6
    for n in (2, 4, 6, 8, 10, 12, 14, 16):
        torch.manual_seed(0)
        alpha = (0.5 + torch.rand(depth + 1, n, dtype=torch.float64)).requires_grad_()
        pairs = [(k, (k + 1) % n) for start in (0, 1) for k in range(start, n, 2)]
        angles = torch.rand(depth, len(pairs), dtype=torch.float64).requires_grad_()
        x = torch.randn(batch, n, 3, dtype=torch.float64).requires_grad_()

        def step(alpha=alpha, angles=angles, x=x, pairs=pairs):
            return gradient(lambda x: by_gates(alpha, angles, x, pairs), x, [alpha, angles])

        memory = kept(step)
        best = least({"": step}, 5 if scale == "full" else 2 if n < 14 else 1)
        row = {"way": "ours, gates", "qubits": n, "batch": batch, "CPU ms": best[""], "times": "-", "error": "-"}
        rows.append(row | {"MB kept": memory})
    return rows


def run(scale):
    python = PEER if PEER.exists() else Path(sys.executable)
    one = {
        "OMP_NUM_THREADS": "1",
        "JAX_PLATFORMS": "cpu",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    }
    command = [str(python), __file__, scale, "child"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | one)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(steps(sys.argv[1]) + sizes(sys.argv[1])))
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
            print(row)
