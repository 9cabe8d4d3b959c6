"""What graph compilers and ensembles must be able to do with every layer: take it whole, and batch it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.func import functional_call, stack_module_state, vmap

from symmetra.groups import SO
from symmetra.nn import QuadraticGated
from symmetra.representations import Vector

from .cases import vectors


def test_layers_compile_whole_and_export() -> None:
    script = Path(__file__).with_name("compiled.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert found["failed"] == {}
    assert found["done"] >= 15


@pytest.mark.parametrize("symmetric", [False, True])
def test_an_ensemble_is_one_batched_network(symmetric: bool) -> None:
    V = 4 * Vector(SO(3))
    nets = [QuadraticGated(V, V, (2,), symmetric=symmetric, dtype=torch.float64) for _ in range(3)]
    parameters, buffers = stack_module_state(nets)
    skeleton = copy.deepcopy(nets[0]).to("meta")
    x = vectors(V, 3 * 5).reshape(3, 5, -1)
    together = vmap(lambda p, b, x: functional_call(skeleton, (p, b), (x,)))(parameters, buffers, x)
    torch.testing.assert_close(together, torch.stack([net(part) for net, part in zip(nets, x, strict=True)]))
