"""The equivariance error on finite group elements."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from symmetra.actions import FibreAction, as_fibre_action
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.lie_derivative import as_batched
from symmetra.measure._evaluate import as_inputs, detached, difference, evaluating, squares
from symmetra.measure._number import Measured
from symmetra.measure._words import element_words


@dataclass(frozen=True, eq=False)
class EquivarianceError(Measured):
    """The relative equivariance error over some group elements; usable as the number itself.

    Attributes:
        value: The error over all samples and elements, in [0, 2].
        per_element: The same for each element alone ``[k]``.
        elements: The elements tried ``[k, ...]``.
        scale: The root mean square of the outputs that the error is relative to.
        samples: How many samples were used.
    """

    value: float
    per_element: Tensor
    elements: Tensor
    scale: float
    samples: int

    @property
    def worst(self) -> int:
        """The index of the element with the largest error."""
        return int(self.per_element.nan_to_num(-1.0).argmax())

    @property
    def worst_element(self) -> Tensor:
        """The element with the largest error."""
        return self.elements[self.worst]

    def rows(self) -> list[dict[str, Any]]:
        """The error, the worst element and what it is relative to, as plain data."""
        return [
            {"label": "equivariance error", "value": self.value, "note": f"relative, {self.samples} samples"},
            {"label": "elements tried", "value": len(self.elements), "note": ""},
            {
                "label": "worst element",
                "value": float(self.per_element[self.worst]),
                "note": element_words(self.worst_element),
            },
            {"label": "size of the outputs", "value": self.scale, "note": "root mean square"},
        ]


def chosen_elements(group: Any, elements: Any, count: int, seed: int) -> Tensor:
    """The elements asked for; or all of a small finite group; or random ones and every component's representative."""
    if elements is not None:
        given = as_tensor(elements, "elements")
        ndim = group.generators.ndim
        given = given[None] if given.ndim == ndim - 1 else given
        if given.ndim != ndim or given.shape[1:] != group.generators.shape[1:] or len(given) == 0:
            expected = f"elements [k, {', '.join(map(str, group.generators.shape[1:]))}] of {group}"
            raise InputError("elements", describe(elements), expected, "group.sample(10)")
        return given
    if count < 1:
        raise InputError("n_elements", describe(count), "at least one element", "n_elements=32")
    if group.is_finite and getattr(group, "order", count + 1) <= count:
        return group.elements
    return torch.cat([group.sample(count, seed=seed), group.components])


def compared(f: Callable[[Any], Any], fibre: FibreAction, x: Any, elements: Tensor) -> Iterator[tuple[Any, Tensor]]:
    """For each element: ``F(g x) − ρ(g) F(x)``, and ``(‖F(g x)‖² + ‖ρ(g) F(x)‖²) / 2`` of each sample."""
    value = detached(f(x))
    for g in elements:
        there = detached(f(fibre.base.transform(g, x)))
        if isinstance(value, Tensor) and value.ndim == 1:  # one number a sample
            moved = fibre.transform(g, x, value[:, None])[:, 0]
        else:
            moved = fibre.transform(g, x, value)
        moved = detached(moved)
        yield difference(there, moved), (squares(there) + squares(moved)) / 2


def equivariance_error(
    model: Any,
    x: Any,
    action_in: Any,
    action_out: Any = None,
    elements: Any = None,
    seed: int = 0,
    n_elements: int = 32,
    batched: bool | None = None,
) -> EquivarianceError:
    """How far ``F(g x) = ρ(g) F(x)`` is from holding, relative to the size of the outputs.

    With the mean over samples i and elements g, the error is

        sqrt( mean ‖F(g xᵢ) − ρ(g) F(xᵢ)‖² )  /  sqrt( mean (‖F(g xᵢ)‖² + ‖ρ(g) F(xᵢ)‖²) / 2 ),

    the root mean square of the mismatch over that of the two things compared (for an orthogonal ρ: of F over samples
    and their images). It lies in [0, 2], does not change with units, and is nan where all outputs vanish. A module is
    measured in its own precision, in evaluation mode.

    Args:
        model: A plain callable for one sample, or an ``nn.Module`` for the batch (``batched=`` overrides).
        x: Samples ``[N, ...]``, or a pytree of them.
        action_in: How inputs move.
        action_out: How outputs move: a representation, an action, a fibre action, or ``None`` (invariant).
        elements: Group elements ``[k, ...]``. Left out: all of a finite group of up to ``n_elements``; else that many
            random ones (Haar where compact), and one representative of every component.
        seed: Of the random elements.
        n_elements: How many random elements.
        batched: Whether ``model`` takes a batch.

    Returns:
        The error, which behaves as a float, with the error of every element.
    """
    fibre, x = as_fibre_action(action_out, action_in), as_inputs(x)
    tried = chosen_elements(action_in.group, elements, n_elements, seed)
    with evaluating(model):
        parts = [(squares(r).mean(), s.mean()) for r, s in compared(as_batched(model, batched), fibre, x, tried)]
    errors, sizes = (torch.stack(column).cpu() for column in zip(*parts, strict=True))
    count = len(pytree.tree_leaves(x)[0])
    value = float((errors.mean() / sizes.mean()).sqrt())
    return EquivarianceError(value, (errors / sizes).sqrt(), tried, float(sizes.mean().sqrt()), count)
