"""A multilayer perceptron whose every layer is equivariant."""

from __future__ import annotations

import itertools
from typing import Any

from torch import Tensor, nn

from symmetra.inputs import InputError, describe
from symmetra.nn._allocation import uniform_allocation
from symmetra.nn._bilinear import EquivariantBilinear
from symmetra.nn._gated import Gated
from symmetra.nn._linear import EquivariantLinear, wrong_size
from symmetra.representations import Representation


class EMLPBlock(nn.Module):
    """``Gated(L x + Q(L x))``: a linear map, a quadratic correction, a gate."""

    def __init__(self, V_in: Representation, V_out: Representation, dtype: Any, device: Any) -> None:
        super().__init__()
        self.nonlinearity = Gated(V_out)
        gated = self.nonlinearity.V_in
        self.V_in, self.V_out = V_in, V_out
        self.linear = EquivariantLinear(V_in, gated, dtype=dtype, device=device)
        self.bilinear = EquivariantBilinear(gated, gated, dtype=dtype, device=device)

    def forward(self, x: Tensor) -> Tensor:
        y = self.linear(x)
        return self.nonlinearity(y + self.bilinear(y))


class EMLP(nn.Module):
    """An equivariant multilayer perceptron: linear, bilinear and gated layers, the architecture of arXiv 2104.09459.

    Args:
        V_in: representation of the input.
        V_out: representation of the output, of the same group.
        hidden: the representation of the hidden layers, or their size, shared among tensors by
            :func:`uniform_allocation`.
        layers: the number of hidden layers.
        dtype: as for :class:`EquivariantLinear`.
        device: as for :class:`EquivariantLinear`.

    Shape:
        ``x [..., V_in.dimension]`` to ``[..., V_out.dimension]``.

    Attributes:
        layers: the blocks and the last linear layer; each has ``V_in`` and ``V_out``.

    Raises:
        InputError: as :class:`EquivariantLinear`.

    Example:
        >>> from symmetra.groups import O
        >>> from symmetra.representations import Scalar, Vector
        >>> V = Vector(O(3))
        >>> net = EMLP(5 * Scalar(O(3)) + 5 * V, V**2, hidden=50, layers=2)  # inertia from five masses and positions
        >>> net.hidden
        23·1 ⊕ 6V ⊕ V⊗V
    """

    def __init__(
        self, V_in: Any, V_out: Any, hidden: Any = 384, layers: Any = 3, dtype: Any = None, device: Any = None
    ) -> None:
        super().__init__()
        if not isinstance(V_in, Representation):
            raise InputError("V_in", describe(V_in), "a representation", "5 * Vector(SO(3))")
        if isinstance(layers, bool) or not isinstance(layers, int) or layers < 0:
            raise InputError("layers", describe(layers), "a number of hidden layers", "layers=3")
        self.hidden = hidden if isinstance(hidden, Representation) else uniform_allocation(hidden, V_in.group)
        self.V_in, self.V_out, self.n_in = V_in, V_out, V_in.dimension
        widths = [V_in, *[self.hidden] * layers]
        blocks: list[nn.Module] = [EMLPBlock(a, b, dtype, device) for a, b in itertools.pairwise(widths)]
        self.layers = nn.Sequential(*blocks, EquivariantLinear(widths[-1], V_out, dtype=dtype, device=device))

    def forward(self, x: Tensor) -> Tensor:
        """The network."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        return self.layers(x)
