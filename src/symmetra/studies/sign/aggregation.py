"""Sparse matrices that messages are passed with: products in both directions of a gradient, from stored rows."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor


class Operator:
    """A constant sparse matrix ``[n, n]`` with its transpose, for ``operator(x)`` with x ``[n, …]``.

    torch makes the transpose anew for each gradient, which costs ten times the product itself; here it is kept.
    Columns of x never meet in a product, so that x with a column turned round gives the same bits, turned round.

    Args:
        places: rows and columns ``[2, E]``.
        values: entries ``[E]``, those of one place added up.
        size: n.
    """

    def __init__(self, places: Tensor, values: Tensor, size: int) -> None:
        self.places, self.values, self.size = places, values, size
        self.stored: dict[torch.dtype, tuple[Tensor, Tensor]] = {}

    def __call__(self, x: Tensor) -> Tensor:
        """The product with every column of x, in its precision."""
        if x.dtype not in self.stored:
            values = self.values.to(x.dtype)
            both = (stored(places, values, self.size) for places in (self.places, self.places.flip(0)))
            self.stored[x.dtype] = (next(both), next(both))
        found: Tensor = _Product.apply(x.reshape(len(x), -1), *self.stored[x.dtype])
        return found.reshape(x.shape)


def stored(places: Tensor, values: Tensor, size: int) -> Tensor:
    """A sparse matrix ``[size, size]`` by rows, the values of one place added up."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse (CSR tensor support|invariant checks)", UserWarning)
        matrix = torch.sparse_coo_tensor(places, values, (size, size), check_invariants=True)
        return matrix.coalesce().to_sparse_csr()


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
        context.columns = columns
        return rows @ x

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return context.columns @ gradients[0].contiguous(), None, None
