"""Equivariant maps as a layer applies them, where both sides split into irreducibles.

``W = Σ_l s_l^{-1/2} Q_l' (C_l ⊗ J) Q_lᴴ``: with Schur frames baked, C_l is all that is learned. Through the frames the
cost a sample is ``Σ_l s_l M_l M'_l`` and two changes of coordinates instead of ``dim_in · dim_out``; where that is not
less (few copies of large parts), W is made from C once a call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from symmetra.enforce._fusion import DirectSum
from symmetra.nn._frames import Frames, Run
from symmetra.nn._maps import Maps

if TYPE_CHECKING:
    from symmetra.enforce._isotypic import SchurMaps

_BATCH = 256  # samples a call for which the cheaper way is chosen
_EFFORT = 3.0  # what a multiplication costs through frames (smaller products, copies), in units of a full product's


class IsotypicMaps(Maps):
    """Maps given by their blocks ``C_l [M'_l, M_l · e_l]``, one after the other in ``weight``.

    The blocks are put in an order that depends on the representations only, and each irreducible in the basis of a
    part that is one copy of it, so that two layers of one kind have buffers of the same shapes whatever else was
    decomposed before.
    """

    def __init__(self, space: SchurMaps, dtype: torch.dtype, device: torch.device | None) -> None:
        super().__init__()
        source, target = space.source, space.target
        assert isinstance(source, DirectSum) and isinstance(target, DirectSum)
        units = {index: units for index, _, _, units in space.blocks}
        wanted = set(units) | ({0} & set(target.multiplicities))  # the trivial one carries the bias

        def signature(index: int) -> tuple[object, ...]:
            counts = [part.multiplicities.get(index, 0) for side in (source, target) for part, _ in side.runs]
            return (index != 0, space.fusion.table[index].dimension, len(units.get(index, ())), counts)

        order = sorted(wanted, key=signature)
        self.has_trivial = 0 in wanted
        sizes = [space.fusion.table[index].dimension for index in order]
        inner: list[Run] = [(part.dimension, copies, {}) for part, copies in source.runs]
        outer: list[Run] = [(part.dimension, copies, {}) for part, copies in target.runs]
        for block, index in enumerate(order):
            turn = _gauge(index, source, target)
            for side, runs in ((source, inner), (target, outer)):
                for (part, _), (_, _, frames) in zip(side.runs, runs, strict=True):
                    if index in part.multiplicities:
                        frames[block] = torch.einsum("nbm,ba->nam", part.frame(index), turn)
            commuting = space.fusion.table[index].units
            commuting = turn.mH @ commuting @ turn
            for _, _, frames in inner:
                if block in frames and len(commuting) > 1:
                    frames[block] = torch.einsum("cab,nbm->namc", commuting, frames[block]).flatten(2)
        self.shapes = [(target.multiplicities.get(i, 0), source.multiplicities.get(i, 0)) for i in order]
        self.shapes = [
            (rows, columns * len(space.fusion.table[i].units)) for (rows, columns), i in zip(self.shapes, order)
        ]
        self.scales = [s**-0.5 for s in sizes]
        self.lengths = [rows * columns for rows, columns in self.shapes]
        self.rank, self.bias_rank = sum(self.lengths), self.shapes[0][0] if self.has_trivial else 0
        # unit variance of every coordinate, if the input has it
        parts = [torch.full((n,), (s / max(c, 1)) ** 0.5) for n, s, (_, c) in zip(self.lengths, sizes, self.shapes)]
        self.deviation = torch.cat([torch.zeros(0), *parts])
        source_frames, self.output = Frames(inner, sizes, dtype, device), Frames(outer, sizes, dtype, device)
        mixing = sum(s * rows * columns for s, (rows, columns) in zip(sizes, self.shapes))
        rest = mixing + self.output.cost
        dense = source.dimension * target.dimension + source.dimension * rest / _BATCH * _EFFORT
        self.through_frames = _EFFORT * (source_frames.cost + rest) < dense
        self.input = source_frames if self.through_frames else None
        self.columns = 0
        if not self.through_frames:
            eye = torch.eye(source.dimension, dtype=dtype, device=device)
            for block, z in enumerate(source_frames.analyse(eye)):
                self.register_buffer(f"identity{block}", z.contiguous())
        self.dimension = source.dimension

    def _mixed(self, weight: Tensor, bias: Tensor | None, z: list[Tensor]) -> list[Tensor]:
        parts = zip(weight.split(self.lengths), self.shapes, self.scales, z) if z else ()
        result = []
        for block, (part, shape, scale, coordinates) in enumerate(parts):
            own = bias if block == 0 else None
            if shape[1]:
                result.append(functional.linear(coordinates, part.view(shape) * scale, own))
            else:
                empty = coordinates.new_zeros(*coordinates.shape[:-1], shape[0])
                result.append(empty if own is None else empty + own)
        return result

    def matrix(self, weight: Tensor) -> Tensor:
        if not self.rank:
            return weight.new_zeros(self.output_dimension, self.dimension)
        if self.input is None:
            z = [getattr(self, f"identity{block}") for block in range(len(self.shapes))]
        else:
            z = self.input.analyse(torch.eye(self.dimension, dtype=weight.dtype, device=weight.device))
        return self.output.synthesise(self._mixed(weight, None, z)).mT

    def vector(self, bias: Tensor) -> Tensor:
        z = [bias.new_zeros(s, rows) for s, (rows, _) in zip(self.output.sizes, self.shapes)]
        return self.output.synthesise([bias[None], *z[1:]])

    def forward(self, weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
        if self.input is None or not self.rank:
            return super().forward(weight, bias, x)
        return self.output.synthesise(self._mixed(weight, bias, self.input.analyse(x)))

    @property
    def output_dimension(self) -> int:
        return sum(self.output.lengths)


def _gauge(index: int, *sides: DirectSum) -> Tensor:
    """The basis of an irreducible ``[s, s]`` in which the part that is one copy of it has the identity for a frame."""
    runs = [(copies, part.frame(index)) for side in sides for part, copies in side.runs if index in part.multiplicities]
    s = runs[0][1].shape[1]
    alone = [(copies, frame) for copies, frame in runs if frame.shape[0] == s]
    if not alone:
        return torch.eye(s, dtype=runs[0][1].dtype)
    return max(alone, key=lambda run: run[0])[1][:, :, 0].mH
