"""Exact bounds on held-out samples for quantities that were fixed before: how far do all but a few states go?

Let u_1 … u_m be what was measured on held-out draws for one fixed quantity. If more than a share p of states exceeded
U, at most c of m independent draws would do so with probability at most P(Bin(m, p) ≤ c). With c chosen so that this
is below α, the (c+1)-th largest measurement is an exact upper bound, whatever the distribution. It stays valid when
the draws are independent but stratified (their exceedance probabilities then differ, with mean p, which only makes
few exceedances rarer: Hoeffding, Ann. Math. Statist. 27 (1956) 713).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.linalg._distributions import binomial_cdf, binomial_tail


@dataclass(frozen=True)
class Bound:
    """All but a share ``beyond`` of states stay below ``upper``; more than that share exceeds ``lower``."""

    upper: float
    lower: float
    beyond: float


def share_bound(measured: Tensor, beyond: float, alpha: float) -> Bound:
    """Upper and lower bounds, each at confidence 1 − alpha, for the (1 − beyond)-quantile of |u|.

    Args:
        measured: ``[m]``, independent draws of u for a quantity fixed beforehand.
        beyond: share of states that may lie beyond; raised to 1 − alpha^(1/m) where m draws cannot support it.
        alpha: error rate of each bound.
    """
    m = measured.numel()
    if m == 0:
        return Bound(float("inf"), 0.0, 1.0)
    beyond = max(beyond, 1.0 - alpha ** (1.0 / m))
    ordered = measured.abs().sort(descending=True).values
    allowed = 0
    while allowed + 1 < m and binomial_cdf(allowed + 1, m, beyond) <= alpha:
        allowed += 1
    exceeding = next((c for c in range(1, m + 1) if binomial_tail(c - 1, m, beyond) <= alpha), None)
    lower = float(ordered[exceeding - 1]) if exceeding else 0.0
    return Bound(float(ordered[allowed]), lower, beyond)


def halves(labels: Tensor, count: int, minimum: int, seed: int) -> tuple[Tensor, Tensor] | None:
    """Indices for choosing and for confirming, at random within each trajectory; None if there are too few samples.

    Half of every trajectory is held out; fewer where the choosing side needs ``minimum`` samples in all, but at least
    ten.
    """
    total = labels.numel()
    if total - minimum < max(10, 2 * count):
        return None
    share = min(0.5, (total - minimum) / total)
    generator = torch.Generator().manual_seed(seed)
    choose, confirm = [], []
    for b in range(count):
        index = (labels == b).nonzero()[:, 0]
        index = index[torch.randperm(index.numel(), generator=generator)]
        held = int(index.numel() * share)
        if held < 1 or index.numel() - held < 2:
            return None
        confirm.append(index[:held])
        choose.append(index[held:])
    return torch.cat(choose).sort().values, torch.cat(confirm).sort().values
