"""What every way of training a relaxed net has: a term for the loss, a step after the optimiser's, and a record."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError
from symmetra.relax._module import branches
from symmetra.relax._number import number
from symmetra.relax._record import Course, word

_EVERY = 8  # steps from one measurement of the sizes of the outputs to the next


class Method:
    """One way to train a net with relaxed layers; the base of them all, and by itself the one that does nothing.

    In any loop of one's own::

        (task_loss + control.lagrangian(x)).backward()
        optimizer.step()
        control.step()

    Args:
        net: the net; its γ are parameters of it and are moved by its optimiser.

    Attributes:
        net: the net.
        names: of its relaxed layers.
        history: how γ, λ and u went; ``history.numbers [T]`` and ``history.values [T, 3, L]``.
    """

    resilient = False

    def __init__(self, net: Any) -> None:
        found = branches(net)
        self.net, self.names = net, [name for name, _ in found]
        self._layers = [layer for _, layer in found]
        zeros = self._read().new_zeros(3, len(found))
        self.history = Course(zeros)

    def _read(self, graph: bool = False) -> Tensor:
        """All γ ``[L]`` in float64."""
        if not self._layers:
            return torch.zeros(0, dtype=torch.float64)
        gammas = torch.stack([layer.gamma for layer in self._layers]).double()
        return gammas if graph else gammas.detach()

    @property
    def gammas(self) -> Tensor:
        """γ of every layer ``[L]``, float64, without graph."""
        return self._read()

    @property
    def multipliers(self) -> Tensor:
        """λ of every layer ``[L]``; zero where there are none."""
        return torch.zeros_like(self.gammas)

    @property
    def slacks(self) -> Tensor:
        """The slacks u of every layer ``[L]``; zero where there are none."""
        return torch.zeros_like(self.gammas)

    @property
    def deviations(self) -> Tensor:
        """The effective deviations r of every layer ``[L]``, from the running means."""
        return torch.tensor([layer.deviation for layer in self._layers], dtype=torch.float64)

    def lagrangian(self, x: Any = None) -> Tensor:
        """The term to add to the task loss: a scalar.

        Args:
            x: the inputs of the batch; only the penalties on them look.
        """
        return torch.zeros((), device=self._layers[0].gamma.device if self._layers else None)

    @torch.no_grad()
    def step(self) -> None:
        """To be called once after every step of the optimiser."""
        gammas, due = self._read(), self.history.due()
        self._update(gammas)
        self._watch()
        if due:
            self.history.add(torch.stack([gammas, self.multipliers, self.slacks]))

    def _update(self, gammas: Tensor) -> None:
        """Move what belongs to the method."""

    def _watch(self) -> None:
        """Have the layers measure in some steps only: sizes change slowly, and a training step should not."""
        watching = self.history.steps % _EVERY == 0
        for layer in self._layers:
            layer.watching = watching

    def _violations(self, values: Tensor) -> Tensor:
        """What should be zero, ``[T, L]``, from rows ``[T, 3, L]`` of the history."""
        return values[:, 0]

    def words(self, tolerance: Any = 1e-2) -> list[str]:
        """For each layer ``settled``, ``oscillating`` or ``violated``, from the history.

        Oscillation is no violation: the run was too little damped, and says nothing about the data.

        Args:
                tolerance: of the violation: of |γ|, or of |γ| − u for the resilient constraint.
        """
        course = self._violations(self.history.values).cpu()
        if not len(course):
            raise InputError("words()", "no step so far", "a training to tell of", "step() after every step")
        return [word(column, number("tolerance", tolerance), self.resilient) for column in course.mT]

    @property
    def oscillating(self) -> bool:
        """Whether any layer was still swinging at the end, see :meth:`words`."""
        return "oscillating" in self.words()

    def rows(self) -> list[dict[str, Any]]:
        """One row a layer with γ, λ, u, r and the word for it, as plain data."""
        columns = zip(self.gammas, self.multipliers, self.slacks, self.deviations, self.words())
        return [
            {
                "label": name,
                "value": float(g),
                "multiplier": float(m),
                "slack": float(u),
                "deviation": float(r),
                "note": w,
            }
            for name, (g, m, u, r, w) in zip(self.names, columns)
        ]

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that later steps depend on, as tensors; γ itself is in that of the net."""
        return self.history.state_dict()

    def load_state_dict(self, state: Any) -> None:
        """Take up a training where :meth:`state_dict` left it, to the bit.

        Raises:
            InputError: the state of something else.
        """
        own = self.state_dict()
        if not isinstance(state, dict) or {k: v.shape for k, v in own.items()} != {
            k: v.shape for k, v in state.items()
        }:
            raise InputError("state", "the state of another method or net", f"that of one with layers {self.names}")
        self.history.load_state_dict(state)
        self._watch()
