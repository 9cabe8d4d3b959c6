"""Trajectories of the double spring pendulum, as published (arXiv:2311.00212; the system is that of arXiv:2104.09459).

1500 trajectories start at q_1 = (0, 0, −1.5) + 0.2 N, q_2 = (0, 0, −3) + 0.2 N, p = 0.4 N; of each, five states 0.2
apart are kept, from a random time within a horizon of 30. A seed splits them into 500 for training, 500 for validation
and 500 for test.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from symmetra.nbody import SpringPendulum

PENDULUM = SpringPendulum()
INTERVAL = 0.2
KEPT = 5
"""States of a trajectory that are kept."""


def starts(count: int, seed: int = 0) -> Tensor:
    """Random initial states ``[count, 12]``, float64."""
    source = torch.Generator().manual_seed(seed)
    rest = torch.tensor([0.0, 0.0, -1.5, 0.0, 0.0, -3.0], dtype=torch.float64)
    q = rest + 0.2 * torch.randn(count, 6, generator=source, dtype=torch.float64)
    return torch.cat([q, 0.4 * torch.randn(count, 6, generator=source, dtype=torch.float64)], dim=1)


@lru_cache(maxsize=2)
def pieces(count: int = 1500, horizon: int = 150) -> Tensor:
    """Pieces of trajectories ``[count, 5, 12]``, float64, each from a random one of ``horizon`` intervals."""
    whole = PENDULUM.trajectories(starts(count), horizon, INTERVAL)
    first = torch.randint(horizon + 2 - KEPT, (count,), generator=torch.Generator().manual_seed(1))
    return torch.stack([states[begin : begin + KEPT] for states, begin in zip(whole, first.tolist())])


def split(count: int, horizon: int, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Training, validation and test trajectories, a third each, float32; by a permutation of seed 42 + ``seed``."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(42 + seed))
    parts = pieces(count, horizon)[order].float().split(count // 3)
    return parts[0], parts[1], parts[2]
