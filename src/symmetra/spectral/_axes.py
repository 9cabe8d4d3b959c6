"""Axes of point clouds for models that commute with signs: principal axes, a few frames where there are none."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.enforce._frame_points import point_frames

_NULL = 256  # in units of the noise: a singular value this small is nothing


@dataclass(frozen=True)
class Axes:
    """Frames of a batch of clouds.

    Attributes:
        axes: ``[P, d, d]``, axes as columns, cloud after cloud.
        counts: how many each cloud has ``[batch]``: 1 unless it is symmetric.
        reached: the axes along which the cloud extends ``[P, d]``, as 0 and 1.
        gaps: the least distance ``[batch]`` of two singular values of a cloud, relative to the largest.
        undecided: where rounding could have chosen other frames ``[batch]``.
    """

    axes: Tensor
    counts: Tensor
    reached: Tensor
    gaps: Tensor
    undecided: Tensor


def axes_of(clouds: Tensor, noise: Tensor, gap: float, proper: bool) -> Axes:
    """The frames of clouds ``[batch, n, d]`` about the origin, for models that commute with signs.

    Where all singular values are apart, by ``gap`` of the largest, the principal axes with any signs. Elsewhere, and
    for ``proper`` frames, those of :func:`symmetra.enforce.frame_average`, made in the span of the points; of frames
    that differ by signs alone one is kept. Directions that no point reaches need no frame: vectors have no components
    there that could be equivariant.

    Args:
        clouds: float64.
        noise: what rounding may have done to each of them ``[batch]``, relative to its size.
        gap: singular values nearer than this are not told apart.
        proper: models that commute with nothing: frames of determinant 1, all of them, signs included.
    """
    batch, n, d = clouds.shape
    padded = torch.nn.functional.pad(clouds, (0, 0, 0, max(d - n, 0)))
    _, sizes, axes = torch.linalg.svd(padded, full_matrices=False)
    axes, ratio = axes.mT, sizes / sizes[:, :1].clamp_min(torch.finfo(sizes.dtype).tiny)
    there = ratio >= _NULL * noise[:, None]
    rank = there.sum(1)
    steps = torch.where(there[:, 1:], ratio[:, :-1] - ratio[:, 1:], torch.inf)
    gaps = steps.amin(1) if d > 1 else torch.full_like(noise, torch.inf)
    plain = (gaps >= gap) & (not proper)
    made, rows = [axes[plain]], [plain.nonzero()[:, 0]]
    undecided = ((ratio - _NULL * noise[:, None]).abs() < 4 * noise[:, None]).any(1)
    for r in rank[~plain].unique().tolist():
        here = (~plain & (rank == r)).nonzero()[:, 0]
        whole = axes[here]
        if r:
            inside = whole[:, :, :r] if r < d else torch.eye(d).to(whole).expand_as(whole)  # of determinant 1
            found = point_frames(clouds[here] @ inside, noise[here], proper and r == d, False)
            undecided[here] |= found.undecided
            turns, counts = found.axes, found.counts
            if not proper:
                turns, counts = _up_to_signs(turns, counts)
            which = torch.repeat_interleave(torch.arange(len(here), device=here.device), counts)
            whole, here = torch.cat([inside[which] @ turns, whole[which][:, :, r:]], -1), here[which]
        made.append(whole)
        rows.append(here)
    where = torch.cat(rows)
    order = torch.argsort(where, stable=True)
    reached = there[where[order]].to(clouds)
    return Axes(torch.cat(made)[order], torch.bincount(where, minlength=batch), reached, gaps, undecided)


def _up_to_signs(frames: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """One of the frames of each cloud that differ by the signs of their axes alone."""
    kept, numbers = [], []
    for left in frames.split(counts.tolist()):
        chosen: list[Tensor] = []
        while len(left):
            chosen.append(left[0])
            left = left[((left * left[0]).sum(1).abs() <= 1 - 1e-9).any(1)]
        kept += chosen
        numbers.append(len(chosen))
    return torch.stack(kept), torch.tensor(numbers, device=counts.device)
