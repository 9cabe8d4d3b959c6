"""The symmetry of a trained model, read off its penalty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from symmetra.groups import LieGroup
from symmetra.groups._span import closure_defect
from symmetra.inputs import InputError, describe
from symmetra.representations import Representation


@dataclass(frozen=True, eq=False)
class PromotedAlgebra:
    """The generators of a candidate group in the order in which a model respects them.

    Attributes:
        candidates: the group.
        directions: ``[a, q]``, coefficients of its generators, best kept ones first, orthonormal in the metric of the
            penalty.
        spectrum: ``[a]``, ascending, relative size of the Lie derivative along each.
        tolerance: directions up to here are kept.
    """

    candidates: Any
    directions: Tensor
    spectrum: Tensor
    tolerance: float

    @property
    def dimension(self) -> int:
        """How many directions are kept."""
        return int((self.spectrum <= self.tolerance).sum())

    @property
    def generators(self) -> Tensor:
        """``[k, ...]``, what is kept, as elements of the algebra of the candidate group."""
        return self._elements(self.directions[: self.dimension])

    @property
    def broken(self) -> Tensor:
        """``[a − k, ...]``, what is broken, most of all the last one."""
        return self._elements(self.directions[self.dimension :])

    @property
    def gap(self) -> float:
        """First value of the spectrum above the tolerance over the last one below; inf where there is no such pair."""
        k = self.dimension
        if k in (0, len(self.spectrum)) or float(self.spectrum[k - 1]) == 0.0:
            return math.inf
        return float(self.spectrum[k] / self.spectrum[k - 1])

    @cached_property
    def closure_defect(self) -> float:
        """How far brackets of the kept generators lead out of their span; nan for flows, which have no matrices."""
        return closure_defect(self.generators) if self.generators.ndim == 3 else math.nan

    def angle(self, generators: Any) -> float:
        """The largest principal angle, in radians, between the kept span and that of other algebra elements.

        Angles are those of the elements as matrices (Frobenius); π/2 where the dimensions differ.
        """
        others = torch.as_tensor(generators).flatten(1).double()
        mine = self.generators.flatten(1).double()
        if len(others) != len(mine) or others.shape[1:] != mine.shape[1:]:
            return math.pi / 2
        a, b = (torch.linalg.qr(rows.mT).Q for rows in (mine, others))
        return math.asin(min(float(torch.linalg.matrix_norm(b - a @ (a.mT @ b), 2)), 1.0))

    def group(self) -> LieGroup:
        """The group that the kept generators make: for ``Vector``, ``enforce`` and all that takes a group."""
        if self.directions.shape[0] == 0 or self.generators.ndim != 3:
            raise InputError("group()", f"{self.candidates!r}", "generators that are matrices", "the directions")
        return LieGroup(self.generators, name=f"{self.dimension} generators of {self.candidates.name}")

    def restrict(self, representation: Any) -> Representation:
        """A representation of the candidate group as one of the group that is kept."""
        if not isinstance(representation, Representation) or representation.group != self.candidates:
            expected = f"a representation of {self.candidates!r}"
            raise InputError("representation", describe(representation), expected, "symmetra.Vector(group)")
        return Representation(
            self.group(),
            lambda g: representation.rho(g).dense(),
            lambda a: representation.drho(a).dense(),
            name=representation.name,
            check=False,
        )

    def rows(self) -> list[dict[str, Any]]:
        """One row a direction, as plain data."""
        return [
            {
                "label": f"direction {i + 1}",
                "value": float(value),
                "note": "kept" if i < self.dimension else "broken",
            }
            for i, value in enumerate(self.spectrum)
        ]

    def summary(self) -> str:
        """What is kept, in lines of text."""
        head = f"{self.dimension} of {len(self.spectrum)} generators kept (relative defect ≤ {self.tolerance:g})"
        return "\n".join([head, *(f"  {row['label']}  {row['value']:.2e}  {row['note']}" for row in self.rows())])

    def _elements(self, coefficients: Tensor) -> Tensor:
        generators = self.candidates.generators.to(torch.promote_types(self.candidates.generators.dtype, torch.float64))
        return torch.einsum("aq,q...->a...", coefficients.to(generators.dtype), generators)
