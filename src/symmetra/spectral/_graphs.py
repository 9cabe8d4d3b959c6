"""What is given as a graph, as a symmetric matrix: arrays, sparse matrices, and objects with an ``edge_index``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from symmetra.inputs import InputError, describe

DENSE = 2000  # nodes up to which a graph is held, and solved, as a dense matrix
_ASYMMETRY = 1e3  # in units of the rounding of the largest entry


def as_adjacency(graph: Any, argument: str) -> Any:
    """A finite symmetric float64 matrix ``[n, n]``: a NumPy array up to ``DENSE`` nodes or if it came dense, else CSR.

    Raises:
        InputError: no graph or matrix, no nodes, not square, complex, NaN, edges to nodes that are not there,
            directed edges.
    """
    if hasattr(graph, "edge_index") or isinstance(graph, Mapping):
        matrix, eps = _from_edges(graph, argument)
    elif hasattr(graph, "tocsr"):
        matrix, eps = graph.tocsr(), _rounding(graph.dtype)
    elif isinstance(graph, torch.Tensor) and graph.layout != torch.strided:
        entries, eps = graph.detach().cpu().to_sparse_coo().coalesce(), _rounding(graph.dtype)
        matrix = _csr(entries.indices().numpy(), entries.values().numpy(), tuple(entries.shape), argument)
    else:
        try:
            array = graph.detach().cpu().numpy() if isinstance(graph, torch.Tensor) else np.asarray(graph)
            matrix, eps = np.array(array, dtype=None if array.dtype.kind == "c" else np.float64), _rounding(array.dtype)
        except (TypeError, ValueError) as error:
            instead = "networkx.to_scipy_sparse_array(G), or A.toarray()"
            raise InputError(argument, describe(graph), "a graph or a symmetric matrix", instead) from error
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(argument, describe(graph), "a square matrix [n, n], or a graph with an edge_index")
    n, entries = matrix.shape[0], matrix if isinstance(matrix, np.ndarray) else matrix.data
    if n == 0:
        raise InputError(argument, "a graph without nodes", "at least one node", "[g for g in graphs if g.num_nodes]")
    if matrix.dtype.kind == "c":
        raise InputError(argument, describe(graph), "real entries", "[[A.real, -A.imag], [A.imag, A.real]]")
    if not np.isfinite(entries).all():
        bad = int((~np.isfinite(entries)).sum())
        raise InputError(argument, f"{bad} entries that are NaN or infinite", "finite numbers")
    if not isinstance(matrix, np.ndarray):
        matrix = matrix.toarray() if n <= DENSE else matrix.astype(np.float64)
    odd = abs(matrix - matrix.T).max()
    if odd > _ASYMMETRY * eps * abs(entries).max(initial=0.0):
        got = f"a matrix that is not symmetric (entries differ from their mirror by up to {odd:.1e})"
        raise InputError(argument, got, "a symmetric matrix, or undirected edges, each both ways", "(A + A.T) / 2")
    return (matrix + matrix.T) / 2 if odd else matrix


def _from_edges(graph: Any, argument: str) -> tuple[Any, float]:
    """Duck-typed: what PyTorch Geometric calls a ``Data`` has these attributes; a mapping may have them as keys."""
    get = graph.get if isinstance(graph, Mapping) else lambda name: getattr(graph, name, None)
    edges, weights, n = get("edge_index"), get("edge_weight"), get("num_nodes")
    if not isinstance(edges, torch.Tensor) or edges.ndim != 2 or len(edges) != 2 or edges.is_floating_point():
        raise InputError(argument, f"edge_index: {describe(edges)}", "whole numbers [2, edges]", "edge_index=…")
    ends = edges.detach().cpu().numpy()
    top = int(ends.max(initial=-1)) + 1
    n = top if n is None else int(n)
    if top > n or ends.min(initial=0) < 0:
        raise InputError(argument, f"edges to node {top - 1}, or below 0", f"nodes 0 … {n - 1}", "num_nodes=…")
    if weights is None:
        values, eps = np.ones(ends.shape[1]), _rounding(np.float64)
    else:
        values, eps = weights.detach().cpu().double().numpy(), _rounding(weights.dtype)
        if values.shape != (ends.shape[1],):
            raise InputError(argument, f"edge_weight: {describe(weights)}", f"one weight an edge, [{ends.shape[1]}]")
    if n > DENSE:
        return _csr(ends, values, (n, n), argument), eps
    return np.bincount(ends[0] * n + ends[1], values, n * n).reshape(n, n), eps


def _csr(ends: Any, values: Any, shape: tuple[int, ...], argument: str) -> Any:
    from scipy.sparse import csr_array

    if len(shape) != 2:
        raise InputError(argument, f"a sparse tensor of shape {shape}", "[n, n]")
    return csr_array((values, (ends[0], ends[1])), shape=shape)


def _rounding(dtype: Any) -> float:
    name = str(dtype).removeprefix("torch.")
    kind = torch.float32 if name in ("float32", "complex64") else torch.bfloat16 if "16" in name else torch.float64
    return torch.finfo(torch.float64 if "int" in name else kind).eps
