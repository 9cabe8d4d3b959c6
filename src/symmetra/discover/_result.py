"""What a discovery returns: the generators, and with them the evidence that they are symmetries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate
from symmetra.functions import CandidateSpace, linear_combination
from symmetra.groups import Algebra, LieGroup
from symmetra.inputs import InputError


@dataclass(frozen=True)
class Coverage:
    """What the samples can decide.

    Attributes:
        ok: whether they decide every candidate.
        message: in words, what they cannot decide and why.
        directions: ``[u, …]``, the directions left open (rows; what they are of, the message says), possibly empty.
        numbers: the measured quantities behind the message, by name.
    """

    ok: bool
    message: str
    directions: Tensor = field(default_factory=lambda: torch.zeros(0, 0, dtype=torch.float64))
    numbers: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Discovery:
    """A symmetry algebra with its evidence.

    Attributes:
        kind: ``function``, ``dynamics``, ``manifold``, ``evolution`` or ``regression``.
        candidates: the space searched.
        generators: ``[k, P]``, rows in the candidate basis; a readable basis, trivial ones last.
        outputs: ``[k, Q]``, the coefficients of the output action that goes with each generator, in the basis of the
            output candidates; ``[k, 0]`` without them.
        trivial: how many generators are symmetries for a trivial reason (the field F itself, fields that vanish on
            the data); they stand last.
        labels: one note a generator: empty, why it is trivial, or that it is proportional to F.
        spectrum: all relative defects, ascending (see ``docs/conventions``).
        gap: first value not taken as null over the last value taken as null.
        tolerance: what was taken as null.
        defects: ``[k]``, relative defect ρ of each generator on held-out samples.
        closure_defect: how far the brackets of the generators leave their span, relative, 0 … 1.
        coverage: what the samples could decide.
        certificates: one a generator.
        samples: N, the number of samples used.
        structure: structure constants of the generators that do not vanish on the data.
        scale: ``[n]``, the size of each coordinate in the data.
    """

    kind: str
    candidates: CandidateSpace
    generators: Tensor
    outputs: Tensor
    trivial: int
    labels: tuple[str, ...]
    spectrum: Tensor
    gap: float
    tolerance: float
    defects: Tensor
    coverage: Coverage
    certificates: tuple[Certificate, ...]
    samples: int
    structure: Tensor
    closure_defect: float
    scale: Tensor

    @property
    def dimension(self) -> int:
        """k, the dimension of the raw null space, trivial directions included."""
        return self.generators.shape[0]

    @property
    def certified(self) -> tuple[int, ...]:
        """Indices of the generators that are certified and not trivial; empty rather than wrong."""
        genuine = self.dimension - self.trivial
        return tuple(i for i in range(genuine) if self.certificates[i].verdict == "symmetric")

    @cached_property
    def algebra(self) -> Algebra:
        """The Lie algebra of the generators that do not vanish on the data."""
        tolerance = max(1e-8, 10 * self.closure_defect)  # generators from noisy data close as well as they are known
        matrices = self._homogeneous()
        if matrices is not None:  # in coordinates of the size of the data; the algebra is the same
            units = torch.cat([self.scale, self.scale.new_ones(1)])
            matrices = matrices * units / units[:, None]
        if matrices is not None and not any(label == VANISHES for label in self.labels):
            return Algebra(matrices, tolerance=tolerance)
        return Algebra.from_structure_constants(self.structure, self.closure_defect, tolerance=tolerance)

    @property
    def name(self) -> str:
        """The algebra in words, such as ``so(3)``; ``not closed`` where brackets lead out of the span."""
        if self.structure.shape[0] == 0:
            return "trivial"
        if self.closure_defect > max(1e-3, self.tolerance):
            return f"{self.structure.shape[0]} generators, not closed under brackets"
        return self.algebra.name

    @property
    def matrices(self) -> Tensor | None:
        """``[k, n, n+1]``, linear part and translation of each generator, for affine candidates."""
        return self.candidates.matrices(self.generators)

    def vector_fields(self) -> tuple[Callable[[Tensor], Tensor], ...]:
        """The generators as functions of x ``[..., n]``."""
        return tuple(self.candidates.vector_field(row) for row in self.generators)

    def group(self) -> LieGroup:
        """The Lie group that affine generators make, in homogeneous coordinates ``[n+1, n+1]``."""
        matrices = self._homogeneous()
        if matrices is None or matrices.shape[0] == 0:
            raise InputError(
                "group()",
                f"{self.dimension} generators that are not all affine",
                "affine generators",
                "action(), which integrates their flow",
            )
        return LieGroup(matrices, name=f"exp {self.name}")

    def action(self) -> Any:
        """How the discovered symmetry moves x: to be handed to measure, enforce, promote and relax as it is."""
        from symmetra.actions import AffineAction, Flow

        if self._homogeneous() is None:
            return Flow(self.candidates, self.generators)
        return AffineAction(self.group())

    def _homogeneous(self) -> Tensor | None:
        matrices = self.matrices
        if matrices is None:
            return None
        bottom = matrices.new_zeros(matrices.shape[0], 1, matrices.shape[2])
        return torch.cat([matrices, bottom], dim=1)

    def expressions(self) -> list[str]:
        """Each generator as a formula, such as ``y ∂x − x ∂y``."""
        return [linear_combination(row, self.candidates.names) for row in self.generators]

    def rows(self) -> list[dict[str, Any]]:
        """Plain rows for tables: one a generator."""
        return [
            {
                "generator": text,
                "defect": float(self.defects[i]),
                "verdict": self._verdict(i),
                "upper": self.certificates[i].upper,
                "statement": self.certificates[i].statement,
            }
            for i, text in enumerate(self.expressions())
        ]

    def _verdict(self, i: int) -> str:
        label = self.labels[i]
        if label in TRIVIAL:
            return f"trivial: {label}"
        return self.certificates[i].verdict + (f" ({label})" if label else "")

    def summary(self) -> str:
        """What was found, in a few lines."""
        lines = [
            f"{self.kind}: {self.dimension} of {self.candidates.size} candidate directions are symmetries"
            f" ({self.trivial} trivial, {len(self.certified)} certified): {self.name}",
            f"gap {self.gap:.3g}, tolerance {self.tolerance:.1g}, closure defect {self.closure_defect:.1e},"
            f" {self.samples} samples",
        ]
        lines += [f"  {row['generator']}   defect {row['defect']:.1e}   {row['verdict']}" for row in self.rows()]
        if not self.coverage.ok:
            lines.append(f"coverage: {self.coverage.message}")
        return "\n".join(lines)

    __str__ = summary


ITSELF = "the flow of F itself"
PARALLEL = "proportional to F"
VANISHES = "vanishes on the data"
TRIVIAL = (ITSELF, VANISHES)
