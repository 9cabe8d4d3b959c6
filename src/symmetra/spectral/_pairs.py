"""Eigenpairs, as a result that carries its own evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from symmetra.inputs import InputError, describe


@dataclass(frozen=True, eq=False)
class Eigenpairs:
    """The smallest eigenpairs of one graph, or of a batch of graphs with padding.

    Of a batch every attribute has one more axis, in front (``multiplicities`` and ``cut``: one entry a graph).

    Attributes:
        values: ascending, ``[k]``; 0 in columns that are padding.
        vectors: ``[n, k]``, orthonormal columns; 0 in columns, and in rows, that are padding.
        multiplicities: how many of the columns belong to the first eigenvalue, to the second, …; their sum is k, or n
            where n is less.
        gaps: ``[k]``, from each eigenvalue to the next of the operator, also after the k-th; infinite after the last of
            the operator, 0 in columns that are padding.
        cut: whether the last eigenvalue has more copies than fitted: then its columns span no whole eigenspace.
        mask: the rows that are nodes ``[n]``.
        columns: the columns that are eigenvectors ``[k]``.
        normalization: the operator.
        tolerance: eigenvalues nearer than this, relative to a bound of the operator, count as one.
    """

    values: Float[Tensor, "*batch k"]
    vectors: Float[Tensor, "*batch n k"]
    multiplicities: tuple[Any, ...]
    gaps: Float[Tensor, "*batch k"]
    cut: Any
    mask: Bool[Tensor, "*batch n"]
    columns: Bool[Tensor, "*batch k"]
    normalization: str
    tolerance: float

    @property
    def groups(self) -> Int[Tensor, "*batch k"]:
        """The number of the eigenvalue that each column belongs to, from 0; −1 in columns that are padding."""
        batch = self.multiplicities if self.values.ndim == 2 else (self.multiplicities,)
        rows = [[i for i, size in enumerate(sizes) for _ in range(size)] for sizes in batch]
        k = self.values.shape[-1]
        found = torch.tensor([row + [-1] * (k - len(row)) for row in rows], device=self.values.device)
        return found if self.values.ndim == 2 else found[0]

    def without_first(self) -> Eigenpairs:
        """All columns but the first, which of a Laplacian is the vector that tells nothing."""
        batch = self.multiplicities if self.values.ndim == 2 else (self.multiplicities,)
        left = tuple(tuple(size for size in (sizes[0] - 1, *sizes[1:]) if size) for sizes in batch)
        return replace(
            self,
            values=self.values[..., 1:],
            vectors=self.vectors[..., 1:],
            multiplicities=left if self.values.ndim == 2 else left[0],
            gaps=self.gaps[..., 1:],
            columns=self.columns[..., 1:],
        )

    def redrawn(self, seed: Any) -> Eigenpairs:
        """The same eigenspaces in other bases: each turned by a random orthogonal matrix, one alone by a random sign.

        Args:
            seed: a whole number; the same one gives the same bases.
        """
        if isinstance(seed, bool) or not isinstance(seed, int):
            raise InputError("seed", describe(seed), "a whole number", "seed=0")
        source = torch.Generator().manual_seed(seed)
        graphs = self.vectors.unsqueeze(0) if self.values.ndim == 1 else self.vectors
        batch = self.multiplicities if self.values.ndim == 2 else (self.multiplicities,)
        turned = graphs.clone()
        for vectors, sizes in zip(turned, batch, strict=True):
            start = 0
            for size in sizes:
                normal = torch.randn(size, size, generator=source, dtype=torch.float64)
                Q, R = torch.linalg.qr(normal)
                turn = (Q * R.diagonal().sign()).to(vectors)
                part = vectors[:, start : start + size]
                vectors[:, start : start + size] = part * turn if size == 1 else part @ turn
                start += size
        return replace(self, vectors=turned.reshape(self.vectors.shape))

    def rows(self) -> list[dict[str, Any]]:
        """What was found, a line each, as ``{"label", "value", "note"}``."""
        graphs = 1 if self.values.ndim == 1 else len(self.values)
        batch = (self.multiplicities,) if self.values.ndim == 1 else self.multiplicities
        between = self.gaps[self.columns & (self.gaps > 0)]
        several = sum(max(sizes, default=1) > 1 for sizes in batch)
        least = float(between.min()) if between.numel() else float("inf")
        return [
            {
                "label": "eigenpairs",
                "value": self.values.shape[-1],
                "note": f"of {graphs} graph(s), {self.normalization}",
            },
            {"label": "graphs with multiple eigenvalues", "value": several, "note": f"tolerance {self.tolerance:g}"},
            {"label": "smallest gap", "value": least, "note": "also inside of what counts as one eigenvalue"},
        ]
