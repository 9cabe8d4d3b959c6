"""Where a fit stands: the steps made, the history, the best parameters; and how it is put away and taken up again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError
from symmetra.training._checkpoint import load, optimizer_tensors, restore_optimizer, save
from symmetra.training._ensemble import Ensemble


@dataclass
class Fit:
    """How a fit went.

    Attributes:
        steps: made, over all sittings.
        history: an entry for every ``every`` steps: ``step``, ``loss`` and ``score``, numbers or lists ``[K]``.
        best: the best score of each instance (the last loss without ``validate``), float64 ``[]`` or ``[K]``.
        best_step: when it was reached.
        stopped: whether patience ended it.
        seconds: of this sitting.
    """

    steps: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best: Tensor = field(default_factory=lambda: torch.tensor(torch.inf, dtype=torch.float64))
    best_step: Tensor = field(default_factory=lambda: torch.tensor(0))
    stopped: bool = False
    seconds: float = 0.0


class State:
    """A fit with everything that its next step depends on."""

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer, scheduler: Any) -> None:
        self.model, self.optimizer, self.scheduler, self.fit = model, optimizer, scheduler, Fit()
        self.best = {name: value.detach().clone() for name, value in model.state_dict().items()}

    @torch.no_grad()
    def record(self, loss: Tensor, validate: Callable[[Any], Tensor] | None, patience: int | None, every: int) -> None:
        """Add an entry to the history, keep the best parameters, and see whether patience has ended."""
        fit, value = self.fit, loss.detach().double().cpu()
        score = None if validate is None else self._score(validate)
        entry = {"step": fit.steps, "loss": value.tolist(), "score": None if score is None else score.tolist()}
        fit.history.append(entry)
        before = fit.best.expand(value.shape)
        better = torch.ones_like(value, dtype=torch.bool) if score is None else score < before
        fit.best = torch.where(better, value if score is None else score, before)
        fit.best_step = torch.where(better, fit.steps, fit.best_step.expand(value.shape))
        stacked = self.model.stacked if isinstance(self.model, Ensemble) else set()
        for name, current in self.model.state_dict().items():
            chosen = (better if name in stacked else better.any()).to(current.device)
            chosen = chosen.reshape((*chosen.shape, *(1,) * (current.ndim - chosen.ndim)))
            self.best[name] = torch.where(chosen, current, self.best[name])
        if patience is not None and score is not None:
            fit.stopped = bool((fit.steps - fit.best_step >= patience * every).all())

    def _score(self, validate: Callable[[Any], Tensor]) -> Tensor:
        training = self.model.training
        self.model.eval()
        score = self.model.each(validate) if isinstance(self.model, Ensemble) else validate(self.model)
        self.model.train(training)
        return torch.as_tensor(score).double().cpu()

    def suspend(self, path: Path) -> None:
        """Write everything to one file."""
        tensors = {f"model/{name}": value for name, value in self.model.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        tensors |= {f"optimizer/{name}": value for name, value in optimizer_tensors(self.optimizer).items()}
        tensors |= {"random": torch.get_rng_state(), "score": self.fit.best, "step": self.fit.best_step}
        state = {"steps": self.fit.steps, "history": self.fit.history, "stopped": self.fit.stopped}
        state["lr"] = [group["lr"] for group in self.optimizer.param_groups]
        state["schedule"] = None if self.scheduler is None else self.scheduler.state_dict()
        save(path, tensors, state)

    def resume(self, path: Path) -> None:
        """Take everything up from a file.

        Raises:
            InputError: it is no checkpoint, or one of another model.
        """
        tensors, state = load(path)

        def part(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}

        try:
            self.model.load_state_dict(part("model/"))
        except RuntimeError as error:
            raise InputError("checkpoint", f"{path}, of another model", "one of this model", "another path") from error
        self.best = part("best/")
        restore_optimizer(self.optimizer, part("optimizer/"))
        for group, rate in zip(self.optimizer.param_groups, state["lr"]):
            group["lr"] = rate
        if self.scheduler is not None and state["schedule"] is not None:
            self.scheduler.load_state_dict(state["schedule"])
        torch.set_rng_state(tensors["random"])
        self.fit = Fit(state["steps"], state["history"], tensors["score"], tensors["step"], state["stopped"])
