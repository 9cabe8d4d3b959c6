"""Equivariant maps as a layer applies them, where both sides split into irreducibles.

``W = Σ_l s_l^{-1/2} Q'_l (Σ_c J_c ⊗ C_lc) Q_lᴴ``: with the Schur frames Q baked, the C are all that is learned.
Through the frames a sample costs ``Σ_l s_l M_l M'_l`` and two changes of coordinates instead of ``dim_in · dim_out``;
where that is not less (few copies of large parts), W is made from C once a call.
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

_BATCH = 256  # vectors in a call for which the cheaper way is chosen
_EFFORT = 2.0  # what a multiplication costs on the way through frames, where products are small: in those of W x


class IsotypicMaps(Maps):
    """Maps given by their blocks ``C_l [M'_l, M_l · e_l]``, one after the other in ``weight``.

    The trivial irreducible comes first and carries the bias.
    """

    def __init__(self, space: SchurMaps, dtype: torch.dtype, device: torch.device | None) -> None:
        super().__init__()
        order, inner, outer = schur_frames(space)
        table, source, target = space.fusion.table, space.source, space.target
        sizes = [table[index].dimension for index in order]
        source_frames, self.output = Frames(inner, sizes, dtype, device), Frames(outer, sizes, dtype, device)
        self.n_in, self.n_out = source.dimension, target.dimension
        self.scales = [s**-0.5 for s in sizes]
        self.shapes = list(zip(map(sum, self.output.widths), map(sum, source_frames.widths)))
        self.lengths = [rows * columns for rows, columns in self.shapes]
        self.rank, self.bias_rank = sum(self.lengths), target.multiplicities.get(0, 0)
        # every coordinate of the output is a sum of M_l e_l of the input's, over s_l
        spread = [(s / max(columns, 1)) ** 0.5 for s, (_, columns) in zip(sizes, self.shapes)]
        self.deviation = torch.tensor(spread).repeat_interleave(torch.tensor(self.lengths, dtype=torch.int64))
        behind = self.output.cost + sum(s * rows * columns for s, (rows, columns) in zip(sizes, self.shapes))
        with_matrix = self.n_in * self.n_out + _EFFORT * behind * self.n_in / _BATCH
        self.input = source_frames if _EFFORT * (source_frames.cost + behind) < with_matrix else None
        if self.input is None:
            eye = torch.eye(self.n_in, dtype=dtype, device=device)
            for block, z in enumerate(source_frames.analyse(eye)):
                self.register_buffer(f"unit{block}", z.contiguous())

    def _mixed(self, weight: Tensor, bias: Tensor | None, z: list[Tensor]) -> list[Tensor]:
        """Coordinates of the output from those of the input."""
        result = []
        parts = zip(weight.split(self.lengths), self.shapes, self.scales, z, strict=True)
        for block, (part, (rows, columns), scale, coordinates) in enumerate(parts):
            own = bias if block == 0 else None
            if columns:
                result.append(functional.linear(coordinates, part.view(rows, columns) * scale, own))
            else:
                nothing = coordinates.new_zeros(*coordinates.shape[:-1], rows)
                result.append(nothing if own is None else nothing + own)
        return result

    def matrix(self, weight: Tensor) -> Tensor:
        """W ``[dim_out, dim_in]``, from what the frames make of the unit vectors."""
        if self.input is None:
            z = [getattr(self, f"unit{block}") for block in range(len(self.shapes))]
        else:
            z = self.input.analyse(torch.eye(self.n_in, dtype=weight.dtype, device=weight.device))
        return self.output.synthesise(self._mixed(weight, None, z), weight.new_zeros(self.n_in, 0)).mT

    def vector(self, bias: Tensor) -> Tensor:
        """The vector b ``[dim_out]``."""
        z = [bias.new_zeros(s, rows) for s, (rows, _) in zip(self.output.sizes, self.shapes)]
        return self.output.synthesise([bias[None], *z[1:]], bias.new_zeros(0))

    def forward(self, weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
        """``W x + b`` for ``x [..., dim_in]``."""
        if self.input is None:
            return super().forward(weight, bias, x)
        return self.output.synthesise(self._mixed(weight, bias, self.input.analyse(x)), x)


def schur_frames(space: SchurMaps) -> tuple[list[int], list[Run], list[Run]]:
    """The irreducibles of a map space and the frames of the parts of both sides.

    Their order depends on the representations only, and each irreducible is written in the basis of a part that is one
    copy of it: two layers of one kind have buffers of the same shapes, whatever else was decomposed before. Frames of
    the input carry the units that commute with an irreducible, ``[n, s, m · e]``.

    Returns:
        The indices of the irreducibles, the parts of the input, those of the output.
    """
    source, target, table = space.source, space.target, space.fusion.table
    assert isinstance(source, DirectSum) and isinstance(target, DirectSum)
    wanted = {index for index, *_ in space.blocks} | ({0} & set(target.multiplicities))

    def signature(index: int) -> tuple[object, ...]:
        counts = [part.multiplicities.get(index, 0) for side in (source, target) for part, _ in side.runs]
        return (index != 0, table[index].dimension, len(table[index].units), counts)

    order = sorted(wanted, key=signature)
    inner: list[Run] = [(part.dimension, copies, {}) for part, copies in source.runs]
    outer: list[Run] = [(part.dimension, copies, {}) for part, copies in target.runs]
    for block, index in enumerate(order):
        turn = _gauge(index, source, target)
        units = turn.mH @ table[index].units @ turn
        for (part, _), (_, _, frames) in zip(source.runs, inner, strict=True):
            if index in part.multiplicities:
                turned = torch.einsum("nbm,bd,cad->namc", part.frame(index), turn, units.conj())
                frames[block] = turned.flatten(2)
        for (part, _), (_, _, frames) in zip(target.runs, outer, strict=True):
            if index in part.multiplicities:
                frames[block] = torch.einsum("nbm,ba->nam", part.frame(index), turn)
    return order, inner, outer


def _gauge(index: int, *sides: DirectSum) -> Tensor:
    """The basis of an irreducible ``[s, s]`` in which a part that is one copy of it has the identity for a frame."""
    runs = [(copies, part.frame(index)) for side in sides for part, copies in side.runs if index in part.multiplicities]
    alone = [(copies, frame) for copies, frame in runs if frame.shape[0] == frame.shape[1]]
    if not alone:
        return torch.eye(runs[0][1].shape[1], dtype=runs[0][1].dtype)
    return max(alone, key=lambda run: run[0])[1][:, :, 0].mH
