"""Fibres that come with the space itself: tangent vectors, tensors and densities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from symmetra.actions._base import FibreAction, is_action
from symmetra.inputs import InputError, describe


def _base(action: Any) -> Any:
    if not is_action(action) or isinstance(action, FibreAction):
        raise InputError("action", describe(action), "an action or a representation", "Vector(group)")
    return action


def _jacobian(move: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """``D move(x)``, ``[..., n, n]``, for a map that treats every row of ``x [..., n]`` on its own."""
    directions = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    return torch.stack([torch.func.jvp(move, (x,), (v.expand_as(x),))[1] for v in directions], dim=-1)


class Pushforward(FibreAction):
    """Tangent vectors, outputs of a dynamical system: ``y ↦ D(g·)(x) y`` and ``B_ξ(x) y = Dξ(x) y``.

    The Lie derivative of a field is then the bracket ``L_ξ F = DF ξ − Dξ F = [ξ, F]``. Outputs are shaped like x.

    Args:
        action: How points move.
    """

    def __init__(self, action: Any) -> None:
        self.base = _base(action)

    def transform(self, g: Any, x: Any, y: Any) -> Any:
        """``D(g·)(x) y``."""
        return torch.func.jvp(lambda p: self.base.transform(g, p), (x,), (y,))[1]

    def generate(self, xi: Any, x: Any, y: Any) -> Any:
        """``Dξ(x) y``."""
        return torch.func.jvp(lambda p: self.base.generate(xi, p), (x,), (y,))[1]

    def __repr__(self) -> str:
        return f"Pushforward({self.base!r})"


class TensorField(FibreAction):
    """Tensor fields with p upper indices and q lower ones, in that order.

    Upper indices move by ``J = D(g·)(x)``, lower ones by ``J⁻ᵀ``; ``B_ξ`` has ``+Dξ`` for an upper and ``−Dξᵀ`` for a
    lower index, so that for a metric ``L_ξ g = ξ·∂g + Dξᵀ g + g Dξ`` vanishes along Killing fields.

    Args:
        action: How points ``[..., n]`` move.
        p: Upper (contravariant) indices.
        q: Lower (covariant) indices. Outputs are ``[..., n, …, n]``, or flattened row-major, ``[..., n^(p+q)]``.
    """

    def __init__(self, action: Any, p: int, q: int) -> None:
        if not all(isinstance(k, int) and not isinstance(k, bool) and k >= 0 for k in (p, q)):
            raise InputError("p", f"({p!r}, {q!r})", "two numbers of indices, not negative", "Tensor(action, 0, 2)")
        self.base, self.p, self.q = _base(action), p, q

    def _axes(self, x: Tensor, y: Tensor) -> Tensor:
        n, rank = x.shape[-1], self.p + self.q
        wanted = (n,) * rank
        if y.ndim >= x.ndim - 1 + rank and tuple(y.shape[y.ndim - rank :]) == wanted:
            return y
        if y.ndim and y.shape[-1] == n**rank:
            return y.unflatten(-1, wanted) if rank else y[..., 0]
        raise InputError("y", describe(y), f"outputs [..., {', '.join(map(str, wanted))}]", f"[..., {n**rank}]")

    def _along(self, matrix: Tensor, y: Tensor, index: int) -> Tensor:
        """``matrix [..., n, n]`` on one index of ``y [..., n, …, n]``."""
        rank = self.p + self.q
        last = y.movedim(index - rank, -1)[..., None]
        wide = matrix.reshape(*matrix.shape[:-2], *(1,) * (rank - 1), *matrix.shape[-2:])
        return (wide @ last)[..., 0].movedim(-1, index - rank)

    def transform(self, g: Any, x: Tensor, y: Tensor) -> Tensor:
        """``J`` on every upper and ``J⁻ᵀ`` on every lower index."""
        result = self._axes(x, y)
        if self.p + self.q:
            upper = _jacobian(lambda p: self.base.transform(g, p), x)
            lower = torch.linalg.inv(upper).mT if self.q else upper
            for index in range(self.p + self.q):
                result = self._along(upper if index < self.p else lower, result, index)
        return result.reshape(y.shape)

    def generate(self, xi: Any, x: Tensor, y: Tensor) -> Tensor:
        """``Dξ`` on every upper index and ``−Dξᵀ`` on every lower one, summed."""
        axes, result = self._axes(x, y), torch.zeros_like(y)
        if self.p + self.q:
            slope = _jacobian(lambda p: self.base.generate(xi, p), x)
            for index in range(self.p + self.q):
                result = result + self._along(slope if index < self.p else -slope.mT, axes, index).reshape(y.shape)
        return result

    def __repr__(self) -> str:
        return f"Tensor({self.base!r}, {self.p}, {self.q})"


class Density(FibreAction):
    """Densities of a weight: ``y ↦ |det J|^(−weight) y``, so that for weight 1 the integral of y over x is kept.

    ``B_ξ y = −weight · div ξ · y``, hence ``L_ξ F = div(F ξ)`` for weight 1 (Liouville). Weight 1/2: wave functions.

    Args:
        action: How points ``[..., n]`` move.
        weight: The power of the volume factor.
    """

    def __init__(self, action: Any, weight: Any = 1) -> None:
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            raise InputError("weight", describe(weight), "a number", "Density(action, 1)")
        self.base, self.weight = _base(action), weight

    def _scaled(self, factor: Tensor, x: Tensor, y: Tensor) -> Tensor:
        return y * factor.reshape(*factor.shape, *(1,) * (y.ndim - x.ndim + 1))

    def transform(self, g: Any, x: Tensor, y: Tensor) -> Tensor:
        """``|det D(g·)(x)|^(−weight) y``."""
        slope = _jacobian(lambda p: self.base.transform(g, p), x)
        return self._scaled(torch.linalg.det(slope).abs() ** (-self.weight), x, y)

    def generate(self, xi: Any, x: Tensor, y: Tensor) -> Tensor:
        """``−weight · div ξ(x) · y``."""
        slope = _jacobian(lambda p: self.base.generate(xi, p), x)
        return self._scaled(-self.weight * slope.diagonal(dim1=-2, dim2=-1).sum(-1), x, y)

    def __repr__(self) -> str:
        return f"Density({self.base!r}, {self.weight})"
