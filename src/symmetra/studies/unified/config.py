"""What is claimed, by which statistic and which test, and how large each scale is; written before the runs."""

from __future__ import annotations

from dataclasses import dataclass

from symmetra.studies.runner import ClaimPlan


@dataclass(frozen=True)
class UnifiedConfig:
    """The settings of one run.

    Attributes:
        scale: ``quick`` (for continuous integration), ``laptop`` (two processor cores), ``paper``.
        alpha: error rate of each interval.
        tolerance: largest error of a monomial coefficient that counts as recovery, relative to the largest coefficient.
        angle: largest principal angle between the promoted and the true generator of the pendulum.
    """

    scale: str
    alpha: float = 0.05
    tolerance: float = 5e-3
    angle: float = 0.05


SCALES = {scale: UnifiedConfig(scale) for scale in ("quick", "laptop", "paper")}

CLAIMS = (
    ClaimPlan(
        "recovery",
        "promotion recovers a polynomial from no more samples than published, in every cell",
        "median over seeds of the smallest number of samples at which every coefficient is within tolerance of the"
        " largest, by bisection; own draws by the published recipe",
        "no median above the published one, and most below it",
    ),
    ClaimPlan(
        "algebra",
        "where recovery is exact, the algebra is right, and below it the result says that it is not yet determined",
        "rank and coefficients of the refitted model at every number of samples at which the result calls its algebra"
        " determined",
        "no false one among all seeds and all numbers of samples",
    ),
    ClaimPlan(
        "enforced pendulum",
        "enforcing so(2) on a neural ODE of the double spring pendulum beats a plain multilayer perceptron of"
        " no fewer parameters",
        "best validation error, median over seeds, at equal steps, learning rate searched for each",
        "lower at every number of trajectories up to 100",
    ),
    ClaimPlan(
        "promoted pendulum",
        "promoting so(3) beats the plain multilayer perceptron without being told the symmetry",
        "the same",
        "lower at every number of trajectories up to 100",
    ),
    ClaimPlan(
        "found generator",
        "the promoted pendulum finds the rotations about the vertical",
        "principal angle between the generator with the least penalty and the rotation about the vertical",
        "median angle ≤ 0.05 at 100 trajectories",
    ),
    ClaimPlan(
        "broken",
        "where the symmetry is broken by 10 %, promotion does no harm and says which generators are broken",
        "test error of the promoted model over that of the plain one, geometric mean over seeds with its interval;"
        " generators kept and broken",
        "the interval reaches down to 1 or lies below it, and the generators are told apart",
    ),
    ClaimPlan(
        "fields",
        "for networks on fields, too, enforcing beats plain training and promoting does not harm",
        "test error over that of the plain network, geometric mean over seeds with its interval",
        "enforced: the interval lies below 1; promoted: it reaches down to 1 or lies below it",
    ),
)
