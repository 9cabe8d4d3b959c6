"""One group acting on several things at once: copies in one vector, or the leaves of a pytree."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions._base import Action, is_action
from symmetra.inputs import InputError, describe


class Diagonal(Action):
    """The same element moves every copy.

    Args:
        action: The action on one copy.
        copies: How many. A tensor ``[..., copies * n]`` holds copy after copy (all n coordinates of the first, then the
            second); a tuple or list of ``copies`` inputs is moved one by one.
    """

    def __init__(self, action: Any, copies: int) -> None:
        if not is_action(action):
            raise InputError("action", describe(action), "an action or a representation", "Vector(group)")
        if isinstance(copies, bool) or not isinstance(copies, int) or copies < 1:
            raise InputError("copies", describe(copies), "a positive integer", "Diagonal(action, 2)")
        self.action, self.copies, self.group = action, copies, action.group

    def _each(self, move: Any, element: Any, x: Any) -> Any:
        if isinstance(x, tuple | list):
            if len(x) != self.copies:
                raise InputError("x", f"{len(x)} inputs", f"{self.copies} of them", f"Diagonal(action, {len(x)})")
            return type(x)(move(element, part) for part in x)
        if x.ndim == 0 or x.shape[-1] % self.copies:
            expected = f"[..., {self.copies} n], copy after copy"
            raise InputError("x", describe(x), expected, "x.flatten(-2) for [..., copies, n]")
        parts = x.unflatten(-1, (self.copies, -1))
        if element.ndim == self.group.generators.ndim - 1:
            return move(element, parts).flatten(-2)
        return torch.cat([move(element, part) for part in parts.unbind(-2)], dim=-1)

    def transform(self, g: Tensor, x: Any) -> Any:
        """``(g x₁, …, g x_copies)``."""
        return self._each(self.action.transform, g, x)

    def generate(self, xi: Tensor, x: Any) -> Any:
        """``(ξ x₁, …, ξ x_copies)``."""
        return self._each(self.action.generate, xi, x)

    def __repr__(self) -> str:
        return f"Diagonal({self.action!r}, {self.copies})"


class Pytree(Action):
    """Every leaf of a dict, tuple or list moves by the action that stands in its place.

    Args:
        actions: A pytree of actions of one group, such as ``{"positions": AffineAction(G), "charges": Trivial(G)}``.
    """

    def __init__(self, actions: Any) -> None:
        leaves, self._structure = pytree.tree_flatten(actions)
        if not leaves or not all(is_action(leaf) for leaf in leaves):
            wrong = next((leaf for leaf in leaves if not is_action(leaf)), actions)
            raise InputError("actions", describe(wrong), "actions at all leaves", "Trivial(group) where nothing moves")
        self._leaves, self.group = leaves, leaves[0].group
        for leaf in leaves[1:]:
            if leaf.group != self.group:
                expected = f"one group throughout, here {self.group}"
                raise InputError("actions", f"the group {leaf.group}", expected, "actions of one group")

    def _each(self, method: str, element: Any, x: Any) -> Any:
        try:
            parts = self._structure.flatten_up_to(x)
        except ValueError as error:
            got = f"a {type(x).__name__} of another structure"
            raise InputError("x", got, "the structure of the actions", f"{self._structure}") from error
        moved = [getattr(leaf, method)(element, part) for leaf, part in zip(self._leaves, parts, strict=True)]
        return pytree.tree_unflatten(moved, self._structure)

    def transform(self, g: Any, x: Any) -> Any:
        """Every leaf moved by its own action."""
        return self._each("transform", g, x)

    def generate(self, xi: Any, x: Any) -> Any:
        """The velocity of every leaf."""
        return self._each("generate", xi, x)

    def __repr__(self) -> str:
        return f"Pytree({pytree.tree_unflatten(self._leaves, self._structure)!r})"
