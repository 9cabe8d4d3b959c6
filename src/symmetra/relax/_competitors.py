"""The other ways to train such a net, under the interface of the controller: fixed, ridge, schedule, penalty."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import as_fibre_action
from symmetra.inputs import InputError, describe
from symmetra.lie_derivative import lie_derivative
from symmetra.measure._evaluate import evaluating
from symmetra.relax._control import ConstraintController
from symmetra.relax._method import Method
from symmetra.relax._number import number


class Strict(Method):
    """γ = 0 throughout: the equivariant net, at the price of computing f_neq. `project` gives it without that."""

    def __init__(self, net: Any) -> None:
        super().__init__(net)
        for layer in self._layers:
            layer.gamma.detach().zero_()
            for parameter in (layer.gamma, *layer.f_neq.parameters()):  # type: ignore[union-attr]
                parameter.requires_grad_(False)


class Ridge(Method):
    """``weight/2 Σγ²``, the plain penalty whose optimum is that of the resilient constraint with ρ = weight.

    Args:
        net: the net.
        weight: of the penalty.
    """

    def __init__(self, net: Any, weight: Any = 1.0) -> None:
        super().__init__(net)
        self.weight = number("weight", weight)

    def lagrangian(self, x: Any = None) -> Tensor:
        """The penalty."""
        return self.weight / 2 * self._read(graph=True).square().sum()


class Sampling(Method):
    """A method that draws group elements as it goes."""

    def __init__(self, net: Any, seed: Any) -> None:
        super().__init__(net)
        self._source = torch.Generator().manual_seed(seed)

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that later steps depend on: also where the random numbers are."""
        return super().state_dict() | {"random": self._source.get_state()}

    def load_state_dict(self, state: Any) -> None:
        """Take up a training where :meth:`state_dict` left it."""
        super().load_state_dict(state)
        self._source.set_state(state["random"])


class SampledPenalty(Sampling):
    """``weight · mean |F(g x) − ρ(g) F(x)|²`` with a random g for every batch, on a net that is free.

    No relaxed layers are needed: any net will do. Source: REMUL, arXiv 2410.17878, with constant weights.

    Args:
        net: the net, called as ``net(x)``.
        action_in: how inputs move.
        action_out: how outputs move; ``None`` for invariant outputs.
        weight: of the penalty.
        seed: of the random elements.
    """

    def __init__(self, net: Any, action_in: Any, action_out: Any = None, weight: Any = 1.0, seed: Any = 0) -> None:
        super().__init__(net, seed)
        self.fibre, self.weight = as_fibre_action(action_out, action_in), number("weight", weight)

    def lagrangian(self, x: Any = None) -> Tensor:
        """The penalty at the inputs of a batch."""
        return self.weight * asymmetry(self.net, _inputs(x), self.fibre, self._source)


