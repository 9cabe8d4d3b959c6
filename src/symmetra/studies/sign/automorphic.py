"""Part 3: nodes that an automorphism exchanges, on graphs with a mirror and simple eigenvalues.

An eigenvector of a simple eigenvalue is even or odd under the mirror, so that a node and its image have the same
entries up to signs: whoever may not see signs sees one node twice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from symmetra.studies.runner import Unit
from symmetra.studies.sign.config import SignConfig
from symmetra.studies.sign.encoders import encoder
from symmetra.studies.sign.graphs import Graph
from symmetra.studies.sign.links import scores

K, WIDTH, FLIPS = 4, 64, 16

# Half of each graph, and the nodes that are linked to their own image; node 0 has node 1 for a neighbour.
HALVES: dict[str, tuple[tuple[tuple[int, int], ...], tuple[int, ...]]] = {
    "path": (((0, 1), (1, 2)), (2,)),
    "ladder": (((0, 1), (1, 2), (2, 3), (3, 4)), (2, 4)),
    "twins": (((0, 1), (0, 2), (1, 2), (1, 3), (2, 4), (3, 4), (4, 5)), (5,)),
}


def mirrored(name: str) -> Graph:
    """A graph whose automorphism exchanges node i with node N - 1 - i."""
    half, bridges = HALVES[name]
    last = 2 * max(map(max, half)) + 1
    links = [*half, *((last - i, last - j) for i, j in half), *((i, last - i) for i in bridges)]
    return Graph(last + 1, torch.tensor(links))


def looked(name: str, seed: int) -> dict[str, Any]:
    """Untrained encoders in float64 on one graph.

    Args:
        name: of the graph.
        seed: of the weights and of the flips.

    Returns:
        The ``gap`` of the spectrum; |z_0 - z_m| / |z_0| of each invariant encoder, ``apart``; the ``scores`` s(i, 1) of
        node 1 with every node, of all encoders; whether those of the equivariant ones are the ``same`` to the bit
        after flips.
    """
    graph, source = mirrored(name), np.random.default_rng(seed)
    found = graph.spectrum(graph.nodes - 1)
    vectors = found.vectors[:, 1 : K + 1] * graph.nodes**0.5
    pairs = torch.stack([torch.arange(graph.nodes), torch.ones(graph.nodes, dtype=torch.long)], 1)
    apart, relations = {}, {}
    with torch.no_grad():
        for arm in ("signnet", "signnet perceptron"):
            z = encoder(arm, K, seed, WIDTH).double()(graph, vectors)
            apart[arm] = float((z[0] - z[-1]).norm() / z[0].norm())
            relations[arm] = scores(z, pairs).tolist()
        flips, same = torch.as_tensor(source.integers(2, size=(FLIPS, K)) * 2 - 1).double(), True
        for arm in ("equivariant", "general"):
            net = encoder(arm, K, seed, WIDTH).double()
            plain = scores(net(graph, vectors), pairs)
            same &= all(torch.equal(scores(net(graph, vectors * flip), pairs), plain) for flip in flips)
            relations[arm] = plain.tolist()
    return {"gap": float(found.values.diff().min()), "apart": apart, "same": same, "scores": relations}


def units(config: SignConfig) -> list[Unit]:
    """Every graph and seed; three seeds at least, for they cost nothing."""
    seeds = range(max(3, config.seeds))
    return [
        Unit(f"automorphic/{name}/seed{seed}", looked, {"name": name, "seed": seed})
        for name in HALVES
        for seed in seeds
    ]
