"""Training for the regression: AdamW as published, then steps of Levenberg and Marquardt, for all networks alike."""

from __future__ import annotations

import time
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.nn import CircularConv, TranslationNetwork
from symmetra.studies.lattice.config import ETA, TRAIN_MU, TRAIN_SIZE
from symmetra.studies.lattice.data import ensemble, folder
from symmetra.training import fit, load, refine, save

RATE = 1e-2  # of AdamW with amsgrad and without decay, arXiv:2103.14686's descendants; here with a cosine to zero
CHUNK = 250  # configurations that are evaluated at once


def space(kind: str) -> dict[str, list[Any]]:
    """What the search may choose; ST and FL have their stride behind the first convolution.

    Behind its stride ST has kernels of one site along space, since 50×2 leaves no more. One linear layer stands behind
    the pool: a hidden one sees a single μ in training, and what it learns there leads astray at every other.
    """
    behind = [2, 1] if kind == "ST" else 2
    kernels = [[2, 1], [1, behind], [2, behind], [2, 1, 1], [1, behind, 1], [2, behind, 1]]
    return {
        "kernels": kernels if kind == "ST" else [[2], *kernels],
        "channels": [8, 12, 16, 20],
        "activation": ["leaky_relu", "gelu"],
    }


def network(kind: str, params: Mapping[str, Any]) -> nn.Module:
    """An untrained network for (n, φ²); its parameters come from torch's random stream.

    ``ST-stride`` is ST with the stride in its first convolution, which skips sites, instead of in a local average.
    """
    if kind == "ST-stride":
        net = network("EQ", params)
        net.convolution_1 = CircularConv(4, params["channels"], params["kernels"][0], stride=2)
        return net
    return TranslationNetwork(
        kind,
        4,
        2,
        convolutions=tuple((params["channels"], kernel) for kernel in params["kernels"]),
        extents=TRAIN_SIZE if kind == "FL" else None,
        activation=params["activation"],
    )


@lru_cache(maxsize=4)
def labelled(scale: str, use: str, samples: int) -> tuple[Tensor, Tensor]:
    """Configurations of the training setting, ``[samples, 4, 60, 4]`` float32, and (n, φ²), float64, well mixed."""
    made = ensemble(scale, use, TRAIN_SIZE, ETA, TRAIN_MU, samples)
    order = torch.randperm(len(made.configurations), generator=torch.Generator().manual_seed(0))[:samples]
    return torch.as_tensor(made.configurations).float()[order], torch.as_tensor(made.labels())[order]


def rolled(x: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Every configuration shifted by a periodic translation of its own."""
    rows, columns = ((torch.randint(n, (len(x), 1), generator=generator) + torch.arange(n)) % n for n in x.shape[-2:])
    every = torch.arange(len(x))[:, None, None, None]
    return x[every, torch.arange(x.shape[1])[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


def error(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Mean square error over n and φ²."""
    parts = zip(x.split(CHUNK), y.split(CHUNK))
    return sum(((net(a) - b).double().square().sum() for a, b in parts), start=y.new_zeros(())) / y.numel()


def trained(
    kind: str,
    params: Mapping[str, Any],
    scale: str,
    pool: int,
    train: int,
    steps: int,
    newton: int,
    seed: int,
    augment: bool = False,
    keep: bool = False,
) -> tuple[nn.Module, dict[str, float]]:
    """One network, with the best parameters by the validation error.

    Args:
        kind: EQ, ST or FL.
        params: a setting of `space`.
        scale: of the study.
        pool: configurations in the training ensemble.
        train: those of them to train on; validation has a tenth of them, at least 50.
        steps: of AdamW.
        newton: steps of Levenberg and Marquardt after it, at most.
        seed: of the parameters and the order.
        augment: train on random periodic translations.
        keep: put the trained network in a file, and take it from there if it was trained before.

    Returns:
        The network, and ``validation``, ``adamw`` (the same before the second stage) and ``seconds``.
    """
    begun = time.perf_counter()
    torch.manual_seed(seed)
    net = network(kind, params)
    name = repr((kind, sorted(params.items()), pool, train, steps, newton, seed, augment))
    path = folder(scale) / f"regression-{kind}-n{train}-{zlib.crc32(name.encode()):08x}.safetensors"
    if keep and path.exists():
        tensors, found = load(path)
        net.load_state_dict(tensors)
        return net, found
    x, y = (part[:train] for part in labelled(scale, "train", pool))
    held = tuple(part[: max(train // 10, 50)] for part in labelled(scale, "validation", max(pool // 10, 50)))

    def loss(net: Any, x: Tensor, y: Tensor) -> Tensor:
        return (net(rolled(x) if augment else x) - y).square().mean()

    first = fit(
        net,
        loss,
        (x, y.float()),
        steps=steps,
        batch=50 if train < 500 else 100,
        optimizer=lambda own: torch.optim.AdamW(own, lr=RATE, weight_decay=0.0, amsgrad=True),
        schedule=lambda own: torch.optim.lr_scheduler.CosineAnnealingLR(own, T_max=steps),
        validate=lambda net: error(net, *held),
        every=-(-steps // 20),
        seed=seed,
    )

    @torch.no_grad()
    def validate(net: nn.Module) -> float:
        return float(error(net, *held))

    history = refine(
        net,
        x,
        y,
        iterations=newton,
        validate=validate,
        seed=seed,
        augment=rolled if augment else None,
    )
    found = {"validation": history[-1], "adamw": float(first.best), "seconds": time.perf_counter() - begun}
    if keep:
        save(path, net.state_dict(), found)
    return net, found
