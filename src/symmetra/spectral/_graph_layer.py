"""A sign-equivariant layer on the nodes of a graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.spectral._aggregate import Neighbourhood, neighbourhood
from symmetra.spectral._columns import check_shape, size
from symmetra.spectral._layers import SMALL, SignEquivariantLayer


class SignEquivariantGraphLayer(nn.Module):
    """``f(V_i, mean_j V_j)`` at every node i, over its neighbours j: equivariant to signs, and to permuted nodes.

    V_i is ``[rows, k]``: k eigenvectors, and as many rows as there are channels. f is a :class:`SignEquivariantLayer`
    of node and neighbourhood together; ``f₁(V_i) + f₂(Σ_j V_j)``, the form of arXiv 2312.02339, is a case of it. With
    ``pairs`` the mean is one of ``g(V_i, V_j)``, with the features of both: what points need that interact two by two.

    Args:
        rows_in: rows of the input.
        rows_out: rows of the output.
        k: columns, one sign each.
        width: of the hidden layers of the gates.
        features: how many invariant features a node has.
        pairs: messages from pairs of nodes, not from nodes; n² of them.
        activation: as for :class:`SignEquivariantLayer`.
        gate_activation: as for :class:`SignEquivariantLayer`.

    Shape:
        ``V [..., n, rows_in, k]``, ``adjacency [..., n, n]`` (sparse: ``[n, n]``, without a batch; None: all nodes are
        neighbours), ``features [..., n, features]``, ``mask [..., n]`` to ``[..., n, rows_out, k]``.
    """

    def __init__(
        self,
        rows_in: Any,
        rows_out: Any,
        k: Any,
        *,
        width: Any = 64,
        features: Any = 0,
        pairs: Any = False,
        activation: Any = None,
        gate_activation: Any = "silu",
    ) -> None:
        super().__init__()
        words = {"width": width, "activation": activation, "gate_activation": gate_activation}
        self.rows_in, self.k, self.residual = size(rows_in, "rows_in"), size(k, "k"), rows_in == rows_out
        inner = 2 * max(rows_in, size(rows_out, "rows_out"))
        self.node = SignEquivariantLayer(2 * rows_in, rows_out, k, inner=inner, features=features, **words)
        self.pair = SignEquivariantLayer(2 * rows_in, rows_in, k, features=2 * features, **words) if pairs else None
        if self.residual:
            self.node.outward.weight.data *= SMALL

    def forward(
        self, V: Tensor, adjacency: Any = None, features: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The nodes, each with its neighbourhood."""
        check_shape(V, (self.rows_in, self.k), "V")
        around = neighbourhood(adjacency, V, mask)
        mean = around.mean(V) if self.pair is None else self._messages(V, around, features, mask)
        new = self.node(torch.cat([V, mean], dim=-2), features)
        new = V + new if self.residual else new
        return new if mask is None else new * mask[..., None, None].to(new)

    def _messages(self, V: Tensor, around: Neighbourhood, features: Tensor | None, mask: Tensor | None) -> Tensor:
        assert self.pair is not None
        n = V.shape[-3]
        here, there = (V.unsqueeze(i).expand(*V.shape[:-3], n, n, *V.shape[-2:]) for i in (-3, -4))
        both = None
        if features is not None:
            both = torch.cat([features.unsqueeze(i).expand(*features.shape[:-2], n, n, -1) for i in (-2, -3)], dim=-1)
        messages = self.pair(torch.cat([here, there], dim=-2), both)
        weights = torch.ones(n, n).to(V) if around.adjacency is None else around.adjacency.to_dense().to(V)
        if mask is not None:
            weights = weights * mask[..., None, :].to(V)
        total = torch.einsum("...ij,...ijak->...iak", weights, messages)
        return total / weights.sum(-1).clamp_min(torch.finfo(V.dtype).tiny)[..., None, None]
