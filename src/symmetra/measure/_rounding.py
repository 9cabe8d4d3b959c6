"""How much of an error rounding explains: the same residual at another precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.utils import _pytree as pytree

from symmetra.measure._evaluate import at_precision, detached, difference, in_dtype, real_dtype, squares


class Rounding:
    """Estimates the part of a residual that is rounding.

    The residual is computed twice, in single and in double precision. Their difference is what single precision's
    rounding does; for a model in another precision it is scaled by the ratio of the rounding units, so that
    conditioning and depth are those of the model and not of a formula. Where a model cannot be converted, and beside
    that in any case, inputs are changed by one rounding unit, and the change of the outputs counts, times the root of
    the number of layers.
    """

    def __init__(self, model: Any, f: Callable[[Any], Any], x: Any, batched: bool | None) -> None:
        dtype = real_dtype(x)
        self._eps = torch.finfo(dtype).eps
        lower = torch.float32 if dtype == torch.float64 else dtype
        self._ratio = self._eps / torch.finfo(lower).eps
        self._precisions: list[tuple[Callable[[Any], Any], Any]] = []
        try:
            for kind in (lower, torch.float64):
                version = f if kind == dtype else at_precision(model, kind, batched)
                detached(version(in_dtype(x, kind)))
                self._precisions.append((version, in_dtype(x, kind)))
        except Exception:  # whatever a model does that has its precision written into it, or cannot be copied
            self._precisions = []
        depth = sum(1 for m in model.modules() if not list(m.children())) if isinstance(model, nn.Module) else 1
        self._shaken = self._shake(f, x) * math.sqrt(max(depth, 1))

    def _shake(self, f: Callable[[Any], Any], x: Any) -> float:
        """The relative change of the outputs when every input changes by one rounding unit, at random."""
        source = torch.Generator().manual_seed(0)

        def leaf(value: Any) -> Any:
            if not (value.is_floating_point() or value.is_complex()):
                return value
            signs = torch.randint(0, 2, value.shape, generator=source).to(value.device) * 2 - 1
            return value * (1 + self._eps * signs.to(value.dtype))

        before, after = detached(f(x)), detached(f(pytree.tree_map(leaf, x)))
        size = float(squares(before).mean())
        return math.sqrt(float(squares(difference(after, before)).mean()) / size) if size > 0 else 0.0

    def both(self, residuals: Callable[[Callable[[Any], Any], Any], Any]) -> list[Any]:
        """``residuals(f, x)`` in single and in double precision; empty if the model has but one."""
        return [residuals(f, x) for f, x in self._precisions]

    def level(self, versions: list[Any], scale: float) -> float:
        """The error that rounding explains, relative to ``scale``, from the two versions of a residual."""
        found = max(self._eps, self._shaken)
        if versions and scale > 0:
            change = math.sqrt(float(squares(difference(*versions)).mean()))
            found = max(found, change / scale * self._ratio)
        return found
