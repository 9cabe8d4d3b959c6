"""Adam with a learning rate for every instance of an ensemble."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class InstanceAdam(torch.optim.Adam):
    """Adam on stacked parameters ``[K, ...]`` with K learning rates.

    The update of Adam is elementwise and proportional to the learning rate: it is made at rate 1 and then scaled, so
    that instance k goes exactly the way it would go alone.

    Args:
        parameters: of an `Ensemble`.
        lr: learning rates ``[K]``.
        options: of `torch.optim.Adam`.
    """

    def __init__(self, parameters: Iterable[Tensor], lr: Any, **options: Any) -> None:
        super().__init__(parameters, lr=1.0, **options)
        self.rates = torch.as_tensor(lr)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> Any:
        """One step; what the schedule made of the rate 1 multiplies the rates."""
        moved = [p for group in self.param_groups for p in group["params"] if p.grad is not None]
        before = [p.clone() for p in moved]
        value = super().step(closure)
        for p, old in zip(moved, before):
            rates = self.rates.to(p.device, p.dtype).reshape(-1, *(1,) * (p.ndim - 1))
            p.copy_(old + rates * (p - old))
        return value
