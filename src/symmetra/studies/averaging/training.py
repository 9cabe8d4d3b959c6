"""One training: early stop by the plain model's validation error, and what averaging would do at each point of it."""

from __future__ import annotations

import math
import time
import zlib
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor

from symmetra.enforce import Average, average
from symmetra.fields import SYSTEMS, FieldLayout, Trajectories, allowed_group, vrmse
from symmetra.groups import FiniteGroup
from symmetra.studies.averaging.data import folder, trajectories
from symmetra.studies.averaging.surrogate import NETWORKS, Surrogate, moved
from symmetra.training import fit
from symmetra.training._checkpoint import load, save

BETTER = 0.01  # relative: what lowers the validation error by less brings nothing, and patience ends
CHUNK = 64  # windows that are evaluated at once


@dataclass(frozen=True, eq=False)
class Trained:
    """A surrogate with what was noted on the way.

    Attributes:
        model: in physical units.
        layout: of its inputs.
        group: what the physics of its system admits.
        data: the validation and the test set.
        record: JSON-able: ``curve`` (``step``, ``plain``, ``averaged``: VRMSE on part of the validation set),
            ``best_step``, ``stopped``, ``windows``, ``parameters``, ``cpu_seconds``.
    """

    model: Surrogate
    layout: FieldLayout
    group: FiniteGroup
    data: dict[str, Trajectories]
    record: dict[str, Any]

    def averaged(self, group: Any = None) -> Average:
        """The model averaged over what is admitted, or over another group."""
        group = self.group if group is None else group
        return average(self.model, self.layout.action(group), self.layout.output.action(group))


def error(model: Any, x: Tensor, y: Tensor) -> Tensor:
    """VRMSE of one step, ``[windows, channels]``."""
    with torch.no_grad():
        return torch.cat([vrmse(model(a), b) for a, b in zip(x.split(CHUNK), y.split(CHUNK), strict=True)])


def trained(
    scale: str,
    system: str,
    parameters: dict[str, float],
    warmup: int,
    network: str,
    settings: dict[str, Any],
    augment: bool,
    seed: int,
    train: int,
    validation: int,
    test: int,
    extents: int,
    steps: int,
    history: int,
    batch: int,
    rate: float,
    decay: float,
    anneal: int,
    updates: int,
    every: int,
    patience: int,
    watch: int,
) -> Trained:
    """Train one surrogate, or take it from its file if it was trained before.

    Args:
        scale: of the study.
        system: name of the evolution equation.
        parameters: of it.
        warmup: steps that its trajectories leave out.
        network: ``unet`` or ``fno``.
        settings: of the network.
        augment: train on windows moved by random elements of the admitted group.
        seed: of the weights, the order, the training and the validation set.
        train: trajectories of the training set.
        validation: of the validation set.
        test: of the test set.
        extents: points along each axis.
        steps: of a trajectory after the first.
        history: steps that the model is given.
        batch: windows of a step of AdamW.
        rate: its learning rate at the beginning.
        decay: of its weights.
        anneal: steps in which the rate falls along a cosine, to a hundredth, where it stays.
        updates: steps at most.
        every: steps from one validation to the next.
        patience: validations without a better one after which training ends.
        watch: distance between the validation windows that are looked at during training.
    """
    key = repr(sorted(locals().items()))
    shape = {"extents": extents, "steps": steps, "warmup": warmup}
    counts = {"train": train, "validation": validation, "test": test}
    data = {use: trajectories(system, parameters, use, seed, count, **shape) for use, count in counts.items()}
    layout = data["train"].layout(history)
    group = allowed_group(data["train"].metadata, veto=SYSTEMS[system].veto).group
    x, y = pairs(data["train"], history, 1)
    torch.manual_seed(seed)
    model = Surrogate(NETWORKS[network](layout.channels, layout.output.channels, **settings), layout, x, y)
    path = folder(scale) / f"{system}-{network}-{seed}-{zlib.crc32(key.encode()):08x}.safetensors"
    done = Trained(model, layout, group, data, {})
    if path.exists():
        tensors, record = load(path)
        model.load_state_dict(tensors)
    else:
        begun = time.process_time()
        actions = (layout.action(group), layout.output.action(group)) if augment else None

        def loss(net: Surrogate, x: Tensor, y: Tensor) -> Tensor:
            return net.loss(*(moved(*actions, x, y) if actions else (x, y)))

        held = pairs(data["validation"], history, watch)
        curve: dict[str, list[float]] = {"step": [0], "plain": [], "averaged": []}

        def validate(net: Any) -> Tensor:
            plain = error(net, *held).mean()
            curve["plain"].append(float(plain))
            curve["averaged"].append(float(error(done.averaged(), *held).mean()))
            return (plain.log() / BETTER).floor()

        validate(model)
        result = fit(
            model,
            loss,
            (x, y),
            steps=updates,
            batch=batch,
            optimizer=lambda own: torch.optim.AdamW(own, lr=rate, weight_decay=decay),
            schedule=lambda own: torch.optim.lr_scheduler.LambdaLR(own, partial(_cosine, anneal)),
            validate=validate,
            every=every,
            patience=patience,
            seed=seed,
        )
        curve["step"] += [entry["step"] for entry in result.history]
        record = {"curve": curve, "best_step": int(result.best_step), "stopped": result.stopped, "windows": len(x)}
        record |= {"parameters": sum(p.numel() for p in model.parameters())}
        record |= {"cpu_seconds": time.process_time() - begun}
        save(path, model.state_dict(), record)
    done.record.update(record)
    model.eval().requires_grad_(False)
    return done


def _cosine(anneal: int, step: int) -> float:
    return 0.01 + 0.495 * (1 + math.cos(math.pi * min(step / anneal, 1.0)))


def pairs(data: Trajectories, history: int, stride: int) -> tuple[Tensor, Tensor]:
    """Inputs and the step after each."""
    inputs, targets = data.windows(history, stride=stride)
    return inputs, targets[:, 0]
