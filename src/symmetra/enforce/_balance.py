"""Moving tensor factors from the larger side of a map to the smaller one.

``Hom(V, A ⊗ B) ≅ Hom(V ⊗ B*, A)`` and ``Hom(A ⊗ B, V) ≅ Hom(A, V ⊗ B*)`` only regroup the entries of W, so that
orthonormal bases stay orthonormal; but the cost of a decomposition grows with the square of the larger side.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch import Tensor

from symmetra.enforce._basis import MapSpace
from symmetra.representations._algebra import TensorProduct, tensor_product

if TYPE_CHECKING:
    from symmetra.representations import Representation


def balanced(V_in: Representation, V_out: Representation) -> tuple[Representation, Representation, list[int], bool]:
    """The two sides after moving last factors of the larger one while that makes it smaller.

    Returns:
        The new sides, the sizes of the factors moved in their order, and whether these came from the output.
    """
    sizes: list[int] = []
    from_output = V_out.dimension > V_in.dimension
    big, small = (V_out, V_in) if from_output else (V_in, V_out)
    while isinstance(big, TensorProduct):
        *head, last = big.factors
        if small.dimension * last.dimension >= big.dimension:
            break
        big, small = _product(head), tensor_product(small, last.dual)
        sizes.append(last.dimension)
    return (small, big, sizes, True) if from_output else (big, small, sizes, False)


def _product(factors: list[Representation]) -> Representation:
    return factors[0] if len(factors) == 1 else TensorProduct(factors[0].group, factors)


class Regrouped(MapSpace):
    """The maps ``[dim_out, dim_in]`` of a space in which trailing factors of one side stand on the other.

    Several factors that were moved one by one stand there in reverse order, the first moved first.

    Args:
        inner: the space after moving.
        shape: ``(dim_out, dim_in)`` before.
        sizes: the dimensions of the factors moved, in the order in which they were moved.
        from_output: whether they were factors of the output.
    """

    def __init__(self, inner: MapSpace, shape: tuple[int, int], sizes: list[int], from_output: bool) -> None:
        self.inner, self.rank, self.dtype, self.shape = inner, inner.rank, inner.dtype, shape
        big, small = shape if from_output else shape[::-1]
        head, k = big // math.prod(sizes), len(sizes)
        # axes of W: output (head, last moved … first moved), input; of the inner one: head, (input, first … last)
        self._from_output = from_output
        self._inner_axes = [head, small, *sizes] if from_output else [small, *sizes, head]
        moved = list(range(2, 2 + k))[::-1] if from_output else list(range(1, 1 + k))[::-1]
        self._to_outer = [0, *moved, 1] if from_output else [0, 1 + k, *moved]
        self._to_inner = [self._to_outer.index(axis) for axis in range(k + 2)]
        self._outer_axes = [self._inner_axes[axis] for axis in self._to_outer]

    def matrix(self, weights: Tensor) -> Tensor:
        return self.inner.matrix(weights).reshape(self._inner_axes).permute(self._to_outer).reshape(self.shape)

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        return x @ self.matrix(weights).mT

    def coordinates(self, W: Tensor) -> Tensor:
        inner = W.reshape(self._outer_axes).permute(self._to_inner)
        head, small = self._inner_axes[0], self._inner_axes[-1]
        return self.inner.coordinates(inner.reshape((head, -1) if self._from_output else (-1, small)))

    def vectors(self) -> Tensor:
        columns, axes = self.inner.vectors(), self._to_outer
        moved = columns.reshape(*self._inner_axes, self.rank).permute(*axes, len(axes))
        return moved.reshape(self.shape[0] * self.shape[1], self.rank)
