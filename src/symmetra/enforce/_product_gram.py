"""The constraints of a product of two representations, summed over the generators once and for all.

On ``U ⊗ V`` the derivative is ``D_a = A_a ⊗ 1 + 1 ⊗ B_a``, and in

    Σ_a [D_aᴴ, [D_a, X]] = (Σ D_aᴴ D_a) X + X (Σ D_a D_aᴴ) − Σ_a (D_a X D_aᴴ + D_aᴴ X D_a)

the last sum is four products with matrices such as ``Σ_a A_a ⊗ conj(B_a)``, however many generators there are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.enforce._projection import Gram

_SIDE = 64  # of U and V: their matrices have the fourth power of it as many numbers
_WORTH = 3e7  # multiplications by the generators one by one, below which there is nothing to be saved


def product_gram(A: Tensor, B: Tensor, operators: Tensor, discrete: int) -> Gram | None:
    """The normal operator of ``[D, X] = 0`` for all operators of a product; None where one by one is as good.

    Args:
        A: derivatives on the first factor ``[q, s, s]``.
        B: derivatives on the second ``[q, t, t]``.
        operators: those on the product ``[q + discrete, s t, s t]``, the last ``discrete`` of them unitary.
        discrete: how many of them are elements of the group.
    """
    (q, s, _), t = A.shape, B.shape[-1]
    if max(s, t) > _SIDE or q * (s * t) ** 3 < _WORTH:
        return None
    pairs = [(A, A), (A, B), (B, A), (B, B)]
    both = [(torch.cat([X, X.mH]), torch.cat([Y, Y.mH]).conj()) for X, Y in pairs]
    sums = [torch.einsum("gij,gkl->ikjl", X, Y).flatten(2).flatten(0, 1) for X, Y in both]
    # X [i j, k l] has its two rows and two columns moved by one factor each
    axes = [(0, 2, 1, 3), (0, 3, 1, 2), (1, 2, 0, 3), (1, 3, 0, 2)]
    back = [(0, 2, 1, 3), (0, 2, 3, 1), (2, 0, 1, 3), (2, 0, 3, 1)]
    D, h = operators[:q], operators[q : q + discrete]
    tall, wide = D.flatten(0, 1), D.transpose(0, 1).flatten(1)
    before, after = tall.mH @ tall, wide @ wide.mH

    def gram(X: Tensor) -> Tensor:
        total = before @ X + X @ after
        boxes = X.unflatten(2, (s, t)).unflatten(1, (s, t))
        for M, there, again in zip(sums, axes, back):
            moved = boxes.permute(0, *(1 + i for i in there))
            image = (M @ moved.flatten(3).flatten(1, 2)).reshape(moved.shape)
            total = total - image.permute(0, *(1 + i for i in again)).flatten(3).flatten(1, 2)
        for U in h:
            total = total + 2 * X - U.mH @ X @ U - U @ X @ U.mH
        return total

    return gram
