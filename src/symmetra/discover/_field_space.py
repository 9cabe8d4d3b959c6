"""The vector fields behind an action on points, as candidates with readable names."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions import AffineAction, Flow, LinearAction
from symmetra.functions import CandidateSpace, PolynomialFields, candidates, linear_combination
from symmetra.representations import Representation


class _NamedFields(PolynomialFields):
    """The generators of a group as polynomial fields, named by their formulas."""

    @property
    def names(self) -> list[str]:  # type: ignore[override]
        words = PolynomialFields(self.n, self.exponents).names
        formulas = [linear_combination(row.flatten(), words) for row in self.tensor]
        return [f"({text})" if " + " in text or " − " in text else text for text in formulas]


def field_space(action: Any) -> tuple[CandidateSpace, Tensor]:
    """The candidates ``[P]`` and the generators of the action in them, ``[q, P]``."""
    if isinstance(action, Flow) and isinstance(action.fields, CandidateSpace):
        return action.fields, action.coefficients
    eye = torch.eye(len(action.group.generators), dtype=torch.float64)
    representation = action.representation if isinstance(action, LinearAction) else action
    if isinstance(action, AffineAction):
        space = candidates.from_group(action.group)
    elif isinstance(representation, Representation) and not representation.is_complex:
        space = candidates.from_group(action.group, representation)
    else:
        n = action.group.generators.shape[-1]
        moves = [lambda x, xi=xi: action.generate(xi, x) for xi in action.group.generators]
        return candidates.fields(moves, n), eye
    return _NamedFields(space.n, space.exponents, space.tensor), eye
