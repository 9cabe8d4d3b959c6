"""Mini-batches whose order follows from the seed and the number of the step alone: a resumed fit sees the same."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe


class Batches:
    """Batch number ``step`` of samples that are shuffled anew in every epoch.

    Args:
        data: a tensor or a tuple of tensors with the samples along one axis.
        size: samples of a batch, None for all; the last one of an epoch may be smaller.
        seed: of the order.
        axis: of the samples; 1 where the leading axis is that of the instances of an ensemble.
    """

    def __init__(self, data: Any, size: Any, seed: int, axis: int = 0) -> None:
        self.data = (data,) if isinstance(data, Tensor) else tuple(data) if isinstance(data, (tuple, list)) else ()
        if not self.data or not all(isinstance(t, Tensor) and t.ndim > axis for t in self.data):
            raise InputError("data", describe(data), "a tensor or a tuple of tensors, samples first", "(x, y)")
        counts = [t.shape[axis] for t in self.data]
        if len(set(counts)) > 1 or not counts[0]:
            raise InputError("data", f"tensors of {counts} samples", "as many samples in each, at least one")
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise InputError("batch", describe(size), "a number of samples, or None for all of them")
        self.count, self.axis, self.seed = counts[0], axis, seed
        self.size = self.count if size is None else min(size, self.count)
        self._epoch, self._order = -1, torch.arange(self.count)

    def __call__(self, step: int, rank: int = 0, world: int = 1) -> tuple[Tensor, ...]:
        """The tensors of batch ``step``, or the share of one process of several."""
        if self.size == self.count and world == 1:
            return self.data
        epoch, place = divmod(step, -(-self.count // self.size))
        if epoch != self._epoch:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
            self._epoch, self._order = epoch, torch.randperm(self.count, generator=generator)
        rows = self._order[place * self.size : (place + 1) * self.size][rank::world]
        return tuple(t.index_select(self.axis, rows.to(t.device)) for t in self.data)
