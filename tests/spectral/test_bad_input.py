"""What is no graph is refused in one line that says what to write instead."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from symmetra.inputs import InputError
from symmetra.spectral import (
    BasisEquivariantLayer,
    SignEquivariantGate,
    SignEquivariantGraphLayer,
    SignEquivariantLayer,
    SignEquivariantNetwork,
    SignInvariantNet,
    eigenpairs,
    polynomials,
)

from .graphs import path

directed = torch.tensor([[0.0, 1], [0, 0]])
holed = path(3).clone()
holed[0, 1] = holed[1, 0] = float("nan")


@pytest.mark.parametrize(
    ("graph", "words", "match"),
    [
        (directed, {}, r"not symmetric .* write \(A \+ A.T\) / 2"),
        (holed, {}, "2 entries that are NaN"),
        (torch.ones(2, 3), {}, "square"),
        (torch.ones(3), {}, "square"),
        (torch.zeros(0, 0), {}, "without nodes"),
        (SimpleNamespace(edge_index=torch.zeros(2, 0, dtype=torch.long), num_nodes=0), {}, "without nodes"),
        (SimpleNamespace(edge_index=torch.tensor([[0, 5], [5, 0]]), num_nodes=3), {}, "edges to node 5"),
        (SimpleNamespace(edge_index=torch.rand(2, 4), num_nodes=3), {}, "edge_index"),
        ({"edge_index": torch.tensor([[0], [0]]), "edge_weight": torch.ones(3)}, {}, "edge_weight"),
        (torch.tensor([[0, 1j], [-1j, 0]]), {}, "real entries"),
        ("a graph", {}, "graph_or_matrix"),
        (None, {}, "graph_or_matrix"),
        ([], {}, "empty list"),
        ([path(3), directed], {}, r"graph_or_matrix\[1\]: .*not symmetric"),
        (-path(3), {}, "degree .*combinatorial"),
        (path(3), {"k": 0}, "k: got"),
        (path(3), {"k": True}, "k: got"),
        (path(3), {"k": 2.0}, "k: got"),
        (path(3), {"normalization": "both"}, "normalization: .*sym"),
        (path(3), {"tolerance": 2}, "tolerance"),
        (path(3), {"isolated": 3}, "isolated"),
        (path(3), {"executor": 2}, "executor"),
        (path(3), {"dtype": torch.float16}, "dtype"),
    ],
)
def test_bad_graphs(graph: Any, words: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match) as raised:
        eigenpairs(graph, **({"k": 2} | words))
    assert "\n" not in str(raised.value)


def test_more_than_there_are_is_padding() -> None:
    found = eigenpairs(path(3), 5)
    assert found.columns.tolist() == [True] * 3 + [False] * 2 and not bool(found.vectors[:, 3:].any())
    assert found.gaps[2] == torch.inf and not bool(found.values[3:].any()) and not found.cut
    one = eigenpairs(torch.zeros(1, 1), 2)
    assert one.multiplicities == (1,) and one.vectors.tolist() == [[1.0, 0.0]]


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: SignEquivariantGate(0), "k: got"),
        (lambda: SignEquivariantGate(3, width=0), "width: got"),
        (lambda: SignEquivariantGate(3, gate_activation="sine"), "gate_activation: got"),
        (lambda: SignEquivariantGate(3, activation="cosine"), "activation: got"),
        (lambda: SignEquivariantGate(3)(torch.randn(5, 4)), r"x: got .*\[..., 3\]"),
        (lambda: SignEquivariantGate(3, features=2)(torch.randn(5, 3)), "features: got none"),
        (lambda: SignEquivariantGate(3)(torch.randn(5, 3), torch.randn(5, 1)), "features: got"),
        (lambda: SignEquivariantLayer(2, 2.5, 3), "rows_out: got"),
        (lambda: SignEquivariantLayer(2, 2, 3)(torch.randn(3, 3)), "V: got"),
        (lambda: SignEquivariantGraphLayer(1, 0, 3), "rows_out: got"),
        (lambda: SignEquivariantNetwork(3)(torch.randn(5, 3), torch.ones(4, 4)), "adjacency: got"),
        (
            lambda: SignEquivariantNetwork(3)(torch.randn(2, 5, 3), torch.eye(5).to_sparse_coo()),
            "adjacency: got a sparse",
        ),
        (lambda: SignEquivariantNetwork(3)(torch.randn(5, 2)), "vectors: got"),
        (lambda: SignEquivariantNetwork(3, rows=2)(torch.randn(5, 3)), "vectors: got"),
        (lambda: SignInvariantNet(3, 2)(torch.randn(5, 2)), "vectors: got"),
        (lambda: SignInvariantNet(3, 2, features=1)(torch.randn(5, 3)), "features: got none"),
        (lambda: BasisEquivariantLayer(1, 1)(torch.randn(5, 1, 3), torch.randn(2)), "values: got"),
        (lambda: polynomials.sign_equivariant_basis(2, 0), "degree: got"),
        (lambda: eigenpairs(path(3), 2).redrawn(0.5), "seed: got"),
    ],
)
def test_bad_layers(call: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        call()
