"""Maps between two isotypic decompositions, by Schur's lemma, never multiplied out.

With frames U_i of an irreducible in V_in and W_j in V_out, on which the group acts by the same matrices, and J_c an
orthogonal basis of what commutes with these, the maps ``s^{-1/2} W_j J_c U_iᴴ`` are an orthonormal basis:
<W_j J_c U_iᴴ, W_j' J_c' U_i'ᴴ> = δ_jj' δ_ii' tr(J_cᴴ J_c') = s δ δ δ. The rank is ``Σ_l e_l m_l m'_l``.
"""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.enforce._basis import MapSpace
from symmetra.enforce._fusion import Fusion, Isotypic
from symmetra.representations import Representation

_TOGETHER = 3_000_000  # numbers that the check of several generators may make at once


class SchurMaps(MapSpace):
    """``Σ_l W_l (Σ_c J_c ⊗ C_lc) U_lᴴ``; the weights are the C, in the order irreducible, j, i, c."""

    def __init__(self, source: Isotypic, target: Isotypic, fusion: Fusion) -> None:
        self.source, self.target, self.fusion, self.dtype = source, target, fusion, fusion.table.dtype
        self.shape = (target.dimension, source.dimension)
        self.blocks: list[tuple[int, int, int, Tensor]] = []
        for index in sorted(set(source.multiplicities) & set(target.multiplicities)):
            units = fusion.table[index].units
            units = units / units.shape[-1] ** 0.5
            self.blocks.append((index, target.multiplicities[index], source.multiplicities[index], units))
        self.sizes = [j * i * len(units) for _, j, i, units in self.blocks]
        self.rank = sum(self.sizes)

    def _coefficients(self, weights: Tensor) -> list[Tensor]:
        """The C of every block, ``[j, i, c]``."""
        parts = weights.split(self.sizes)
        return [part.reshape(j, i, len(units)) for part, (_, j, i, units) in zip(parts, self.blocks)]

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        y = x.new_zeros(*x.shape[:-1], self.shape[0])
        for C, (index, _, _, units) in zip(self._coefficients(weights), self.blocks):
            z = self.source.analyse(index, x)
            y = y + self.target.synthesise(index, torch.einsum("cab,jic,...bi->...aj", units.to(x), C, z))
        return y

    def matrix(self, weights: Tensor) -> Tensor:
        W = weights.new_zeros(self.shape)
        for C, (index, _, _, units) in zip(self._coefficients(weights), self.blocks):
            left, right = self.target.frame(index), self.source.frame(index)
            half = torch.einsum("cab,jic,paj->pbi", units.to(C), C, left.to(C))
            W = W + half.flatten(1) @ right.flatten(1).mH.to(C)
        return W

    def coordinates(self, W: Tensor) -> Tensor:
        parts = [W.new_zeros(0)]
        for index, _, _, units in self.blocks:
            left, right = self.target.frame(index), self.source.frame(index)
            half = (W @ right.flatten(1).to(W)).unflatten(1, right.shape[1:])
            parts.append(torch.einsum("cab,paj,pbi->jic", units.conj().to(half), left.conj().to(half), half).flatten())
        return torch.cat(parts)

    def vectors(self) -> Tensor:
        columns = [torch.zeros(self.shape[0] * self.shape[1], 0, dtype=self.dtype)]
        for index, _, _, units in self.blocks:
            left, right = self.target.frame(index), self.source.frame(index)
            half = torch.einsum("cab,paj->pjcb", units, left)
            columns.append(torch.einsum("pjcb,qbi->pqjic", half, right.conj()).flatten(2).flatten(0, 1))
        return torch.cat(columns, dim=1)


def residuals(space: SchurMaps, V_in: Representation, V_out: Representation) -> Tensor:
    """The relative constraint residual of every map, bounded through its two frames, ascending ``[rank]``.

    ``‖A E − E B‖ <= ‖A W_j − W_j D‖ + ‖B U_i − U_i D‖`` (both over √s) for the irreducible's own matrices D; it is
    taken on the first copy of each.
    """
    values, sides = [], {V_in: space.source, V_out: space.target}
    for (index, *_), size in zip(space.blocks, space.sizes):
        worst = max(_leak(rep, side.frame(index)[..., 0], index, space.fusion) for rep, side in sides.items())
        values.append(torch.full((size,), worst, dtype=torch.float64))
    return torch.cat([torch.zeros(0, dtype=torch.float64), *values]).sort().values


def _leak(rep: Representation, frame: Tensor, index: int, fusion: Fusion) -> float:
    """The largest ``‖A U − U D‖ / max(1, ‖D‖)`` over the generators, for the frame ``U [n, s]`` of one copy."""
    generating, entry, worst = fusion.generating, fusion.table[index], 0.0
    together = max(1, _TOGETHER // frame.numel())
    change = generating.changes(rep) if generating.roots else None
    U = change[1].act(frame) if change else frame
    for make, elements, own in ((rep.drho, generating.lie, entry.lie), (rep.rho, generating.discrete, entry.discrete)):
        for some, D in zip(elements.split(together), own.split(together)):
            if some.shape[0]:
                moved = make(some).act(U)
                sizes = torch.linalg.matrix_norm((change[0].act(moved) if change else moved) - frame @ D)
                worst = max(worst, float((sizes / torch.linalg.matrix_norm(D).clamp(min=1.0)).max()))
    return worst
