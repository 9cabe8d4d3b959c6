"""Means over the neighbours of each node: adjacency dense, sparse, or everybody's."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe


def neighbour_mean(x: Tensor, adjacency: Any, mask: Tensor | None = None) -> Tensor:
    """``Σ_j a_ij x_j / Σ_j a_ij``, zero for a node without neighbours.

    Args:
        x: ``[..., n, c]``.
        adjacency: weights that are not negative, ``[..., n, n]`` dense or ``[n, n]`` sparse (then ``x [n, c]``); None
            for the mean over all nodes.
        mask: which rows are nodes, ``[..., n]``; all by default. Only asked without an adjacency: padding has no edges.
    """
    if adjacency is None:
        if mask is None:
            return x.mean(-2, keepdim=True).expand_as(x)
        there = mask[..., None].to(x)
        return ((x * there).sum(-2, keepdim=True) / there.sum(-2, keepdim=True).clamp_min(1)).expand_as(x)
    check_adjacency(adjacency, x)
    weighed = adjacency.to(x.dtype) @ torch.cat([x, torch.ones_like(x[..., :1])], dim=-1)
    degree = weighed[..., -1:]
    return weighed[..., :-1] / torch.where(degree > 0, degree, 1.0)


def node_means(V: Tensor, adjacency: Any, mask: Tensor | None = None) -> Tensor:
    """The same for nodes that carry matrices: ``V [..., n, rows, k]``."""
    return neighbour_mean(V.flatten(-2), adjacency, mask).unflatten(-1, V.shape[-2:])


def check_adjacency(adjacency: Any, x: Tensor) -> None:
    """Weights for the nodes of ``x [..., n, c]``.

    Raises:
        InputError: other shapes, or a sparse matrix with a batch.
    """
    n = x.shape[-2]
    if not isinstance(adjacency, Tensor) or adjacency.ndim < 2 or tuple(adjacency.shape[-2:]) != (n, n):
        raise InputError("adjacency", describe(adjacency), f"a tensor [..., {n}, {n}], or None", "torch.ones(n, n)")
    if adjacency.layout != torch.strided and x.ndim != 2:
        got = f"a sparse matrix with a batch of shape {tuple(x.shape)}"
        raise InputError("adjacency", got, "[n, n] sparse with [n, c], or dense", "adjacency.to_dense()")
