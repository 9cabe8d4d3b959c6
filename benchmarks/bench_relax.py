"""Relaxation: what the controller adds to a training step, and what is left of it after projection.

CPU milliseconds of a whole step (zero the gradients, loss, backward, fused Adam), float32, one thread; the best of many
rounds in which all ways take turns. *plain* is f_eq(x) + γ f_neq(x) written by hand with the same modules and no
constraint; *relaxed* the same as `RelaxedModule`, with the fixed gauge and the running means of the deviation;
*equality* and *resilient* add the term of `ConstraintController` and its step. *controller* is what the last two add to
*relaxed*, *all* what they add to *plain*, in per cent. Then inference without gradients: the equivariant net that was
never relaxed, the projected one, the relaxed one. *MLP*: three layers of 256, batch 512, f_neq a linear map beside
each. *EGNN*: four layers of 64 channels, 100 systems of 5 bodies, f_neq a perceptron on the state of each body.
"""

from __future__ import annotations

import time
from functools import partial


def models():
    """Name, what makes the layers (f_eq, f_neq) and the rest of the net around them, and a batch."""
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
        ("MLP", mlp, (torch.randn(512, 64),), torch.randn(512, 8), flat),
        ("EGNN", egnn, (torch.randn(100, 5, 2), torch.randn(100, 5, 3)), torch.randn(100, 5, 3), flat),
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


def in_turns(ways, rounds, repeats):
    """The least CPU milliseconds of each, all taking turns in an order that changes, after a round to warm up."""
    least, names = dict.fromkeys(ways, float("inf")), list(ways)
    for i in range(rounds + 1):
        for name in names[i % len(names) :] + names[: i % len(names)]:
            start = time.process_time()
            for _ in range(repeats):
                ways[name]()
            if i:
                least[name] = min(least[name], 1e3 * (time.process_time() - start) / repeats)
    return least


def run(scale):
    import torch

    from symmetra.relax import ConstraintController, RelaxedModule, project

    torch.set_num_threads(1)
    rounds, rows = 300 if scale == "full" else 25, []
    for name, make, inputs, targets, flat in models():
        torch.manual_seed(0)
        strict, summed = make(lambda f_eq, f_neq: f_eq), make(plain)
        nets = {way: make(RelaxedModule) for way in ("relaxed", "equality", "resilient")}
        controls = {way: ConstraintController(nets[way], way, penalty=1.0) for way in ("equality", "resilient")}
        ways = {"plain": step(summed, None, inputs, targets, flat)}
        ways |= {way: step(net, controls.get(way), inputs, targets, flat) for way, net in nets.items()}
        times = in_turns(ways, rounds, 2)
        for way in ways:
            row = {"net": name, "what": "training step", "way": way, "CPU ms": times[way]}
            row["controller, %"] = 100 * (times[way] / times["relaxed"] - 1) if way in controls else ""
            rows.append(row | {"all, %": 100 * (times[way] / times["plain"] - 1)})
        bare = project(nets["equality"], tolerance=float("inf")).net
        uses = {"strict": strict.eval(), "projected": bare.eval(), "relaxed": nets["relaxed"].eval()}
        with torch.no_grad():
            times = in_turns({way: partial(net, *inputs) for way, net in uses.items()}, rounds, 4)
        for way, ms in times.items():
            row = {"net": name, "what": "inference", "way": way, "CPU ms": ms, "controller, %": ""}
            rows.append(row | {"all, %": 100 * (ms / times["strict"] - 1)})
    return rows


if __name__ == "__main__":
    import sys

    for line in run(sys.argv[1] if len(sys.argv) > 1 else "quick"):
        print(line)
