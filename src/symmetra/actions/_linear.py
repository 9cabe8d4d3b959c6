"""Groups of matrices on vectors, on affine spaces, and the action that moves nothing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions._base import Action
from symmetra.inputs import InputError, describe
from symmetra.representations import Representation

Action.register(Representation)


class LinearAction(Action):
    """A representation, acting on vectors ``[..., n]``; the representation itself does as well.

    Args:
        representation: How the group acts.
    """

    def __init__(self, representation: Any) -> None:
        if not isinstance(representation, Representation):
            raise InputError("representation", describe(representation), "a representation", "Vector(group)")
        self.representation, self.group = representation, representation.group

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """``ρ(g) x``."""
        return self.representation.transform(g, x)

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """``dρ(ξ) x``."""
        return self.representation.generate(xi, x)

    def __repr__(self) -> str:
        return f"LinearAction({self.representation!r})"


class AffineAction(Action):
    """``x ↦ A x + b`` for a group of homogeneous matrices ``[[A, b], [0, 1]]``: SE, E, Translation, Affine.

    Args:
        group: A group of ``[n+1, n+1]`` matrices whose last row is ``(0, …, 0, 1)``; it acts on ``[..., n]``.
    """

    def __init__(self, group: Any) -> None:
        rows = torch.cat([group.generators[:, -1], (group.components - group.identity)[:, -1]])
        if rows.numel() and float(rows.abs().max()) > 1e-12:
            expected = "a group of homogeneous matrices, last row (0, …, 0, 1)"
            raise InputError("group", f"{group}, which moves the last coordinate", expected, "SE(3), or Vector(group)")
        self.group, self.n = group, group.d - 1

    def _parts(self, element: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        if x.ndim == 0 or x.shape[-1] != self.n:
            expected = f"points [..., {self.n}], without the homogeneous 1"
            raise InputError("x", describe(x), expected, f"x[..., :{self.n}]")
        matrix = element.to(x.device)
        common = torch.promote_types(matrix.dtype, x.dtype)
        linear, shift = matrix[..., : self.n, : self.n].to(common), matrix[..., : self.n, self.n].to(common)
        moved = x.to(common) @ linear.mT if linear.ndim == 2 else (linear @ x.to(common)[..., None])[..., 0]
        return moved, shift

    def transform(self, g: Tensor, x: Tensor) -> Tensor:
        """``A x + b``, computed in float64, in the dtype of ``x``."""
        moved, shift = self._parts(g, x)
        return (moved + shift).to(x.dtype)

    def generate(self, xi: Tensor, x: Tensor) -> Tensor:
        """``A x + b`` for the algebra element ``[[A, b], [0, 0]]``."""
        moved, shift = self._parts(xi, x)
        return (moved + shift).to(x.dtype)

    def __repr__(self) -> str:
        return f"AffineAction({self.group})"


class Trivial(Action):
    """Nothing moves."""

    def __init__(self, group: Any) -> None:
        self.group = group

    def transform(self, g: Any, x: Any) -> Any:
        """``x``."""
        return x

    def generate(self, xi: Any, x: Any) -> Any:
        """Zero."""
        return pytree.tree_map(torch.zeros_like, x)

    def __repr__(self) -> str:
        return f"Trivial({self.group})"
