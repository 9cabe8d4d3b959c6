"""A change of coordinates, baked: between vectors and the copies of irreducibles that they are made of."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

Run = tuple[int, int, dict[int, Tensor]]  # dimension n, copies, frames {block: [n, s, m]}


class Frames(nn.Module):
    """Vectors ``[..., n]`` as lists of coordinates ``[..., s_l, M_l]``, one tensor an irreducible l, and back.

    A sum with many copies is changed copy by copy, so that its frame is never larger than that of one copy; a frame
    that is the identity costs nothing.

    Args:
        runs: the parts of the direct sum, ``copies`` of each, with orthonormal frames of the irreducibles wanted.
        sizes: the dimension s of every irreducible.
        dtype: of the buffers.
        device: of the buffers.
    """

    def __init__(self, runs: Sequence[Run], sizes: list[int], dtype: torch.dtype, device: torch.device | None) -> None:
        super().__init__()
        self.sizes = sizes
        self.runs = [(n, copies) for n, copies, _ in runs]
        self.lengths = [n * copies for n, copies in self.runs]
        self.pieces = [[(block, frame.shape[2]) for block, frame in sorted(frames.items())] for *_, frames in runs]
        self.widths: list[list[int]] = [[] for _ in sizes]  # of the runs that have block l, in their order
        self.trivial = []  # runs whose frame is the identity
        for index, (n, copies, frames) in enumerate(runs):
            for block, frame in frames.items():
                self.widths[block].append(copies * frame.shape[2])
            columns = [frames[block].flatten(1) for block in sorted(frames)]
            matrix = torch.cat(columns, dim=1) if columns else torch.zeros(n, 0, dtype=dtype)
            self.trivial.append(matrix.shape == (n, n) and bool((matrix - torch.eye(n)).abs().max() < 1e-12))
            if columns and not self.trivial[-1]:
                self.register_buffer(f"frame{index}", matrix.to(dtype=dtype, device=device))

    @property
    def cost(self) -> int:
        """Multiplications a vector."""
        spans = [sum(self.sizes[block] * m for block, m in pieces) for pieces in self.pieces]
        return sum(
            n * copies * span
            for (n, copies), span, free in zip(self.runs, spans, self.trivial, strict=True)
            if not free
        )

    def analyse(self, x: Tensor) -> list[Tensor]:
        """Coordinates ``[..., s_l, M_l]`` of vectors ``x [..., n]``."""
        found: list[list[Tensor]] = [[] for _ in self.sizes]
        for index, (part, (n, copies), pieces) in enumerate(
            zip(x.split(self.lengths, dim=-1), self.runs, self.pieces, strict=True)
        ):
            if not pieces:
                continue
            z = part.unflatten(-1, (copies, n))
            if not self.trivial[index]:
                z = z @ getattr(self, f"frame{index}").conj()
            spans = [self.sizes[block] * m for block, m in pieces]
            for (block, m), piece in zip(pieces, z.split(spans, dim=-1), strict=True):
                moved = piece.unflatten(-1, (self.sizes[block], m)).transpose(-3, -2)
                found[block].append(moved.flatten(-2))
        return [_joined(parts) if parts else x.new_zeros(*x.shape[:-1], s, 0) for s, parts in zip(self.sizes, found)]

    def synthesise(self, z: list[Tensor], like: Tensor) -> Tensor:
        """The vectors ``[..., n]`` with coordinates ``z``; the batch shape is that of ``like [..., any]``."""
        parts = [iter(block.split(widths, dim=-1)) for block, widths in zip(z, self.widths, strict=True)]
        result = []
        for index, ((n, copies), pieces) in enumerate(zip(self.runs, self.pieces, strict=True)):
            if not pieces:
                result.append(like.new_zeros(*like.shape[:-1], n * copies))
                continue
            turned = [
                next(parts[block]).unflatten(-1, (copies, m)).transpose(-3, -2).flatten(-2) for block, m in pieces
            ]
            y = _joined(turned)
            result.append((y if self.trivial[index] else y @ getattr(self, f"frame{index}").mT).flatten(-2))
        return _joined(result)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1)
