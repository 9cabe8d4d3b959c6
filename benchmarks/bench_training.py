"""Training: instances of one architecture together, beside one by one.

`training.Ensemble` of *K* instances against *K* calls of `fit`, CPU milliseconds a step of all K (loss, gradient and
Adam, at batch 100, float32, one thread): the difference between a long and a short fit, best of several. *EQ* are
translation-equivariant networks of the lattice study, their convolutions as channels × kernel, on fields of 4 channels;
*MLP* has two hidden layers of 64. A ratio above 1 means that together is faster.
"""

from __future__ import annotations

import time

LONG, SHORT = 10, 2


def networks():
    """Name, inputs of one batch, and what makes an instance."""
    import torch

    from symmetra.nn import TranslationNetwork

    def equivariant(*convolutions):
        return lambda: TranslationNetwork("EQ", 4, 2, convolutions=convolutions)

    def perceptron():
        hidden = torch.nn.Linear(8, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh()
        return torch.nn.Sequential(*hidden, torch.nn.Linear(64, 2))

    return [
        ("EQ 4×2, 4×1", (4, 60, 4), equivariant((4, 2), (4, 1))),
        ("EQ 16×2, 16×1", (4, 60, 4), equivariant((16, 2), (16, 1))),
        ("EQ 16×2, 16×2", (4, 60, 4), equivariant((16, 2), (16, 2))),
        ("EQ 16×2, 16×1", (4, 8, 8), equivariant((16, 2), (16, 1))),
        ("MLP", (8,), perceptron),
    ]


def step(make, x, y, count, repeats):
    """CPU milliseconds a step of ``count`` instances, one by one and together."""
    from symmetra.training import Ensemble, fit

    def loss(net, x, y):
        return (net(x) - y).square().mean()

    def alone(steps):
        for net in nets:
            fit(net, loss, (x, y), steps=steps, every=steps)

    def together(steps):
        fit(Ensemble(nets), loss, (x, y), steps=steps, every=steps)

    nets = [make() for _ in range(count)]
    best = {}
    for _ in range(repeats):
        for train in (alone, together):
            for steps in (SHORT, LONG):
                start = time.process_time()
                train(steps)
                best[train, steps] = min(best.get((train, steps), float("inf")), time.process_time() - start)
    return [1e3 * (best[train, LONG] - best[train, SHORT]) / (LONG - SHORT) for train in (alone, together)]


def run(scale):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = []
    for name, shape, make in networks():
        x, y = torch.randn(100, *shape), torch.randn(100, 2)
        step(make, x, y, 2, 1)
        for count in (5, 10):
            alone, together = step(make, x, y, count, 10 if scale == "full" else 2)
            row = {"network": name, "field": "×".join(map(str, shape[1:])) or "none", "K": count}
            row |= {"one by one": alone, "together": together, "ratio": alone / together}
            rows.append(row)
            print(row, flush=True)
    return rows


if __name__ == "__main__":
    import sys

    run(sys.argv[1] if len(sys.argv) > 1 else "quick")
