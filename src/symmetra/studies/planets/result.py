"""The result of the study as plain data: verdicts, tables, arrays for figures, sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symmetra.discover.conservation._result import Conservation
from symmetra.studies.planets.config import PlanetsConfig
from symmetra.studies.planets.law_symmetry import LawSymmetry
from symmetra.studies.planets.power_law import PowerLaw
from symmetra.studies.runner import Claim


@dataclass(frozen=True, eq=False)
class PlanetsResult:
    """What the planets show.

    Attributes:
        scale: ``quick`` or ``laptop``.
        config: the settings.
        claims: the verdicts, in the order of the plan.
        conserved: the searches for conserved quantities: ``near``, ``all``, ``inner``.
        alone: the same for every planet by itself.
        power: exponents and strengths.
        law: symmetries of the law of force.
        tables: title to rows, each a dict with the same keys.
        figures: name to arrays; what each holds stands in the README of the study.
        sentences: section to sentences: ``conserved``, ``force``, ``symmetry``, ``limits``.
        seconds: wall time of the run.
    """

    scale: str
    config: PlanetsConfig
    claims: tuple[Claim, ...]
    conserved: dict[str, Conservation]
    alone: dict[str, Conservation]
    power: PowerLaw
    law: LawSymmetry
    tables: dict[str, list[dict[str, Any]]]
    figures: dict[str, dict[str, np.ndarray]]
    sentences: dict[str, list[str]]
    seconds: float

    def rows(self) -> list[dict[str, Any]]:
        """One row a claim."""
        return [
            {
                "claim": claim.plan.claim,
                "verdict": claim.verdict,
                "measured": claim.value,
                "interval": claim.interval,
                "statistic": claim.plan.statistic,
                "test": claim.plan.test,
            }
            for claim in self.claims
        ]

    def summary(self) -> str:
        """The verdicts, one line each."""
        return "\n".join(f"{c.verdict}: {c.plan.claim} ({c.value}; {c.interval})" for c in self.claims)

    __str__ = summary
