"""Parts (b) and (c): forecasts of charged bodies, alone and in a field that acts inside the forecast only."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.measure import equivariance_error
from symmetra.nn import ResidualPathway
from symmetra.relax import method, project
from symmetra.studies.relax.forecasts import INPUTS, Turned, network, systems
from symmetra.studies.relax.loop import trained

HIDDEN, LAYERS, BATCH = 32, 3, 100
VALIDATION, TEST = 500, 1500


def split(size: int, pool: int, seed: int, field: float) -> list[tuple[Tensor, ...]]:
    """Training, validation and test systems: features, positions, velocities, edges, targets.

    Those to train on are drawn from the pool, others for each seed; validation and test are common.
    """
    inputs, targets = systems(pool + VALIDATION + TEST, seed=7, field=field)
    rows = torch.randperm(pool, generator=torch.Generator().manual_seed(seed))[:size]
    parts = (rows, slice(pool, pool + VALIDATION), slice(pool + VALIDATION, None))
    return [tuple(part[chosen] for part in (*inputs, targets)) for chosen in parts]


def error(net: nn.Module, rows: tuple[Tensor, ...]) -> Tensor:
    """The mean square error of a coordinate."""
    *x, y = rows
    return (net(tuple(x)) - y).square().mean()


def forecast(
    arm: str,
    kind: str,
    size: int,
    pool: int,
    seed: int,
    rate: float,
    settings: dict[str, Any],
    steps: int,
    field: float,
) -> dict[str, Any]:
    """One network.

    Args:
        arm: a method of :func:`symmetra.relax.method`.
        kind: of the network; for ``pathway`` the settings are its priors.
        size: systems to train on.
        pool: systems that these are drawn from.
        seed: of their choice, the parameters and the order.
        rate: of Adam.
        settings: of the method.
        steps: of training, the same for all.
        field: strength of the field inside the window.

    Returns:
        ``validation`` and ``test`` error of the net as deployed, ``full``, the test error before the projection, if
        there is one; ``last``, the largest |γ| over the last fifth of the steps; ``words`` of the controller;
        ``defect``, the relative equivariance error as deployed, float32; ``curves``; ``cpu_seconds``.
    """
    begun = time.process_time()
    train, look, test = split(size, pool, seed, field)
    torch.manual_seed(seed)
    make = partial(network, kind, HIDDEN, LAYERS, **(settings if kind == "pathway" else {}))
    settings = {} if kind == "pathway" else settings
    net: nn.Module = make()
    if arm in ("schedule", "penalty"):
        settings = {"action_in": INPUTS, "action_out": Turned()} | settings
        settings |= {"steps": steps} if arm == "schedule" else {}
    control = method(arm, net, **settings)
    strict = arm in ("equality", "schedule")
    priors = [module for module in net.modules() if isinstance(module, ResidualPathway)]

    def loss(net: nn.Module, rows: tuple[Tensor, ...]) -> Tensor:
        return error(net, rows) + sum(module.penalty() for module in priors) / size

    course = trained(
        net, control, loss, lambda net: error(net, look), train,
        steps=steps, batch=BATCH, rate=rate, seed=seed, strict=strict, inputs=lambda rows: rows[:-1],
    )  # fmt: skip
    net.eval().requires_grad_(False)
    full = float(error(net, test))
    if strict:
        copied = make()  # without the hooks of the method
        copied.load_state_dict(net.state_dict())
        net = project(copied.eval().requires_grad_(False), tolerance=float("inf")).net
    some = tuple(part[:100] for part in test[:-1])
    return {
        "validation": course.score,
        "test": float(error(net, test)),
        "full": full,
        "last": course.last,
        "words": course.words,
        "defect": float(equivariance_error(net, some, INPUTS, Turned(), n_elements=8)),
        "curves": course.curves,
        "cpu_seconds": time.process_time() - begun,
    }
