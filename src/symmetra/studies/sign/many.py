"""Part 2: link prediction on many graphs, with eigenvectors whose signs are drawn afresh for every graph.

A graph is a chain of four blocks of random sizes, linked inside and to the next: to tell near from far blocks takes
three eigenvectors together, so that their signs matter. Of each graph a fifth of the links is hidden; eigenvectors and
messages are those of the rest. Training graphs come with one draw of signs each, as an eigensolver gives them;
in the arms ``… redrawn`` signs are drawn again in each step.
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
from symmetra.studies.sign.graphs import Graph, blocks, hidden, no_links, union
from symmetra.studies.sign.links import scores
from symmetra.studies.sign.scores import area
from symmetra.training import fit

ARMS = ("gcn", "signnet", "raw", "raw redrawn", "raw perceptron", "raw perceptron redrawn", "equivariant")
K, WIDTH, RATE, DRAWS, EVERY = 8, 64, 0.01, 5, 5
BLOCKS, LEAST, MOST, INSIDE, NEXT = 4, 30, 60, 0.3, 0.04  # of a chain: blocks, their sizes, chances of a link


@dataclass(frozen=True)
class Collection:
    """Many graphs as one.

    Attributes:
        graph: all of them side by side, without the hidden links.
        which: the graph of each node ``[N]``.
        vectors: ``[N, K]``, of length √n in each graph.
        member: the block of each node ``[N]``.
        pairs: of each graph, hidden links and as many pairs without one.
    """

    graph: Graph
    which: Tensor
    vectors: Tensor
    member: Tensor
    pairs: tuple[tuple[Tensor, Tensor], ...]

    def signed(self, source: np.random.Generator) -> Tensor:
        """The eigenvectors with signs drawn for each graph."""
        return self.vectors * signs(self.which, self.vectors.shape[1], source)


def signs(which: Tensor, k: int, source: np.random.Generator) -> Tensor:
    """±1 for every graph and eigenvector, spread over the nodes ``[N, k]``."""
    return torch.as_tensor(source.integers(2, size=(int(which[-1]) + 1, k)) * 2 - 1).float()[which]


@lru_cache(maxsize=3)
def collection(count: int, seed: int) -> Collection:
    """So many chains, deterministic in the seed."""
    source = np.random.default_rng(seed)
    near = torch.diag(torch.full((BLOCKS - 1,), NEXT), 1)
    graphs, members, vectors, pairs, start = [], [], [], [], 0
    for _ in range(count):
        sizes, own = source.integers(LEAST, MOST + 1, BLOCKS).tolist(), int(source.integers(2**31))
        whole, member = blocks(sizes, torch.eye(BLOCKS) * INSIDE + near + near.T, own)
        seen, away = hidden(whole, (0.2,), own)
        graph = Graph(whole.nodes, seen)
        graphs.append(graph)
        members.append(member)
        vectors.append(graph.eigenvectors(K).float() * graph.nodes**0.5)
        pairs.append((away + start, no_links(whole, len(away), source) + start))
        start += whole.nodes
    graph, which = union(graphs)
    return Collection(graph, which, torch.cat(vectors), torch.cat(members), tuple(pairs))


def mean_area(z: Tensor, pairs: Any) -> float:
    """The AUC of each graph, averaged."""
    return float(np.mean([area(scores(z, links), scores(z, others)) for links, others in pairs]))


def learning(arm: str, train: int, seed: int, others: int, steps: int) -> dict[str, Any]:
    """Train one encoder on some graphs and ask it about others.

    Args:
        arm: one of ``ARMS``.
        train: training graphs.
        seed: of graphs, weights and signs.
        others: graphs that validate, and as many that test.
        steps: of training, all graphs in each.

    Returns:
        The mean test AUC under each of five draws of signs (``test``), whether scores are the ``same`` to the bit under
        all of them, the AUC of the ``oracle`` that knows the blocks, the loss of AUC on the ``training`` graphs when
        their signs change.
    """
    own, checked, asked = (
        collection(count, 1000 * seed + place) for place, count in enumerate((train, others, others), 1)
    )
    source = np.random.default_rng(seed)
    model = encoder(arm.removesuffix(" redrawn"), K, seed, WIDTH)
    given, seen = own.signed(source), checked.signed(source)
    links, none = (torch.cat(parts) for parts in zip(*own.pairs, strict=True))

    def loss(net: Any, positive: Tensor, negative: Tensor) -> Tensor:
        z = net(own.graph, own.signed(source) if arm.endswith("redrawn") else given)
        return nn.functional.softplus(torch.cat([-scores(z, positive), scores(z, negative)])).mean()

    def validate(net: Any) -> Tensor:
        return torch.tensor(-mean_area(net(checked.graph, seen), checked.pairs))

    fit(model, loss, (links, none), steps=steps, lr=RATE, validate=validate, every=EVERY, seed=seed)
    with torch.no_grad():
        drawn = [model(asked.graph, asked.signed(source)) for _ in range(DRAWS)]
        change = [mean_area(model(own.graph, v), own.pairs) for v in (given, own.signed(source))]
    first = torch.cat([scores(drawn[0], links) for links, _ in asked.pairs])
    again = [torch.cat([scores(z, links) for links, _ in asked.pairs]) for z in drawn[1:]]
    near = -(asked.member[:, None] - asked.member).abs()
    known = [area(*(near[pairs[:, 0], pairs[:, 1]] for pairs in both)) for both in asked.pairs]
    result = {
        "test": [mean_area(z, asked.pairs) for z in drawn],
        "same": all(torch.equal(first, other) for other in again),
    }
    return result | {"oracle": float(np.mean(known)), "training": change[0] - change[1]}


def units(config: SignConfig) -> list[Unit]:
    """Every arm, number of training graphs and seed."""
    shared = {"others": config.many_others, "steps": config.many_steps}
    return [
        Unit(f"many/{arm}/n{train}/seed{seed}", learning, {"arm": arm, "train": train, "seed": seed} | shared)
        for seed in range(config.seeds)
        for train in config.many
        for arm in ARMS
    ]
