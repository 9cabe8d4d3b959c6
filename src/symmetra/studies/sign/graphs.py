"""Graphs of the study: two copies of a random graph, chains and clusters of blocks, unions of many; hidden links.

Everything is deterministic in its seed. A list of links is ``[E, 2]``, each undirected one once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from symmetra.spectral import Eigenpairs, eigenpairs
from symmetra.studies.sign.aggregation import Operator, stored


@dataclass(frozen=True)
class Graph:
    """A graph that messages are passed on, connected or not.

    Attributes:
        nodes: how many.
        links: each undirected one once ``[E, 2]``.
    """

    nodes: int
    links: Tensor

    @cached_property
    def places(self) -> Tensor:
        """Rows and columns of the adjacency matrix ``[2, 2E]``."""
        return torch.cat([self.links.T, self.links.T.flip(0)], 1)

    @cached_property
    def degrees(self) -> Tensor:
        """Neighbours of every node ``[N]``, float32."""
        return torch.bincount(self.links.reshape(-1), minlength=self.nodes).float()

    @cached_property
    def linked(self) -> Tensor:
        """Which pairs of nodes are linked or the same ``[N, N]``."""
        found = torch.eye(self.nodes, dtype=torch.bool)
        found[self.places[0], self.places[1]] = True
        return found

    @cached_property
    def log_degrees(self) -> Tensor:
        """Logarithms of the degrees, of mean 0 and variance 1 ``[N]``."""
        logs = (self.degrees + 1).log()
        return (logs - logs.mean()) / logs.std().clamp_min(1e-6)

    def adjacency(self, dtype: torch.dtype) -> Tensor:
        """Sparse ``[N, N]``."""
        if dtype not in self._stored:
            self._stored[dtype] = stored(self.places, torch.ones(self.places.shape[1], dtype=dtype), self.nodes)
        return self._stored[dtype]

    @cached_property
    def _stored(self) -> dict[torch.dtype, Tensor]:
        return {}

    @cached_property
    def normalised(self) -> Operator:
        """``D^-1/2 (A + 1) D^-1/2`` with D the row sums of A + 1 (arXiv:1609.02907)."""
        places = torch.cat([self.places, torch.arange(self.nodes).expand(2, -1)], 1)
        root = (self.degrees + 1).rsqrt()
        return Operator(places, root[places[0]] * root[places[1]], self.nodes)

    def eigenvectors(self, k: int) -> Tensor:
        """The k after the first of the symmetric normalised Laplacian ``[N, k]``, float64."""
        return self.spectrum(k).vectors[:, 1:]

    def spectrum(self, k: int) -> Eigenpairs:
        """The first k + 1 eigenpairs of the symmetric normalised Laplacian."""
        return eigenpairs({"edge_index": self.places, "num_nodes": self.nodes}, k + 1)


def erdos_renyi(nodes: int, probability: float, seed: int) -> Tensor:
    """Every pair with the same probability."""
    pairs = np.argwhere(np.triu(np.ones((nodes, nodes), bool), 1))
    return torch.as_tensor(pairs[np.random.default_rng(seed).random(len(pairs)) < probability])


def barabasi_albert(nodes: int, each: int, seed: int) -> Tensor:
    """A star of ``each`` + 1 nodes; each later node links to ``each`` others, drawn by their degrees."""
    source = np.random.default_rng(seed)
    ends = [node for other in range(1, each + 1) for node in (0, other)]
    for node in range(each + 1, nodes):
        chosen: set[int] = set()
        while len(chosen) < each:
            chosen.add(ends[source.integers(len(ends))])
        ends += [end for other in sorted(chosen) for end in (other, node)]
    return torch.as_tensor(ends).reshape(-1, 2)


def two_copies(links: Tensor, nodes: int, extra: int, seed: int) -> Graph:
    """A graph twice, and ``extra`` random pairs of all nodes."""
    pairs = np.random.default_rng(seed + 1).integers(2 * nodes, size=(extra, 2))
    return Graph(2 * nodes, _once(torch.cat([links, links + nodes, torch.as_tensor(pairs)])))


def blocks(sizes: Sequence[int], probabilities: Tensor, seed: int) -> tuple[Graph, Tensor]:
    """A stochastic block model with the block of each node; without isolated nodes, which are linked to their block.

    Args:
        sizes: of the blocks.
        probabilities: of a link between two blocks ``[B, B]``, symmetric.
        seed: of the links.
    """
    member = torch.arange(len(sizes)).repeat_interleave(torch.as_tensor(sizes))
    chance = probabilities[member[:, None], member].triu(1).numpy()
    source = np.random.default_rng(seed)
    links = torch.as_tensor(np.argwhere(source.random(chance.shape) < chance))
    alone = [int(i) for i in (torch.bincount(links.reshape(-1), minlength=len(member)) == 0).nonzero()]
    own = [
        [i, int(source.choice(np.flatnonzero((member == member[i]).numpy() & (np.arange(len(member)) != i))))]
        for i in alone
    ]
    return Graph(len(member), _once(torch.cat([links, torch.as_tensor(own, dtype=torch.long).reshape(-1, 2)]))), member


def union(graphs: Sequence[Graph]) -> tuple[Graph, Tensor]:
    """All of them side by side as one, with the number of the graph that each node belongs to ``[N]``."""
    counts = torch.as_tensor([graph.nodes for graph in graphs])
    starts = counts.cumsum(0) - counts
    links = torch.cat([graph.links + start for graph, start in zip(graphs, starts, strict=True)])
    return Graph(int(counts.sum()), links), torch.arange(len(graphs)).repeat_interleave(counts)


def hidden(graph: Graph, shares: Sequence[float], seed: int) -> list[Tensor]:
    """The links in random order, cut into parts of these shares and the rest, which comes first."""
    count = len(graph.links)
    order = graph.links[torch.as_tensor(np.random.default_rng(seed + 2).permutation(count))]
    sizes = [int(share * count) for share in shares]
    return list(order.split([count - sum(sizes), *sizes]))


def no_links(graph: Graph, count: int, source: np.random.Generator) -> Tensor:
    """Random pairs that are no links of the graph ``[count, 2]``."""
    pairs = torch.as_tensor(source.integers(graph.nodes, size=(count + count // 2 + 16, 2)))
    free = pairs[~graph.linked[pairs[:, 0], pairs[:, 1]]]
    return free[:count] if len(free) >= count else torch.cat([free, no_links(graph, count - len(free), source)])


def _once(pairs: Tensor) -> Tensor:
    pairs = pairs.sort(1).values
    return pairs[pairs[:, 0] != pairs[:, 1]].unique(dim=0)
