"""Part 1: link prediction on one graph that is two copies of a random one, by the protocol of the published code.

Two copies of ER(1000, 0.05) or BA(1000, 20) and 1000 random pairs; links split 80/10/10; the 16 eigenvectors after the
first of the training graph for all splits; fresh negatives in every epoch; Adam 0.01, the whole graph at once; test AUC
at the best validation AUC. Messages pass over training links, at the test over those of validation as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from symmetra.studies.runner import Unit
from symmetra.studies.sign.config import SignConfig
from symmetra.studies.sign.encoders import encoder
from symmetra.studies.sign.graphs import Graph, barabasi_albert, erdos_renyi, hidden, no_links, two_copies
from symmetra.studies.sign.scores import area
from symmetra.training import fit

FAMILIES = ("er", "ba")
ARMS = ("gcn", "signnet", "raw", "equivariant", "equivariant+degree")
K, RATE, DRAWS = 16, 0.01, 5  # eigenvectors, learning rate, draws of column flips at the test


@dataclass(frozen=True)
class Task:
    """One graph with its links split.

    Attributes:
        whole: with all links.
        train: with those of training; messages pass over them.
        test: with those of training and validation; messages pass over them at the test.
        vectors: of the training graph ``[N, 16]``.
        held: links and as many pairs without one, for ``validation`` and ``test``.
    """

    whole: Graph
    train: Graph
    test: Graph
    vectors: Tensor
    held: dict[str, tuple[Tensor, Tensor]]

    @property
    def copy(self) -> int:
        """Nodes of each copy."""
        return self.whole.nodes // 2


@lru_cache(maxsize=1)
def task(family: str, copy: int, seed: int) -> Task:
    """The graph of a seed; the density is that of the published sizes, whatever the size."""
    links = erdos_renyi(copy, 50 / copy, seed) if family == "er" else barabasi_albert(copy, 20, seed)
    whole = two_copies(links, copy, copy, seed)
    train, validation, test = hidden(whole, (0.1, 0.1), seed)
    seen = Graph(whole.nodes, train)
    source = np.random.default_rng(seed + 3)
    held = {
        name: (links, no_links(whole, len(links), source))
        for name, links in (("validation", validation), ("test", test))
    }
    return Task(whole, seen, Graph(whole.nodes, torch.cat([train, validation])), seen.eigenvectors(K).float(), held)


def scores(z: Tensor, pairs: Tensor) -> Tensor:
    """Products of the embeddings of two nodes each."""
    return (z[pairs[:, 0]] * z[pairs[:, 1]]).sum(-1)


def learning(family: str, arm: str, seed: int, copy: int, epochs: int) -> dict[str, Any]:
    """Train one encoder.

    Args:
        family: ``er`` or ``ba``.
        arm: one of ``ARMS``.
        seed: of graph, split, weights and negatives.
        copy: nodes of each copy.
        epochs: of training.

    Returns:
        AUC of ``test`` and ``validation`` where the latter is best, the test AUC with columns ``flipped``, whether
        scores then are ``same`` to the bit, processor ``seconds`` of an epoch, ``parameters``.
    """
    found, source = task(family, copy, seed), np.random.default_rng(seed + 4)
    model = encoder(arm, K, seed)
    links, seconds, reached = found.train.links, [time.process_time()], []

    def embedded(net: Any, graph: Graph, vectors: Tensor = found.vectors) -> Tensor:
        return net(graph, vectors)

    def loss(net: Any, positive: Tensor) -> Tensor:
        z, negative = embedded(net, found.train), no_links(found.train, len(positive), source)
        against = torch.cat([torch.ones(len(positive)), torch.zeros(len(negative))])
        return nn.functional.binary_cross_entropy_with_logits(scores(z, torch.cat([positive, negative])), against)

    def measured(net: Any, split: str, vectors: Tensor = found.vectors) -> float:
        z = embedded(net, found.test if split == "test" else found.train, vectors)
        return area(*(scores(z, pairs) for pairs in found.held[split]))

    def validate(net: Any) -> Tensor:
        reached.append((measured(net, "validation"), measured(net, "test")))
        seconds.append(time.process_time())
        return torch.tensor(-reached[-1][0])

    fit(model, loss, links, steps=epochs, lr=RATE, validate=validate, every=1, seed=seed)
    validation, test = max(reached, key=lambda pair: pair[0])
    with torch.no_grad():
        plain = scores(embedded(model, found.test), found.held["test"][0])
        flips = torch.as_tensor(source.integers(2, size=(DRAWS, K)) * 2 - 1).float()
        turned = [measured(model, "test", found.vectors * flip) for flip in flips]
        same = all(
            bool((scores(embedded(model, found.test, found.vectors * flip), found.held["test"][0]) == plain).all())
            for flip in flips
        )
    result = {"test": test, "validation": validation, "flipped": float(np.mean(turned)), "same": same}
    result |= {"seconds": float(np.median(np.diff(seconds))), "parameters": sum(p.numel() for p in model.parameters())}
    return result


def oracles(family: str, seed: int, copy: int) -> dict[str, Any]:
    """AUC of what could be known: the copy, the degrees, both, the link's twin in the other copy; raw products.

    Also how well the second eigenvector tells the copies apart, and the eigenvalue gap that lets it.
    """
    found = task(family, copy, seed)
    logs = (found.test.degrees + 1).log()

    def same(pairs: Tensor) -> Tensor:
        return ((pairs[:, 0] < copy) == (pairs[:, 1] < copy)).double()

    def degree(pairs: Tensor) -> Tensor:
        return logs[pairs[:, 0]] + logs[pairs[:, 1]]

    def twin(pairs: Tensor) -> Tensor:
        other = (pairs + copy) % (2 * copy)
        return found.test.linked[other[:, 0], other[:, 1]].double()

    rules = {
        "copy": same,
        "degree": degree,
        "copy and degree": lambda pairs: 1e3 * same(pairs) + degree(pairs),
        "twin": twin,
        "dot": lambda pairs: scores(found.vectors, pairs),
    }
    result: dict[str, Any] = {name: area(*map(rule, found.held["test"])) for name, rule in rules.items()}
    side = torch.where(torch.arange(2 * copy) < copy, 1.0, -1.0)
    second = found.vectors[:, 0]
    return result | {
        "correlation": float((second @ side).abs() / (second.norm() * side.norm())),
        "expected": expected(found.whole, copy),
    }


def expected(whole: Graph, copy: int) -> float:
    """The AUC that knowing the copy gives on average, from the shares of links and of pairs inside a copy."""
    inside = float(((whole.links < copy).sum(1) != 1).double().mean())
    apart = ~whole.linked
    free = float(torch.stack([apart[:copy, :copy].sum(), apart[copy:, copy:].sum()]).sum() / apart.sum())
    return inside * (1 - free) + (inside * free + (1 - inside) * (1 - free)) / 2


def epochs(family: str, seed: int, copy: int, rounds: int) -> dict[str, Any]:
    """Processor seconds of an epoch of every arm: the least of some short trainings, taken in turns.

    Other work on the machine slows an epoch by up to a half, and not the same for all; the least of several is what
    the epoch takes.
    """
    arms = (*ARMS, "signnet+dear")
    turns = [{arm: learning(family, arm, seed, copy, 4)["seconds"] for arm in arms} for _ in range(rounds)]
    return {arm: min(turn[arm] for turn in turns) for arm in arms}


def units(config: SignConfig) -> list[Unit]:
    """Oracles, every arm, and the time of an epoch, for both families and every seed."""
    found = []
    for seed in range(config.slow_seeds):
        for family in FAMILIES:
            place, shared = f"links/{family}", {"family": family, "seed": seed, "copy": config.copy}
            found.append(Unit(f"{place}/oracles/seed{seed}", oracles, shared))
            for arm in ARMS:
                arguments = shared | {"arm": arm, "epochs": config.epochs}
                found.append(Unit(f"{place}/{arm}/seed{seed}", learning, arguments))
            found.append(Unit(f"{place}/epochs/seed{seed}", epochs, shared | {"rounds": config.rounds}))
    return found
