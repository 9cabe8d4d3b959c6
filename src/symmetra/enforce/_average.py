"""Averaging over a group: any model, made equivariant without training."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions._base import ConstantFibre, InvariantFibre
from symmetra.enforce._average_base import Averaging, Many, mean_squares, moves, returns, widened
from symmetra.enforce._average_elements import chosen_elements
from symmetra.inputs import InputError, describe


class Average(Averaging):
    """``Qf(x) = mean_g ρ_out(g)⁻¹ f(ρ_in(g) x)``, what :func:`average` returns.

    Attributes:
        elements: the group elements ``[k, …]`` in the mean.
        exact: whether they are a group, so that the result is equivariant under it to rounding.
    """

    def __init__(
        self,
        model: Any,
        action_in: Any,
        action_out: Any,
        elements: Any,
        fold: Any,
        seed: Any,
        batched: Any,
        any_grid: Any,
    ) -> None:
        super().__init__(model, action_in, action_out, batched, any_grid)
        self.elements, self.exact = chosen_elements(action_in.group, elements, seed)
        whole = isinstance(fold, int) and not isinstance(fold, bool) and fold >= 1
        if fold not in ("loop", "batch") and not whole:
            raise InputError("fold", describe(fold), "'loop', 'batch' or elements a batch", "fold='loop'")
        self.fold = fold
        self._into = moves(action_in, self.elements)
        self._back = returns(self.fibre, action_in.group.inverse(self.elements))
        count = len(self._into)
        step = {"loop": 1, "batch": count}.get(fold, fold)
        self._chunks = [range(start, min(start + step, count)) for start in range(0, count, step)]
        self._sees_input = not isinstance(self.fibre, InvariantFibre | ConstantFibre)

    def _pulled(self, f: Many, x: Any, chosen: range) -> Any:
        """``f_g(x)`` for some elements: for each of them, each of the outputs of f."""
        if len(chosen) == 1:
            into, back = self._into[chosen[0]], self._back[chosen[0]]
            if not self._sees_input:
                return [[back(None, y) for y in f(into(x))]]
            moved = into(x)
            return [[back(moved, y) for y in f(moved)]]
        parts = [self._into[k](x) for k in chosen]
        joined = pytree.tree_map(_joined, *parts)
        kept = parts if self._sees_input else [None] * len(chosen)
        del parts
        outputs = [_split(y, len(chosen)) for y in f(joined)]
        return [[self._back[k](kept[i], y[i]) for y in outputs] for i, k in enumerate(chosen)]

    def _mean(self, f: Many, x: Any) -> Any:
        total: Any = None
        kinds: list[torch.dtype] = []
        for chosen in self._chunks:
            total = self._added(total, kinds, self._pulled(f, x, chosen))
        leaves, spec = pytree.tree_flatten(total)
        means = [leaf.div_(len(self._into)).to(kind) for leaf, kind in zip(leaves, kinds, strict=True)]
        return pytree.tree_unflatten(means, spec)

    def _added(self, total: Any, kinds: Any, terms: Any) -> Any:
        """The sum with more terms, which end here: while the model runs, only the sum is kept."""
        if total is None:
            kinds.extend(leaf.dtype for leaf in pytree.tree_leaves(terms[0]))
            total = pytree.tree_map(widened, terms.pop(0))
        while terms:
            pytree.tree_map(torch.Tensor.add_, total, terms.pop(0))
        return total

    def orbit(self, x: Any) -> Any:
        """``ρ(g)⁻¹ f(g x)`` for every element: ``[elements, batch, …]``; their mean is the result."""
        terms = [term[0] for chosen in self._chunks for term in self._pulled(self._one, x, chosen)]
        return pytree.tree_map(lambda *parts: torch.stack(parts), *terms)

    def mean_and_spread(self, x: Any) -> tuple[Any, Tensor]:
        """The averaged output and :meth:`spread` together, for the price of one and without keeping the orbit."""
        mean: Any = None
        total, kinds, count = torch.zeros(()), [], 0
        for chosen in self._chunks:
            for (term,) in self._pulled(self._one, x, chosen):
                count += 1
                if mean is None:
                    kinds = [leaf.dtype for leaf in pytree.tree_leaves(term)]
                    mean = pytree.tree_map(widened, term)
                    total = torch.zeros_like(mean_squares(_first(mean)))
                    continue
                shift = pytree.tree_map(torch.sub, term, mean)
                mean = pytree.tree_map(partial(torch.add, alpha=1 / count), mean, shift)
                total = total + mean_squares(_first(shift)) * (count - 1) / count
        leaves, spec = pytree.tree_flatten(mean)
        return pytree.tree_unflatten([m.to(k) for m, k in zip(leaves, kinds)], spec), total[0] / count

    def spread(self, x: Any) -> Tensor:
        """``mean_g |f_g(x) − Qf(x)|²``, averaged over the entries of the output: ``[batch]``, float64.

        It needs no labels, and is what averaging takes off the mean squared error: for each sample and any target,
        ``mean_g MSE(f_g) = MSE(Qf) + spread``.
        """
        return self.mean_and_spread(x)[1]

    def error(self, x: Any) -> Tensor:
        """How far the result is expected to be from the mean over the whole group: ``[batch]``, float64.

        The root mean square over the entries, one standard error of a mean of random elements; zero if they are a
        group. It falls as the root of their number.
        """
        spread = self.spread(x)
        if self.exact:
            return torch.zeros_like(spread)
        return (spread / max(len(self.elements) - 1, 1)).sqrt()

    def extra_repr(self) -> str:
        """What the mean is over."""
        kind = "exact" if self.exact else "approximate"
        return f"{len(self.elements)} elements of {self.action_in.group}, {kind}, fold={self.fold!r}"


def average(
    model: Any,
    action_in: Any,
    action_out: Any = None,
    elements: Any = None,
    fold: Any = "loop",
    *,
    seed: Any = 0,
    batched: Any = None,
    any_grid: Any = False,
) -> Average:
    """Make any model equivariant by averaging it over a group: ``mean_g ρ_out(g)⁻¹ f(ρ_in(g) x)``.

    No training, nothing asked of the model: the result is equivariant to rounding, equivariant models come back
    unchanged, and over a test set that is closed under the group no loss that is convex in the output can rise. It
    costs as many calls of the model as the group has elements. Source: arXiv 2511.09573; the projection, 2102.10333.

    The model must see physical units, or others that the group respects; see :class:`PhysicalUnits`.

    Args:
        model: an ``nn.Module`` for the batch, or a plain callable for one sample (``batched=`` overrides); or an
            exported program.
        action_in: how inputs move, :class:`~symmetra.actions.SignedPermutation` for fields on a grid.
        action_out: how outputs move; ``None`` for invariant outputs.
        elements: what the mean is over. Left out: the whole of a finite group. A subgroup, or elements ``[k, …]``. A
            number draws so many at random, for large and for continuous compact groups: approximate, see
            :meth:`Average.error`.
        fold: ``"loop"`` calls the model once an element, the default and the fastest on a CPU; ``"batch"`` once for
            all; a number for so many elements at once.
        seed: of the random elements.
        batched: whether ``model`` takes a batch.
        any_grid: whether outputs may be on another grid than the inputs.

    Raises:
        InputError: a group that has no mean to take, too large a one, actions of different groups.

    Example:
        >>> from symmetra.actions import SignedPermutation
        >>> velocity = SignedPermutation("D4", [(slice(0, 2), 1, 1)], dims=2)
        >>> plain = torch.nn.Conv2d(2, 2, 3, padding=1)
        >>> wind = torch.randn(5, 2, 8, 8)
        >>> averaged = average(plain, velocity, velocity)
        >>> averaged.orbit(wind).shape, averaged.spread(wind).shape
        (torch.Size([8, 5, 2, 8, 8]), torch.Size([5]))
    """
    return Average(model, action_in, action_out, elements, fold, seed, batched, any_grid)


def _first(tree: Any) -> Any:
    return pytree.tree_map(lambda t: t[None], tree)


def _split(tree: Any, count: int) -> list[Any]:
    """The pieces of a batch, empty ones of an empty batch."""
    leaves, spec = pytree.tree_flatten(tree)
    pieces = zip(*(leaf.tensor_split(count) for leaf in leaves), strict=True)
    return [pytree.tree_unflatten(piece, spec) for piece in pieces]


def _joined(*parts: Tensor) -> Tensor:
    if len({part.shape for part in parts}) > 1:
        got = "elements that exchange axes of other extents"
        raise InputError("fold", got, "moved inputs of one shape to make a batch of", "fold='loop'")
    return torch.cat(parts)