class Schedule(Sampling):
    """γ set by hand: from 0 up to ``top`` and back to 0 in a triangle, with a penalty on leaving the symmetry.

    The penalty is ``weight`` times the root mean square of the Lie derivative of the net along a random generator
    (for a finite group: of the difference under a random element), plus that of the output of every f_neq.
    Source: arXiv 2408.13242, where the derivative is that of every layer, and the coefficient is common to all.

    Args:
        net: the net.
        steps: how long the triangle is; γ is 0 afterwards.
        action_in: how inputs move.
        action_out: how outputs move; ``None`` for invariant outputs.
        weight: of the penalty.
        top: γ in the middle.
        seed: of the random generators.
    """

    def __init__(
        self,
        net: Any,
        steps: Any,
        action_in: Any,
        action_out: Any = None,
        weight: Any = 0.01,
        top: Any = 1.0,
        seed: Any = 0,
    ) -> None:
        super().__init__(net, seed)
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 2:
            raise InputError("steps", describe(steps), "a whole number of at least 2")
        self.fibre, self.weight = as_fibre_action(action_out, action_in), number("weight", weight)
        self.steps, self.top = steps, number("top", top)
        self._outputs: list[Tensor] = []
        for layer in self._layers:
            layer.gamma.requires_grad_(False)
            layer.f_neq.register_forward_hook(self._note)  # type: ignore[union-attr]
        self._update(self.gammas)

    def _note(self, module: Any, args: Any, output: Any) -> None:
        if self._listening:
            self._outputs += [leaf for leaf in pytree.tree_leaves(output) if isinstance(leaf, Tensor)]

    _listening = False

    def lagrangian(self, x: Any = None) -> Tensor:
        """The penalty at the inputs of a batch."""
        x, group = _inputs(x), self.fibre.group
        self._outputs, self._listening = [], True
        value = self.net(x)
        size = sum((leaf.square().mean().sqrt() for leaf in self._outputs), torch.zeros(()))
        self._outputs, self._listening = [], False  # a graph kept here would hold its memory, and forbid to copy
        if len(group.generators):
            coefficients = torch.randn(len(group.generators), generator=self._source, dtype=torch.float64)
            xi = torch.tensordot(coefficients / coefficients.norm(), group.generators, 1)
            with evaluating(self.net):  # running means cannot be kept inside a derivative
                change = lie_derivative(self.net, self.fibre.base, self.fibre)(x, xi)
            lack = sum(leaf.square().mean() for leaf in pytree.tree_leaves(change))
        else:
            lack = asymmetry(self.net, x, self.fibre, self._source, value)
        return self.weight * ((lack + 1e-24) ** 0.5 + size)

    def _update(self, gammas: Tensor) -> None:
        t = (self.history.steps + 1) / self.steps
        for layer in self._layers:
            layer.gamma.detach().fill_(self.top * max(0.0, 1 - abs(2 * t - 1)))


def asymmetry(net: Any, x: Any, fibre: Any, source: torch.Generator, value: Any = None) -> Tensor:
    """``mean |F(g x) − ρ(g) F(x)|²`` over the entries of the outputs for one random g, with graph."""
    g = fibre.group.sample(1, seed=int(torch.randint(2**31, (), generator=source)))[0]
    value = net(x) if value is None else value
    there, moved = net(fibre.base.transform(g, x)), fibre.transform(g, x, value)
    pairs = zip(pytree.tree_leaves(there), pytree.tree_leaves(moved))
    return torch.stack([(a - b).abs().square().mean() for a, b in pairs]).sum()


METHODS: dict[str, Any] = {
    "strict": Strict,
    "free": Method,
    "equality": lambda net, **settings: ConstraintController(net, "equality", **settings),
    "resilient": lambda net, **settings: ConstraintController(net, "resilient", **settings),
    "ridge": Ridge,
    "schedule": Schedule,
    "penalty": SampledPenalty,
}


def method(name: Any, net: Any, **settings: Any) -> Method:
    """A way of training a relaxed net, by its name; all of them are used in the same three lines, see `Method`.

    Args:
        name: ``"strict"`` (γ = 0), ``"free"`` (nothing holds γ), ``"equality"`` and ``"resilient"`` (the two of
            `ConstraintController`), ``"ridge"``, ``"schedule"`` (set by hand), ``"penalty"`` (sampled elements).
        net: the net.
        settings: of that method.

    Raises:
        InputError: an unknown name, or settings that this method does not have.

    Example:
        >>> from symmetra.relax import RelaxedModule
        >>> net = RelaxedModule(torch.nn.Linear(3, 2), torch.nn.Linear(3, 2))
        >>> method("ridge", net, weight=0.5).lagrangian().item()
        0.25
    """
    if name not in METHODS:
        raise InputError("name", describe(name), f"one of {', '.join(METHODS)}")
    try:
        return METHODS[name](net, **settings)
    except TypeError as error:
        raise InputError("settings", str(error).split(") ")[-1], f"the settings of {name!r}") from error


def _inputs(x: Any) -> Any:
    if x is None:
        raise InputError("x", "nothing", "the inputs of the batch", "control.lagrangian(x)")
    return x
