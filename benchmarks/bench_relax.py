"""Relaxation: what the controller adds to a training step, and what is left of it after projection.

CPU milliseconds of a whole step (zero the gradients, loss, backward, fused Adam), float32, one thread; medians over
many rounds in which all ways take turns, in an order that changes. *plain* is f_eq(x) + γ f_neq(x) written by hand with
the same modules and no constraint, *again* the same once more, which tells the noise; *relaxed* is `RelaxedModule`,
with the fixed gauge, and the running means of the deviation at every step, as no method tells it when; *equality* and
*resilient* add the term of `ConstraintController` and its step, and measure at every eighth. *over plain*: median over
the rounds of the ratio to *plain* in the same round, in per cent above 1. Then inference without gradients: the
equivariant net that was never relaxed, the projected one, the relaxed one. *MLP*: three layers of 256, batch 512, f_neq
a linear map beside each, divided by its spectral norm; or, *MLP, output*, by the running size of its output. *EGNN*:
four layers of 64 channels, 100 systems of 5 bodies, f_neq a perceptron on the state of each body.
"""

from __future__ import annotations

import time
from functools import partial


def models():
    """Name, what makes the layers (f_eq, f_neq) and the rest of the net around them, a batch, and the gauge."""
    import torch
    from torch import nn

    from symmetra.nn import EGNN

    def mlp(pair):
        layers = [nn.Linear(64, 256), nn.SiLU()]
        for _ in range(3):
            layers += [pair(nn.Linear(256, 256), nn.Linear(256, 256)), nn.SiLU()]
        return nn.Sequential(*layers, nn.Linear(256, 8))

    def egnn(pair):
        net = EGNN(2, 1, hidden=64, layers=4)
        for i, layer in enumerate(net.layers):
            net.layers[i] = pair(layer, OfState(nn.Sequential(nn.Linear(67, 64), nn.SiLU(), nn.Linear(64, 67))))
        return net

    class OfState(nn.Module):
        """A free branch that looks at the state alone."""

        def __init__(self, inner):
            super().__init__()
            self.inner = inner

        def forward(self, state, velocities=None, edges=None):
            return self.inner(state)

    def flat(outputs):
        return outputs[1] if isinstance(outputs, tuple) else outputs

    return [
        ("MLP", mlp, (torch.randn(512, 64),), torch.randn(512, 8), flat, "auto"),
        ("MLP, output", mlp, (torch.randn(512, 64),), torch.randn(512, 8), flat, "output"),
        ("EGNN", egnn, (torch.randn(100, 5, 2), torch.randn(100, 5, 3)), torch.randn(100, 5, 3), flat, "auto"),
    ]


def plain(f_eq, f_neq):
    import torch
    from torch import nn

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.f_eq, self.f_neq, self.gamma = f_eq, f_neq, nn.Parameter(torch.tensor(1.0))

        def forward(self, *inputs):
            return self.f_eq(*inputs) + self.gamma * self.f_neq(*inputs)

    return Sum()


def step(net, control, inputs, targets, flat):
    import torch

    optimizer = torch.optim.Adam(net.parameters(), 1e-4, fused=True)

    def once():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(flat(net(*inputs)), targets)
        if control is None:
            loss.backward()
            optimizer.step()
        else:
            (loss + control.lagrangian()).backward()
            optimizer.step()
            control.step()

    return once


def in_turns(ways, rounds, first):
    """CPU milliseconds of each, and per cent above the first: medians over rounds, all taking turns."""
    import random
    import statistics

    times, names, source = {name: [] for name in ways}, list(ways), random.Random(0)
    for i in range(rounds + 5):  # five to warm up
        source.shuffle(names)
        for name in names:
            start = time.process_time()
            ways[name]()
            if i >= 5:
                times[name].append(1e3 * (time.process_time() - start))
    over = {name: [a / b for a, b in zip(times[name], times[first])] for name in ways}
    return {name: (statistics.median(times[name]), 100 * (statistics.median(over[name]) - 1)) for name in ways}


def run(scale):
    import torch

    from symmetra.relax import ConstraintController, RelaxedModule, project

    torch.set_num_threads(1)
    rounds, rows = 600 if scale == "full" else 80, []
    for name, make, inputs, targets, flat, gauge in models():
        torch.manual_seed(0)
        relaxed = partial(RelaxedModule, gauge=gauge)
        nets = {way: make(relaxed) for way in ("relaxed", "equality", "resilient")}
        controls = {way: ConstraintController(nets[way], way, penalty=1.0) for way in ("equality", "resilient")}
        ways = {way: step(make(plain), None, inputs, targets, flat) for way in ("plain", "again")}
        ways |= {way: step(net, controls.get(way), inputs, targets, flat) for way, net in nets.items()}
        for way, (ms, over) in in_turns(ways, rounds, "plain").items():
            rows.append({"net": name, "what": "training step", "way": way, "CPU ms": ms, "over plain, %": over})
        bare = project(nets["equality"], tolerance=float("inf")).net
        uses = {"strict": make(lambda f_eq, f_neq: f_eq).eval(), "projected": bare.eval()}
        uses |= {"relaxed": nets["relaxed"].eval()}
        with torch.no_grad():
            times = in_turns({way: partial(net, *inputs) for way, net in uses.items()}, 2 * rounds, "strict")
        for way, (ms, over) in times.items():
            rows.append({"net": name, "what": "inference", "way": way, "CPU ms": ms, "over plain, %": over})
    return rows


if __name__ == "__main__":
    import sys

    for line in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
        print(line)
