"""What is claimed, by which statistic and which test, apart from the code that computes them.

``span``, ``separation``, ``strength`` and ``exponent`` were given in advance; ``span_all`` and ``delta_law`` were set
after a first look at the same data.
"""

from __future__ import annotations

from dataclasses import dataclass

from symmetra.studies.runner import ClaimPlan


@dataclass(frozen=True)
class PlanetsConfig:
    """The settings of one run.

    Attributes:
        near: the bodies of the main claims, whose departures from one Kepler problem are below 6e-4.
        inner: the bodies of which it is asked what they cannot separate.
        alpha: error rate of each claim.
        delta_conserved: tolerance for conserved quantities, drift over spread.
        delta_law: tolerance for symmetries of the law of force, relative defect.
        span: largest angle allowed between the quantities found and Lx, Ly, Lz, E (near).
        span_all: the same for all eight planets.
        separation: how much worse the first quantity not conserved must be.
        strength: largest relative error of GM allowed.
        exponent: largest error of the exponent allowed.
        blocks: time blocks of the jackknife.
        degrees: degrees of the angular dependence that the general law of force is tried with; the first one counts,
            the others show that it does not matter.
    """

    near: tuple[str, ...] = ("Mercury", "Venus", "EMB", "Mars", "Jupiter")
    inner: tuple[str, ...] = ("Mercury", "Venus", "EMB", "Mars")
    alpha: float = 0.05
    delta_conserved: float = 0.05
    delta_law: float = 0.01
    span: float = 1e-3
    span_all: float = 1e-2
    separation: float = 50.0
    strength: float = 1e-5
    exponent: float = 1e-4
    blocks: int = 30
    degrees: tuple[int, ...] = (3, 4, 5)


SCALES = {"quick": PlanetsConfig(blocks=10, degrees=(3,)), "laptop": PlanetsConfig()}


CLAIMS = (
    ClaimPlan(
        "conserved",
        "Mercury to Jupiter keep exactly four quantities: angular momentum (three components) and v²/2 − GM/r",
        "number certified; largest principal angle between their span and Lx, Ly, Lz, E as functions on the data"
        " (metric: scatter over all samples); ratio of the fifth value of the spectrum to the fourth",
        "four certified on held-out samples at error rate alpha; angle ≤ span; ratio ≥ separation",
    ),
    ClaimPlan(
        "strength",
        "the strength GM in the conserved energy is that of DE421",
        "GM read off the certified energy, relative to 2.959122082855911e-4 au³/day²",
        "jackknife interval over time blocks inside ± strength",
    ),
    ClaimPlan(
        "all",
        "all eight planets keep the same four quantities, less exactly",
        "number certified; the same angle",
        "four certified at error rate alpha; angle ≤ span_all",
    ),
    ClaimPlan(
        "inner",
        "the four inner planets separate no more than three of the four quantities",
        "number certified, and what the result says of its coverage",
        "k bodies have k − 1 differences: a fourth quantity cannot be certified, and the result must say so",
    ),
    ClaimPlan(
        "alone",
        "one planet by itself decides nothing",
        "number certified for each of the eight alone",
        "none may be certified, and the result must say why",
    ),
    ClaimPlan(
        "exponent",
        "the force falls as r⁻², with one strength for each body",
        "weighted slope of log(−a·x/r) on log r within bodies, Mercury to Jupiter",
        "jackknife interval over time blocks inside −2 ± exponent",
    ),
    ClaimPlan(
        "rotations",
        "the law of force is invariant under the rotations so(3)",
        "upper bounds of the relative defects of the three rotations, named beforehand, for a law fitted without"
        " assuming isotropy",
        "all three bounds ≤ delta_law at joint error rate alpha",
    ),
    ClaimPlan(
        "scaling",
        "the law of force has Kepler's scaling x → s x, t → s^{3/2} t",
        "upper bound of its relative defect, for the same law",
        "bound ≤ delta_law at error rate alpha",
    ),
    ClaimPlan(
        "nothing else",
        "no other affine field (with a scaling of time) is a symmetry of the law",
        "fifth value of the spectrum over the 13 candidates",
        "lower bound > delta_law at error rate alpha",
    ),
)
