"""A claim, how it was to be decided before anything ran, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

HOLDS, FAILS, OPEN = "holds", "does not hold", "not decidable"
Decision = tuple[str, str, str]  # verdict, value, interval


@dataclass(frozen=True)
class ClaimPlan:
    """A claim with the statistic and the test that decide it.

    Attributes:
        key: its short name.
        claim: what is claimed.
        statistic: what is measured.
        test: what the statistic has to satisfy.
    """

    key: str
    claim: str
    statistic: str
    test: str


@dataclass(frozen=True)
class Claim:
    """A claim with what was measured.

    Attributes:
        plan: the claim, its statistic and its test, as written down in the plan.
        verdict: ``holds``, ``does not hold`` or ``not decidable``.
        value: what was measured, in words.
        interval: its interval or bound at the error rate of the run, in words.
    """

    plan: ClaimPlan
    verdict: str
    value: str
    interval: str


def decided(plans: Sequence[ClaimPlan], decide: Callable[[ClaimPlan], Decision | None]) -> list[Claim]:
    """The claims in the order of their plans; what cannot be decided yet, None, was not run."""
    return [Claim(plan, *(decide(plan) or (OPEN, "not run", ""))) for plan in plans]
