"""Part 5: an N-body problem in three to nine dimensions, by models that rotations and reflections commute with.

Five charged bodies, positions and velocities in; what is asked for is by how much each will have left its straight line
one time unit later, in units of the training states, so that an error of 1 is that of going straight on. (The farther
space reaches, the weaker the forces: in nine dimensions the lines are nearly straight.)

Models in frames are trained in them: frames are constants for gradients, and the error does not change when everything
is turned. The average over 2^d frames is trained with one draw of signs a cloud and a step, and tested with all.
"""

from __future__ import annotations

import time
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symmetra.nbody import interacting
from symmetra.studies.runner import Unit
from symmetra.studies.sign.bodies_models import Frames, Principal, core, network
from symmetra.studies.sign.config import SignConfig
from symmetra.training import fit

ARMS = ("equivariant", "average", "frames", "egnn", "plain")
DIMS = tuple(range(3, 10))  # in which passes are timed
RATE, BATCH, EVERY, CLOUDS, TURNED = 2e-3, 100, 50, 100, 20

Part = tuple[Tensor, Tensor, Tensor, Tensor]  # positions, velocities, charges, targets


@lru_cache(maxsize=1)
def states(dims: int, train: int, seed: int) -> list[Part]:
    """Training, validation and test states, float32; targets are the positions and the scaled departures together."""
    sizes = (train, train // 4, train // 2)
    data = interacting("charged", sum(sizes), dims=dims, step=2e-3, seed=seed)
    away = data.targets - data.positions - data.window * data.velocities
    targets = data.positions + away / away[:train].square().mean().sqrt()
    parts = (data.positions, data.velocities, data.charges[..., None], targets)
    return [(x, v, q, y) for x, v, q, y in zip(*(part.float().split(sizes) for part in parts), strict=True)]


def framed(model: Any, part: Part) -> tuple[Tensor, ...]:
    """What the network inside sees of states and targets: its inputs, turned into the frames, and the target last."""
    x, v, q, y = part
    if not isinstance(model, Frames | Principal):
        return part
    with torch.no_grad():
        found = model.axes(x, v, q)
        which = torch.repeat_interleave(torch.arange(len(x)), found.counts)
        centre, turn = x.mean(1, keepdim=True), found.axes.to(x)
        x, v, y = (rows[which] @ turn for rows in (x - centre, v, y - centre))
    q = q[which]
    return (torch.cat([x, v, q], -1), y) if isinstance(model, Frames) else (torch.stack([x, v], 2), q, y)


def learning(arm: str, dims: int, seed: int, train: int, steps: int) -> dict[str, Any]:
    """Train one model.

    Args:
        arm: one of ``ARMS``.
        dims: d.
        seed: of data and weights.
        train: training states.
        steps: of Adam, with a cosine schedule.

    Returns:
        The mean square error on ``test`` states, how much the prediction changes when the cloud is ``turned`` and
        turned back, relative to the departures, and ``parameters``.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "clouds .* (at a tie|degenerate)", UserWarning)  # some of thousands: fair
        return _learned(arm, dims, seed, train, steps)


def _learned(arm: str, dims: int, seed: int, train: int, steps: int) -> dict[str, Any]:
    own, checked, asked = states(dims, train, seed)
    model: Any = network(arm, dims, seed)
    inner = model.h if isinstance(model, Frames | Principal) else model
    unseen = framed(model, checked)

    def loss(net: Any, *batch: Tensor) -> Tensor:
        return (net(*batch[:-1]) - batch[-1]).square().mean()

    def validate(net: Any) -> Tensor:
        net.train()  # one draw of signs for the average here, too: all of them would take longer than the training
        return loss(net, *unseen)

    def schedule(optimizer: Any) -> Any:
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)

    data, batch = framed(model, own), min(BATCH, train)
    fit(
        inner,
        loss,
        data,
        steps=steps,
        batch=batch,
        lr=RATE,
        schedule=schedule,
        validate=validate,
        every=EVERY,
        seed=seed,
    )
    model.eval()
    x, v, q, y = asked
    turn = torch.linalg.qr(torch.randn(dims, dims, generator=torch.Generator().manual_seed(seed))).Q
    with torch.no_grad():
        found, few = model(x, v, q), slice(0, TURNED)
        back = model(x[few] @ turn, v[few] @ turn, q[few]) @ turn.T
    change = float((found[few] - back).norm() / (found[few] - x[few]).norm())
    result = {"test": float((found - y).square().mean()), "turned": change}
    return result | {"parameters": sum(p.numel() for p in inner.parameters())}


def passes(clouds: int, most: int) -> dict[str, Any]:
    """Calls of the network and the least processor seconds of a forward pass, for every dimension up to ``most``."""
    found: dict[str, Any] = {}
    source = torch.Generator().manual_seed(0)
    for d in DIMS[: most - 2]:
        x, v, q = (torch.randn(clouds, 5, width, generator=source) for width in (d, d, 1))
        found[str(d)] = {arm: _timed(network(arm, d, 0).eval(), x, v, q.sign()) for arm in ARMS}
    return {"dims": found}


def _timed(model: nn.Module, *inputs: Tensor) -> dict[str, Any]:
    calls, seconds = [0], []
    handle = core(model).register_forward_hook(lambda *_: calls.__setitem__(0, calls[0] + 1))
    with torch.no_grad():
        for _ in range(5):
            calls[0], start = 0, time.process_time()
            model(*inputs)
            seconds.append(time.process_time() - start)
            if sum(seconds) > 3:
                break
    handle.remove()
    return {"calls": calls[0], "seconds": float(np.min(seconds))}


def units(config: SignConfig) -> list[Unit]:
    """The timing, and every arm, dimension and seed."""
    most = max(DIMS) if config.scale != "quick" else 4
    shared = {"train": config.bodies, "steps": config.body_steps}
    return [Unit("bodies/passes", passes, {"clouds": CLOUDS, "most": most})] + [
        Unit(f"bodies/{arm}/d{d}/seed{seed}", learning, {"arm": arm, "dims": d, "seed": seed} | shared)
        for seed in range(config.slow_seeds)
        for d in config.dims
        for arm in ARMS
    ]
