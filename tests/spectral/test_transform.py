"""The transform on objects that have the attributes of a graph, whoever made them."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from symmetra.inputs import InputError
from symmetra.spectral import AddLaplacianEigenvectorPE, eigenpairs

from .graphs import apart, random, ring


def data(A: torch.Tensor, **attributes: object) -> SimpleNamespace:
    return SimpleNamespace(edge_index=A.nonzero().mT, edge_weight=None, num_nodes=len(A), **attributes)


def test_nontrivial_eigenvectors_the_same_every_time() -> None:
    A = random(30, 6)
    graph = data(A)
    out = AddLaplacianEigenvectorPE(5, eigenvalues="spectrum")(graph)
    found = eigenpairs(A, 6, dtype=torch.float32).without_first()
    assert torch.equal(out.laplacian_eigenvector_pe, found.vectors.float())
    assert torch.equal(out.spectrum, found.values.float())
    assert not hasattr(graph, "laplacian_eigenvector_pe")  # a copy was made
    again = AddLaplacianEigenvectorPE(5, is_undirected=True)(graph)
    assert torch.equal(out.laplacian_eigenvector_pe, again.laplacian_eigenvector_pe)
    drawn = AddLaplacianEigenvectorPE(5, seed=1)(graph).laplacian_eigenvector_pe
    double = AddLaplacianEigenvectorPE(5, dtype=torch.float64)(graph).laplacian_eigenvector_pe
    assert torch.equal(double, eigenpairs(A, 6).vectors[:, 1:].float()) and torch.allclose(
        double, found.vectors, atol=1e-5
    )
    assert torch.equal(drawn.abs(), out.laplacian_eigenvector_pe.abs()) and not torch.equal(
        drawn, found.vectors.float()
    )


def test_components_keep_their_vectors_and_random_bases_stay_away_from_the_trivial_one() -> None:
    A = apart(ring(5), random(12, 8, 3))
    for seed in (None, 0, 1):
        V = AddLaplacianEigenvectorPE(1, seed=seed)(data(A)).laplacian_eigenvector_pe[:, 0]
        own = V / A.sum(1).sqrt().float()
        assert torch.allclose(own[:5], own[:1].expand(5), atol=1e-6)
        assert float(own[0] * own[5]) < 0  # orthogonal to the roots of the degrees


def test_appended_to_features_and_padded() -> None:
    A = ring(3)
    for x, width in ((torch.zeros(3, 2), 7), (torch.zeros(3), 6), (None, 5)):
        out = AddLaplacianEigenvectorPE(5, attr_name=None)(data(A, x=x))
        assert out.x.shape == (3, width) and not bool(out.x[:, -3:].any())


def test_self_loops_are_left_out_and_weights_count() -> None:
    A = random(12, 6, 2) * torch.linspace(1, 2, 12).outer(torch.linspace(1, 2, 12)).double()
    looped = A + torch.eye(12).double()
    edges = looped.nonzero().mT
    graph = SimpleNamespace(edge_index=edges, edge_weight=looped[edges[0], edges[1]], num_nodes=12)
    out = AddLaplacianEigenvectorPE(3)(graph).laplacian_eigenvector_pe
    assert torch.allclose(out, eigenpairs(A, 4).vectors[:, 1:].float(), atol=1e-6)


def test_bad_graphs() -> None:
    with pytest.raises(InputError, match="symmetric"):
        AddLaplacianEigenvectorPE(2)(SimpleNamespace(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3))
    with pytest.raises(InputError, match="data: got"):
        AddLaplacianEigenvectorPE(2)(SimpleNamespace(num_nodes=3))
    with pytest.raises(InputError, match="k: got"):
        AddLaplacianEigenvectorPE(0)


def test_geometric_is_not_imported() -> None:
    code = "import sys, symmetra.spectral; print('torch_geometric' in sys.modules, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
