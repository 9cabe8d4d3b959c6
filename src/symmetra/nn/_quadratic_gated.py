"""The polynomial-gated network of arXiv 2311.00212."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._linear import EquivariantLinear, layer_dtype, wrong_size
from symmetra.nn._quadratic import Quadratics
from symmetra.representations import Representation


class GatedBlocks(nn.Module):
    """``k`` copies of V, each an affine map of x times the sigmoid of a quadratic of x."""

    def __init__(
        self, V_in: Representation, V: Representation, k: int, symmetric: bool, dtype: Any, device: Any
    ) -> None:
        super().__init__()
        self.V_in, self.V_out, self.k, self.n = V_in, k * V, k, V.dimension
        self.affine = _affine(V_in, self.V_out, symmetric, dtype, device)
        self.quadratics = Quadratics(V_in, k, symmetric, layer_dtype(dtype), device)

    def forward(self, x: Tensor) -> Tensor:
        gates = self.quadratics(x).sigmoid()
        return (self.affine(x).unflatten(-1, (self.k, self.n)) * gates[..., None]).flatten(-2)


class QuadraticGated(nn.Module):
    """Layers of affine maps, each times the sigmoid of an inhomogeneous quadratic of the layer's input.

    A hidden layer of k blocks is k copies of ``V_in``; the last layer is affine only. With ``symmetric=True`` the
    affine maps are equivariant and the quadratics invariant, so that the network is equivariant. With
    ``symmetric=False`` neither is constrained; ``forward`` is the same, and every symmetric network is one of these,
    which is where promotion starts (arXiv 2311.00212, the double spring pendulum).

    Args:
        V_in: representation of the input, real.
        V_out: representation of the output, real.
        blocks: the number of blocks of every hidden layer.
        symmetric: whether the network is equivariant.
        dtype: of parameters and buffers; torch's default if None.
        device: where they live.

    Attributes:
        layers: the hidden layers and the last affine map; each has ``V_in`` and ``V_out`` except a free affine map.

    Raises:
        InputError: no representations, complex or of different groups; numbers of blocks that are none.

    Example:
        >>> from symmetra.groups import SO
        >>> from symmetra.representations import Vector
        >>> state = 4 * Vector(SO(3))
        >>> sum(p.numel() for p in QuadraticGated(state, state, symmetric=False).parameters())
        4626
    """

    def __init__(
        self,
        V_in: Any,
        V_out: Any,
        blocks: Any = (3, 3),
        symmetric: bool = True,
        dtype: Any = None,
        device: torch.device | str | None = None,
    ) -> None:
        super().__init__()
        for argument, rep in (("V_in", V_in), ("V_out", V_out)):
            if not isinstance(rep, Representation) or rep.is_complex:
                raise InputError(argument, describe(rep), "a real representation", "4 * Vector(SO(3))")
        counts = tuple(blocks) if isinstance(blocks, (tuple, list)) else ()
        if not counts or any(isinstance(k, bool) or not isinstance(k, int) or k < 1 for k in counts):
            raise InputError("blocks", describe(blocks), "a number of blocks a hidden layer", "blocks=(3, 3)")
        self.V_in, self.V_out, self.n_in = V_in, V_out, V_in.dimension
        layers: list[nn.Module] = []
        V = V_in
        for k in counts:
            layers.append(GatedBlocks(V, V_in, k, symmetric, dtype, device))
            V = k * V_in
        self.layers = nn.Sequential(*layers, _affine(V, V_out, symmetric, dtype, device))

    def forward(self, x: Tensor) -> Tensor:
        """``x [..., V_in.dimension]`` to ``[..., V_out.dimension]``."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        return self.layers(x)


def _affine(V_in: Representation, V_out: Representation, symmetric: bool, dtype: Any, device: Any) -> nn.Module:
    if symmetric:
        return EquivariantLinear(V_in, V_out, dtype=dtype, device=device)
    return nn.Linear(V_in.dimension, V_out.dimension, dtype=layer_dtype(dtype), device=device)
