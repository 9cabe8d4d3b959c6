"""The gated nonlinearity: what may be done to a tensor pointwise is to scale it by an invariant."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce._orbits import signed_permutation
from symmetra.inputs import InputError, describe
from symmetra.nn._linear import runs, wrong_size
from symmetra.representations import Representation, Scalar


class Gated(nn.Module):
    """Scalars through ``x · sigmoid(x)``, every other copy of a part times the sigmoid of a gate scalar of its own.

    Parts on which the group acts by permutations of the components are treated like scalars, component by component:
    there, and nowhere else, a pointwise function commutes with the group. Of complex numbers the real part is the gate.

    Args:
        V: representation of the output.

    Shape:
        ``x [..., V_in.dimension]``, first the components of V, then the gates, to ``[..., V.dimension]``.

    Attributes:
        V_in: V and the gates, the representation that the layer before has to produce.
        V_out: V.

    Example:
        >>> from symmetra.groups import SO
        >>> from symmetra.representations import Scalar, Vector
        >>> Gated(2 * Scalar(SO(3)) + 3 * Vector(SO(3))).V_in
        2·1 ⊕ 3V ⊕ 3·1
    """

    def __init__(self, V: Any) -> None:
        super().__init__()
        if not isinstance(V, Representation):
            raise InputError("V", describe(V), "a representation", "8 * Scalar(group) + 4 * Vector(group)")
        self.runs = [(part.dimension, copies, pointwise(part)) for part, copies in runs(V)]
        self.lengths = [n * copies for n, copies, _ in self.runs]
        gates = [copies for _, copies, alone in self.runs if not alone]
        self.V_out, self.V_in = V, V + sum(gates) * Scalar(V.group) if gates else V
        self.lengths += gates
        self.n_in = self.V_in.dimension

    def forward(self, x: Tensor) -> Tensor:
        """The components, scaled."""
        if x.shape[-1] != self.n_in:
            raise wrong_size(x, self.n_in)
        parts = x.split(self.lengths, dim=-1)
        gates, result = iter(parts[len(self.runs) :]), []
        for part, (n, copies, alone) in zip(parts, self.runs):
            gate = _real(part if alone else next(gates)).sigmoid()
            scaled = part * gate if alone else (part.unflatten(-1, (copies, n)) * gate[..., None]).flatten(-2)
            result.append(scaled)
        return torch.cat(result, dim=-1)


def pointwise(part: Representation) -> bool:
    """Whether the group only permutes the components."""
    if isinstance(part, Scalar):
        return True
    if part.group.generators.shape[0]:
        return False
    moves = [signed_permutation(part, h) for h in part.group.components]
    return all(move is not None and bool((move[1] > 0).all()) for move in moves)


def _real(x: Tensor) -> Tensor:
    return x.real if x.is_complex() else x
