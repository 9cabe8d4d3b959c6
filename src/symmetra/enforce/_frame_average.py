"""Frame averaging: models of point clouds, equivariant under rotations and rigid motions with few calls."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions._base import InvariantFibre
from symmetra.enforce._average_base import Many
from symmetra.enforce._frame_base import Framed, averaged
from symmetra.enforce._frame_points import PointFrames, point_frames
from symmetra.groups import SE, SO, E, O
from symmetra.inputs import InputError, describe


class FrameAverage(Framed):
    """What :func:`frame_average` returns."""

    def __init__(
        self,
        model: Any,
        action_in: Any,
        action_out: Any,
        points: Any,
        ordered: Any,
        limit: Any,
        strict: Any,
        batched: Any,
    ) -> None:
        super().__init__(model, action_in, action_out, batched, True)
        group = action_in.group
        self.d = group.d - (1 if group.homogeneous else 0)
        families: tuple[Any, ...] = (SO, SE, O, E)
        kind = next((i for i, family in enumerate(families) if self.d >= 2 and group == family(self.d)), None)
        if kind is None:
            expected = "SO(d), O(d), SE(d) or E(d)"
            raise InputError("action_in", f"the group {group}", expected, "enforce.average for other groups")
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
            raise InputError("limit", describe(limit), "the most frames that a cloud may have", "limit=1024")
        if points is not None and not callable(points):
            raise InputError("points", describe(points), "a function of x that gives the points [batch, n, d]")
        self._proper, self.points, self.limit = kind < 2, points, limit
        self.ordered, self.strict = bool(ordered), bool(strict)

    def frames(self, x: Any) -> PointFrames:
        """The frames of each cloud about its centre.

        Raises:
            InputError: if rounding could have chosen other frames (unless ``strict=False``, which warns), or if a
                cloud has more than ``limit`` of them.
        """
        return self._centred(x)[0]

    def _centred(self, x: Any) -> tuple[PointFrames, Tensor]:
        points = x if self.points is None else self.points(x)
        real = isinstance(points, Tensor) and points.is_floating_point()
        if not real or points.ndim != 3 or points.shape[-1] != self.d or not torch.isfinite(points).all():
            got = describe(points) if not real or points.ndim != 3 or points.shape[-1] != self.d else "NaN or infinity"
            instead = "points=lambda x: … if they are not the whole of x"
            raise InputError("x", got, f"finite points [batch, n, {self.d}]", instead)
        where, eps = points.detach().double(), torch.finfo(points.dtype).eps
        centre = where.mean(1) if self.action_in.group.homogeneous else torch.zeros_like(where[:, 0])
        size, where = where.abs().amax((1, 2)), where - centre[:, None]
        reach = where.abs().amax((1, 2))
        one_place = reach <= 8 * eps * size
        where = torch.where(one_place[:, None, None], 0.0, where)
        noise = 4 * eps * torch.where(one_place, 1.0, size / reach)
        noise = noise.clamp_min(64 * torch.finfo(torch.float64).eps)
        if float(noise.max()) > 1e-3:
            got = f"cloud {int(noise.argmax())}, {float((size / reach).max()):.0e} times as far away as it is wide"
            raise InputError("x", got, "clouds that rounding resolves", "x.double(), or x - x.mean(1, keepdim=True)")
        found = point_frames(where, noise, self._proper, self.ordered)
        if bool(found.undecided.any()):
            self._refuse(f"clouds {found.undecided.nonzero()[:5, 0].tolist()}, whose frames rounding could change")
        if int(found.counts.max()) > self.limit:
            sample = int(found.counts.argmax())
            got = f"cloud {sample} with {int(found.counts.max()):,} equivalent frames"
            raise InputError("x", got, f"at most {self.limit:,}", "ordered=True if the order of the points is meant")
        return found, centre

    def _refuse(self, got: str) -> None:
        if self.strict:
            raise InputError("x", got, "clouds away from a tie", "strict=False to be warned instead")
        warnings.warn(f"{got}: the output may jump there", stacklevel=2)

    def ambiguity(self, x: Any) -> Tensor:
        """How many frames each cloud has ``[batch]``: 1 for most, more where it is symmetric."""
        return self.frames(x).counts

    def _pulled(self, f: Many, x: Any) -> tuple[Any, Tensor]:
        found, centre = self._centred(x)
        return self._placed(f, x, found, centre), found.counts

    def _mean(self, f: Many, x: Any) -> Any:
        found, centre = self._centred(x)
        outputs = self._placed(f, x, found, centre)
        means, wide = averaged(outputs, found.counts), found.null >= 2
        if bool(wide.any()) and not isinstance(self.fibre, InvariantFibre):
            self._check_null(found, centre, wide, x, outputs, means)
        return means

    def _placed(self, f: Many, x: Any, found: PointFrames, centre: Tensor) -> list[Any]:
        """The outputs from each frame, moved back."""
        rows = torch.repeat_interleave(torch.arange(len(centre), device=centre.device), found.counts)
        axes, centre = found.axes, centre[rows]
        placed = pytree.tree_map(lambda leaf: leaf[rows], x)
        into = self._elements(axes.mT, -(axes.mT @ centre[:, :, None])[..., 0])
        placed = self.action_in.transform(_beside(into, placed, "x"), placed)
        back = self._elements(axes, centre)
        return [self._over(back, placed, y) for y in f(placed)]

    def _elements(self, turns: Tensor, shifts: Tensor) -> Tensor:
        if not self.action_in.group.homogeneous:
            return turns
        result = torch.nn.functional.pad(turns, (0, 1, 0, 1))
        result[:, :-1, -1], result[:, -1, -1] = shifts, 1.0
        return result

    def _over(self, g: Tensor, x: Any, y: Any) -> Any:
        if isinstance(self.fibre, InvariantFibre):
            return y
        if isinstance(y, Tensor) and y.ndim == 1:
            return self.fibre.transform(g, x, y[:, None])[:, 0]
        return self.fibre.transform(_beside(g, y, "the output"), x, y)

    def _check_null(
        self, found: PointFrames, centre: Tensor, wide: Tensor, x: Any, outputs: list[Any], means: list[Any]
    ) -> None:
        """Outputs must not change under turns that no point sees; signed permutations see to it up to order 3."""
        axes = found.axes[(found.counts.cumsum(0) - found.counts)[wide]]
        turn = torch.eye(self.d, dtype=axes.dtype, device=axes.device)
        turn[-2:, -2:] = torch.tensor([[0.6, -0.8], [0.8, 0.6]], dtype=axes.dtype)
        around, centre = axes @ turn @ axes.mT, centre[wide]
        g = self._elements(around, centre - (around @ centre[:, :, None])[..., 0])
        x, before = pytree.tree_map(lambda leaf: leaf[wide], (x, means))
        after = [self._over(g, x, y) for y in before]
        for size, one, two in zip(*(pytree.tree_leaves(tree) for tree in (outputs, before, after)), strict=True):
            allowed = 1e4 * torch.finfo(one.dtype).eps * float(size.detach().abs().max())
            if float((one - two).detach().abs().max()) > allowed:
                got = "points on a line, or in one place, and outputs of a high tensor order"
                raise InputError("x", got, "outputs up to order 3 over such clouds", "enforce.average")


def frame_average(
    model: Any,
    action_in: Any,
    action_out: Any = None,
    *,
    points: Any = None,
    ordered: Any = False,
    limit: Any = 1024,
    strict: Any = True,
    batched: Any = None,
) -> FrameAverage:
    """Make any model of point clouds equivariant under rotations or rigid motions, with few calls of it.

    Each cloud is moved to the origin and to its own axes, and the output moved back. Most clouds have one such frame:
    the principal axes, their signs taken from the third moments. Where singular values are close, the points
    themselves decide; where the cloud is symmetric, all that remain are averaged over: exact also for the
    cross-polytope. What rounding could decide either way is refused, never silently wrong. Permuted points have the
    same frames, so that a model that respects their order or their lack of one still does. A whole batch at once.
    Sources: arXiv 2110.03336, 2406.07598. Frames are constants for gradients, and the output jumps where they change;
    no continuous choice exists (arXiv 2402.16077).

    Args:
        model: an ``nn.Module`` for the batch, or a plain callable for one sample (``batched=`` overrides).
        action_in: how inputs ``[batch, n, …]`` move: a representation of ``SO(d)`` or ``O(d)``, an
            :class:`~symmetra.actions.AffineAction` of ``SE(d)`` or ``E(d)``, or a pytree of these.
        action_out: how outputs ``[batch, …]`` move; ``None`` for invariant outputs.
        points: a function of the inputs that gives the points ``[batch, n, d]``; left out, they are the inputs.
        ordered: take the order of the points as known, and break ties by it: fewer frames, but another order of the
            same points then gives another output.
        limit: the most frames that one cloud may have.
        strict: refuse clouds whose frames rounding could change; else warn.
        batched: whether ``model`` takes a batch.

    Raises:
        InputError: other groups; when called, inputs without points, clouds at a tie that rounding decides.

    Example:
        >>> from symmetra.groups import O
        >>> from symmetra.representations import Vector
        >>> V = Vector(O(3))
        >>> net = frame_average(torch.nn.Linear(3, 3), V, V)
        >>> net.ambiguity(torch.cat([torch.eye(3), -torch.eye(3)])[None])
        tensor([48])
    """
    return FrameAverage(model, action_in, action_out, points, ordered, limit, strict, batched)


def _beside(g: Tensor, tree: Any, name: str) -> Tensor:
    """Elements ``[P, k, k]`` that broadcast against leaves ``[P, …, n]``."""
    sizes = {leaf.ndim for leaf in pytree.tree_leaves(tree)}
    if len(sizes) != 1:
        raise InputError(name, f"leaves with {sorted(sizes)} axes", "leaves with as many axes each", "[batch, 1, n]")
    return g.reshape(len(g), *(1,) * (sizes.pop() - 2), *g.shape[1:])
