"""The norm layer: each kind of irreducible piece brought to unit size."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce import linear_basis
from symmetra.enforce._generating_set import dense_operators, leaves
from symmetra.enforce._isotypic import SchurMaps
from symmetra.inputs import InputError, describe
from symmetra.nn._frames import Frames
from symmetra.nn._isotypic import schur_frames
from symmetra.nn._linear import layer_dtype, runs, wrong_size
from symmetra.representations import Representation
from symmetra.representations._algebra import Sum


class EquivariantNorm(nn.Module):
    """Root-mean-square normalisation, irreducible by irreducible, sample by sample.

    x is taken apart into the copies of irreducibles that it is made of. All coordinates of one irreducible, its copies
    together, are divided by their root mean square, then each copy is multiplied by its own gain. The size of an
    irreducible piece does not change under the group only if the matrices are orthogonal or unitary: other
    representations are refused.

    Args:
        V: representation of input and output.
        eps: added to the mean square.
        dtype: as for :class:`EquivariantLinear`.
        device: as for :class:`EquivariantLinear`.

    Shape:
        ``x [..., V.dimension]`` to the same.

    Attributes:
        gain: one number a copy of an irreducible, initially 1.

    Raises:
        InputError: no representation, or one that is not unitary.

    Example:
        >>> from symmetra.groups import O
        >>> from symmetra.representations import Vector
        >>> V = Vector(O(3))
        >>> EquivariantNorm(8 * V + 2 * V**2).gain.shape  # 8 vectors; a trace, a pseudovector and a deviator in each V²
        torch.Size([14])
    """

    def __init__(self, V: Any, eps: Any = 1e-6, dtype: Any = None, device: Any = None) -> None:
        super().__init__()
        if not isinstance(V, Representation):
            raise InputError("V", describe(V), "a representation", "8 * Vector(SO(3))")
        if isinstance(eps, bool) or not isinstance(eps, (int, float)) or not eps > 0:
            raise InputError("eps", describe(eps), "a positive number", "eps=1e-6")
        worst = max(_not_unitary(part) for part in leaves(V))
        if worst > 1e-10:
            got = f"{V} of {V.group}, whose matrices are not unitary (deviation {worst:.1e})"
            raise InputError("V", got, "a unitary representation, whose norms are invariant", "Gated(V) to scale it")
        self.V_in, self.V_out, self.n_in, self.eps = V, V, V.dimension, float(eps)
        whole = Sum(V.group, runs(V))
        space = linear_basis(whole, whole, engine="isotypic").space
        assert isinstance(space, SchurMaps)
        order, _, parts = schur_frames(space)
        sizes = [space.fusion.table[index].dimension for index in order]
        self.frames = Frames(parts, sizes, layer_dtype(dtype, V), device)
        self.copies = [sum(widths) for widths in self.frames.widths]
        self.gain = nn.Parameter(torch.ones(sum(self.copies), dtype=layer_dtype(dtype), device=device))

    def forward(self, x: Tensor) -> Tensor:
        """The pieces, normalised."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        result = []
        for z, gain in zip(self.frames.analyse(x), self.gain.split(self.copies)):
            square = (z * z.conj()).real if z.is_complex() else z * z
            result.append(z * (square.mean((-2, -1), keepdim=True) + self.eps).rsqrt() * gain)
        return self.frames.synthesise(result, x)


def _not_unitary(part: Representation) -> float:
    """How far the matrices are from unitary ones."""
    D, H = dense_operators(part, part.group.generators, part.group.components)
    one = torch.eye(part.dimension, dtype=H.dtype)
    return max(float((X).abs().max()) if X.numel() else 0.0 for X in (D + D.mH, H @ H.mH - one))
