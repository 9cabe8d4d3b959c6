"""What every public function does with its arguments first: say in one line what is wrong with them.

A message always names the argument, what came, what was expected and what to write instead.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

__all__ = ["InputError", "MissingExtra", "as_samples", "as_tensor", "describe", "placed"]


class InputError(ValueError):
    """A wrong argument, told in one line: ``argument: got …; expected …; write …``."""

    def __init__(self, argument: str, got: str, expected: str, instead: str = "") -> None:
        advice = f"; write {instead}" if instead else ""
        super().__init__(f"{argument}: got {got}; expected {expected}{advice}".replace("\n", " "))


class MissingExtra(ImportError):
    """An optional package is needed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is needed here and is not installed; write: pip install 'symmetra[{extra}]'")


def describe(value: Any) -> str:
    """The few words about a value that help to find the mistake: its shape and dtype, else its type."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"an array of shape {tuple(value.shape)}, {value.dtype}"
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '...'}"


def as_tensor(value: Any, argument: str, dtype: torch.dtype | None = None) -> Tensor:
    """A finite real or complex floating tensor; integers become float64, nothing else is converted silently."""
    try:
        if getattr(value, "flags", None) is not None and not value.flags.writeable:
            value = value.copy()  # torch warns of arrays that it could not write to (a memory map, a view)
        tensor = value if isinstance(value, Tensor) else torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(argument, describe(value), "an array of numbers", "a NumPy array or torch tensor") from error
    if tensor.dtype == torch.bool or not (tensor.is_floating_point() or tensor.is_complex()):
        tensor = tensor.to(torch.float64)
    if dtype is not None:
        tensor = tensor.to(dtype)
    if not torch.isfinite(tensor).all():
        bad = int((~torch.isfinite(tensor)).sum())
        raise InputError(argument, f"{bad} values that are NaN or infinite", "finite numbers", f"{argument}[isfinite]")
    return tensor


def as_samples(value: Any, argument: str = "x", n: int | None = None, minimum: int = 1) -> Tensor:
    """Samples as rows: a finite real tensor of shape ``[N, n]`` with at least ``minimum`` rows."""
    tensor = as_tensor(value, argument)
    if tensor.is_complex():
        raise InputError(argument, describe(tensor), "real samples", f"torch.view_as_real({argument}).flatten(1)")
    expected = f"shape [N, {'n' if n is None else n}], one sample a row"
    if tensor.ndim != 2:
        hint = f"{argument}[:, None]" if tensor.ndim == 1 else f"{argument}.reshape(N, -1)"
        raise InputError(argument, describe(tensor), expected, hint)
    if n is not None and tensor.shape[1] != n:
        raise InputError(argument, describe(tensor), expected, f"candidates for n = {tensor.shape[1]}")
    if tensor.shape[0] < minimum:
        raise InputError(argument, f"{tensor.shape[0]} samples", f"at least {minimum}", "more samples")
    return tensor


@contextlib.contextmanager
def placed(path: Path) -> Iterator[Path]:
    """A temporary name beside a path, put in its place at the end: a file that is there is whole, or the old one.

    Raises:
        InputError: a place that cannot be written to.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        partial.replace(path)
    except OSError as error:
        raise InputError("path", f"{path}: {error}", "a place that can be written to") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
