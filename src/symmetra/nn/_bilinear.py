"""The bilinear layer: products of pieces, exact, and as many as they are worth."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce import linear_basis
from symmetra.enforce._generating_set import leaves
from symmetra.inputs import InputError, describe
from symmetra.nn._linear import EquivariantLinear, direct_sum, runs, wrong_size
from symmetra.representations import Representation, Scalar


class EquivariantBilinear(nn.Module):
    """A quadratic equivariant map: ``y = W ⊕_ijc (A x)_ic ⊗ (B x)_jc`` with equivariant A, B and W.

    A and B take x to ``channels`` copies of small representations: the trivial one, the parts of ``V_in`` and the
    factors that these are made of. Copies are multiplied channel by channel, all components with all, for every pair
    with at most ``size`` products of components, and W is *any* equivariant map from these tensor products to
    ``V_out``. With channels enough that is every equivariant quadratic map that such products can give (a sum of terms
    of rank one); the cost is proportional to their number. EMLP (arXiv 2104.09459) takes a random subset instead.

    Args:
        V_in: representation of the input.
        V_out: representation of the output, of the same group.
        channels: products of each pair.
        size: the largest number of components of a product.
        dtype: as for :class:`EquivariantLinear`.
        device: as for :class:`EquivariantLinear`.

    Shape:
        ``x [..., V_in.dimension]`` to ``[..., V_out.dimension]``.

    Attributes:
        pairs: the representations that are multiplied.

    Raises:
        InputError: as :class:`EquivariantLinear`, or numbers that are not positive.

    Example:
        >>> from symmetra.groups import SO
        >>> from symmetra.representations import Vector
        >>> V = Vector(SO(3))
        >>> EquivariantBilinear(2 * V, V, channels=4).pairs
        [(1, V), (V, V)]
    """

    def __init__(
        self, V_in: Any, V_out: Any, channels: Any = 8, size: Any = 64, dtype: Any = None, device: Any = None
    ) -> None:
        super().__init__()
        for argument, value in (("channels", channels), ("size", size)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(argument, describe(value), "a positive integer", f"{argument}=8")
        for argument, rep in (("V_in", V_in), ("V_out", V_out)):
            if not isinstance(rep, Representation):
                raise InputError(argument, describe(rep), "a representation", "Vector(SO(3))")
        self.V_in, self.V_out, self.n_in, self.channels = V_in, V_out, V_in.dimension, channels
        known = dict.fromkeys([Scalar(V_in.group), *leaves(V_in), *(part for part, _ in runs(V_in))])
        small = sorted((P for P in known if P.dimension <= size), key=lambda P: P.dimension)
        targets = dict.fromkeys(part for part, _ in runs(V_out))
        self.pairs = [
            (P, Q)
            for j, Q in enumerate(small)
            for P in small[: j + 1]
            if P.dimension * Q.dimension <= size and any(linear_basis(P * Q, part).rank for part in targets)
        ]
        if not self.pairs:
            expected = f"an input of which products of up to {size} components map to {V_out}"
            raise InputError("V_in", f"{V_in}, of which none does", expected, "a larger size, or EquivariantLinear")
        sides = [list(dict.fromkeys(side)) for side in zip(*self.pairs, strict=True)]
        self._lengths = [[channels * P.dimension for P in side] for side in sides]
        self._places = [(sides[0].index(P), sides[1].index(Q)) for P, Q in self.pairs]
        factors = direct_sum([channels * P for side in sides for P in side])
        products = direct_sum([channels * (P * Q) for P, Q in self.pairs])
        self.factors = EquivariantLinear(V_in, factors, True, dtype, device)
        self.products = EquivariantLinear(products, V_out, False, dtype, device)

    def forward(self, x: Tensor) -> Tensor:
        """The quadratic map."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        parts = self.factors(x).split(self._lengths[0] + self._lengths[1], dim=-1)
        blocks = [part.unflatten(-1, (self.channels, -1)) for part in parts]
        left, right = blocks[: len(self._lengths[0])], blocks[len(self._lengths[0]) :]
        products = [(left[i][..., :, None] * right[j][..., None, :]).flatten(-3) for i, j in self._places]
        return self.products(torch.cat(products, dim=-1))
