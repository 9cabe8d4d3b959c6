"""An equivariant path and a free one beside it, the free one unlikely in advance."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe


class ResidualPathway(nn.Module):
    """``f_eq(x) + f_neq(x)`` with Gaussian priors on both, the residual pathway prior of arXiv 2112.01388.

    The prior on the free path is the narrow one: it carries only what the other cannot. Both priors are set by hand,
    and nothing makes the free path vanish at the end; compare `symmetra.relax`.

    Args:
        f_eq: the equivariant path.
        f_neq: the free path, of the same inputs and output.
        weight_eq: 1 / σ² of the parameters of the equivariant path.
        weight_neq: the same of the free path.

    Raises:
        InputError: not modules, or weights below 0.

    Example:
        >>> layer = ResidualPathway(nn.Linear(3, 3, bias=False), nn.Linear(3, 3), weight_neq=10.0)
        >>> with torch.no_grad():
        ...     _ = [p.fill_(1.0) for p in layer.parameters()]
        >>> layer.penalty().item()  # ½ · 10 · (9 + 3)
        60.0
    """

    def __init__(self, f_eq: Any, f_neq: Any, *, weight_eq: Any = 0.0, weight_neq: Any = 1.0) -> None:
        super().__init__()
        for name, path in (("f_eq", f_eq), ("f_neq", f_neq)):
            if not isinstance(path, nn.Module):
                raise InputError(name, describe(path), "a module", f"{name}=nn.Linear(8, 8)")
        for name, weight in (("weight_eq", weight_eq), ("weight_neq", weight_neq)):
            if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < float("inf"):
                raise InputError(name, describe(weight), "a number, 0 or more", f"{name}=1.0")
        self.f_eq, self.f_neq = f_eq, f_neq
        self.weight_eq, self.weight_neq = float(weight_eq), float(weight_neq)

    def forward(self, *inputs: Any) -> Tensor:
        """Both paths."""
        return self.f_eq(*inputs) + self.f_neq(*inputs)

    def penalty(self) -> Tensor:
        """−log of the priors up to a constant, Σ weight · ‖θ‖² / 2; divide by the number of samples beside a mean."""
        parts = ((self.weight_eq, self.f_eq), (self.weight_neq, self.f_neq))
        squares = [weight * p.square().sum() / 2 for weight, path in parts for p in path.parameters()]
        return torch.stack(squares).sum() if squares else torch.zeros(())

    def extra_repr(self) -> str:
        """Shown by ``print``."""
        return f"weights {self.weight_eq:g} and {self.weight_neq:g}"
