"""The encoders that are compared: each maps a graph and its eigenvectors to embeddings of the nodes.

``net(graph, vectors [N, k])`` gives ``[N, m]``; a pair of nodes is scored by the products of its two embeddings.
GCN: arXiv:1609.02907. SignNet: arXiv:2202.13013.
"""

from __future__ import annotations

from itertools import pairwise, zip_longest

import torch
from torch import Tensor, nn

from symmetra.spectral import SignEquivariantGate, SignEquivariantNetwork
from symmetra.studies.sign.graphs import Graph


class Layers(nn.Module):
    """Graph convolutions with ReLU between them, on ``[N, …, widths[0]]``.

    Args:
        widths: channels.
        messages: pass messages; else this is a perceptron of each node by itself.
        cheaper: take the products with the graph and with the weights in the cheaper order; else weights first, as the
            common implementation does.
    """

    def __init__(self, *widths: int, messages: bool = True, cheaper: bool = True) -> None:
        super().__init__()
        self.messages, self.cheaper = messages, cheaper
        # Initial values as is usual for graph convolutions.
        self.weights = nn.ParameterList(nn.init.xavier_uniform_(torch.empty(o, i)) for i, o in pairwise(widths))
        self.biases = nn.ParameterList(torch.zeros(o) for o in widths[1:])

    def forward(self, graph: Graph, x: Tensor) -> Tensor:
        """Channels ``[N, …, widths[-1]]``."""
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            o, i = weight.shape
            if self.messages and self.cheaper and i < o:
                x = graph.normalised(x) @ weight.T
            else:
                x = graph.normalised(x @ weight.T) if self.messages else x @ weight.T
            x = x + bias if place == len(self.weights) else (x + bias).relu()
        return x


class Structure(nn.Module):
    """Graph convolutions of a constant: no eigenvectors at all."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        self.net = Layers(1, *widths)

    def forward(self, graph: Graph, vectors: Tensor) -> Tensor:
        """Embeddings ``[N, m]``."""
        z: Tensor = self.net(graph, torch.ones_like(vectors[:, :1]))
        return z


class SignNet(nn.Module):
    """``rho(phi(v) + phi(-v))`` with the same phi for every eigenvector: sign-invariant.

    Args:
        k: eigenvectors.
        widths: channels of rho after its input.
        hidden: of phi.
        each: channels that phi gives for an eigenvector.
        options: of the layers.
    """

    def __init__(self, k: int, *widths: int, hidden: int = 128, each: int = 8, **options: bool) -> None:
        super().__init__()
        self.phi, self.rho = Layers(1, hidden, each, **options), Layers(each * k, *widths, **options)

    def forward(self, graph: Graph, vectors: Tensor) -> Tensor:
        """Embeddings ``[N, m]``."""
        both = torch.stack([vectors, -vectors], 1)[..., None]
        z: Tensor = self.rho(graph, self.phi(graph, both).sum(1).flatten(1))
        return z


class Gates(nn.Module):
    """Layers ``(gate(x) + 3 gate(M x)) / 4``, M the matrix of graph convolutions: sums of nodes and their neighbours.

    The published code has ``2 x + gate(x) + gate(mean x)``. Here the layers neither grow nor vanish, and what is rough
    on the graph fades sooner, before any training: of 16 eigenvectors of two copies 15 are noise.

    Args:
        k: eigenvectors.
        layers: how many.
        width: of the hidden layers of the gates.
        degrees: give the logarithms of the degrees, standardised, to the gates.
        scaled: eigenvectors come with length 1, not √n.
        messages: else each node by itself, ``gate(x)``.
    """

    def __init__(
        self,
        k: int,
        layers: int = 4,
        width: int = 92,
        *,
        degrees: bool = False,
        scaled: bool = True,
        messages: bool = True,
    ) -> None:
        super().__init__()
        self.degrees, self.scaled = degrees, scaled
        options = {"width": width, "features": int(degrees)}
        self.own = nn.ModuleList(SignEquivariantGate(k, **options) for _ in range(layers))
        self.others = nn.ModuleList(SignEquivariantGate(k, **options) for _ in range(layers if messages else 0))
        self.size = nn.Parameter(torch.full((k,), 0.3))

    def forward(self, graph: Graph, vectors: Tensor) -> Tensor:
        """Embeddings ``[N, k]``."""
        features = graph.log_degrees[:, None].to(vectors) if self.degrees else None
        x = vectors * graph.nodes**0.5 if self.scaled else vectors
        for own, others in zip_longest(self.own, self.others):
            new = own(x, features)
            x = new if others is None else (new + 3 * others(graph.normalised(x), features)) / 4
        return x * self.size


class General(nn.Module):
    """`symmetra.spectral.SignEquivariantNetwork`: layers that can be any sign-equivariant function of whole columns.

    Args:
        k: eigenvectors.
        scaled: eigenvectors come with length 1, not √n.
    """

    def __init__(self, k: int, scaled: bool) -> None:
        super().__init__()
        self.net = SignEquivariantNetwork(k, scaled=scaled)

    def forward(self, graph: Graph, vectors: Tensor) -> Tensor:
        """Embeddings ``[N, k]``."""
        z: Tensor = self.net(vectors, graph.adjacency(vectors.dtype))
        return z


def encoder(arm: str, k: int, seed: int, width: int = 0) -> nn.Module:
    """An untrained encoder.

    Args:
        arm: ``gcn``, ``signnet``, ``raw``, ``equivariant``, ``equivariant+degree``, ``general``; with `` perceptron``
            after it, a network that looks at each node by itself; ``signnet+dear`` is SignNet with its products in the
            order of the published code.
        k: eigenvectors.
        seed: of the weights.
        width: of the hidden layers for many small graphs, whose eigenvectors come with length √n; 0 for the published
            sizes and one graph.
    """
    torch.manual_seed(seed)
    kind, messages, scaled = arm.split()[0], not arm.endswith("perceptron"), not width
    widths = (width, width // 2) if width else (128, 64)
    if kind == "gcn":
        return Structure(widths[0], *widths)
    if kind.startswith("signnet"):
        return SignNet(k, *widths, hidden=widths[0], messages=messages, cheaper=kind == "signnet")
    if kind == "raw":
        return Layers(k, widths[0], *widths, messages=messages)
    if kind == "general":
        return General(k, scaled=scaled)
    size = {"layers": 2, "width": width} if width else {}
    return Gates(k, **size, degrees=kind.endswith("+degree"), scaled=scaled, messages=messages)
