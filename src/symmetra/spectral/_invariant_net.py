"""The counterpart: networks that are invariant under the signs of eigenvectors."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.spectral._aggregate import Neighbourhood, neighbourhood
from symmetra.spectral._columns import check_shape, size
from symmetra.spectral._network import node_scale


class _Convolution(nn.Module):
    """``x_i A + (mean_j x_j) B + c`` on ``[..., n, m, in]``, the mean taken where there are fewer channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.own, self.others = nn.Linear(inputs, outputs), nn.Linear(inputs, outputs, bias=False)
        self.before = inputs < outputs

    def forward(self, x: Tensor, around: Neighbourhood) -> Tensor:
        own = self.own(x)
        return own + (self.others(around.mean(x)) if self.before else around.mean(self.others(x)))


class _Stack(nn.ModuleList):
    """Convolutions with ReLU in between."""

    def forward(self, x: Tensor, around: Neighbourhood) -> Tensor:
        for i, layer in enumerate(self):
            x = layer(torch.relu(x) if i else x, around)
        return x


class SignInvariantNet(nn.Module):
    """``ρ([φ(v_j) + φ(−v_j)]_j)``, the form of SignNet (arXiv 2202.13013): no sign changes a bit of it.

    φ and ρ pass messages along the graph; φ is one network for all eigenvectors. Nodes that a symmetry of the graph
    exchanges get the same output where eigenvalues are simple, whatever the weights (arXiv 2312.02339).

    Args:
        k: the number of eigenvectors.
        outputs: channels of the output.
        width: of the hidden layers.
        parts: channels that φ makes of each eigenvector.
        inner_layers: of φ.
        outer_layers: of ρ.
        features: how many invariant features a node has; ρ sees them.
        scaled: multiply by the root of the number of nodes.

    Shape:
        as :class:`SignEquivariantNetwork`, to ``[..., n, outputs]``.
    """

    def __init__(
        self,
        k: Any,
        outputs: Any,
        *,
        width: Any = 128,
        parts: Any = 8,
        inner_layers: Any = 2,
        outer_layers: Any = 2,
        features: Any = 0,
        scaled: Any = True,
    ) -> None:
        super().__init__()
        self.k, self.features, self.scaled = size(k, "k"), size(features, "features", 0), bool(scaled)
        width, parts = size(width, "width"), size(parts, "parts")
        inner = [1, *[width] * (size(inner_layers, "inner_layers") - 1), parts]
        outer = [k * parts + features, *[width] * (size(outer_layers, "outer_layers") - 1), size(outputs, "outputs")]
        self.phi = _Stack(_Convolution(a, b) for a, b in itertools.pairwise(inner))
        self.rho = _Stack(_Convolution(a, b) for a, b in itertools.pairwise(outer))

    def forward(
        self, vectors: Tensor, adjacency: Any = None, features: Tensor | None = None, mask: Tensor | None = None
    ) -> Tensor:
        """The network."""
        check_shape(vectors, (self.k,), "vectors")
        if (0 if features is None else features.shape[-1]) != self.features:
            got = "none" if features is None else describe(features)
            raise InputError("features", got, f"invariant features [..., n, {self.features}]")
        V = (vectors * node_scale(vectors, mask) if self.scaled else vectors)[..., None]
        around = neighbourhood(adjacency, V, mask)
        even = (self.phi(V, around) + self.phi(-V, around)).flatten(-2)
        if features is not None:
            even = torch.cat([even, features.to(even)], dim=-1)
        found = self.rho(even.unsqueeze(-2), around).squeeze(-2)
        return found if mask is None else found * mask[..., None].to(found)
