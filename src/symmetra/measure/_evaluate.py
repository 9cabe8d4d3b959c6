"""Calling a model for a measurement: on a batch, in evaluation mode, in another precision; and sizes of its outputs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import _pytree as pytree

from symmetra.inputs import InputError, as_tensor, describe
from symmetra.lie_derivative import as_batched


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Evaluation mode for the time of a measurement: no dropout, and running statistics stay as they are."""
    modes = {module: module.training for module in model.modules()} if isinstance(model, nn.Module) else {}
    try:
        for module in modes:
            module.training = False
        yield
    except RuntimeError as error:
        if "dtype" not in str(error) and "scalar type" not in str(error):
            raise
        got = f"inputs whose dtype does not fit the model's ({error})"
        raise InputError(
            "x", got, "the dtype of the model's parameters", "x.to(torch.float32), or model.double()"
        ) from error
    finally:
        for module, training in modes.items():
            module.training = training


def as_inputs(x: Any) -> Any:
    """Inputs as finite tensors, dtypes kept; integer leaves (species, indices) stay integers."""

    def leaf(value: Any) -> Tensor:
        whole = isinstance(value, Tensor) and not (value.is_floating_point() or value.is_complex())
        return value if whole else as_tensor(value, "x")

    x = pytree.tree_map(leaf, x)
    leaves = pytree.tree_leaves(x)
    if not leaves or any(value.ndim == 0 or len(value) != len(leaves[0]) or not len(value) for value in leaves):
        raise InputError("x", describe(x), "a batch of at least one sample along the first axis", "x[None]")
    return x


def in_dtype(tree: Any, dtype: torch.dtype) -> Any:
    """Floating leaves in the real ``dtype``, complex ones in its complex counterpart, others as they are."""

    def leaf(value: Any) -> Any:
        if not isinstance(value, Tensor) or not (value.is_floating_point() or value.is_complex()):
            return value
        return value.to(dtype.to_complex() if value.is_complex() else dtype)

    return pytree.tree_map(leaf, tree)


def real_dtype(x: Any) -> torch.dtype:
    """The real type of the floating leaves of ``x``, the least precise of them."""
    kinds = [value.dtype for value in pytree.tree_leaves(x) if value.is_floating_point() or value.is_complex()]
    if not kinds:
        raise InputError("x", "only integers", "floating-point inputs, which a group can move", "x.to(torch.float64)")
    return max((kind.to_real() for kind in kinds), key=lambda kind: torch.finfo(kind).eps)


def at_precision(model: Any, dtype: torch.dtype, batched: bool | None) -> Callable[[Any], Any]:
    """The batched map with its parameters in ``dtype``: a copy for a module, a plain callable as it is."""
    if isinstance(model, nn.Module):
        # _apply is what .to() is made of; .to() itself would cast complex parameters to real ones
        model = copy.deepcopy(model).eval()._apply(lambda value: in_dtype(value, dtype))
    return as_batched(model, batched)


def detached(tree: Any) -> Any:
    """Without a graph; anything but tensors in the output is refused."""

    def leaf(value: Any) -> Tensor:
        if not isinstance(value, Tensor):
            raise InputError(
                "model",
                f"an output that is {describe(value)}",
                "tensors, or a dict or tuple of them",
                "a wrapper that returns the tensors to be compared",
            )
        return value.detach()

    return pytree.tree_map(leaf, tree)


def difference(a: Any, b: Any) -> Any:
    """Leaf by leaf, in double precision."""
    return pytree.tree_map(lambda one, two: in_dtype(one, torch.float64) - in_dtype(two, torch.float64), a, b)


def squares(tree: Any) -> Tensor:
    """The squared Euclidean norm of every sample's output, over all leaves: ``[N]``, float64."""
    total: Tensor | None = None
    for leaf in pytree.tree_leaves(tree):
        one = leaf.reshape(len(leaf), -1).abs().to(torch.float64).square().sum(1)
        total = one if total is None else total + one
    if total is None:
        raise InputError("model", "an empty output", "at least one tensor", "a model that returns something")
    return total
