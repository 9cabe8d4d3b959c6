"""The two algorithms of adaptive constrained equivariance, with the dampers that make them converge."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe
from symmetra.relax._method import Method
from symmetra.relax._number import number

_CHOICES = {
    "constraint": ("equality", "resilient"),
    "order": ("alternating", "simultaneous"),
    "slack_cost": ("quadratic", "linear"),
}


class ConstraintController(Method):
    """Multipliers that bring every γ to zero, or down to what the data are worth.

    Equality: minimise J subject to g = γ = 0. Resilient: minimise ``J + cost(u)`` subject to g = |γ| − u ≤ 0, with
    ``cost = ρ/2 Σu²`` (quadratic) or ``ρ Σu`` (linear, which makes small γ vanish). After γ was moved by the gradient
    of ``J + lagrangian()``, that is by λ, or by λ sign(γ), one step is

        u ← u − slack_lr (cost'(u) − λ),    λ ← λ + dual_lr g,    and λ ← max(0, λ) if resilient.

    As published (``order="simultaneous"``, λ sees the γ of before the step) equality is an undamped oscillator: stable
    only if the curvature of J in γ exceeds dual_lr. Three dampers: ``order="alternating"`` (λ sees the new γ and u),
    the augmented-Lagrangian term ``penalty/2 g²`` (for g ≤ 0 in the form of Powell, Hestenes and Rockafellar; it moves
    no optimum), and ``proportional``, which makes the multipliers PI controllers. Source: arXiv 2505.13631; PI:
    2406.04558.

    Args:
        net: a net with `RelaxedModule` inside.
        constraint: ``"equality"`` or ``"resilient"``.
        dual_lr: step of λ; 0 leaves the net free.
        slack_lr: step of u.
        rho: weight of the cost of u.
        penalty: weight of the augmented term, of the size of the curvature of J in γ.
        order: ``"alternating"`` or ``"simultaneous"``.
        slack_cost: ``"quadratic"`` or ``"linear"``.
        slack_start: where u starts.
        proportional: λ also moves by this times the change of g.
        loss_scale: what a typical task loss is. All weights and rates, and λ, are in its units: a loss in other units
            with the scale to match gives the same training.

    Raises:
        InputError: an unknown choice, a negative rate or weight, or ``step()`` without a ``lagrangian()`` before it.

    Example:
        >>> from symmetra.relax import RelaxedModule
        >>> net = RelaxedModule(torch.nn.Linear(3, 2), torch.nn.Linear(3, 2))
        >>> control = ConstraintController(net, penalty=1.0)
        >>> optimizer = torch.optim.SGD(net.parameters(), lr=1e-2)
        >>> loss = net(torch.ones(5, 3)).square().mean()
        >>> (loss + control.lagrangian()).backward(); optimizer.step(); control.step()
        >>> control.multipliers.shape
        torch.Size([1])
    """

    def __init__(
        self,
        net: Any,
        constraint: Any = "equality",
        *,
        dual_lr: Any = 1e-2,
        slack_lr: Any = 1e-2,
        rho: Any = 1.0,
        penalty: Any = 0.0,
        order: Any = "alternating",
        slack_cost: Any = "quadratic",
        slack_start: Any = 0.0,
        proportional: Any = 0.0,
        loss_scale: Any = 1.0,
    ) -> None:
        super().__init__(net)
        for name, value in {"constraint": constraint, "order": order, "slack_cost": slack_cost}.items():
            if value not in _CHOICES[name]:
                raise InputError(name, describe(value), " or ".join(map(repr, _CHOICES[name])))
        if number("loss_scale", loss_scale) == 0:
            raise InputError("loss_scale", "0", "a positive number", "loss_scale=float(first_loss)")
        self.constraint, self.order, self.slack_cost = constraint, order, slack_cost
        self.dual_lr, self.slack_lr = number("dual_lr", dual_lr), number("slack_lr", slack_lr)
        self.rho, self.penalty = number("rho", rho), number("penalty", penalty)
        self.proportional, self.loss_scale = number("proportional", proportional), float(loss_scale)
        self.resilient = constraint == "resilient"
        gammas = self._read()
        self._multipliers = torch.zeros_like(gammas)
        self._slacks = torch.full_like(gammas, number("slack_start", slack_start) * self.resilient)
        # g as lagrangian() saw it, and before that; nan until there was one
        self._seen, self._before = (torch.full_like(gammas, torch.nan) for _ in range(2))
        self._looked = False

    @property
    def multipliers(self) -> Tensor:
        """λ of every layer ``[L]``, in units of the loss."""
        return self._multipliers

    @property
    def slacks(self) -> Tensor:
        """The slacks u of every layer ``[L]``; zero for equality."""
        return self._slacks

    @property
    def forces(self) -> Tensor:
        """``λ + penalty · g`` of every layer ``[L]``, what holds γ where it is: the estimate of λ at the optimum."""
        return self._forces(self._multipliers, self._gap(self.gammas))

    def _gap(self, gammas: Tensor) -> Tensor:
        """g: what is to be zero, or not positive."""
        return gammas.abs() - self._slacks if self.resilient else gammas

    def _forces(self, multipliers: Tensor, gap: Tensor) -> Tensor:
        forces = multipliers + self.penalty * gap if self.penalty else multipliers
        return forces.clamp(min=0) if self.resilient else forces

    def lagrangian(self, x: Any = None) -> Tensor:
        """The term to add to the task loss: ``λ·g``, the augmented term and the cost of the slacks.

        The γ it sees are kept: they are the ones that ``order="simultaneous"`` uses in the next :meth:`step`.

        Args:
            x: not looked at; other methods need the inputs.
        """
        gap = self._gap(self._read(graph=True))
        self._seen, self._looked = gap.detach(), True
        forces = self._forces(self._multipliers, self._seen)
        # (force² − λ²) / (2 penalty), written so that penalty 0 and a slack constraint need no case of their own
        value = (forces * gap).sum()
        if self.penalty:
            value = value - (forces - self._multipliers).square().sum() / (2 * self.penalty)
        if self.resilient:
            u = self._slacks
            value = value + self.rho * (u.sum() if self.slack_cost == "linear" else u.square().sum() / 2)
        return self.loss_scale * value if self.loss_scale != 1 else value

    def _update(self, gammas: Tensor) -> None:
        if not self._looked:
            raise InputError("step()", "no lagrangian() since the last step", "the term in the loss of every step")
        gap, self._looked = self._seen, False
        if self.resilient:
            forces = self._forces(self._multipliers, gap)
            slope = self.rho if self.slack_cost == "linear" else self.rho * self._slacks
            self._slacks = self._slacks - self.slack_lr * (slope - forces)
            if self.slack_cost == "linear":
                self._slacks = self._slacks.clamp(min=0)
        if self.order == "alternating":
            gap = self._gap(gammas)
        moved = self._multipliers + self.dual_lr * gap
        if self.proportional:
            moved = moved + self.proportional * (gap - torch.where(self._before.isnan(), gap, self._before))
            self._before = gap
        self._multipliers = moved.clamp(min=0) if self.resilient else moved

    def _violations(self, values: Tensor) -> Tensor:
        return values[:, 0].abs() - values[:, 2] if self.resilient else values[:, 0]

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that later steps depend on, as tensors; γ itself is in that of the net."""
        own = {"multipliers": self._multipliers, "slacks": self._slacks, "seen": self._seen, "before": self._before}
        own["looked"] = torch.tensor(self._looked)
        return {name: value.clone() for name, value in own.items()} | super().state_dict()

    def load_state_dict(self, state: Any) -> None:
        """Take up a training where :meth:`state_dict` left it, to the bit.

        Raises:
            InputError: the state of something else.
        """
        super().load_state_dict(state)
        like = self._multipliers
        names = ("multipliers", "slacks", "seen", "before")
        self._multipliers, self._slacks, self._seen, self._before = (state[name].to(like).clone() for name in names)
        self._looked = bool(state["looked"])
