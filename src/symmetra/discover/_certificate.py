"""A statement about a symmetry with the rate at which such statements are wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Certificate:
    """What can be said of one generator.

    Attributes:
        statement: in words, with its error rate.
        verdict: ``symmetric`` (defect at most delta), ``broken`` (more than delta), ``undetermined`` or ``out of class``.
        delta: the tolerance asked for.
        upper: upper bound of the relative defect.
        lower: lower bound of it.
        alpha: error rate of the bounds.
        method: how they were obtained.
        reasons: why the verdict is not stronger.
    """

    statement: str
    verdict: str
    delta: float
    upper: float
    lower: float
    alpha: float
    method: str
    reasons: tuple[str, ...] = ()
