"""The controller as a callback of Lightning: the module that is trained needs no change."""

from __future__ import annotations

from typing import Any

import torch

from symmetra.inputs import InputError, MissingExtra, describe
from symmetra.relax._method import Method


def lightning_callback(control: Any, inputs: Any = None) -> Any:
    """A Lightning callback that adds the gradient of ``control.lagrangian()`` and makes its steps.

    The gradient is added after unscaling and before clipping, so that mixed precision, accumulated batches and several
    devices need nothing else; a step that the gradient scaler skips is skipped here as well. The state of the
    controller goes into the checkpoints. For modules with automatic optimisation and one optimiser.

    Args:
        control: a `ConstraintController` or another method.
        inputs: ``inputs(batch)``, the inputs of the net, for methods with a penalty on them.

    Raises:
        InputError: not a method.
        MissingExtra: Lightning is not installed.
    """
    if not isinstance(control, Method):
        raise InputError("control", describe(control), "a ConstraintController or another method")
    try:
        from lightning.pytorch import Callback
    except ModuleNotFoundError as error:
        raise MissingExtra("lightning", "studies") from error

    class Relaxation(Callback):
        """Makes the steps of a controller."""

        def __init__(self) -> None:
            self._x: Any = None
            self._steps = 0

        def on_train_start(self, trainer: Any, pl_module: Any) -> None:
            self._steps = trainer.global_step

        def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
            self._x = None if inputs is None else inputs(batch)

        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            with torch.enable_grad():
                term = control.lagrangian(self._x)
            moving = [p for p in control.net.parameters() if p.requires_grad]
            if term.requires_grad:
                for p, gradient in zip(moving, torch.autograd.grad(term, moving, allow_unused=True)):
                    if gradient is not None:
                        p.grad = gradient if p.grad is None else p.grad + gradient

        def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
            if trainer.global_step > self._steps:
                self._steps = trainer.global_step
                control.step()

        def state_dict(self) -> dict[str, Any]:
            return dict(control.state_dict())

        def load_state_dict(self, state_dict: dict[str, Any]) -> None:
            control.load_state_dict(state_dict)

    return Relaxation()
