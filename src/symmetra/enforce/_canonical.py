"""A canonical place for fields on a grid: one call of the model, and equivariance bit for bit."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import Rolls, SignedPermutation
from symmetra.enforce._average_base import Many, moves, returns
from symmetra.enforce._average_elements import chosen_elements
from symmetra.enforce._frame_base import Framed
from symmetra.inputs import InputError, describe


class Canonical(Framed):
    """What :func:`canonicalise` returns.

    Attributes:
        elements: the group elements ``[k, …]`` that make the orbit of a sample.
    """

    def __init__(self, model: Any, action_in: Any, action_out: Any, elements: Any, batched: Any, any_grid: Any) -> None:
        super().__init__(model, action_in, action_out, batched, any_grid)
        if not isinstance(action_in, SignedPermutation | Rolls):
            expected = "a SignedPermutation or Rolls, whose images can be compared bit for bit"
            raise InputError("action_in", describe(action_in), expected, "enforce.frame_average for point clouds")
        self.elements, exact = chosen_elements(action_in.group, elements, 0)
        if not exact:
            raise InputError("elements", f"{len(self.elements)} that are no group", "a group", "group.subgroup(…)")
        self._into = moves(action_in, self.elements)
        self._back = returns(self.fibre, action_in.group.inverse(self.elements))

    def canonical(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The greatest image of each sample, in the order of its first entries that differ; and which elements give it.

        Returns:
            The images ``[batch, …]``, and ``[elements, batch]``, true where the element leads there: more than one
            where the sample is symmetric.
        """
        if not isinstance(x, Tensor) or not torch.isfinite(x).all():
            got = "NaN or infinite values" if isinstance(x, Tensor) else describe(x)
            raise InputError("x", got, "fields of finite numbers, which have an order", "x.nan_to_num()")
        best, found = x, torch.zeros(len(self._into), len(x), dtype=torch.bool, device=x.device)
        found[0] = True  # the identity comes first
        rows = torch.arange(len(x), device=x.device)
        for k, move in enumerate(self._into[1:], start=1):
            image = move(x)
            if image.shape != x.shape:
                got = f"fields {tuple(x.shape)}, whose axes {self.action_in.group} exchanges"
                raise InputError("x", got, "equal extents", "a group that keeps the axes apart")
            one, two = (_numbers(t) for t in (image, best))
            differ = one != two
            first = differ.int().argmax(1)
            greater = one[rows, first] > two[rows, first]
            found[:k, greater] = False
            found[k] = greater | ~differ.any(1)
            best = torch.where(greater.reshape(-1, *(1,) * (x.ndim - 1)), image, best)
        return best, found

    def ambiguity(self, x: Any) -> Tensor:
        """How many elements lead to the canonical place ``[batch]``: more than one where a sample is symmetric."""
        return self.canonical(x)[1].sum(0)

    def _pulled(self, f: Many, x: Any) -> tuple[Any, Tensor]:
        best, found = self.canonical(x)
        rows, elements = found.T.nonzero(as_tuple=True)
        order = torch.argsort(elements, stable=True)
        counts = found.sum(0)
        results = []
        for y in f(best):
            parts = []
            for k, chosen in zip(*_runs(elements[order]), strict=True):
                here = rows[order[chosen]]
                picked = pytree.tree_map(lambda leaf, here=here: leaf[here], y)
                parts.append(self._back[k](best[here], picked))
            back = torch.argsort(order)
            results.append(pytree.tree_map(lambda *leaves, back=back: torch.cat(leaves)[back], *parts))
        return results, counts


def canonicalise(
    model: Any,
    action_in: Any,
    action_out: Any = None,
    elements: Any = None,
    *,
    batched: Any = None,
    any_grid: Any = False,
) -> Canonical:
    """Make any model of fields equivariant with one call of it: every sample is first moved to a canonical place.

    That is the greatest image under the group, where fields are compared entry by entry: a total order, and as the
    moves are exact, one without rounding. Where a sample is symmetric, several elements lead there, and the output is
    averaged over them: nothing else would be equivariant. Cheaper than :func:`average`, with the same interface, and
    exact as well; but the result jumps where the greatest image changes, and no gain in accuracy is to be expected.

    Args:
        model: an ``nn.Module`` for the batch, or a plain callable for one sample (``batched=`` overrides).
        action_in: how inputs move: :class:`~symmetra.actions.SignedPermutation` or :class:`~symmetra.actions.Rolls`.
        action_out: how outputs move; ``None`` for invariant outputs.
        elements: a subgroup; left out, the whole group.
        batched: whether ``model`` takes a batch.
        any_grid: whether outputs may be on another grid than the inputs.

    Raises:
        InputError: actions that round; elements that are no group; when called, NaN.

    Example:
        >>> scalar = SignedPermutation("D4", [(slice(0, 1), 0, 1)], dims=2)
        >>> net = canonicalise(torch.nn.Conv2d(1, 1, 3, padding=1), scalar, scalar)
        >>> x = torch.randn(4, 1, 8, 8)
        >>> torch.equal(net(x.flip(-1)), net(x).flip(-1))
        True
    """
    return Canonical(model, action_in, action_out, elements, batched, any_grid)


def _numbers(x: Tensor) -> Tensor:
    return (torch.view_as_real(x) if x.is_complex() else x).reshape(len(x), -1)


def _runs(values: Tensor) -> tuple[list[int], list[slice]]:
    """The different values of a sorted list, and where each stands."""
    kinds, counts = torch.unique_consecutive(values, return_counts=True)
    ends = counts.cumsum(0).tolist()
    return kinds.tolist(), [slice(a, b) for a, b in zip([0, *ends], ends)]
