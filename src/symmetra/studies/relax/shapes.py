"""Part (d): vector neurons on the surfaces of solids in any orientation, with points left out.

In training clouds lose random shares of their points, up to 85 %, as in the published training; errors are then taken
at fixed shares, on orientations and clouds never seen. Classifiers are trained with smoothed labels.
"""

from __future__ import annotations

import functools
import time
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.nn import PlainVectorLinear, PointClassifier, ResidualPathway, VectorLinear
from symmetra.relax import RelaxedModule, method, project
from symmetra.studies.relax.forecasts import GROUP, Turned
from symmetra.studies.relax.loop import trained
from symmetra.studies.relax.solids import SOLIDS, clouds, thinned

POINTS, CHANNELS = 64, 8
DROPPED = 0.85  # largest share of the points that is left out in training


@functools.cache
def data(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Clouds with their classes."""
    return clouds(count, POINTS, seed)


def network(kind: str, **prior: float) -> nn.Module:
    """``equivariant``, ``relaxed``, ``pathway`` (with priors), ``plain``, or ``scheduled``, relaxed without a gauge."""
    net = PointClassifier(len(SOLIDS), channels=CHANNELS, plain=kind == "plain")
    if kind in ("equivariant", "plain"):
        return net
    maps = {n: m for n, m in net.named_modules() if isinstance(m, VectorLinear) and not n.startswith("invariant")}
    free = {n: PlainVectorLinear(m.weight.shape[1], m.weight.shape[0]) for n, m in maps.items()}
    if kind != "pathway":
        return RelaxedModule(net, free, **({"gauge": "none", "momentum": 0.0} if kind == "scheduled" else {}))
    for name, branch in free.items():
        net.set_submodule(name, ResidualPathway(maps[name], branch, **prior))
    return net


class Thinning:
    """The loss on clouds with random shares of their points left out, another share in each quarter of a batch."""

    def __init__(self, seed: int, samples: int) -> None:
        self.source, self.samples = torch.Generator().manual_seed(seed), samples

    def __call__(self, net: nn.Module, rows: tuple[Tensor, ...]) -> Tensor:
        """The mean cross entropy, and the share of a sample in the priors of a pathway."""
        x, kind = rows
        shares = (torch.arange(4) + torch.rand((), generator=self.source)) / 4 * DROPPED
        parts = zip(x.chunk(4), shares.tolist())
        scores = torch.cat([net(thinned(part, share, self.source)) for part, share in parts])
        priors = [module.penalty() for module in net.modules() if isinstance(module, ResidualPathway)]
        return nn.functional.cross_entropy(scores, kind, label_smoothing=0.1) + sum(priors) / self.samples


@torch.no_grad()
def accuracy(net: nn.Module, x: Tensor, kind: Tensor, share: float, seed: int = 0) -> float:
    """Share of clouds told right when a share of the points is left out."""
    source = torch.Generator().manual_seed(seed)
    parts = zip(thinned(x, share, source).split(100), kind.split(100))
    return float(torch.cat([net(a).argmax(1) == b for a, b in parts]).double().mean())


def validation_loss(net: nn.Module, x: Tensor, kind: Tensor) -> Tensor:
    """The mean cross entropy at three shares of points left out."""
    source = torch.Generator().manual_seed(1)
    losses = [nn.functional.cross_entropy(net(thinned(x, share, source)), kind) for share in (0.0, 0.5, DROPPED)]
    return torch.stack(losses).mean()


def classify(
    arm: str,
    kind: str,
    seed: int,
    rate: float,
    settings: dict[str, Any],
    steps: int,
    counts: list[int],
    shares: list[float],
) -> dict[str, Any]:
    """One classifier.

    Args:
        arm: a method of :func:`symmetra.relax.method`.
        kind: of the network; for ``pathway`` the settings are its priors.
        seed: of the data, the parameters and the order.
        rate: of Adam.
        settings: of the method.
        steps: of training.
        counts: clouds to train on, to validate on and to test on.
        shares: of points left out in the tests.

    Returns:
        ``validation`` loss; ``accuracy`` by share; ``last`` |γ|; ``defect``, the relative change of the scores under
        rotations as deployed; ``curves``; ``cpu_seconds``.
    """
    begun = time.process_time()
    train, look, test = (data(count, 10 * seed + place) for place, count in enumerate(counts))
    torch.manual_seed(seed)
    net = network(kind, **(settings if kind == "pathway" else {}))
    settings = {} if kind == "pathway" else settings
    if arm in ("schedule", "penalty"):
        settings = {"action_in": Turned()} | settings | ({"steps": steps} if arm == "schedule" else {})
    control = method(arm, net, **settings)
    strict = arm in ("equality", "schedule", "strict")
    course = trained(
        net, control, Thinning(seed, counts[0]), lambda net: validation_loss(net, *look), train,
        steps=steps, batch=32, rate=rate, seed=seed, strict=strict, inputs=lambda rows: rows[0], looks=8,
    )  # fmt: skip
    net.eval()
    if strict and kind in ("relaxed", "scheduled"):
        net = project(net, tolerance=float("inf")).net
    return {
        "validation": course.score,
        "accuracy": [accuracy(net, *test, share) for share in shares],
        "last": course.last,
        "defect": turning(net, test[0][:50]),
        "curves": course.curves,
        "cpu_seconds": time.process_time() - begun,
    }


@torch.no_grad()
def turning(net: nn.Module, x: Tensor) -> float:
    """The relative change of the scores under rotations and reflections."""
    scores = net(x)
    moved = torch.stack([net(Turned().transform(g, x)) for g in GROUP.sample(4, seed=5)])
    return float((moved - scores).square().mean().sqrt() / scores.square().mean().sqrt())
