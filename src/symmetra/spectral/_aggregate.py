"""Means over the neighbours of each node: adjacency dense, sparse, or everybody's; prepared once for many layers."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe


class Neighbourhood:
    """``Σ_j a_ij x_j / Σ_j a_ij`` for the nodes of a graph, zero for a node without neighbours.

    Args:
        adjacency: weights that are not negative, ``[..., n, n]`` dense or ``[n, n]`` sparse (for ``x [n, …]``); None
            for the mean over all nodes.
        like: the nodes ``[..., n, rows, k]``, for their shape and dtype.
        mask: which rows are nodes, ``[..., n]``; all by default. Only asked without an adjacency: padding has no edges.

    Raises:
        InputError: other shapes, or a sparse matrix with a batch.
    """

    def __init__(self, adjacency: Any, like: Tensor, mask: Tensor | None) -> None:
        self.adjacency, n = adjacency, like.shape[-3]
        if adjacency is None:
            self.there = like.new_ones(n, 1) if mask is None else mask[..., None].to(like)
            return
        if not isinstance(adjacency, Tensor) or adjacency.ndim < 2 or tuple(adjacency.shape[-2:]) != (n, n):
            raise InputError("adjacency", describe(adjacency), f"a tensor [..., {n}, {n}], or None", "torch.ones(n, n)")
        self.sparse = adjacency.layout != torch.strided
        if self.sparse and (like.ndim != 3 or adjacency.ndim != 2):
            got = f"a sparse matrix with a batch of shape {tuple(like.shape[:-2])}"
            raise InputError("adjacency", got, "[n, n] sparse for the nodes of one graph", "adjacency.to_dense()")
        weights = adjacency.detach().to(like.dtype) if self.sparse else adjacency.to(like.dtype)
        if self.sparse:
            self.entries = weights.to_sparse_coo().coalesce()
            self.rows = _csr(self.entries)
            self.columns: Tensor | None = None
            degree = self.rows @ like.new_ones(n, 1)
        else:
            self.weights, degree = weights, weights.sum(-1, keepdim=True)
        self.inverse = torch.where(degree > 0, 1 / degree, 0.0)

    def mean(self, V: Tensor) -> Tensor:
        """The means ``[..., n, rows, k]`` of ``V [..., n, rows, k]``."""
        x = V.flatten(-2)
        if self.adjacency is None:
            total = (x * self.there).sum(-2, keepdim=True) / self.there.sum(-2, keepdim=True).clamp_min(1)
            return total.expand_as(x).unflatten(-1, V.shape[-2:])
        if self.sparse and self.columns is None and x.requires_grad:
            self.columns = _csr(self.entries.t().coalesce())
        total = _SparseProduct.apply(x, self.rows, self.columns) if self.sparse else self.weights @ x
        return (total * self.inverse).unflatten(-1, V.shape[-2:])


def neighbourhood(adjacency: Any, V: Tensor, mask: Tensor | None) -> Neighbourhood:
    """What was prepared already, or is now."""
    return adjacency if isinstance(adjacency, Neighbourhood) else Neighbourhood(adjacency, V, mask)


class _SparseProduct(torch.autograd.Function):
    """``A x``, with the transpose of A at hand: torch would sort it out again at every step back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, rows: Tensor, columns: Tensor | None) -> Tensor:
        ctx.columns = columns
        return rows @ x

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return ctx.columns @ gradients[0], None, None


def _csr(entries: Tensor) -> Tensor:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return entries.to_sparse_csr()
