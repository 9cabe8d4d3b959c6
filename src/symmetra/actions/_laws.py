"""Trying the laws of an action on random elements: for actions of one's own, and for tests."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils import _pytree as pytree

from symmetra.actions._base import FibreAction, is_action
from symmetra.actions._flow import FlowGroup
from symmetra.inputs import InputError, describe


def _deviation(a: Any, b: Any) -> float:
    """The largest difference relative to the size of what is compared, over all leaves of two pytrees."""
    worst = 0.0
    for one, two in zip(pytree.tree_leaves(a), pytree.tree_leaves(b), strict=True):
        if one.numel():
            size = max(1.0, float(one.abs().max()), float(two.abs().max()))
            value = float((one - two).abs().max()) / size
            worst = max(worst, value) if value == value else float("inf")
    return worst


def _double(tree: Any) -> Any:
    return pytree.tree_map(lambda t: t.to(torch.complex128 if t.is_complex() else torch.float64), tree)


def check(action: Any, x: Any, y: Any = None, seed: int = 0, tolerance: float = 1e-8) -> dict[str, float]:
    """The largest deviation from each law, or an error that names the law broken.

    Args:
        action: An action or a representation, tried at ``x``; or a fibre action, tried at ``(x, y)``.
        x: Inputs; floats are taken in float64.
        y: Elements of the fibres over ``x``.
        seed: Of the random elements.
        tolerance: Largest deviation allowed, relative to the size of what is compared (but at least 1).

    Returns:
        ``identity``: ``e · x = x``. ``product``: ``(gh) · x = g · (h · x)``; flows are tried along one direction.
        ``derivative``: ``generate(ξ, x) = d/dt exp(tξ) · x`` at 0, by forward mode. ``linearity`` of fibres.

    Raises:
        InputError: if a law is broken.
    """
    if not is_action(action):
        raise InputError("action", describe(action), "an action, a representation or a fibre action", "Vector(group)")
    fibre = isinstance(action, FibreAction)
    if fibre and y is None:
        raise InputError("y", "None", "elements of the fibre over x", "check(action, x, y)")
    group, x, y = action.group, _double(x), _double(y) if fibre else None

    def base(g: Any) -> Any:
        return (action.base if fibre else action).transform(g, x)

    def move(g: Any, point: Any, vector: Any) -> Any:
        return action.transform(g, point, vector) if fibre else action.transform(g, point)

    start = y if fibre else x
    found = {"identity": _deviation(move(group.identity, x, y), start), "product": 0.0, "derivative": 0.0}
    g = torch.cat([group.sample(4, seed=seed), group.components])
    h = (
        0.7 * g
        if isinstance(group, FlowGroup)
        else torch.cat([group.sample(4, seed=seed + 1), group.components.flip(0)])
    )
    for one, two in zip(g, h, strict=True):
        inner = move(two, x, y)
        twice = move(one, base(two), inner) if fibre else move(one, inner, None)
        found["product"] = max(found["product"], _deviation(move(group.multiply(one, two), x, y), twice))
    zero = torch.zeros((), dtype=torch.float64)
    for xi in group.generators:
        velocity = torch.func.jvp(lambda t, xi=xi: move(group.exp(t * xi), x, y), (zero,), (zero + 1,))[1]
        given = action.generate(xi, x, y) if fibre else action.generate(xi, x)
        found["derivative"] = max(found["derivative"], _deviation(given, velocity))
    if fibre:
        other = pytree.tree_map(lambda t: t.flip(0) - 0.5, y)
        both = pytree.tree_map(lambda a, b: 2 * a - 3 * b, y, other)
        parts = pytree.tree_map(lambda a, b: 2 * a - 3 * b, move(g[0], x, y), move(g[0], x, other))
        found["linearity"] = _deviation(move(g[0], x, both), parts)
    for law, value in found.items():
        if not value <= tolerance:
            got = f"a deviation of {value:.1e} from the law of the {law}"
            raise InputError("action", got, f"at most {tolerance:.0e}", "an action that obeys it; see actions.check")
    return found
