"""Our transform in the place of AddLaplacianEigenvectorPE: the same eigenspaces, wherever theirs are defined."""

from __future__ import annotations

import pytest
import torch
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import AddLaplacianEigenvectorPE as Theirs
from torch_geometric.transforms import Compose
from torch_geometric.utils import get_laplacian, to_undirected

from symmetra.spectral import AddLaplacianEigenvectorPE as Ours
from symmetra.spectral import SignEquivariantNetwork, eigenpairs

pytestmark = pytest.mark.interop


def graph(n: int, degree: float, seed: int, weighted: bool = False) -> Data:
    """A connected random graph: a path, and random edges."""
    source = torch.Generator().manual_seed(seed)
    path = torch.stack([torch.arange(n - 1), torch.arange(1, n)])
    more = torch.randint(0, n, (2, int(degree * n / 2)), generator=source)
    weight = torch.rand(n - 1 + more.shape[1], generator=source) + 0.5 if weighted else None
    edges = torch.cat([path, more], 1)
    if weight is None:
        return Data(edge_index=to_undirected(edges, num_nodes=n), num_nodes=n)
    edges, weight = to_undirected(edges, weight, num_nodes=n, reduce="mean")
    return Data(edge_index=edges, edge_weight=weight, num_nodes=n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n", [12, 60, 150, 400])
def test_projectors_are_equal(n: int, weighted: bool) -> None:
    data = graph(n, 4, n, weighted)
    theirs = Theirs(6, is_undirected=True)(data).laplacian_eigenvector_pe.double()
    ours = Ours(6)(data).laplacian_eigenvector_pe
    assert ours.dtype == torch.float32 and ours.shape == (n, 6)
    found = eigenpairs(data, 7).without_first()
    assert set(found.multiplicities) == {1} and not found.cut
    # Column by column: their matrix is in single precision, so a small gap magnifies 1e-7.
    for j, gap in enumerate(found.gaps.tolist()):
        below = found.gaps[j - 1].item() if j else found.values[0].item()
        P, Q = (torch.outer(V[:, j], V[:, j]).double() for V in (ours, theirs))
        assert float((P - Q).abs().max()) < 1e-4 + 1e-5 / min(gap, below)


def test_the_operator_is_theirs() -> None:
    """Self-loops and isolated nodes included."""
    data = graph(20, 3, 1)
    data.edge_index = torch.cat([data.edge_index, torch.tensor([[4, 5], [4, 5]])], 1)
    data.num_nodes = 23
    index, weight = get_laplacian(data.edge_index, None, "sym", torch.float64, 23)
    L = torch.sparse_coo_tensor(index, weight, (23, 23)).to_dense()
    out = Ours(6, eigenvalues="spectrum")(data)
    V = out.laplacian_eigenvector_pe.double()
    assert float((L @ V - V * out.spectrum.double()).abs().max()) < 1e-6


@pytest.mark.parametrize("attr_name", [None, "pe"])
def test_attributes_batches_and_compositions(attr_name: str | None) -> None:
    graphs = [graph(n, 3, n) for n in (8, 15)]
    for one in graphs:
        one.x = torch.ones(one.num_nodes, 2)
    name = attr_name or "x"
    ours = Batch.from_data_list([Compose([Ours(3, attr_name)])(one) for one in graphs])
    theirs = Batch.from_data_list([Compose([Theirs(3, attr_name, is_undirected=True)])(one) for one in graphs])
    assert ours[name].shape == theirs[name].shape and ours[name].dtype == theirs[name].dtype
    net = SignEquivariantNetwork(3)
    A = torch.sparse_coo_tensor(ours.edge_index, torch.ones(ours.edge_index.shape[1]), (23, 23))
    assert net(ours[name][:, -3:], A).shape == (23, 3)


def test_ours_is_the_same_every_time_and_theirs_is_not() -> None:
    data = graph(40, 4, 3)
    one, two = (Ours(8)(data).laplacian_eigenvector_pe for _ in range(2))
    assert torch.equal(one, two)
    torch.manual_seed(0)
    signs = {tuple(Theirs(8)(data).laplacian_eigenvector_pe[0].sign().tolist()) for _ in range(10)}
    assert len(signs) > 1


def test_graphs_of_fewer_nodes_are_padded() -> None:
    assert Ours(6)(graph(4, 2, 0)).laplacian_eigenvector_pe.shape == (4, 6)
