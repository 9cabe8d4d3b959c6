"""What sign-equivariant layers are made of: linear maps column by column, even functions, odd activations.

A flip of signs changes no bit but signs: products, sums in the same order and odd functions of negated numbers are the
negated results, and even functions see the same numbers.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe

_ODD = {
    "tanh": torch.tanh,
    "asinh": torch.asinh,
    "softsign": nn.functional.softsign,
    "hardtanh": nn.functional.hardtanh,
}
_ANY = {"silu": nn.SiLU, "relu": nn.ReLU, "gelu": nn.GELU, "tanh": nn.Tanh, "softplus": nn.Softplus}


class ColumnLinear(nn.Module):
    """``[W_1 v_1, …, W_k v_k]``: a linear map of its own for each column, all that is linear and sign equivariant.

    At first every row of every ``W_j`` has the length ``gain``.

    Shape:
        ``V [..., rows_in, k]`` to ``[..., rows_out, k]``.
    """

    def __init__(self, rows_in: int, rows_out: int, k: int, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(gain * nn.functional.normalize(torch.randn(k, rows_in, rows_out), dim=1))

    def forward(self, V: Tensor) -> Tensor:
        """The columns, each mapped."""
        batch, (rows, k) = V.shape[:-2], V.shape[-2:]
        columns = V.reshape(-1, rows, k).permute(2, 0, 1)
        return torch.bmm(columns, self.weight).permute(1, 2, 0).reshape(*batch, -1, k)


class EvenNetwork(nn.Module):
    """A perceptron of even features ``[..., inputs]`` and invariant features, ``[..., outputs]``, small at first."""

    def __init__(self, inputs: int, features: int, width: int, outputs: int, activation: str) -> None:
        super().__init__()
        self.features = features
        last = nn.Linear(width, outputs)
        nn.init.normal_(last.weight, std=0.1 / math.sqrt(width))
        nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(nn.Linear(inputs + features, width), _ANY[activation](), last)

    def forward(self, even: Tensor, features: Tensor | None) -> Tensor:
        """The network; ``features [..., features]`` go with every entry of the batch."""
        if (0 if features is None else features.shape[-1]) != self.features:
            got = "none" if features is None else describe(features)
            raise InputError("features", got, f"invariant features [..., {self.features}]", f"features={self.features}")
        if features is not None:
            even = torch.cat([even, features.to(even).expand(*even.shape[:-1], -1)], dim=-1)
        return self.layers(even)


def compressed(u: Tensor) -> Tensor:
    """``4 log(1 + u²/4)``: even, smooth, u² where u is of order one; it grows so slowly that no stack runs away."""
    return 4 * torch.log1p(u * u / 4)


def odd_activation(activation: Any) -> Any:
    """A function that may stand on the equivariant path: a name, or a callable with f(−x) = −f(x) to the last bit.

    Raises:
        InputError: it is not odd.
    """
    if activation is None:
        return None
    f = _ODD.get(activation) if isinstance(activation, str) else activation
    if not callable(f):
        raise InputError("activation", describe(activation), "an odd function, or one of " + ", ".join(_ODD))
    x = torch.linspace(0, 4, 257)
    with torch.no_grad():
        there, back = f(x), f(-x)
    if not isinstance(there, Tensor) or there.shape != x.shape or not torch.equal(there, -back):
        got = f"{describe(activation)}, which is not odd"
        instead = 'activation="tanh", or gate_activation=… for what only sees invariants'
        raise InputError("activation", got, "an odd function: f(−x) = −f(x), else signs are lost", instead)
    return f


def known_activation(name: Any) -> str:
    """A name of an activation of invariants, where any will do.

    Raises:
        InputError: no such name.
    """
    if name not in _ANY:
        raise InputError("gate_activation", describe(name), "one of " + ", ".join(_ANY), 'gate_activation="silu"')
    return str(name)


def size(value: Any, argument: str, least: int = 1) -> int:
    """A whole number of at least ``least``.

    Raises:
        InputError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InputError(
            argument, describe(value), f"a whole number of at least {least}", f"{argument}={max(least, 4)}"
        )
    return value


def check_shape(V: Any, tail: tuple[int, ...], argument: str) -> None:
    """A floating-point tensor ``[..., *tail]``.

    Raises:
        InputError: it is not.
    """
    if not isinstance(V, Tensor) or not V.is_floating_point() or tuple(V.shape[-len(tail) :]) != tail:
        raise InputError(argument, describe(V), f"a real tensor [..., {', '.join(map(str, tail))}]")
