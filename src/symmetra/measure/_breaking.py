"""Which layers break a symmetry, in words, where the action tells how hidden features move."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from symmetra.measure._evaluate import evaluating, real_dtype
from symmetra.measure._layers import layerwise


def breaking_layers(model: nn.Module, x: Any, action: Any, tolerance: float) -> tuple[str, ...]:
    """For each layer that loses something for good: its name, its kind, and what it breaks.

    What a later layer has again was not lost: an average over all sites makes up for one over some of them.

    Args:
        model: The module, called on the batch.
        x: Samples ``[N, ...]``.
        action: How inputs move; it has ``inside(features, batch)``, ``probes`` and ``unkept(kept)``, as
            :class:`symmetra.actions.Rolls` has.
        tolerance: What counts as broken, at least 100 times the rounding unit.
    """
    outputs: dict[str, list[Any]] = {}
    leaves = {name: layer for name, layer in model.named_modules() if not list(layer.children())}
    hooks = [
        layer.register_forward_hook(lambda _, __, output, name=name: outputs.setdefault(name, []).append(output))
        for name, layer in leaves.items()
    ]
    try:
        with evaluating(model):
            model(x)
    finally:
        for hook in hooks:
            hook.remove()
    actions = {name: action.inside(seen[0], len(x)) for name, seen in outputs.items() if len(seen) == 1}
    known = {name: moves for name, moves in actions.items() if moves is not None}
    if not known:
        return ()
    tolerance = max(tolerance, 100 * torch.finfo(real_dtype(x)).eps)
    errors = layerwise(model, x, action, known, action.probes).errors
    # A layer whose outputs vanish (nan) shows nothing.
    kept = torch.stack([~(error.per_element > tolerance) for error in errors.values()])
    lasting = kept.flip(0).cummax(0).values.flip(0)
    before = torch.ones_like(lasting[0])
    found = []
    for name, after in zip(errors, lasting, strict=True):
        if not torch.equal(after, before):
            found.append(f"{name} ({_kind(leaves[name])}) breaks {action.unkept(after)}")
        before = after
    return tuple(found)


def _kind(layer: nn.Module) -> str:
    """``AvgPool2d, stride 2``."""
    stride = getattr(layer, "stride", 1)
    steps = stride if isinstance(stride, tuple) else (stride,)
    if max(steps) == 1:
        return type(layer).__name__
    return f"{type(layer).__name__}, stride {steps[0] if len(set(steps)) == 1 else steps}"
