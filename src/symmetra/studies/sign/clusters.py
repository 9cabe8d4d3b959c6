"""Part 6: node clustering on stochastic block models, by the recipe of the CLUSTER set as far as it is known.

Six blocks of 5 to 35 nodes, links with probability 0.55 inside and 0.25 outside; one node of each block is
known. A node is given the label whose known node it goes with: the score of a label is a perceptron of the product of
the two embeddings, the same for all labels and for every encoder, so that only the encoders differ. Signs are fresh for
every graph; in the arms ``… redrawn`` they are drawn again in each step of training.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symmetra.studies.runner import Unit
from symmetra.studies.sign.config import SignConfig
from symmetra.studies.sign.encoders import encoder
from symmetra.studies.sign.graphs import Graph, blocks, union
from symmetra.studies.sign.many import signs
from symmetra.training import fit

ARMS = (
    "gcn",
    "signnet",
    "signnet perceptron",
    "raw",
    "raw redrawn",
    "raw perceptron",
    "raw perceptron redrawn",
    "equivariant",
    "equivariant perceptron",
)
K, RATE, EVERY, DRAWS = 10, 0.01, 5, 3
BLOCKS, LEAST, MOST, INSIDE, OUTSIDE = 6, 5, 35, 0.55, 0.25


@dataclass(frozen=True)
class Blocks:
    """Many graphs with blocks as one: the graph, the graph of each node, eigenvectors, labels, and the known nodes.

    Attributes:
        graph: all of them side by side.
        which: the graph of each node ``[N]``.
        vectors: ``[N, K]``, of length √n in each graph.
        labels: the block of each node ``[N]``.
        known: for every graph a node of each block ``[G, 6]``.
    """

    graph: Graph
    which: Tensor
    vectors: Tensor
    labels: Tensor
    known: Tensor

    def accuracy(self, logits: Tensor) -> float:
        """The mean over labels of the share of their nodes that are found, known ones left out."""
        right, free = logits.argmax(1) == self.labels, torch.ones(len(self.labels), dtype=torch.bool)
        free[self.known.reshape(-1)] = False
        return float(np.mean([float(right[free & (self.labels == label)].float().mean()) for label in range(BLOCKS)]))


@lru_cache(maxsize=3)
def drawn(count: int, seed: int) -> Blocks:
    """So many graphs, deterministic in the seed."""
    source = np.random.default_rng(seed)
    chances = torch.full((BLOCKS, BLOCKS), OUTSIDE).fill_diagonal_(INSIDE)
    graphs, labels, vectors, known, start = [], [], [], [], 0
    for _ in range(count):
        sizes = source.integers(LEAST, MOST + 1, BLOCKS).tolist()
        graph, member = blocks(sizes, chances, int(source.integers(2**31)))
        graphs.append(graph)
        labels.append(member)
        vectors.append(graph.eigenvectors(K).float() * graph.nodes**0.5)
        known.append([start + int(source.choice(np.flatnonzero(member == label))) for label in range(BLOCKS)])
        start += graph.nodes
    graph, which = union(graphs)
    return Blocks(graph, which, torch.cat(vectors), torch.cat(labels), torch.tensor(known))


class Labelled(nn.Module):
    """Logits ``[N, 6]`` from the products of a node's embedding with those of the known nodes of its graph."""

    def __init__(self, net: nn.Module, width: int) -> None:
        super().__init__()
        self.net, self.score = net, nn.Sequential(nn.Linear(width, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, data: Blocks, vectors: Tensor) -> Tensor:
        """The logits."""
        z = self.net(data.graph, vectors)
        logits: Tensor = self.score(z[:, None] * z[data.known[data.which]])[..., 0]
        return logits


def learning(arm: str, seed: int, train: int, steps: int, widths: list[int]) -> dict[str, Any]:
    """Train one encoder with the common head at every width, and keep the one that validates best.

    Args:
        arm: one of ``ARMS``.
        seed: of graphs, weights and signs.
        train: training graphs; half as many validate, as many test.
        steps: of training, all graphs in each.
        widths: of the hidden layers that are tried.

    Returns:
        The ``test`` and ``validation`` accuracy, the former averaged over draws of signs; whether the logits are the
        ``same`` to the bit under all of them; ``width`` and ``parameters``; and the ``plain`` accuracy of the summed
        products of five eigenvectors, without training.
    """
    asked = drawn(train, 1000 * seed + 3)
    source = np.random.default_rng(seed)
    made = [trained(arm, seed, train, steps, width) for width in widths]
    model, validation = max(made, key=lambda pair: pair[1])
    with torch.no_grad():
        logits = [model(asked, asked.vectors * signs(asked.which, K, source)) for _ in range(DRAWS)]
    few = asked.vectors[:, : BLOCKS - 1]
    plain = asked.accuracy((few[:, None] * few[asked.known[asked.which]]).sum(-1))
    result = {
        "test": float(np.mean([asked.accuracy(part) for part in logits])),
        "plain": plain,
        "validation": validation,
    }
    result |= {"same": all(torch.equal(logits[0], part) for part in logits[1:])}
    sizes = {"parameters": sum(p.numel() for p in model.parameters()), "width": widths[made.index((model, validation))]}
    return result | sizes


def trained(arm: str, seed: int, train: int, steps: int, width: int) -> tuple[nn.Module, float]:
    """One encoder with its head after training, with the parameters that validated best; and that accuracy."""
    own, checked = (drawn(count, 1000 * seed + place) for place, count in enumerate((train, train // 2), 1))
    source = np.random.default_rng(seed + 1)
    net = encoder(arm.removesuffix(" redrawn"), K, seed, width)
    with torch.no_grad():
        model = Labelled(net, net(own.graph, own.vectors).shape[1])
    given, seen = (data.vectors * signs(data.which, K, source) for data in (own, checked))
    weights = 1 / torch.bincount(own.labels).float()

    def loss(net: Any, labels: Tensor) -> Tensor:
        vectors = own.vectors * signs(own.which, K, source) if arm.endswith("redrawn") else given
        return nn.functional.cross_entropy(net(own, vectors), labels, weights)

    def validate(net: Any) -> Tensor:
        return torch.tensor(-checked.accuracy(net(checked, seen)))

    found = fit(model, loss, own.labels, steps=steps, lr=RATE, validate=validate, every=EVERY, seed=seed)
    return model, -float(found.best.min())


def units(config: SignConfig) -> list[Unit]:
    """Every arm and seed."""
    shared = {"train": config.clusters, "steps": config.cluster_steps, "widths": list(config.cluster_widths)}
    return [
        Unit(f"clusters/{arm}/seed{seed}", learning, {"arm": arm, "seed": seed} | shared)
        for seed in range(config.seeds)
        for arm in ARMS
    ]
