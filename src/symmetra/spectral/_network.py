"""A sign-equivariant network on the nodes of a graph, or of a point cloud."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.spectral._aggregate import neighbourhood
from symmetra.spectral._columns import size
from symmetra.spectral._graph_layer import SignEquivariantGraphLayer
from symmetra.spectral._layers import SMALL, SignEquivariantLayer


class SignEquivariantNetwork(nn.Module):
    """Layers on nodes that carry eigenvectors: ``net(V S) = net(V) S`` to the last bit, for all signs S.

    Node i comes in with ``V_i ∈ R^k`` and goes out with ``Z_i ∈ R^k``. Products ``Z_i ⊙ Z_j`` are invariant: two nodes
    that a symmetry of the graph exchanges have the same invariant features, but not the same relation to a third node.
    Where rows_out is rows, what the layers make is small at first, and added to V and the mean of its neighbours.

    Args:
        k: the number of eigenvectors.
        layers: how many :class:`SignEquivariantGraphLayer`.
        channels: rows of each node in between.
        rows: rows of the input, for nodes with several vectors.
        rows_out: rows of the output.
        width: of the hidden layers of the gates.
        features: how many invariant features a node has; all gates see them.
        scaled: multiply by the root of the number of nodes, so that entries of eigenvectors are of order one.
        pairs: as for :class:`SignEquivariantGraphLayer`.
        activation: as for :class:`SignEquivariantLayer`.
        gate_activation: as for :class:`SignEquivariantLayer`.

    Shape:
        ``vectors [..., n, k]`` (``[..., n, rows, k]`` for several rows), ``adjacency [..., n, n]``, sparse ``[n, n]``
        or None (all nodes are neighbours), ``features [..., n, features]``, ``mask [..., n]`` to ``[..., n, k]``
        (``[..., n, rows_out, k]`` for several).
    """

    def __init__(
        self,
        k: Any,
        *,
        layers: Any = 4,
        channels: Any = 2,
        rows: Any = 1,
        rows_out: Any = 1,
        width: Any = 64,
        features: Any = 0,
        scaled: Any = True,
        pairs: Any = False,
        activation: Any = None,
        gate_activation: Any = "silu",
    ) -> None:
        super().__init__()
        self.k, self.rows, self.rows_out = size(k, "k"), size(rows, "rows"), size(rows_out, "rows_out")
        self.scaled = bool(scaled)
        words = {"width": width, "features": features, "activation": activation, "gate_activation": gate_activation}
        widths = [rows, *[size(channels, "channels")] * size(layers, "layers")]
        self.layers = nn.ModuleList(
            SignEquivariantGraphLayer(a, b, k, pairs=pairs, **words) for a, b in itertools.pairwise(widths)
        )
        self.last = SignEquivariantLayer(channels, rows_out, k, residual=False, **(words | {"activation": None}))
        if rows == rows_out:
            self.last.outward.weight.data *= SMALL

    def forward(
        self, vectors: Tensor, adjacency: Any = None, features: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The network."""
        V = vectors.unsqueeze(-2) if self.rows == 1 else vectors
        if V.ndim < 3 or tuple(V.shape[-2:]) != (self.rows, self.k):
            expected = f"[..., n, {self.k}]" if self.rows == 1 else f"[..., n, {self.rows}, {self.k}]"
            raise InputError("vectors", describe(vectors), expected, f"k={vectors.shape[-1]}")
        V = V if not self.scaled else V * node_scale(V[..., 0, :], mask)[..., None]
        around = neighbourhood(adjacency, V, mask)
        first = V + around.mean(V) if self.rows == self.rows_out else V
        for layer in self.layers:
            V = layer(V, around, features, mask)
        V = self.last(V, features)
        V = first + V if self.rows == self.rows_out else V
        V = V if mask is None else V * mask[..., None, None].to(V)
        return V.squeeze(-2) if self.rows_out == 1 else V


def node_scale(vectors: Tensor, mask: Tensor | None) -> Tensor:
    """The root of the number of nodes ``[..., 1, 1]`` of ``vectors [..., n, k]``."""
    if mask is None:
        return vectors.new_full((1, 1), float(vectors.shape[-2]) ** 0.5)
    return torch.sqrt(mask.sum(-1).to(vectors))[..., None, None]
