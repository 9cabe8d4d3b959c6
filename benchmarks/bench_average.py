"""Averaging over the symmetries of a grid: its price in calls of the model, beside deepinv.

A small U-Net (zero padding, 3 levels of 16, 32 and 64 channels) on 8 fields of 64 × 64, float32, no gradients, one
thread; CPU milliseconds, the best of several rounds in which all ways take turns. *calls* are so many plain calls of
the model as the group has elements, nothing else; the ratio is to those. *scalar* is one scalar field to one; *flow* a
tracer, a velocity and a tensor over two steps of history (14 channels) to one step of them (7). Folds: the model called
once an element (loop), for two elements at once, for all (batch). deepinv 0.5.0 symmetrises the same network over the
same eight elements, ``collate_batch=False`` being its faster way; it takes scalar fields only (left out where it is not
installed). Error: of the equivariance, the largest over the elements, relative. Peak: the most memory in tensors at
once, of the plain model beside *calls*; beyond: how much more than the plain model and one input that is, in outputs
(the bar for the loop is 2). Then frames of 100 clouds (a perceptron
at each point): all rotations and reflections, of 5 random points, and of the octahedron's 6.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

PEER = Path(__file__).resolve().parents[1] / ".venv-deepinv" / "bin" / "python"


def unet(channels_in, channels_out):
    import torch
    from torch import nn

    def double(a, b):
        return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.Conv2d(b, b, 3, padding=1), nn.ReLU())

    class UNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.down = nn.ModuleList([double(channels_in, 16), double(16, 32), double(32, 64)])
            self.up = nn.ModuleList([nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)])
            self.after = nn.ModuleList([double(64, 32), double(32, 16)])
            self.last = nn.Conv2d(16, channels_out, 1)

        def forward(self, x):
            first = self.down[0](x)
            second = self.down[1](nn.functional.max_pool2d(first, 2))
            h = self.down[2](nn.functional.max_pool2d(second, 2))
            h = self.after[0](torch.cat([self.up[0](h), second], 1))
            return self.last(self.after[1](torch.cat([self.up[1](h), first], 1)))

    torch.manual_seed(0)
    return UNet().eval()


def in_turns(ways, rounds):
    """The least CPU milliseconds of each, all taking turns, after one round to warm up."""
    least = dict.fromkeys(ways, float("inf"))
    for i in range(rounds + 1):
        for name, f in ways.items():
            start = time.process_time()
            f()
            if i:
                least[name] = min(least[name], 1e3 * (time.process_time() - start))
    return least


def peak(f):
    """The most bytes of tensors that are there at once while f runs, those from before not counted."""
    import torch

    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.no_grad(), torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        f()
    live = most = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            live += event.nbytes()
            most = max(most, live)
    return most


def grids(scale):
    import torch

    from symmetra.actions import SignedPermutation
    from symmetra.enforce import average
    from symmetra.groups import Hyperoctahedral

    def flow(steps):
        blocks, start = [], 0
        for order in (0, 1, 2) * steps:
            blocks.append((slice(start, start + 2**order), order, 1))
            start += 2**order
        return blocks

    group, rows = Hyperoctahedral(2), []
    scalar = [(slice(0, 1), 0, 1)]
    for case, blocks_in, blocks_out in (("scalar", scalar, scalar), ("flow", flow(2), flow(1))):
        action_in, action_out = (SignedPermutation(group, blocks, 2) for blocks in (blocks_in, blocks_out))
        net = unet(action_in.channels, action_out.channels)
        x = torch.randn(8, action_in.channels, 64, 64)
        ways = {"calls": lambda net=net, x=x: [net(x) for _ in range(8)]}
        nets = {fold: average(net, action_in, action_out, fold=fold) for fold in ("loop", 2, "batch")}
        if case == "scalar" and (peer := deepinv(net)) is not None:
            nets["deepinv"] = peer
        ways |= {name: lambda f=f, x=x: f(x) for name, f in nets.items()}
        output = net(x).nbytes
        alone = peak(lambda net=net, x=x: net(x))
        with torch.no_grad():
            times = in_turns(ways, 15 if scale == "full" else 3)
            for name, ms in times.items():
                row = {"case": case, "way": f"fold={name!r}" if name in ("loop", 2, "batch") else name, "CPU ms": ms}
                row["ratio"] = ms / times["calls"]
                f = nets.get(name, net)
                y = f(x)
                moved = [(f(action_in.transform(g, x)) - action_out.transform(g, y)).norm() for g in group.elements]
                row["error"] = float(max(moved) / y.norm())
                most = peak(lambda f=f, x=x: f(x))
                row |= {"peak MB": most / 1e6, "beyond, outputs": (most - alone - x.nbytes) / output}
                rows.append(row)
    return rows


def deepinv(net):
    """The network symmetrised by deepinv over the same eight elements; ``None`` where it is not installed."""
    import importlib.util

    import torch

    if importlib.util.find_spec("deepinv") is None:
        return None
    operators = torch.library.Library(
        "torchvision", "FRAGMENT"
    )  # torchvision built for a GPU needs them to be imported
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    from deepinv.transform import Reflect, Rotate

    every = Rotate(n_trans=4, multiples=90, positive=True) * Reflect(n_trans=2, dim=[-1])
    return every.symmetrize(net, average=True, collate_batch=False)


def clouds(scale):
    import torch
    from torch import nn

    from symmetra.enforce import frame_average
    from symmetra.groups import O
    from symmetra.representations import Vector

    torch.manual_seed(0)
    V, net = Vector(O(3)), nn.Sequential(nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 3))
    framed, turns = frame_average(net, V, V), O(3).sample(100, seed=0).float().mT
    octahedron = torch.cat([torch.eye(3), -torch.eye(3)]) @ O(3).sample(100, seed=1).float().mT
    rows = []
    for case, x in (("100 clouds", torch.randn(100, 5, 3)), ("100 octahedra", octahedron)):
        with torch.no_grad():
            times = in_turns(
                {"call": lambda x=x: net(x), "frames": lambda x=x: framed(x)}, 30 if scale == "full" else 5
            )
            for way, f in (("call", net), ("frames", framed)):
                error = float((f(x @ turns) - f(x) @ turns).abs().max() / net(x).abs().max())
                ratio = times[way] / times["call"]
                rows.append({"case": case, "way": way, "CPU ms": times[way], "ratio": ratio, "error": error,
                             "peak MB": peak(lambda f=f, x=x: f(x)) / 1e6, "beyond, outputs": ""})  # fmt: skip
    return rows


def run(scale):
    python = PEER if PEER.exists() else Path(sys.executable)
    command = [str(python), __file__, scale, "child"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(grids(sys.argv[1]) + clouds(sys.argv[1])))
    else:
        for row in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
            print(row)
