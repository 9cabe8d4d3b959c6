"""The triangular factor of a tall matrix that is never held: rows come in chunks, states merge.

A Gram matrix AᵀA would square the condition number; the factor R of A = QR does not. R has at most P rows, so memory
does not grow with the number of rows (tall-skinny QR: Demmel et al., arXiv:0809.2407).
"""

from __future__ import annotations

import torch
from jaxtyping import Inexact
from torch import Tensor

_BLOCK = 4096  # rows a factorisation: large enough for BLAS-3, small enough to stay in cache (measured, P = 30..300)


class StreamingQR:
    """R of the QR factorisation of all rows seen so far, in float64 or complex128.

    Args:
        columns: P, the number of columns.
        dtype: ``torch.float64`` or ``torch.complex128``.
    """

    def __init__(self, columns: int, dtype: torch.dtype = torch.float64) -> None:
        self.columns = columns
        self.dtype = dtype
        self.count = 0
        self._factor: Tensor | None = None

    @property
    def R(self) -> Tensor:
        """The factor, ``[min(count, P), P]``; RᴴR equals the Gram matrix of all rows."""
        if self._factor is None:
            return torch.zeros(0, self.columns, dtype=self.dtype)
        return self._factor

    def update(self, rows: Inexact[Tensor, "N P"]) -> StreamingQR:
        """Adds rows ``[N, P]`` of any floating dtype; returns itself."""
        self.count += rows.shape[0]
        for block in rows.detach().split(_BLOCK):
            self._absorb(block.to(self.dtype))
        return self

    def merge(self, other: StreamingQR) -> StreamingQR:
        """Adds all rows that another state has seen (from another worker, say); returns itself."""
        self.count += other.count
        self._absorb(other.R.to(self.R.device) if self._factor is not None else other.R)
        return self

    def _absorb(self, block: Tensor) -> None:
        stacked = block if self._factor is None else torch.cat([self._factor, block])
        if stacked.shape[0] <= self.columns:  # nothing to gain from factoring a wide matrix
            self._factor = stacked.clone()
        else:
            self._factor = torch.linalg.qr(stacked, mode="r").R
