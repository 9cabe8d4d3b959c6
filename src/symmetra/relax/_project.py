"""The equivariant net inside a relaxed one, and what it costs to keep only that."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.measure import EquivarianceError, equivariance_error
from symmetra.measure._evaluate import as_inputs, at_precision, in_dtype
from symmetra.relax._module import RelaxedModule, branches
from symmetra.relax._number import number


class Projection(nn.Module):
    """A net without its f_neq; called as that net, with the evidence beside it. What :func:`project` returns.

    Attributes:
        net: the net itself, with every relaxed layer replaced by its f_eq: nothing is left to pay for.
        deviations: r of every layer before, by name.
        tolerance: what they should not exceed.
        loss_before: of the net as it was; nan where no targets were given.
        loss_after: of the net without f_neq.
        error_before: equivariance error of the net as it was, in float64; ``None`` where no actions were given.
        error_after: that of the net without f_neq.
    """

    def __init__(
        self,
        net: nn.Module,
        deviations: dict[str, float],
        tolerance: float,
        losses: tuple[float, float],
        errors: tuple[EquivarianceError | None, EquivarianceError | None],
    ) -> None:
        super().__init__()
        self.net, self.deviations, self.tolerance = net, deviations, tolerance
        self.loss_before, self.loss_after = losses
        self.error_before, self.error_after = errors

    def forward(self, *inputs: Any, **options: Any) -> Any:
        """The output of the net without f_neq."""
        return self.net(*inputs, **options)

    @property
    def loss_change(self) -> float:
        """By how much the loss grew, relative to what it was."""
        return (self.loss_after - self.loss_before) / self.loss_before if self.loss_before else float("nan")

    def rows(self) -> list[dict[str, Any]]:
        """Deviations, losses and equivariance errors before and after, as plain data."""
        found = [
            {"label": f"deviation of {name}", "value": r, "note": "" if r <= self.tolerance else "above the tolerance"}
            for name, r in self.deviations.items()
        ]
        if self.loss_before == self.loss_before:
            found += [
                {"label": "loss before", "value": self.loss_before, "note": ""},
                {"label": "loss after", "value": self.loss_after, "note": f"{100 * self.loss_change:+.2g} %"},
            ]
        for label, error in (("before", self.error_before), ("after", self.error_after)):
            if error is not None:
                found.append({"label": f"equivariance error {label}", "value": error.value, "note": "float64"})
        return found


def project(
    net: Any,
    x: Any = None,
    y: Any = None,
    loss: Any = None,
    action_in: Any = None,
    action_out: Any = None,
    tolerance: Any = 1e-2,
    *,
    refuse: Any = False,
    seed: Any = 0,
) -> Projection:
    """Remove every f_neq: an exactly equivariant net that costs no more than one, and what that changes.

    γ is never exactly zero when training ends; where it is not small, cutting it off throws accuracy away, and this
    says how much. The net itself is left as it is.

    Args:
        net: a net with `RelaxedModule` inside.
        x: inputs to measure on; without them the deviations are those of the running means of the training.
        y: targets, for the change of the loss.
        loss: ``loss(output, y)``; the mean squared error if left out.
        action_in: how inputs move, for the equivariance error on random group elements.
        action_out: how outputs move; ``None`` for invariant outputs.
        tolerance: largest effective deviation r that passes without a word.
        refuse: whether a larger one is refused; else it warns.
        seed: of the random group elements.

    Raises:
        InputError: nothing to remove, actions or targets without inputs; with ``refuse``, a deviation above tolerance.

    Example:
        >>> from symmetra import groups
        >>> from symmetra.representations import Vector
        >>> V, net = Vector(groups.Z(4)), RelaxedModule(nn.Identity(), nn.Linear(4, 4), gamma=1e-3)
        >>> found = project(net, torch.randn(100, 4), action_in=V, action_out=V)
        >>> found.net, found.error_before > 1e-4, found.error_after < 1e-15
        (Identity(), True, True)
    """
    net, tolerance = _unwrapped(net), tolerance if tolerance == math.inf else number("tolerance", tolerance)
    if not branches(net):
        raise InputError("net", describe(net), "a net with RelaxedModule inside", "RelaxedModule(f_eq, f_neq)")
    if x is None and (y is not None or action_in is not None):
        raise InputError("x", "nothing", "the inputs to measure on", "project(net, x, …)")
    wide = None if x is None else in_dtype(as_inputs(x), torch.float64)
    bare = _stripped(net)
    both = [at_precision(f, torch.float64, True) for f in (net, bare)]
    losses: Any = (float("nan"), float("nan"))
    errors: Any = (None, None)
    with torch.no_grad():
        deviations = {name: r for (name, _), r in zip(branches(net), _deviations(both[0], wide))}
        if y is not None:
            losses = tuple(_score(f, wide, y, loss or nn.functional.mse_loss) for f in both)
        if action_in is not None:
            errors = tuple(equivariance_error(f, wide, action_in, action_out, seed=seed) for f in both)
    large = {name: r for name, r in deviations.items() if not r <= tolerance and tolerance < math.inf}
    if large:
        name, r = max(large.items(), key=lambda item: math.inf if math.isnan(item[1]) else item[1])
        got = f"a deviation of {r:.2g} in layer {name!r}"
        advice = f"at most {tolerance:g}, since what is cut off there is not small"
        remedy = "a longer or more damped training, or a larger tolerance="
        if math.isnan(r):
            got, advice = f"no measured deviation of layer {name!r}", "a net that was trained, or inputs to measure on"
            remedy = "project(net, x, …)"
        if refuse:
            raise InputError("net", got, advice, remedy)
        change = f"; the loss goes from {losses[0]:.3g} to {losses[1]:.3g}" if y is not None else ""
        warnings.warn(f"project: {got}; expected {advice}{change}", UserWarning, stacklevel=2)
    return Projection(bare, deviations, tolerance, losses, errors)


def _unwrapped(net: Any) -> Any:
    """What stands inside the wrappers for several devices and for compilation."""
    net = net.module if isinstance(net, nn.parallel.DistributedDataParallel) else net
    return getattr(net, "_orig_mod", net)


def _stripped(net: nn.Module) -> nn.Module:
    """A copy with every relaxed layer replaced by its f_eq; nothing of any f_neq is copied."""
    left_out: dict[int, Any] = {id(layer.f_neq): None for _, layer in branches(net)}
    return _bare(copy.deepcopy(net, left_out))


def _bare(module: Any) -> nn.Module:
    while isinstance(module, RelaxedModule):
        module = module.f_eq
    for name, child in list(module._modules.items()):
        if child is not None:
            module.add_module(name, _bare(child))
    return module


def _deviations(full: Any, x: Any) -> list[float]:
    """The deviation of every layer: on these inputs, or as the running means have it."""
    layers = [layer for _, layer in branches(full)]
    if x is None:
        return [layer.deviation for layer in layers]
    seen: dict[Any, Any] = {}
    parts: list[Any] = [part for layer in layers for part in (layer.f_eq, layer.f_neq)]
    hooks = [part.register_forward_hook(lambda part, _, output: seen.update({part: output})) for part in parts]
    full(x)
    for hook in hooks:
        hook.remove()
    return [float(layer.ratio(seen[layer.f_eq], seen[layer.f_neq])) for layer in layers]


def _score(f: Callable[[Any], Any], x: Any, y: Any, loss: Callable[..., Tensor]) -> float:
    return float(loss(f(x), in_dtype(y, torch.float64)))
