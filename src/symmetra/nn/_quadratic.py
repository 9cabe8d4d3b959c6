"""Inhomogeneous quadratic forms: all of them, or those that a group leaves invariant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from symmetra.enforce import linear_basis
from symmetra.representations import Scalar

if TYPE_CHECKING:
    from symmetra.representations import Representation


class Quadratics(nn.Module):
    """``q_b(x) = x̂ᵀ S_b x̂`` with ``x̂ = (1, x)`` and symmetric S_b: ``count`` quadratic polynomials of ``x [..., n]``.

    The coefficients are coordinates of S_b in an orthonormal basis of the symmetric matrices (free), or of those with
    ``q(ρ(g) x) = q(x)`` for all g (invariant).

    Args:
        V: the representation of x.
        count: how many polynomials.
        invariant: whether only invariant ones.
        dtype: of parameters and buffers.
        device: where they live.
    """

    basis: Tensor
    places: Tensor
    factors: Tensor

    def __init__(
        self, V: Representation, count: int, invariant: bool, dtype: torch.dtype, device: torch.device | None
    ) -> None:
        super().__init__()
        n = V.dimension + 1
        self.count, self.n, self.invariant = count, n, invariant
        if invariant:
            basis = invariant_forms(Scalar(V.group) + V)
            self.register_buffer("basis", basis.flatten(1).to(dtype=dtype, device=device))
            rank = len(basis)
        else:
            rank = n * (n + 1) // 2
            rows, columns = torch.triu_indices(n, n)
            places = torch.empty(n, n, dtype=torch.int64)
            places[rows, columns] = places[columns, rows] = torch.arange(rank)
            factors = torch.full((n, n), 0.5**0.5).fill_diagonal_(1.0)
            self.register_buffer("places", places.flatten().to(device))
            self.register_buffer("factors", factors.flatten().to(dtype=dtype, device=device))
        self.coefficients = nn.Parameter(torch.empty(count, rank, dtype=dtype, device=device))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Coefficients for which a normal x gives values of about unit variance."""
        nn.init.normal_(self.coefficients, std=(2 * self.coefficients.shape[1]) ** -0.5)

    def forms(self) -> Tensor:
        """The S ``[count, n + 1, n + 1]``."""
        if self.invariant:
            S = self.coefficients @ self.basis
        else:
            S = self.coefficients.index_select(1, self.places) * self.factors
        return S.unflatten(1, (self.n, self.n))

    def forward(self, x: Tensor) -> Tensor:
        """The values ``[..., count]``."""
        hat = nn.functional.pad(x, (1, 0), value=1.0)
        half = (hat @ self.forms().transpose(0, 1).flatten(1)).unflatten(-1, (self.count, self.n))
        return (half * hat[..., None, :]).sum(-1)


def invariant_forms(V: Representation) -> Tensor:
    """An orthonormal basis ``[r, n, n]`` of the symmetric S with ``ρ(g)ᵀ S ρ(g) = S``."""
    n = V.dimension
    forms = linear_basis(V, V.dual).vectors.mT.unflatten(1, (n, n))
    symmetric = ((forms + forms.mT) / 2).flatten(1)
    _, values, basis = torch.linalg.svd(symmetric, full_matrices=False)
    return basis[values > 0.5].unflatten(1, (n, n))  # transposition is orthogonal on the space: the values are 0 and 1
