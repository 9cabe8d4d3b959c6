"""``eigenpairs``: the smallest eigenvalues of a graph and their eigenspaces, the same bits every time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe
from symmetra.spectral._canonical import canonical_basis, groups_of, signed, without
from symmetra.spectral._dense import dense, small
from symmetra.spectral._graphs import as_adjacency
from symmetra.spectral._lanczos import smallest
from symmetra.spectral._laplacian import Operator, checked_normalization, operator
from symmetra.spectral._pairs import Eigenpairs

Array = NDArray[np.float64]
Found = tuple[Array, Array, tuple[int, ...], Array, bool]  # values, vectors, multiplicities, gaps, cut

_SINGLE = 1e-5  # single precision tells no eigenvalues apart that are nearer, relative to the operator
_PARTS = 16  # parts of a batch that an executor shares out


def eigenpairs(
    graph_or_matrix: Any,
    k: Any,
    normalization: Any = "sym",
    *,
    tolerance: Any = 1e-8,
    isolated: Any = 0.0,
    dtype: Any = torch.float64,
    executor: Any = None,
) -> Eigenpairs:
    """The k smallest eigenpairs of a graph's Laplacian or of any symmetric matrix: deterministic, multiplicities told.

    Eigenvectors are unique up to a sign, those of a multiple eigenvalue up to a rotation. Here the choice depends on
    the graph and the order of its nodes alone: the node that reaches farthest into an eigenspace gives its first
    vector, positive there, the one that reaches farthest into the rest the next. No random number is involved; the same
    input gives the same bits, another machine the same up to rounding. The first column of a Laplacian is the vector
    that is known beforehand (constant, or the roots of the degrees), also where the graph falls apart and 0 is a
    multiple eigenvalue.

    Args:
        graph_or_matrix: a symmetric array, tensor or sparse matrix ``[n, n]``; an object or mapping with an
            ``edge_index [2, edges]``, each edge both ways, and if it likes an ``edge_weight`` and ``num_nodes``; or a
            list of these, or a tensor ``[batch, n, n]``: a batch.
        k: how many; columns beyond the number of nodes are padding, zero.
        normalization: ``"sym"``: ``I − D^(-1/2) A D^(-1/2)``; ``"rw"``: ``I − D^(-1) A``, whose eigenvectors are
            orthonormal in the degrees, ``Uᵀ D U = 1``; ``"combinatorial"`` or None: ``D − A``; ``"signless"``:
            ``D + A``; ``"operator"``: the matrix as it is.
        tolerance: eigenvalues nearer than this, relative to the largest row sum of the operator, count as one.
        isolated: under ``"sym"`` and ``"rw"``, the eigenvalue of a node without edges: 0, so that the multiplicity of 0
            is the number of components, or 1, as PyTorch Geometric has it.
        dtype: ``torch.float32`` computes dense matrices in single precision, in half the time; the tolerance is then
            1e-5 or more.
        executor: a ``concurrent.futures.Executor`` among whose workers a batch is shared out.

    Returns:
        On the device of the input; computed on the CPU. Dense by LAPACK up to 2000 nodes and for dense
        matrices, else by Lanczos on the shifted inverse, checked for lost copies of an eigenvalue.

    Raises:
        InputError: no symmetric matrix, NaN, no nodes, negative degrees under a root.

    Example:
        >>> import torch
        >>> ring = torch.eye(6).roll(1, 0) + torch.eye(6).roll(-1, 0)
        >>> found = eigenpairs(ring, 4)
        >>> found.multiplicities, found.cut  # the fourth has a twin, the fifth
        ((1, 2, 1), True)
    """
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InputError("k", describe(k), "a whole number of at least 1", "k=8")
    if isinstance(tolerance, bool) or not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise InputError("tolerance", describe(tolerance), "a relative tolerance between 0 and 1", "tolerance=1e-8")
    if isolated not in (0, 1):
        raise InputError("isolated", describe(isolated), "0 or 1", "isolated=0")
    if dtype not in (torch.float64, torch.float32):
        raise InputError("dtype", describe(dtype), "torch.float64 or torch.float32", "dtype=torch.float64")
    if executor is not None and not isinstance(executor, Executor):
        raise InputError("executor", describe(executor), "a concurrent.futures.Executor", "ProcessPoolExecutor(2)")
    name = checked_normalization(normalization)
    several = isinstance(graph_or_matrix, list | tuple) and not _is_matrix(graph_or_matrix)
    several |= getattr(graph_or_matrix, "ndim", 2) == 3
    graphs = list(graph_or_matrix) if several else [graph_or_matrix]
    if not graphs:
        raise InputError("graph_or_matrix", "an empty list", "at least one graph")
    names = [f"graph_or_matrix[{i}]" if several else "graph_or_matrix" for i in range(len(graphs))]
    matrices = [as_adjacency(graph, argument) for graph, argument in zip(graphs, names, strict=True)]
    tolerance = float(tolerance) if dtype == torch.float64 else max(float(tolerance), _SINGLE)
    settings = (k, name, tolerance, float(isolated), dtype == torch.float32)
    if executor is None or len(matrices) == 1:
        found = solved(matrices, names, *settings)
    else:
        found = _shared(executor, matrices, names, settings)
    return _padded(found, k, name, tolerance, several, _device(graphs[0]), dtype)


def solved(
    matrices: list[Any], names: list[str], k: int, normalization: str, tolerance: float, isolated: float, single: bool
) -> list[Found]:
    """Every graph of a part of a batch; small dense ones of the same size at once."""
    operators = [operator(matrix, normalization, isolated, argument) for matrix, argument in zip(matrices, names)]
    if single:
        operators = [replace(op, matrix=op.matrix.astype(np.float32)) for op in operators]
    stacked = small([op.matrix for op in operators])
    result = []
    for i, op in enumerate(operators):
        n, limit = op.matrix.shape[0], tolerance * op.size
        if i in stacked:
            values, vectors = stacked[i]
        elif isinstance(op.matrix, np.ndarray):
            values, vectors = dense(op.matrix, k, op.size, limit)
        elif 3 * k >= n:
            values, vectors = np.linalg.eigh(op.matrix.toarray())
        else:
            values, vectors = smallest(op.matrix.astype(np.float64), k, op.size, limit)
        result.append(_chosen(op, values.astype(np.float64), vectors.astype(np.float64), min(k, n), limit))
    return result


def _chosen(op: Operator, values: Array, vectors: Array, k: int, limit: float) -> Found:
    """Canonical bases of the eigenspaces that the first k columns take part in."""
    n, parts = len(vectors), [part for part in groups_of(values, limit) if part.start < k]
    chosen = signed(vectors[:, : parts[-1].stop])
    for part in parts:
        basis = vectors[:, part]
        if part.start == 0 and op.trivial is not None and np.linalg.norm(op.trivial @ basis) > 1 - 1e-4:
            chosen[:, 0] = op.trivial
            if part.stop > 1:
                chosen[:, 1 : part.stop] = canonical_basis(without(basis, op.trivial))
        elif part.stop > part.start + 1:
            chosen[:, part] = canonical_basis(basis)
    chosen = chosen[:, :k]
    following = np.append(values[1:], np.inf if len(values) == n else np.nan)
    sizes = tuple(min(part.stop, k) - part.start for part in parts)
    if op.scale is not None:
        chosen = chosen * op.scale[:, None]
    return values[:k], chosen, sizes, (following - values)[:k], parts[-1].stop > k


def _shared(executor: Executor, matrices: list[Any], names: list[str], settings: tuple[Any, ...]) -> list[Found]:
    """Parts of equal work, each a few sizes of graphs, so that one process has no more to do than another."""
    order = sorted(range(len(matrices)), key=lambda i: getattr(matrices[i], "n", None) or len(matrices[i]))
    parts = [part for start in range(_PARTS) if (part := order[start::_PARTS])]
    tasks = [
        executor.submit(solved, [matrices[i] for i in part], [names[i] for i in part], *settings) for part in parts
    ]
    found = {i: one for part, task in zip(parts, tasks) for i, one in zip(part, task.result())}
    return [found[i] for i in range(len(matrices))]


def _padded(
    found: list[Found], k: int, name: str, tolerance: float, several: bool, device: Any, dtype: Any
) -> Eigenpairs:
    sizes = [len(one[1]) for one in found]
    values, gaps = np.zeros((len(found), k)), np.zeros((len(found), k))
    vectors = np.zeros((len(found), max(sizes), k))
    for i, (own, basis, _, steps, _) in enumerate(found):
        values[i, : len(own)], gaps[i, : len(own)] = own, steps
        vectors[i, : len(basis), : len(own)] = basis
    counts = torch.tensor(sizes)
    mask = torch.arange(max(sizes)) < counts[:, None]
    columns = torch.arange(k) < counts[:, None]
    parts = [*(torch.from_numpy(part).to(dtype) for part in (values, vectors, gaps)), mask, columns]
    parts = [part.to(device) if several else part[0].to(device) for part in parts]
    multiplicities: tuple[Any, ...] = tuple(one[2] for one in found)
    cut: Any = tuple(one[4] for one in found)
    if not several:
        multiplicities, cut = multiplicities[0], cut[0]
    return Eigenpairs(parts[0], parts[1], multiplicities, parts[2], cut, parts[3], parts[4], name, tolerance)


def _is_matrix(rows: Sequence[Any]) -> bool:
    """A list of lists of numbers is a matrix, not a batch."""
    return len(rows) > 0 and isinstance(rows[0], list | tuple) and all(isinstance(x, int | float) for x in rows[0])


def _device(graph: Any) -> torch.device:
    edges = graph.get("edge_index") if isinstance(graph, dict) else getattr(graph, "edge_index", graph)
    return edges.device if isinstance(edges, torch.Tensor) else torch.device("cpu")
