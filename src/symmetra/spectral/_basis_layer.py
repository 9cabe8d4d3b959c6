"""A layer for eigenspaces of any dimension: what it does not see is the basis."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.spectral._columns import EvenNetwork, check_shape, known_activation, size
from symmetra.spectral._layers import SMALL


class BasisEquivariantLayer(nn.Module):
    """``V_j ↦ Σ_a M_a V_j B_a c_a(λ_j)`` with matrices M of the projectors: ``f(V Q) = f(V) Q`` in each eigenspace.

    Inside an eigenspace of dimension m the basis is known up to a matrix of O(m), and sign equivariance is not enough.
    What is invariant are products of two nodes summed over the columns with weights that depend on the eigenvalue
    alone, ``S_ii' = Σ_j ψ(λ_j) (a·V_ij)(b·V_i'j)``, the entries of spectral filters; a net of these gives ``M_ii'``. No
    column is ever mixed with another, and columns of one eigenvalue are treated alike, whatever their number. Costs n²
    per layer. Equivariant to rounding, and to signs as well; filters of this form: arXiv 2310.02579.

    Args:
        rows_in: rows of the input: channels of each node.
        rows_out: rows of the output.
        filters: how many S.
        width: of the hidden layers of the nets.
        features: how many invariant features a node has.
        gate_activation: of the nets, any.

    Shape:
        ``V [..., n, rows_in, k]``, ``values [..., k]``, ``features [..., n, features]``, ``mask [..., n]`` to
        ``[..., n, rows_out, k]``. Entries of order one: eigenvectors of length 1 times √n.
    """

    waves: Tensor

    def __init__(
        self,
        rows_in: Any,
        rows_out: Any,
        *,
        filters: Any = 8,
        width: Any = 32,
        features: Any = 0,
        gate_activation: Any = "silu",
    ) -> None:
        super().__init__()
        self.rows_in, self.rows_out = size(rows_in, "rows_in"), size(rows_out, "rows_out")
        self.residual, kind = rows_in == rows_out, known_activation(gate_activation)
        filters, features = size(filters, "filters"), size(features, "features", 0)
        # Eigenvalues are told apart by waves of several lengths; the operator may have any scale up to one of order 1.
        self.register_buffer("waves", math.pi * torch.arange(1, 9) / 4)
        self.weights = nn.Linear(16, 2 * filters + rows_out)
        self.forms = nn.Linear(rows_in, filters, bias=False)
        self.kernel = EvenNetwork(filters, 2 * features, size(width, "width"), rows_out, kind)
        self.gate = EvenNetwork(filters, features, width, rows_out, kind)
        self.near, self.far = (nn.Linear(rows_in, rows_out, bias=False) for _ in range(2))
        for layer in (self.near, self.far):
            with torch.no_grad():
                layer.weight.copy_(nn.functional.normalize(torch.randn_like(layer.weight), dim=1))
                layer.weight *= SMALL if self.residual else 1.0
        self.filters, self.features = filters, features

    def forward(self, V: Tensor, values: Tensor, features: Tensor | None = None, mask: Tensor | None = None) -> Tensor:
        """The eigenspaces, mapped."""
        check_shape(V, (self.rows_in, V.shape[-1]), "V")
        if V.ndim < 3 or values.shape != (*V.shape[:-3], V.shape[-1]):
            raise InputError("values", describe(values), f"one eigenvalue a column of V, {describe(V)}")
        n, k = V.shape[-3], V.shape[-1]
        there = V.new_ones(V.shape[:-2]) if mask is None else mask.to(V)
        phase = values.to(V)[..., None] * self.waves.to(V)
        weights = self.weights(torch.cat([phase.sin(), phase.cos()], dim=-1))  # [..., k, ·]
        own, pair, column = weights.split([self.filters, self.filters, self.rows_out], dim=-1)
        u = self.forms(V.transpose(-1, -2))  # [..., n, k, filters]
        S = torch.einsum("...ika,...ka,...jka->...ija", u, pair, u) / math.sqrt(k)
        s = (u * u * own.unsqueeze(-3)).sum(-2) / math.sqrt(k)
        both = None
        if features is not None:
            both = torch.cat([features.unsqueeze(i).expand(*features.shape[:-2], n, n, -1) for i in (-2, -3)], dim=-1)
        M = (1 + self.kernel(S.asinh(), both)) * there[..., None, :, None]
        far = torch.einsum("...ija,...jka->...iak", M, self.far(V.transpose(-1, -2)))
        far = far / there.sum(-1).clamp_min(1)[..., None, None, None]
        near = self.near(V.transpose(-1, -2)).transpose(-1, -2) * (1 + self.gate(s.asinh(), features))[..., None]
        new = (near + far) * (1 + column.tanh()).transpose(-1, -2).unsqueeze(-3)
        new = V + new if self.residual else new
        return new * there[..., None, None]
