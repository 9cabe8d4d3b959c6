"""The one training loop: any loss, one model or an ensemble, resumable to the bit."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, MissingExtra, describe
from symmetra.training._bar import bar
from symmetra.training._batches import Batches
from symmetra.training._ensemble import Ensemble
from symmetra.training._instance_adam import InstanceAdam
from symmetra.training._state import Fit, State


class _Objective(nn.Module):
    """The loss as a module, so that Fabric wraps the forward pass whatever the loss calls."""

    def __init__(self, model: nn.Module, loss: Callable[..., Tensor], shared: bool) -> None:
        super().__init__()
        self.model, self.loss, self.shared = model, loss, shared

    def forward(self, *batch: Tensor) -> Tensor:
        if isinstance(self.model, Ensemble):
            return self.model.each(self.loss, *batch, shared=self.shared)
        return self.loss(self.model, *batch)


def fit(
    model: nn.Module,
    loss: Callable[..., Tensor],
    data: Any,
    *,
    steps: int,
    batch: int | None = None,
    lr: Any = 1e-3,
    optimizer: Callable[[Any], torch.optim.Optimizer] | None = None,
    schedule: Callable[[torch.optim.Optimizer], Any] | None = None,
    clip: float | None = None,
    validate: Callable[[Any], Tensor] | None = None,
    every: int = 100,
    patience: int | None = None,
    checkpoint: Any = None,
    seed: int = 0,
    shared: bool = True,
    compile: Any = False,
    device: str = "cpu",
    precision: Any = None,
    fabric: Any = None,
    progress: bool = False,
) -> Fit:
    """Minimise a loss in place; at the end the model holds its best parameters by ``validate``, else the last ones.

    An `Ensemble` is trained as if every instance were alone: ``loss`` and ``validate`` are written for one of them.

    Args:
        model: what is trained, in place.
        loss: ``loss(model, *batch)``, a scalar.
        data: a tensor or a tuple of tensors, samples first (instances first for an ensemble if not ``shared``).
        steps: in all; a resumed fit counts those of earlier sittings.
        batch: samples of a mini-batch; all if not given.
        lr: learning rate of Adam; for an ensemble also one for each instance.
        optimizer: ``optimizer(parameters)`` instead of Adam.
        schedule: ``schedule(optimizer)``, a scheduler of torch that steps with the optimiser.
        clip: largest norm of the gradient (of each instance).
        validate: ``validate(model)``, a scalar to be small, called every ``every`` steps without gradient.
        every: steps between two entries of the history, and two checkpoints.
        patience: stop after so many validations without a better one (in any instance).
        checkpoint: path of a file from which an interrupted fit goes on, with the same numbers as an uninterrupted one.
        seed: of the order of the samples.
        shared: whether the instances of an ensemble see the same samples.
        compile: run the objective through ``torch.compile``; True, or the name of a backend.
        device: accelerator for Lightning Fabric: ``cpu``, ``cuda``, ``auto``.
        precision: of Lightning Fabric, ``bf16-mixed`` say; that of the parameters if not given.
        fabric: a launched Fabric of one's own instead (several devices, other strategies).
        progress: show a bar on standard error.

    Raises:
        InputError: wrong arguments, or a checkpoint of something else.
        MissingExtra: Lightning is not installed.
    """
    _check(model, steps, every, patience)
    fabric = fabric if fabric is not None else _fabric(device, precision)
    batches = Batches(data, batch, seed, 0 if shared or not isinstance(model, Ensemble) else 1)
    batches.data = fabric.to_device(batches.data)
    plain = _optimizer(model, lr) if optimizer is None else optimizer(model.parameters())
    objective: Any = _Objective(model, loss, shared)
    wrapped, stepper = fabric.setup(_compiled(objective, compile), plain)
    scheduler = None if schedule is None else schedule(plain)
    state = State(model, plain, scheduler)
    path = None if checkpoint is None else Path(checkpoint)
    if path is not None and path.exists():
        state.resume(path)
    result, begun = state.fit, time.perf_counter()
    with bar(progress) as tick:
        while result.steps < steps and not result.stopped:
            stepper.zero_grad(set_to_none=True)
            value = wrapped(*batches(result.steps, fabric.global_rank, fabric.world_size))
            fabric.backward(value.sum())
            if clip is not None:
                _clip(model, clip)
            stepper.step()
            if scheduler is not None:
                scheduler.step()
            result.steps += 1
            if result.steps % every == 0 or result.steps == steps:
                state.record(value, validate, patience, every)
                if tick is not None:
                    tick(result.steps, steps, f"fitting, best {float(result.best.min()):.3g}")
                if path is not None and fabric.is_global_zero:
                    state.suspend(path)
    model.load_state_dict(state.best)
    result.seconds = time.perf_counter() - begun
    return result


def _check(model: Any, steps: Any, every: Any, patience: Any) -> None:
    if not isinstance(model, nn.Module) or not any(p.requires_grad for p in model.parameters()):
        raise InputError("model", describe(model), "a module with parameters to train")
    for name, value in (("steps", steps), ("every", every), ("patience", 1 if patience is None else patience)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(name, describe(value), "a whole number of at least 1")


def _fabric(device: str, precision: Any) -> Any:
    try:
        from lightning.fabric import Fabric
    except ModuleNotFoundError as error:
        raise MissingExtra("lightning", "studies") from error
    return Fabric(accelerator=device, devices=1, precision=precision)


def _compiled(objective: nn.Module, choice: Any) -> Any:
    if not choice:
        return objective
    return torch.compile(objective, backend="inductor" if choice is True else choice)


def _optimizer(model: nn.Module, lr: Any) -> torch.optim.Optimizer:
    rates = torch.as_tensor(lr, dtype=torch.float64)
    if rates.ndim == 0:
        return torch.optim.Adam(model.parameters(), lr=float(rates))
    if not isinstance(model, Ensemble) or rates.shape != (model.count,):
        raise InputError("lr", describe(lr), "a number, or one for each instance of an ensemble", "lr=1e-3")
    return InstanceAdam(model.parameters(), rates)


def _clip(model: nn.Module, largest: float) -> None:
    """Scale gradients down to a norm, that of each instance of an ensemble by itself."""
    if not isinstance(model, Ensemble):
        torch.nn.utils.clip_grad_norm_(model.parameters(), largest)
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    norm = torch.stack([g.reshape(len(g), -1).square().sum(1) for g in gradients]).sum(0).sqrt()
    for g in gradients:
        g.mul_((largest / (norm + 1e-6)).clamp(max=1.0).reshape(-1, *(1,) * (g.ndim - 1)))
