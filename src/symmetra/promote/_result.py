"""What a recovery returns: two models, the algebra, and the evidence for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from symmetra.functions import PolynomialFields
from symmetra.groups import Algebra, LieGroup
from symmetra.promote._library import PolynomialModel

_NAMED = 100  # dimension up to which naming an algebra takes seconds


@dataclass(frozen=True, eq=False)
class Promotion:
    """The most symmetric polynomial that fits the data.

    Attributes:
        model: the minimiser of ‖L_F‖_* (with noise: of ‖L_F‖_* + ‖F(x) − y‖²/(2λ)).
        refit: the polynomial that fits best among those with exactly the recovered algebra, without the shrinkage of
            the nuclear norm; where the algebra is not determined, ``model`` itself.
        candidates: the space of generators searched.
        generators: ``[k, candidates]``, a basis of the recovered algebra, orthonormal in the normalised candidates.
        objective: ‖L_F‖_* of the model (with noise: of both terms), in units of y.
        lower_bound: no polynomial of the library that fits the data has a smaller objective.
        duality_gap: (objective − lower_bound)/objective.
        spectrum: ``[q]``, ascending singular values of ξ ↦ L_ξ F relative to the largest, of ``refit``; L² sizes for
            unit generators.
        tolerance: relative singular values of the *model* up to here were tried as zero.
        rank: q − k.
        gap: the spectral gap, first value kept over last value taken as zero.
        determined: whether the data force this algebra (see ``reason``).
        reason: why, or why not, in words.
        freedom: dimension of the polynomials near ``refit`` whose algebra is conjugate to the recovered one.
        equations: independent equations that the data are.
        residual: relative root-mean-square residual of ``refit``.
        iterations: steps of the solver.
        penalty: λ, 0 for exact data.
        centre, half_width: ``[n]``, the measure: a box, or mean and standard deviation.
        basis: the orthonormal family.
        samples: N.
    """

    model: PolynomialModel
    refit: PolynomialModel
    candidates: PolynomialFields
    generators: Tensor
    objective: float
    lower_bound: float
    duality_gap: float
    spectrum: Tensor
    tolerance: float
    rank: int
    gap: float
    determined: bool
    reason: str
    freedom: int
    equations: int
    residual: float
    iterations: int
    penalty: float
    centre: Tensor
    half_width: Tensor
    basis: str
    samples: int

    @property
    def dimension(self) -> int:
        """k, the dimension of the recovered algebra."""
        return self.generators.shape[0]

    @property
    def matrices(self) -> Tensor:
        """``[k, n, n+1]``: linear part and translation of each generator."""
        found = self.candidates.matrices(self.generators)
        assert found is not None
        return found

    @cached_property
    def algebra(self) -> Algebra:
        """The Lie algebra of the generators in homogeneous coordinates of the size of the domain.

        Believe it only where ``determined`` says so.
        """
        units = torch.cat([self.half_width, self.half_width.new_ones(1)])
        matrices = torch.nn.functional.pad(self.matrices, (0, 0, 0, 1))
        # about the centre of the domain, where all entries have one size; the algebra is the same
        matrices[:, :-1, -1] += (self.matrices[:, :, :-1] @ self.centre[:, None])[..., 0]
        return Algebra((matrices * units / units[:, None]).cpu(), tolerance=1e-7 if self.determined else self.tolerance)

    @property
    def name(self) -> str:
        """The algebra in words, with a warning where the data do not determine it."""
        return self.algebra.name if self.determined else f"not determined ({self.dimension} generators so far)"

    def group(self) -> LieGroup:
        """The Lie group that the generators make, in homogeneous coordinates ``[n+1, n+1]``."""
        return LieGroup(torch.nn.functional.pad(self.matrices, (0, 0, 0, 1)).cpu(), name=f"exp({self.algebra.name})")

    def rows(self) -> list[dict[str, Any]]:
        """The evidence as plain data; an algebra of more than 100 dimensions is named by ``name`` only (minutes)."""
        large = self.determined and self.dimension > _NAMED
        algebra = f"{self.dimension}-dimensional" if large else self.name
        return [
            {"label": "algebra", "value": algebra, "note": self.reason},
            {"label": "dimension", "value": self.dimension, "note": f"of {self.candidates.size} candidates"},
            {
                "label": "determined",
                "value": self.determined,
                "note": f"{self.equations} independent equations, {self.freedom} degrees of freedom",
            },
            {"label": "objective", "value": self.objective, "note": "nuclear norm of the Lie derivative, unit of y"},
            {"label": "duality gap", "value": self.duality_gap, "note": f"relative, {self.iterations} iterations"},
            {"label": "rank", "value": self.rank, "note": f"relative singular values above {self.tolerance:.1e}"},
            {"label": "spectral gap", "value": self.gap, "note": "first value kept over last value taken as zero"},
            {"label": "residual", "value": self.residual, "note": "of the refitted model, relative"},
        ]

    def summary(self) -> str:
        """The evidence in lines of text."""
        lines = []
        for row in self.rows():
            value = f"{row['value']:.3g}" if isinstance(row["value"], float) else row["value"]
            lines.append(f"{row['label']:<13} {value}   ({row['note']})")
        return "\n".join(lines)
