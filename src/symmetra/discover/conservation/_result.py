"""What the search for conserved quantities returns: the quantities, and with them the evidence that they are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate
from symmetra.discover._result import Coverage
from symmetra.functions import Library, linear_combination

CONSTANT = "constant, or a relation among the terms"
FROZEN = "constant on all samples, so compared with itself"


@dataclass(frozen=True, eq=False)
class Conservation:
    """Conserved quantities h = Σ_j c_j φ_j with their evidence.

    Attributes:
        library: the functions φ_j.
        coefficients: ``[k, T]``, one quantity a row, readable: few terms, the largest coefficient ±1; trivial ones
            last.
        trivial: how many rows are conserved for a trivial reason; they stand last.
        labels: one note a row, empty or why it is trivial.
        evidence: which evidence chose the quantities: ``rates`` (∇h·F against |∇h||F|; with trajectories, against the
            spread of h) or ``drift`` (scatter of h within trajectories against its scatter over all samples).
        spectrum: ``[T]``, relative defects of that evidence, ascending; trivial directions count as 0.
        spectra: the spectra of all evidence there is, by name.
        gap: first value not taken as conserved over the last value taken.
        tolerance: values up to here were taken.
        defects: ``[k]``, relative root-mean-square defect of each row on held-out samples: drift over spread with
            trajectories, |∇h·F| over |∇h||F| without.
        rate_defects: ``[k]``, with trajectories and rates: change in one radian of motion over spread, on held-out
            samples; the amplitude of an oscillation that the sampling times might hide. Otherwise empty.
        left_out: ``[k']``, with three trajectories or more: for each trajectory the largest drift over spread *on it*
            of quantities that were chosen without it. Otherwise empty.
        certificates: one a row.
        coverage: what the samples could decide.
        samples: N.
        trajectories: number of trajectories told apart, 0 if they were not.
    """

    library: Library
    coefficients: Tensor
    trivial: int
    labels: tuple[str, ...]
    evidence: str
    spectrum: Tensor
    spectra: dict[str, Tensor]
    gap: float
    tolerance: float
    defects: Tensor
    certificates: tuple[Certificate, ...]
    coverage: Coverage
    samples: int
    trajectories: int
    rate_defects: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.float64))
    left_out: Tensor = field(default_factory=lambda: torch.zeros(0, dtype=torch.float64))

    kind = "conserved"

    @property
    def terms(self) -> list[str]:
        """Names of the functions, in the order of the coefficients."""
        return self.library.terms

    @property
    def dimension(self) -> int:
        """k, the dimension of the raw null space, constants included."""
        return self.coefficients.shape[0]

    @property
    def certified(self) -> tuple[int, ...]:
        """Indices of the quantities that are certified and not trivial; empty rather than wrong."""
        genuine = self.dimension - self.trivial
        return tuple(i for i in range(genuine) if self.certificates[i].verdict == "symmetric")

    @property
    def name(self) -> str:
        """What was found, in a few words."""
        count = len(self.certified)
        return f"{count} conserved quantit{'y' if count == 1 else 'ies'}" if count else "no conserved quantity"

    def quantities(self) -> tuple[Callable[[Tensor], Tensor], ...]:
        """The quantities as functions of samples ``[N, n]`` (or of one sample ``[n]``)."""
        return tuple(_quantity(self.library, row) for row in self.coefficients)

    def expressions(self) -> list[str]:
        """Each quantity as a formula, such as ``y·vz − z·vy``."""
        return [linear_combination(row, self.terms, digits=6) for row in self.coefficients]

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows for tables: one a quantity."""
        return [
            {
                "quantity": text,
                "defect": float(self.defects[i]),
                "verdict": "trivial: " + self.labels[i] if self.labels[i] else self.certificates[i].verdict,
                "upper": self.certificates[i].upper,
                "statement": self.certificates[i].statement,
            }
            for i, text in enumerate(self.expressions())
        ]

    def summary(self) -> str:
        """What was found, in a few lines."""
        lines = [
            f"conserved: {self.dimension} of {self.library.size} directions"
            f" ({self.trivial} trivial, {len(self.certified)} certified), chosen by {self.evidence}",
            f"gap {self.gap:.3g}, tolerance {self.tolerance:.1g}, {self.samples} samples"
            + (f", {self.trajectories} trajectories" if self.trajectories else ""),
        ]
        lines += [
            f"  {row['quantity']}   defect {row['defect']:.1e}   {row['verdict']}"
            for row in self.rows()[: self.dimension - self.trivial]
        ]
        if not self.coverage.ok:
            lines.append(f"coverage: {self.coverage.message}")
        return "\n".join(lines)

    __str__ = summary


def _quantity(library: Library, row: Tensor) -> Callable[[Tensor], Tensor]:
    def h(x: Tensor) -> Tensor:
        x = torch.as_tensor(x)
        values = library.values(x[None] if x.ndim == 1 else x) @ row.to(x)
        return values[0] if x.ndim == 1 else values

    return h
