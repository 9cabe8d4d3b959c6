"""``OrthogonalModel``: a sign-equivariant network as a model of point clouds, equivariant under O(d)."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.enforce._frame_base import averaged
from symmetra.inputs import InputError, describe
from symmetra.spectral._axes import Axes, axes_of

_NEAR = 1e-5  # singular values nearer than this, relatively, are told of: no principal axes belong to them


class OrthogonalModel(nn.Module):
    """``f(X) = h(X R) Rᵀ``, R the principal axes of the cloud: one call of h in any dimension.

    Principal axes are known up to their signs. A sign-equivariant h does not mind: f is well defined,
    ``f(X Q) = f(X) Q`` for every orthogonal Q, and continuous wherever the axes are. Frame averaging would need all
    2^d signs (arXiv 2312.02339, 2110.03336). Where singular values are closer than ``gap`` the axes go through the
    points themselves, as in :func:`symmetra.enforce.frame_average`; where the cloud is symmetric the mean over the
    frames that remain is taken, all in the same call. Frames are found in float64, and are constants for gradients.

    Args:
        h: a model of batches that commutes with column signs: ``[batch, n, d]`` to ``[batch, …, d]``, or to a pair of
            that and of invariants ``[batch, …]``. With ``vectors`` it is given ``[batch, n, 1 + v, d]``, points first;
            ``scalars`` reach it as ``features=``, a mask as ``mask=``.
        proper: rotations alone: h may be any function, for all frames with their signs are fixed or averaged over.
        translations: also ``f(X + t) = f(X) + t``: the cloud is centred and its centre added to the output. False:
            only about the origin. ``"invariant"``: the centre is not added, for outputs that are vectors.
        gap: singular values nearer than this, relative to the largest, are not told apart by themselves.
        limit: the most frames that one cloud may have.

    Shape:
        ``points [..., n, d]``, ``vectors [..., n, v, d]``, ``scalars [..., n, s]``, ``mask [..., n]``; with or without
        a batch axis.

    Raises:
        InputError: no model; when called, wrong shapes, NaN, more than ``limit`` frames.

    Warns:
        UserWarning: principal axes are degenerate, or rounding decides which frame is taken.

    Example:
        >>> import torch
        >>> f = OrthogonalModel(lambda X: X * (X**2).mean(1, keepdim=True))
        >>> X, Q = torch.randn(6, 20).double(), torch.linalg.qr(torch.randn(20, 20).double()).Q
        >>> bool((f(X @ Q + 1) - f(X) @ Q - 1).abs().max() < 1e-11)
        True
    """

    def __init__(
        self, h: Any, *, proper: Any = False, translations: Any = True, gap: Any = 0.05, limit: Any = 4096
    ) -> None:
        super().__init__()
        if not callable(h):
            raise InputError("h", describe(h), "a sign-equivariant module or function", "SignEquivariantNetwork(d)")
        if translations not in (True, False, "invariant"):
            raise InputError("translations", describe(translations), 'True, False or "invariant"', "translations=True")
        if isinstance(gap, bool) or not isinstance(gap, int | float) or not 0 < gap < 1:
            raise InputError("gap", describe(gap), "a number between 0 and 1", "gap=0.05")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise InputError("limit", describe(limit), "the most frames that a cloud may have", "limit=4096")
        self.h, self.proper, self.translations = h, bool(proper), translations
        self.gap, self.limit = float(gap), limit

    def axes(self, points: Tensor, vectors: Tensor | None = None, mask: Tensor | None = None) -> Axes:
        """The frames of the clouds ``[batch, n, d]``, found from points about their centre and vectors together."""
        return self._placed(points, vectors, mask)[0]

    def forward(
        self,
        points: Tensor,
        vectors: Tensor | None = None,
        scalars: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Any:
        """The model: vectors ``[..., d]``, or a pair of these and of invariants."""
        if not isinstance(points, Tensor) or not points.is_floating_point() or points.ndim not in (2, 3):
            raise InputError("points", describe(points), "a real tensor [batch, n, d] or [n, d]", "x.float()")
        if points.ndim == 2:
            batched = [None if part is None else part[None] for part in (points, vectors, scalars, mask)]
            found = self(*batched)
            return tuple(part[0] for part in found) if isinstance(found, tuple) else found[0]
        found, centre, rows = self._placed(points, vectors, mask)
        which = torch.repeat_interleave(torch.arange(len(points), device=points.device), found.counts)
        turned = torch.einsum("bncd,bde->bnce", rows[which], found.axes.to(rows)).to(points)
        words = {"features": scalars, "mask": mask}
        words = {name: part[which] for name, part in words.items() if part is not None}
        y = self.h(turned.squeeze(2) if vectors is None else turned, **words)
        moved, invariant = y if isinstance(y, tuple) else (y, None)
        if moved.ndim < 2 or moved.shape[0] != len(which) or moved.shape[-1] != points.shape[-1]:
            expected = f"[{len(which)}, ..., {points.shape[-1]}], the last axis moving as the points"
            raise InputError("h", f"an output: {describe(moved)}", expected)
        back = (found.axes * found.reached[:, None]).mT.to(moved)
        moved = averaged((moved.reshape(len(which), -1, moved.shape[-1]) @ back).reshape(moved.shape), found.counts)
        if self.translations is True:
            moved = moved + centre.to(moved).reshape(len(points), *(1,) * (moved.ndim - 2), -1)
        return moved if invariant is None else (moved, averaged(invariant, found.counts))

    def _placed(self, points: Tensor, vectors: Tensor | None, mask: Tensor | None) -> tuple[Axes, Tensor, Tensor]:
        """The frames, the centres ``[batch, d]``, and what is turned ``[batch, n, c, d]``: points about them first."""
        b, n, d = points.shape
        if vectors is not None and (vectors.ndim != 4 or vectors.shape[:2] != (b, n) or vectors.shape[3] != d):
            raise InputError("vectors", describe(vectors), f"[{b}, {n}, how many, {d}]", "vectors[:, :, None]")
        parts = [points[:, :, None]] if vectors is None else [points[:, :, None], vectors]
        rows = torch.cat([part.double() for part in parts], 2)
        if not torch.isfinite(rows).all():
            raise InputError("points", "NaN or infinity", "finite numbers", "points[torch.isfinite(points).all(-1)]")
        there = torch.ones(b, n, 1).to(rows) if mask is None else mask[:, :, None].to(rows)
        centre = rows[:, :, 0].mul(there).sum(1) / there.sum(1).clamp_min(1)
        centre = centre if self.translations else torch.zeros_like(centre)
        size = rows.abs().amax((1, 2, 3))
        rows = torch.cat([rows[:, :, :1] - centre[:, None, None], rows[:, :, 1:]], 2) * there[..., None]
        with torch.no_grad():
            clouds = rows.flatten(1, 2)
            reach, eps = clouds.abs().amax((1, 2)), torch.finfo(points.dtype).eps
            one_place = reach <= 8 * eps * size
            clouds = torch.where(one_place[:, None, None], 0.0, clouds)
            noise = 4 * eps * torch.where(one_place, 1.0, size / reach)
            if bool((noise > 1e-3).any()):
                got = f"cloud {int(noise.argmax())}, far away for its width"
                raise InputError(
                    "points", got, "clouds that rounding resolves", "points - points.mean(1, keepdim=True)"
                )
            found = axes_of(clouds, noise.clamp_min(64 * torch.finfo(torch.float64).eps), self.gap, self.proper)
        self._tell(found)
        return found, centre, rows

    def _tell(self, found: Axes) -> None:
        if int(found.counts.max()) > self.limit:
            got = f"cloud {int(found.counts.argmax())} with {int(found.counts.max()):,} equivalent frames"
            raise InputError("points", got, f"at most {self.limit:,}", "limit=…, or break the symmetry by a vector")
        near = (found.gaps < _NEAR) & ~found.undecided
        if bool(near.any()):
            several = f"{near.nonzero()[:5, 0].tolist()} of {len(near)}"
            what = "degenerate principal axes: frames are taken from the points, and averaged over where several remain"
            warnings.warn(f"clouds {several} have {what}", stacklevel=3)
        if bool(found.undecided.any()):
            several = f"{found.undecided.nonzero()[:5, 0].tolist()} of {len(near)}"
            warnings.warn(f"clouds {several} are at a tie that rounding decides: the output may jump", stacklevel=3)
