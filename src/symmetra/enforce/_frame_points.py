"""Frames of point clouds: axes that turn with the points, a few where symmetry leaves a choice.

Principal axes, where the singular values are apart; where some are close (a continuous choice of axes, and badly
conditioned before that) the points themselves decide inside of their span: an axis through the point that reaches
farthest there, then the next. Every decision compares numbers that do not change when the cloud is turned; ties are
followed up, all of them. What rounding could decide either way is reported. Principal-axis frames: arXiv 2110.03336;
few frames, also for degenerate clouds: arXiv 2406.07598.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.groups import Hyperoctahedral

_GAP = 0.05  # singular values closer than this, relative to the largest, are taken together
_FAR = 0.617  # far enough to be taken by its place in the order: no ratio of whole numbers that is likely to occur
_TIE, _NULL, _OPEN = 32, 256, 4  # in units of the noise: what is equal, what is nothing, and what cannot be told


@dataclass(frozen=True)
class PointFrames:
    """Frames of a batch of clouds.

    Attributes:
        axes: ``[P, d, d]``, axes as columns, cloud after cloud.
        counts: how many each cloud has ``[batch]``.
        null: the dimensions ``[batch]`` that the points of each cloud do not reach.
        undecided: where rounding could have chosen other frames ``[batch]``.
    """

    axes: Tensor
    counts: Tensor
    null: Tensor
    undecided: Tensor


def point_frames(points: Tensor, noise: Tensor, proper: bool, ordered: bool) -> PointFrames:
    """The frames of clouds ``[batch, n, d]`` about the origin.

    Args:
        points: the clouds, float64.
        noise: what rounding may have done to each of them ``[batch]``, relative to its size.
        proper: only frames of determinant 1.
        ordered: break ties by the order of the points; else permuted points have the same frames.
    """
    batch, n, d = points.shape
    x = torch.nn.functional.pad(points, (0, 0, 0, max(d - n, 0)))
    _, sizes, axes = torch.linalg.svd(x, full_matrices=False)
    axes = axes.mT
    ratio = sizes / sizes[:, :1].clamp_min(torch.finfo(sizes.dtype).tiny)
    least, open_ = _NULL * noise[:, None], _OPEN * noise[:, None]
    nothing, gaps = ratio < least, ratio[:, :-1] - ratio[:, 1:]
    null, apart = nothing.sum(1), (gaps >= _GAP) | nothing[:, 1:]
    undecided = ((ratio - least).abs() < open_).any(1)
    undecided |= (((gaps - _GAP).abs() < open_) & ~nothing[:, 1:]).any(1)
    kinds, which = torch.unique(torch.cat([apart.long(), null[:, None]], 1), dim=0, return_inverse=True)
    rows, found = [], []
    for k, kind in enumerate(kinds.tolist()):
        here = (which == k).nonzero()[:, 0]
        starts = [0] if kind[-1] < d else []
        starts += [i + 1 for i, far in enumerate(kind[:-1]) if far and i + 1 < d - kind[-1]]
        spans = list(zip(starts, [*starts[1:], d - kind[-1]]))
        branch = _Branches(x[here], axes[here], noise[here], ordered)
        for start, stop in spans:
            branch.span(start, stop)
        branch.null(d - kind[-1])
        if proper:
            branch.turn()
        undecided[here] |= branch.undecided
        rows.append(here[branch.rows])
        found.append(branch.made)
    where = torch.cat(rows)
    order = torch.argsort(where, stable=True)
    return PointFrames(torch.cat(found)[order], torch.bincount(where, minlength=batch), null, undecided)


class _Branches:
    """Partial frames of clouds with the same pattern of singular values, all extended at once.

    Attributes:
        rows: the cloud ``[P]`` of each partial frame.
        made: the axes found so far ``[P, d, j]``.
    """

    def __init__(self, x: Tensor, axes: Tensor, noise: Tensor, ordered: bool) -> None:
        self.x, self.axes, self.ordered = x, axes, ordered
        self.reach = x.norm(dim=-1).amax(1)
        self.noise = noise * self.reach  # of every coordinate
        self.rows = torch.arange(len(x), device=x.device)
        self.made = axes[:, :, :0]
        self.undecided = torch.zeros(len(x), dtype=torch.bool, device=x.device)

    def keep(self, chosen: Tensor) -> None:
        """Only some of the branches: a mask ``[P]``, or indices, repeated or not."""
        self.rows, self.made = self.rows[chosen], self.made[chosen]

    def turn(self) -> None:
        """Only frames of determinant 1; where a cloud has none, those it has with the last axis reversed."""
        right = torch.linalg.det(self.made) > 0
        none = torch.bincount(self.rows[right], minlength=len(self.x)) == 0
        self.made[none[self.rows], :, -1] *= -1
        self.keep(right | none[self.rows])

    def span(self, start: int, stop: int) -> None:
        """Axes in the span of some principal axes, through the points; the last by its sign alone."""
        left = self.axes[self.rows][:, :, start:stop]
        while left.shape[-1] > 1:
            places = self.x[self.rows] @ left
            branch, point = self._farthest(places).nonzero(as_tuple=True)
            along = torch.nn.functional.normalize(places[branch, point], dim=-1)
            self.keep(branch)
            mirror = along.clone()  # a Householder reflection that takes the first axis to the one through the point
            mirror[:, 0] += torch.where(along[:, 0] < 0, -1.0, 1.0)
            mirror = torch.nn.functional.normalize(mirror, dim=-1)
            reflected = torch.eye(left.shape[-1], dtype=left.dtype, device=left.device)
            reflected = reflected - 2 * mirror[:, :, None] * mirror[:, None]
            left = left[branch]
            self.made = torch.cat([self.made, left @ along[:, :, None]], -1)
            left = left @ reflected[:, :, 1:]
        branch, sign = self._signs((self.x[self.rows] @ left)[..., 0]).nonzero(as_tuple=True)
        self.keep(branch)
        self.made = torch.cat([self.made, left[branch] * (1 - 2 * sign)[:, None, None]], -1)

    def null(self, start: int) -> None:
        """The directions that no point reaches: all their signed permutations, which average as all turns would."""
        left = self.axes[self.rows][:, :, start:]
        if left.shape[-1]:
            turns = Hyperoctahedral(left.shape[-1]).elements.to(left.device)
            branch = torch.arange(len(self.rows), device=left.device).repeat_interleave(len(turns))
            self.keep(branch)
            self.made = torch.cat([self.made, left[branch] @ turns.repeat(len(left), 1, 1)], -1)

    def _near(self, alive: Tensor, keys: Tensor, scale: Tensor, blur: Tensor, share: Any = None) -> Tensor:
        """Which of the points still alive ``[P, n]`` come within ``share`` of ``scale [P]`` of the greatest key.

        ``blur [P]`` is the noise of the keys, relative to ``scale``; keys that differ by it are taken as equal.
        """
        short = torch.where(alive, keys, -torch.inf).amax(1, keepdim=True) - keys
        limit = ((_TIE * blur if share is None else share) * scale)[:, None]
        self._open((alive & ((short - limit).abs() <= (_OPEN * blur * scale)[:, None])).any(1) & (scale > 0))
        return alive & (short <= limit)

    def _open(self, branches: Tensor) -> None:
        self.undecided[self.rows[branches]] = True

    def _farthest(self, places: Tensor) -> Tensor:
        """The points ``[P, n]`` that reach farthest in ``places [P, n, m]``, by finer marks where several do."""
        far, cloud = places.norm(dim=-1), self.x[self.rows]
        size = far.amax(1)
        blur = self.noise[self.rows] / size
        alive = torch.ones_like(far, dtype=torch.bool)
        if self.ordered:
            alive = self._near(alive, far, size, blur, _FAR)
            return torch.nn.functional.one_hot(alive.int().argmax(1), far.shape[1]).bool()
        alive = self._near(alive, far, size, blur)
        for column in (cloud @ self.made).unbind(-1):
            if int(alive.sum()) > len(alive):
                alive = self._near(alive, column, self.reach[self.rows], blur)
        for of in (places, cloud):
            for power in (3, 4):
                if int(alive.sum()) > len(alive):
                    keys = (of @ of.mT) ** power
                    alive = self._near(alive, keys.sum(-1), keys.abs().sum(-1).amax(1), blur)
        return alive

    def _signs(self, along: Tensor) -> Tensor:
        """Which signs (+, −) an axis may have ``[P, 2]``, from the coordinates ``along [P, n]`` of the points."""
        size = along.abs().amax(1)
        blur = self.noise[self.rows] / size
        if self.ordered:
            far = self._near(torch.ones_like(along, dtype=torch.bool), along.abs(), size, blur, _FAR)
            leading = along.gather(1, far.int().argmax(1, keepdim=True))[:, 0]
            return torch.stack([leading > 0, leading < 0], 1)
        lean, weight = (along**3).sum(1), blur * (along.abs() ** 3).sum(1)
        self._open((lean.abs() - _TIE * weight).abs() <= _OPEN * weight)
        return torch.stack([lean >= -_TIE * weight, lean <= _TIE * weight], 1)
