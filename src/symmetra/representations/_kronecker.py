"""Kronecker products and sums of maps, applied factor by factor and never multiplied out.

Components are row-major: the last factor's index runs fastest, as in ``torch.kron``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from symmetra.representations._linear_map import Composite, LinearMap


class Kronecker(Composite):
    """``A₁ ⊗ … ⊗ A_k``: on ``Π nᵢ`` numbers it costs ``Σ nᵢ`` multiplications for each, not ``Π nᵢ``."""

    def __init__(self, parts: Sequence[LinearMap]) -> None:
        super().__init__(parts)
        self.rows = math.prod(part.rows for part in self.parts)
        self.columns = math.prod(part.columns for part in self.parts)

    def act(self, x: Tensor) -> Tensor:
        batch, width = x.shape[:-2], x.shape[-1]
        # each factor acts on the leading axis, which then goes to the back: after k factors r leads and the
        # factors follow in their order
        for part in self.parts:
            moved = part.act(x.reshape(*batch, part.columns, -1))
            batch = moved.shape[:-2]
            x = moved.mT
        return x.reshape(*batch, width, self.rows).mT

    def trace(self) -> Tensor:
        return math.prod((part.trace() for part in self.parts[1:]), start=self.parts[0].trace())

    @property
    def T(self) -> LinearMap:
        return Kronecker([part.T for part in self.parts])


class KroneckerSum(Composite):
    """``Σ_i 1 ⊗ … ⊗ A_i ⊗ … ⊗ 1``: the derivative of a Kronecker product at the identity."""

    def __init__(self, parts: Sequence[LinearMap]) -> None:
        super().__init__(parts)
        self.rows = self.columns = math.prod(part.rows for part in self.parts)

    def act(self, x: Tensor) -> Tensor:
        batch, width = x.shape[:-2], x.shape[-1]
        total: Tensor | None = None
        before = 1
        for part in self.parts:
            n = part.columns
            after = self.columns // (before * n)
            # [*b, before, n, after r] -> [*b, n, before after r]: the factor's axis leads, all else are columns
            columns = x.reshape(*batch, before, n, after * width).transpose(-3, -2).flatten(-2)
            moved = part.act(columns).unflatten(-1, (before, after * width)).transpose(-3, -2)
            term = moved.reshape(*moved.shape[:-3], self.rows, width)
            total = term if total is None else total + term
            before *= n
        assert total is not None
        return total

    def trace(self) -> Tensor:
        total = [part.trace() * (self.rows // part.rows) for part in self.parts]
        return torch.stack(torch.broadcast_tensors(*total)).sum(0)

    @property
    def T(self) -> LinearMap:
        return KroneckerSum([part.T for part in self.parts])
