"""Which elements a mean is over, and whether they are a group."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from symmetra.groups import FiniteGroup
from symmetra.groups._finite_closure import keys
from symmetra.inputs import InputError, as_tensor, describe

LIMIT = 4096
_CLOSURE_LIMIT = 256


def chosen_elements(group: Any, elements: Any, seed: Any) -> tuple[Tensor, bool]:
    """The elements ``[k, …]`` of a mean over ``group``, and whether they are a group.

    Args:
        group: what acts.
        elements: ``None`` for all, a number of random ones, a finite subgroup, or a tensor of elements.
        seed: of the random ones.
    """
    order = group.order if isinstance(group, FiniteGroup) else None
    if elements is None or (isinstance(elements, int) and order is not None and order <= elements):
        if order is None or order > LIMIT:
            size = "continuous" if order is None else f"of {order:,} elements"
            instead = "elements=64 for an approximate mean, a subgroup, or enforce.frame_average for point clouds"
            raise InputError("elements", f"the whole of {group}, {size}", f"at most {LIMIT:,} elements", instead)
        return group.elements, True
    if isinstance(elements, int):
        if isinstance(elements, bool) or elements < 1:
            raise InputError("elements", describe(elements), "a positive number of elements", "elements=64")
        if not group.is_compact:
            expected = "a compact group, which has a mean"
            raise InputError("elements", f"random ones of {group}", expected, "enforce.frame_average, or a subgroup")
        return group.sample(elements, seed=seed), False
    if isinstance(elements, FiniteGroup):
        outside = [g for g in elements.components if g.shape != group.identity.shape or not group.contains(g)]
        if outside:
            raise InputError("elements", f"{elements}", f"a subgroup of {group}", "group.subgroup(generators)")
        return chosen_elements(elements, None, seed)
    given, unit = as_tensor(elements, "elements"), group.identity
    if given.shape[1:] != unit.shape or given.ndim != unit.ndim + 1 or not len(given):
        expected = f"elements [k, {', '.join(map(str, unit.shape))}] of {group}"
        raise InputError("elements", describe(elements), expected, "group.sample(10), or a number")
    return given.to(unit.dtype), _closed(given)


def _closed(elements: Tensor) -> bool:
    """Whether all products are among the elements, each of which occurs once; never for more than a few hundred."""
    if elements.ndim != 3 or len(elements) > _CLOSURE_LIMIT:
        return False
    names = set(keys(elements.cpu().numpy()))
    products = (elements[:, None] @ elements).flatten(0, 1)
    return len(names) == len(elements) and set(keys(products.cpu().numpy())) <= names
