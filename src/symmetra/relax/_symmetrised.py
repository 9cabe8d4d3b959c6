"""Data like some given data, but symmetric: what a training shows on them is the level of no violation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import FibreAction
from symmetra.enforce import average
from symmetra.inputs import InputError, describe


@torch.no_grad()
def symmetrised(net: Any, x: Any, y: Any, fibre: FibreAction, seed: int, elements: Any = None) -> tuple[Any, Any]:
    """Inputs moved by one random element each, and targets of a net averaged over the group, with the scatter of y.

    The scatter is what the net leaves of the targets, moved along and dealt out in random order: noise that knows
    nothing of the inputs.

    Args:
        net: fitted to the data, in whatever way.
        x: inputs, samples first.
        y: targets, samples first.
        fibre: how inputs and outputs move.
        seed: of the elements and of the order.
        elements: what to average over, as in `enforce.average`; 16 random elements of a group that is not finite.
    """
    group, count = fibre.group, len(pytree.tree_leaves(x)[0])
    chosen = group.sample(count, seed=seed)
    moved = _each(lambda i: fibre.base.transform(chosen[i], _row(x, i)), count)
    if elements is None and not group.is_finite:
        elements = 16
    action_out = getattr(fibre, "action", fibre) if type(fibre).__name__ == "ConstantFibre" else fibre
    smooth = average(net, fibre.base, action_out, elements, seed=seed, batched=True)
    rest = pytree.tree_map(torch.sub, y, net(x))
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    scatter = _each(lambda i: fibre.transform(chosen[i], _row(x, i), _row(rest, i)), count)
    return moved, pytree.tree_map(lambda a, b: a + b[order], smooth(moved), scatter)
