"""A graph transform with the calling convention of PyTorch Geometric, which it does not import."""

from __future__ import annotations

import copy
from typing import Any

import torch

from symmetra.inputs import InputError, describe
from symmetra.spectral._columns import size
from symmetra.spectral._eigenpairs import eigenpairs


class AddLaplacianEigenvectorPE:
    """Laplacian eigenvectors as a node attribute: put in place of ``torch_geometric.transforms``' class of this name.

    The eigenvectors of the k smallest eigenvalues of ``I − D^(-1/2) A D^(-1/2)`` after the first, float32. Unlike there
    they are the same at every call and in every process; graphs of k nodes or fewer get zero columns; the column left
    out is the vector known beforehand, so that the components of a graph that falls apart keep theirs. Signs are the
    same every time, or random by ``seed``. As there, all is computed in single precision unless told otherwise,
    self-loops are left out, and isolated nodes have the eigenvalue 1.

    Args:
        k: how many eigenvectors.
        attr_name: the attribute; None to append them to ``x``.
        is_undirected: accepted; a directed graph is refused.
        eigenvalues: the attribute that gets the eigenvalues ``[k]``; None for none.
        seed: of random signs, and of random rotations inside of eigenspaces; None for those that eigenpairs gives.
        dtype: ``torch.float64`` computes in double precision, and tells eigenvalues apart that single precision does
            not; the attributes are float32 either way.

    Example:
        >>> from types import SimpleNamespace
        >>> path = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
        >>> data = AddLaplacianEigenvectorPE(2)(SimpleNamespace(edge_index=path, num_nodes=3))
        >>> data.laplacian_eigenvector_pe.shape
        torch.Size([3, 2])
    """

    def __init__(
        self,
        k: Any,
        attr_name: Any = "laplacian_eigenvector_pe",
        is_undirected: Any = False,
        *,
        eigenvalues: Any = None,
        seed: Any = None,
        dtype: Any = torch.float32,
    ) -> None:
        self.k, self.attr_name, self.is_undirected = size(k, "k"), attr_name, bool(is_undirected)
        self.eigenvalues, self.seed, self.dtype = eigenvalues, seed, dtype

    def __call__(self, data: Any) -> Any:
        """A shallow copy of the graph with the attribute."""
        return self.forward(copy.copy(data))

    def forward(self, data: Any) -> Any:
        """The graph itself with the attribute.

        Raises:
            InputError: no ``edge_index``, directed edges, no nodes.
        """
        edges = getattr(data, "edge_index", None)
        if not isinstance(edges, torch.Tensor):
            raise InputError("data", describe(data), "an object with an edge_index [2, edges]", "Data(edge_index=…)")
        weights, kept = getattr(data, "edge_weight", None), edges[0] != edges[1]
        graph = {
            "edge_index": edges[:, kept],
            "edge_weight": None if weights is None else weights.reshape(-1)[kept],
            "num_nodes": data.num_nodes,
        }
        found = eigenpairs(graph, self.k + 1, "sym", isolated=1, dtype=self.dtype).without_first()
        found = found if self.seed is None else found.redrawn(self.seed)
        encoding = found.vectors.to(torch.float32)
        if self.attr_name is None:
            x = getattr(data, "x", None)
            columns = [] if x is None else [x[:, None] if x.ndim == 1 else x]
            data.x = torch.cat([*columns, encoding.to(columns[0]) if columns else encoding], dim=-1)
        else:
            setattr(data, self.attr_name, encoding)
        if self.eigenvalues is not None:
            setattr(data, self.eigenvalues, found.values.to(torch.float32))
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k})"
