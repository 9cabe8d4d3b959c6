"""The area under the ROC curve, and intervals at 95 % for means over seeds."""

from __future__ import annotations

import torch
from torch import Tensor


def area(positive: Tensor, negative: Tensor) -> float:
    """The probability that a link scores higher than a pair without one, ties counted half.

    >>> area(torch.tensor([2.0, 1.0]), torch.tensor([1.0, 0.0]))
    0.875
    """
    _, place = torch.cat([positive, negative]).unique(return_inverse=True)
    links, others = (
        torch.bincount(part, minlength=int(place.max()) + 1).double()
        for part in place.split([len(positive), len(negative)])
    )
    return float((links * (others.cumsum(0) - others / 2)).sum() / (len(positive) * len(negative)))
