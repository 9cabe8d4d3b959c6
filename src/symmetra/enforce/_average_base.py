"""What all averaged models share: how they are called, what can be asked of them, and rollouts."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from symmetra.actions import FibreAction, SignedPermutation, Trivial, as_fibre_action
from symmetra.actions._base import ConstantFibre, InvariantFibre
from symmetra.inputs import InputError, describe
from symmetra.lie_derivative import as_batched

Many = Callable[[Any], Any]  # a list: the output of a model, or those of the steps of its rollout
_DEPENDS_ON_MODE = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)


class Wrapping(nn.Module):
    """A module around a model, which may be an exported program."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        if isinstance(model, torch.export.ExportedProgram):
            model = model.module()
        if not callable(model):
            raise InputError("model", describe(model), "an nn.Module or another callable")
        self.model = model

    def train(self, mode: bool = True) -> Any:
        """As of any module; an exported program has no mode, and stays as it is."""
        try:
            return super().train(mode)
        except NotImplementedError:
            return self


class Averaging(Wrapping):
    """A model and two actions, made equivariant; the base of what :func:`average` and its like return.

    Attributes:
        model: the model inside; its parameters are the only ones.
        action_in: how inputs move.
        action_out: how outputs move.
    """

    def __init__(self, model: Any, action_in: Any, action_out: Any, batched: Any, any_grid: Any) -> None:
        super().__init__(model)
        model = self.model
        self.fibre: FibreAction = as_fibre_action(action_out, action_in)
        self.action_in, self.action_out = action_in, action_out
        self._call = None if isinstance(model, nn.Module) and batched is not False else as_batched(model, batched)
        self._moody = [m for m in model.modules() if isinstance(m, _DEPENDS_ON_MODE)] if self._call is None else []
        grids = (action_in, action_out) if not any_grid else ()
        self._grids = [a.move(a.group.identity) for a in grids if isinstance(a, SignedPermutation)]

    @abstractmethod
    def _mean(self, f: Many, x: Any) -> Any:
        """The mean of ``ρ(g)⁻¹ f(g x)``, for each of the outputs of f."""

    @abstractmethod
    def orbit(self, x: Any) -> Any:
        """The model's outputs from each place, brought back: ``[elements, batch, …]``. Their mean is the result."""

    def forward(self, x: Any) -> Any:
        """The averaged output, in the dtype of the model's."""
        return self._mean(self._one, x)[0]

    def spread(self, x: Any) -> Tensor:
        """``mean_g |f_g(x) − Qf(x)|²``, averaged over the entries of the output: ``[batch]``, float64.

        It needs no labels, and is what averaging takes off the mean squared error: for each sample and any target,
        ``mean_g MSE(f_g) = MSE(Qf) + spread``.
        """
        found = self.orbit(x)
        return mean_squares(pytree.tree_map(lambda t: t - t.mean(0, keepdim=True), found)).mean(0)

    def rollout(self, x: Any, steps: Any, mode: Any = "step", advance: Any = None) -> Any:
        """The model applied again and again: ``[steps, batch, …]``.

        Args:
            x: the start.
            steps: how many.
            mode: ``"step"`` averages at every step; ``"trajectory"`` rolls out from each place and averages the
                results, so that a loss that is convex is bounded at every horizon by its mean over the places.
            advance: ``advance(x, y)`` makes the next input of the last one and of the output (a window of history,
                say); it must commute with the group. Left out, the output is the next input.
        """
        if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
            raise InputError("steps", describe(steps), "a positive number of steps", "steps=10")
        if mode not in ("step", "trajectory"):
            raise InputError("mode", describe(mode), "'step' or 'trajectory'", "mode='step'")
        if mode == "step":
            found = _rolled(self, x, steps, advance)
        else:
            found = self._mean(lambda start: _rolled(lambda z: self._one(z)[0], start, steps, advance), x)
        return pytree.tree_map(lambda *parts: torch.stack(parts), *found)

    def _one(self, x: Any) -> Any:
        if not torch.is_grad_enabled() and any(m.training for m in self._moody):
            message = "the averaged model is in training mode, where batch norm and dropout break equivariance"
            warnings.warn(f"{message}; write .eval()", stacklevel=2)
        y = self.model(x) if self._call is None else self._call(x)
        if len(self._grids) == 2:
            before, after = (grid.extents(t) for grid, t in zip(self._grids, (x, y), strict=True))
            if before != after:
                expected = f"the grid of the inputs, {tuple(before)}"
                raise InputError(
                    "model", f"outputs on a grid {tuple(after)}", expected, "any_grid=True if that is meant"
                )
        return [y]


def _rolled(f: Callable[[Any], Any], x: Any, steps: int, advance: Any) -> list[Any]:
    found = []
    for _ in range(steps):
        found.append(f(x))
        x = found[-1] if advance is None else advance(x, found[-1])
    return found


def moves(action: Any, elements: Tensor) -> list[Callable[[Any], Any]]:
    """Each element as a callable; without matrices where the action can do without them."""
    if isinstance(action, Trivial):
        return [_same] * len(elements)
    if hasattr(action, "move"):
        return [action.move(g) for g in elements]
    return [partial(_moved, action, g) for g in elements]


def returns(fibre: FibreAction, elements: Tensor) -> list[Callable[[Any, Any], Any]]:
    """Each element as a callable of the input it is over and the output; constant fibres do not see the input."""
    if isinstance(fibre, InvariantFibre):
        return [_second] * len(elements)
    if isinstance(fibre, ConstantFibre):
        return [partial(_over, move) for move in moves(fibre.action, elements)]
    return [partial(fibre.transform, g) for g in elements]


def mean_squares(tree: Any) -> Tensor:
    """The mean square of the entries of outputs ``[elements, batch, …]``, over all leaves: ``[elements, batch]``."""
    leaves = [leaf.reshape(*leaf.shape[:2], -1) for leaf in pytree.tree_leaves(tree)]
    total = sum(leaf.abs().to(torch.float64).square().sum(-1) for leaf in leaves)
    return torch.as_tensor(total) / sum(leaf.shape[-1] for leaf in leaves)


def widened(y: Tensor) -> Tensor:
    """A copy to add to: half precision in single."""
    if not (y.is_floating_point() or y.is_complex()):
        raise InputError("model", f"outputs that are {describe(y)}", "floating-point outputs, which have a mean")
    wide = torch.float32 if y.is_floating_point() and y.element_size() < 4 else y.dtype
    return y.to(wide, copy=True)


def _same(x: Any) -> Any:
    return x


def _second(x: Any, y: Any) -> Any:
    return y


def _over(move: Callable[[Any], Any], x: Any, y: Any) -> Any:
    return move(y)


def _moved(action: Any, g: Tensor, x: Any) -> Any:
    if isinstance(x, Tensor) and x.ndim == 1:  # one number a sample
        return action.transform(g, x[:, None])[:, 0]
    return action.transform(g, x)
