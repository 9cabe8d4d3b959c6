"""Data like some given data, but symmetric: what a training shows on them is the level of no violation."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils import _pytree as pytree

from symmetra.actions import FibreAction
from symmetra.enforce import average


def rows(tree: Any, chosen: Any) -> Any:
    """Some samples of a tensor or a nest of them."""
    return pytree.tree_map(lambda leaf: leaf[chosen], tree)


@torch.no_grad()
def symmetrised(net: Any, fitted: Any, data: Any, fibre: FibreAction, elements: Any, seed: int) -> tuple[Any, Any]:
    """Inputs moved by one random element each, and targets of a net averaged over the group, with the scatter of y.

    The scatter is what the net leaves of the samples that it was not fitted to, moved along and dealt out at random:
    noise that knows nothing of the inputs, and rather too large than too small.

    Args:
        net: fitted to some of the samples, in whatever way.
        fitted: the numbers of these.
        data: inputs and targets, samples first.
        fibre: how they move.
        elements: what to average over, as in `enforce.average`; of a group that is not finite 16 random ones.
        seed: of the elements and of the scatter.
    """
    x, y = data
    group, count = fibre.group, len(pytree.tree_leaves(x)[0])
    if elements is None and not group.is_finite:
        elements = group.sample(16, seed=seed)
    smooth = average(net, fibre.base, fibre, elements, seed=seed, batched=True)
    rest = pytree.tree_map(torch.sub, y, net(x))
    left = torch.ones(count, dtype=torch.bool)
    left[fitted] = False
    places = left.nonzero().flatten()
    places = places[torch.randint(len(places), (count,), generator=torch.Generator().manual_seed(seed))]
    moved, scatter = [], []
    # one by one: not every action takes another element for every sample
    for i, (g, j) in enumerate(zip(group.sample(count, seed=seed), places.tolist())):
        moved.append(fibre.base.transform(g, rows(x, slice(i, i + 1))))
        scatter.append(fibre.transform(g, rows(x, slice(j, j + 1)), rows(rest, slice(j, j + 1))))
    inputs, noise = (pytree.tree_map(lambda *parts: torch.cat(parts), *parts) for parts in (moved, scatter))
    return inputs, pytree.tree_map(torch.add, smooth(inputs), noise)
