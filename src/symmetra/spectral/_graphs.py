"""What is given as a graph, as a matrix or a list of edges: arrays, sparse matrices, objects with an ``edge_index``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe

DENSE = 2000  # nodes up to which an operator is held, and solved, as a dense matrix
_ASYMMETRY = 1e3  # in units of the rounding of the largest entry


@dataclass(frozen=True)
class Edges:
    """A sparse matrix: n rows, ``ends [2, E]``, ``weights [E]`` of the same place add up."""

    n: int
    ends: NDArray[np.int64]
    weights: NDArray[np.float64]
    eps: float


def as_adjacency(graph: Any, argument: str) -> NDArray[np.float64] | Edges:
    """A finite float64 matrix ``[n, n]``, symmetric if it came dense, else its entries.

    Raises:
        InputError: no graph or matrix, no nodes, not square, complex, NaN, edges to nodes that are not there.
    """
    if hasattr(graph, "edge_index") or isinstance(graph, Mapping):
        found: Any = _from_edges(graph, argument)
    elif hasattr(graph, "tocoo"):
        entries = graph.tocoo()
        found = _checked(argument, graph, graph.shape, np.stack([entries.row, entries.col]), entries.data)
    elif isinstance(graph, torch.Tensor) and graph.layout != torch.strided:
        entries = graph.detach().cpu().to_sparse_coo().coalesce()
        found = _checked(argument, graph, graph.shape, entries.indices().numpy(), entries.values().numpy())
    else:
        try:
            array = graph.detach().cpu().numpy() if isinstance(graph, torch.Tensor) else np.asarray(graph)
            found = np.array(array, dtype=None if array.dtype.kind == "c" else np.float64)
        except (TypeError, ValueError) as error:
            instead = "networkx.to_scipy_sparse_array(G), or A.toarray()"
            raise InputError(argument, describe(graph), "a graph or a symmetric matrix", instead) from error
        _check_shape(argument, graph, found.shape, found)
        found = symmetric(found, _rounding(array.dtype), argument)
    if (found.n if isinstance(found, Edges) else len(found)) == 0:
        raise InputError(argument, "a graph without nodes", "at least one node", "[g for g in graphs if g.num_nodes]")
    return found


def symmetric(matrix: Any, eps: float, argument: str) -> Any:
    """The matrix, dense or CSR, without the asymmetry that rounding leaves.

    Raises:
        InputError: directed edges.
    """
    if isinstance(matrix, np.ndarray) and np.array_equal(matrix, matrix.T):
        return matrix
    odd, largest = (float(abs(part).max()) if part.shape[0] else 0.0 for part in (matrix - matrix.T, matrix))
    if odd > _ASYMMETRY * eps * largest:
        got = f"a matrix that is not symmetric (entries differ from their mirror by up to {odd:.1e})"
        raise InputError(argument, got, "a symmetric matrix, or undirected edges, each both ways", "(A + A.T) / 2")
    return (matrix + matrix.T) / 2 if odd else matrix


def _check_shape(argument: str, graph: Any, shape: Any, entries: NDArray[Any]) -> None:
    if len(shape) != 2 or shape[0] != shape[1]:
        raise InputError(argument, describe(graph), "a square matrix [n, n], or a graph with an edge_index")
    if entries.dtype.kind == "c":
        raise InputError(argument, describe(graph), "real entries", "[[A.real, -A.imag], [A.imag, A.real]]")
    if not np.isfinite(entries).all():
        bad = int((~np.isfinite(entries)).sum())
        raise InputError(argument, f"{bad} entries that are NaN or infinite", "finite numbers")


def _checked(argument: str, graph: Any, shape: Any, ends: Any, weights: Any) -> Edges:
    _check_shape(argument, graph, shape, weights)
    return Edges(int(shape[0]), ends.astype(np.int64), weights.astype(np.float64), _rounding(weights.dtype))


def _from_edges(graph: Any, argument: str) -> Edges:
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
    values = np.ones(ends.shape[1]) if weights is None else weights.detach().cpu().numpy()
    if values.shape != (ends.shape[1],):
        raise InputError(argument, f"edge_weight: {describe(weights)}", f"one weight an edge, [{ends.shape[1]}]")
    return _checked(argument, graph, (n, n), ends, values)


def _rounding(dtype: Any) -> float:
    name = str(dtype).removeprefix("torch.")
    kind = torch.float32 if name in ("float32", "complex64") else torch.bfloat16 if "16" in name else torch.float64
    return torch.finfo(torch.float64 if "int" in name else kind).eps
