"""What is claimed about a generator, how sure that is, and why nothing more can be said."""

from __future__ import annotations

import math
from dataclasses import dataclass

SYMMETRIC, BROKEN, UNDETERMINED, OUT_OF_CLASS = "symmetric", "broken", "undetermined", "out of class"


@dataclass(frozen=True)
class Certificate:
    """A statement with a stated error rate.

    Attributes:
        statement: the claim in words; what it is conditional on is part of it.
        verdict: ``symmetric`` (the defect is at most δ), ``broken`` (it is larger), ``undetermined`` (these data do not
            decide, or an assumption is not met), ``out of class`` (the model class is refuted by the data).
        delta: tolerance δ of the relative defect.
        upper: U, upper confidence bound for the defect; infinite where there is none.
        lower: L, lower confidence bound.
        alpha: error rate of the claim.
        method: how the bounds were found.
        reasons: why the verdict is not stronger; empty if it is ``symmetric``.
    """

    statement: str
    verdict: str
    delta: float
    upper: float
    lower: float
    alpha: float
    method: str
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.verdict}: {self.statement}" + "".join(f"; {reason}" for reason in self.reasons)


def decide(
    upper: float,
    lower: float,
    delta: float,
    alpha: float,
    method: str,
    subject: str,
    reasons: tuple[str, ...] = (),
    out_of_class: bool = False,
) -> Certificate:
    """The verdict that follows from bounds and from reasons not to trust them.

    Args:
        upper: U.
        lower: L.
        delta: δ.
        alpha: error rate.
        method: how the bounds were found.
        subject: what the statement is about, such as ``the defect of generator 1``.
        reasons: assumptions that are not met; any of them makes the verdict ``undetermined``.
        out_of_class: whether one of them is that the data refute the model class.
    """
    if reasons:
        verdict = OUT_OF_CLASS if out_of_class else UNDETERMINED
        statement = f"nothing is claimed about {subject}"
    elif not math.isfinite(upper) or math.isnan(lower):
        verdict, statement = UNDETERMINED, f"nothing is claimed about {subject}"
        reasons = ("the data leave its size open",)
    elif upper <= delta:
        verdict, statement = SYMMETRIC, f"{subject} is at most {upper:.2g} (error rate {alpha:g}; {method})"
    elif lower > delta:
        verdict, statement = BROKEN, f"{subject} is at least {lower:.2g} (error rate {alpha:g}; {method})"
    else:
        verdict = UNDETERMINED
        statement = f"{subject} lies between {lower:.2g} and {upper:.2g} (error rate {alpha:g} each; {method})"
        reasons = (f"the data do not decide between defects below and above δ = {delta:g}",)
    return Certificate(statement, verdict, delta, upper, lower, alpha, method, reasons)
