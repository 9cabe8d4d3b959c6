"""Over the eight symmetries of the square, a scalar field has the same mean here and in deepinv."""

from __future__ import annotations

import pytest
import torch
from deepinv.transform import Reflect, Rotate
from torch import nn

from symmetra.actions import SignedPermutation
from symmetra.enforce import average

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("collate", [False, True])
@torch.no_grad()
def test_scalar_fields(collate: bool) -> None:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.Tanh(), nn.Conv2d(8, 1, 3, padding=1)).double()
    x = torch.randn(3, 1, 16, 16, dtype=torch.float64)
    action = SignedPermutation("D4", [(slice(0, 1), 0, 1)], dims=2)
    every = Rotate(n_trans=4, multiples=90, positive=True) * Reflect(n_trans=2, dim=[-1])
    theirs = every.symmetrize(net, average=True, collate_batch=collate)(x)
    assert torch.allclose(theirs, average(net, action, action)(x), rtol=0, atol=1e-13)
