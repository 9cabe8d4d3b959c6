"""Evaluating a user's map in float64 where it allows that, whatever type it came in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.lie_derivative import as_batched, jacobian

# Relative defects up to here are rounding, by the type in which the map could be evaluated.
DEFAULT_TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4, torch.bfloat16: 3e-2, torch.float16: 1e-2}


class Evaluation:
    """A map with its Jacobian on batches, promoted to float64 if it can be.

    Args:
        f: a callable of one sample ``[n]`` or an ``nn.Module`` of the batch.
        batched: overrides which of the two it is.
        argument: its name in error messages.
    """

    def __init__(self, f: Callable[..., Any], batched: bool | None = None, argument: str = "f") -> None:
        self.argument = argument
        if isinstance(f, nn.Module):
            f = copy.deepcopy(f).double().eval()
        self._map, self._batched = f, batched
        self._f = as_batched(f, batched)
        self.dtype: torch.dtype | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What travels to a worker: the user's map, not the vmapped closure around it."""
        return {name: value for name, value in self.__dict__.items() if name != "_f"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._f = as_batched(self._map, self._batched)

    @property
    def tolerance(self) -> float:
        """What counts as zero for this map."""
        return DEFAULT_TOLERANCE.get(self.dtype or torch.float64, 1e-2)

    def __call__(self, x: Tensor, dtype_in: torch.dtype) -> tuple[Tensor, Tensor]:
        """Values ``[N, m]`` and Jacobians ``[N, m, n]`` in float64 at x ``[N, n]`` (given in float64)."""
        self._settle(x[:2], dtype_in)
        assert self.dtype is not None
        value, jac = jacobian(self._f, x.to(self.dtype))
        value = value.reshape(x.shape[0], -1).to(torch.float64)
        jac = jac.to(torch.float64)
        if not (torch.isfinite(value).all() and torch.isfinite(jac).all()):
            raise InputError(
                self.argument,
                "NaN or infinite values or derivatives on x",
                "a map that is smooth on x",
                "samples away from its singularities",
            )
        return value, jac

    def values(self, x: Tensor, dtype_in: torch.dtype) -> Tensor:
        """Values ``[N, m]`` alone, in float64."""
        self._settle(x[:2], dtype_in)
        return self._f(x.to(self.dtype)).detach().reshape(x.shape[0], -1).to(torch.float64)

    def on_batch(self, x: Tensor) -> tuple[Callable[..., Any], Tensor]:
        """The batched map itself, and samples of any shape in the type in which it is to be evaluated."""
        self._settle(x[:2], x.dtype)
        return self._f, x.to(self.dtype)

    def _settle(self, x: Tensor, dtype_in: torch.dtype) -> None:
        """Sets the widest type the map accepts; float64 in, float32 out means that it rounds inside."""
        if self.dtype is not None:
            return
        error: Exception | None = None
        for dtype in dict.fromkeys((torch.float64, dtype_in, torch.float32)):
            try:
                out = self._f(x.to(dtype))
            except Exception as caught:
                error = error or caught
                continue
            if not isinstance(out, Tensor) or out.ndim == 0 or out.shape[0] != x.shape[0]:
                raise InputError(
                    self.argument,
                    f"a result that is {describe(out)}",
                    "one row or number a sample",
                    "batched=True if it takes the whole batch [N, n]",
                )
            self.dtype = out.dtype if out.dtype in DEFAULT_TOLERANCE else torch.float64
            return
        if isinstance(error, InputError):
            raise error
        raise InputError(
            self.argument,
            f"an error on samples of shape {tuple(x.shape)}: {error}",
            f"a map of {x.shape[1]} variables",
            "batched=True if it takes the whole batch",
        ) from error
