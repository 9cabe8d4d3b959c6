"""What an action is: a group, how it moves inputs, and how it moves the fibre over an input.

Broadcasting, everywhere: a group element is ``[*e]`` (a matrix ``[d, d]``, or coordinates ``[q]`` of a flow), a batch
``[*b, *e]``; a sample is ``[n]`` and a batch ``[*c, n]``; ``b`` and ``c`` broadcast as in NumPy. So one element moves
every row of ``[N, n]``, ``N`` elements move them row by row, and ``[k, 1, *e]`` gives all ``k × N`` pairs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch.utils import _pytree as pytree

from symmetra.inputs import InputError, describe


class Action(ABC):
    """A group acting on inputs: ``transform(gh, x) = transform(g, transform(h, x))``, a left action.

    A subclass gives :attr:`group` and :meth:`transform`; :meth:`generate` then follows by differentiation, and is
    overridden where a formula is known. Every representation is an action, too.
    """

    group: Any

    @abstractmethod
    def transform(self, g: Any, x: Any) -> Any:
        """The moved input ``g · x``, in the shape and dtype of ``x``."""

    def generate(self, xi: Any, x: Any) -> Any:
        """The velocity ``d/dt exp(t ξ) · x`` at ``t = 0``, in the shape and dtype of ``x``."""
        zero = torch.zeros((), dtype=torch.float64, device=xi.device)
        along = torch.func.jvp(lambda t: self.transform(self.group.exp(t * xi), x), (zero,), (zero + 1,))[1]
        return pytree.tree_map(lambda velocity, point: velocity.to(point.dtype), along, x)

    def check(self, x: Any, seed: int = 0, tolerance: float = 1e-8) -> dict[str, float]:
        """Try the laws of an action at ``x``; see :func:`symmetra.actions.check`."""
        from symmetra.actions._laws import check

        return check(self, x, seed=seed, tolerance=tolerance)


class FibreAction(ABC):
    """A group acting on a bundle: ``transform(g, x, y)``, linear from the fibre over ``x`` to that over ``gx``.

    Attributes:
        base: The :class:`Action` on ``x`` that this one covers.
    """

    base: Any

    @property
    def group(self) -> Any:
        """The group of the base action."""
        return self.base.group

    @abstractmethod
    def transform(self, g: Any, x: Any, y: Any) -> Any:
        """Move the fibre element ``y`` over ``x`` to the fibre over ``g · x``."""

    @abstractmethod
    def generate(self, xi: Any, x: Any, y: Any) -> Any:
        """``B_ξ(x) y = d/dt transform(exp(tξ), x, y)`` at ``t = 0``: linear in ``y``."""

    def check(self, x: Any, y: Any, seed: int = 0, tolerance: float = 1e-8) -> dict[str, float]:
        """Try the laws of a fibre action at ``(x, y)``; see :func:`symmetra.actions.check`."""
        from symmetra.actions._laws import check

        return check(self, x, y, seed=seed, tolerance=tolerance)


class ConstantFibre(FibreAction):
    """The fibre action that does not look at ``x``: a representation, or any action on the outputs.

    An action on outputs that is affine (a predicted position under translations) is taken as the linear one on the
    output with a 1 appended; the appended component never changes and is not shown.
    """

    def __init__(self, action: Any, base: Any) -> None:
        self.action, self.base = action, base

    def transform(self, g: Any, x: Any, y: Any) -> Any:
        """``ρ(g) y``."""
        return self.action.transform(g, y)

    def generate(self, xi: Any, x: Any, y: Any) -> Any:
        """``dρ(ξ) y``."""
        return self.action.generate(xi, y)


class InvariantFibre(FibreAction):
    """Outputs that do not move: what ``action_out=None`` means."""

    def __init__(self, base: Any) -> None:
        self.base = base

    def transform(self, g: Any, x: Any, y: Any) -> Any:
        """``y``."""
        return y

    def generate(self, xi: Any, x: Any, y: Any) -> Any:
        """Zero."""
        return pytree.tree_map(torch.zeros_like, y)


def is_action(value: Any) -> bool:
    """Whether ``value`` can move inputs: it has a group, ``transform(g, x)`` and ``generate(xi, x)``."""
    return all(hasattr(value, name) for name in ("group", "transform", "generate")) and not isinstance(value, type)


def as_fibre_action(action_out: Any, action_in: Any) -> FibreAction:
    """The fibre action over ``action_in`` that ``action_out`` stands for.

    Args:
        action_out: ``None`` (invariant outputs), a representation or another action on the outputs, or a
            :class:`FibreAction` over the same group.
        action_in: How the inputs move.

    Raises:
        InputError: if one of the two is no action, or if they belong to different groups.
    """
    if not is_action(action_in) or isinstance(action_in, FibreAction):
        raise InputError("action_in", describe(action_in), "an action or a representation", "Vector(group)")
    if action_out is None:
        return InvariantFibre(action_in)
    if not is_action(action_out):
        raise InputError("action_out", describe(action_out), "an action, a representation or None", "Vector(group)")
    if action_out.group is not action_in.group and action_out.group != action_in.group:
        raise InputError(
            "action_out",
            f"the group {action_out.group!r}",
            f"the group of action_in, {action_in.group!r}",
            "both actions with one group",
        )
    return action_out if isinstance(action_out, FibreAction) else ConstantFibre(action_out, action_in)
