"""The small perceptron inside larger layers, and the check of their sizes."""

from __future__ import annotations

from typing import Any

from torch import nn

from symmetra.inputs import InputError, describe


def perceptron(size_in: int, hidden: int, size_out: int, bias: bool = True) -> nn.Sequential:
    """One hidden layer with SiLU; ``bias`` is that of the last map."""
    return nn.Sequential(nn.Linear(size_in, hidden), nn.SiLU(), nn.Linear(hidden, size_out, bias=bias))


def checked_sizes(**sizes: Any) -> None:
    """Each a whole number of at least 1.

    Raises:
        InputError: one is not.
    """
    for name, size in sizes.items():
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise InputError(name, describe(size), "a whole number of at least 1", f"{name}=8")
