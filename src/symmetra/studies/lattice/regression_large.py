"""The earlier flattening network of arXiv:1810.12879, about 10⁷ parameters, at its own setting: 200×10 and two μ.

This one has two convolutions, a stride of two and one wide hidden layer. It is far too large for the second stage of
the others and is trained by AdamW alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from symmetra.nn import TranslationNetwork
from symmetra.studies.lattice.config import ETA
from symmetra.studies.lattice.data import ensemble, folder
from symmetra.studies.lattice.regression_training import error
from symmetra.training import fit

EXTENTS, COUPLINGS = (200, 10), (0.91, 1.05)
CONVOLUTIONS, HIDDEN = ((16, 3), (32, 3)), (600, 32)
RATE, BATCH = 3e-4, 50


def network() -> TranslationNetwork:
    """The untrained network, 9.6 million parameters."""
    return TranslationNetwork("FL", 4, 2, convolutions=CONVOLUTIONS, dense=HIDDEN, extents=EXTENTS)


@lru_cache(maxsize=3)
def labelled(scale: str, use: str, each: int) -> tuple[Tensor, Tensor]:
    """Configurations of both couplings and their (n, φ²), float32."""
    made = [ensemble(scale, use, EXTENTS, ETA, mu, each) for mu in COUPLINGS]
    x = torch.cat([torch.as_tensor(one.configurations[:each]) for one in made])
    return x.float(), torch.cat([torch.as_tensor(one.labels()[:each]) for one in made]).float()


def large(scale: str, train: int, steps: int, each: int, seed: int) -> dict[str, Any]:
    """One instance.

    Args:
        scale: of the study.
        train: training configurations at both μ together; validation has a tenth more.
        steps: of AdamW.
        each: test configurations at each μ.
        seed: of the parameters and the order.

    Returns:
        ``test_mse`` (of one instance) at the two μ together, ``validation``, ``parameters``, ``train_seconds``.
    """
    torch.manual_seed(seed)
    net, held = network(), labelled(scale, "validation", max(train // 20, 25))

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        return (net(x) - y).square().mean()

    made = fit(
        net,
        loss,
        labelled(scale, "train", train // 2),
        steps=steps,
        batch=BATCH,
        optimizer=lambda own: torch.optim.AdamW(own, lr=RATE, weight_decay=0.0, amsgrad=True),
        schedule=lambda own: torch.optim.lr_scheduler.CosineAnnealingLR(own, T_max=steps),
        validate=lambda net: error(net, *held),
        every=-(-steps // 20),
        seed=seed,
        checkpoint=folder(scale) / f"regression-large-{train}-{steps}-{seed}.safetensors",
    )
    with torch.no_grad():
        tested = float(error(net, *labelled(scale, "test", each)))
    return {
        "parameters": sum(p.numel() for p in net.parameters()),
        "train_seconds": made.seconds,
        "test_mse": [tested],
        "validation": [float(made.best)],
    }
