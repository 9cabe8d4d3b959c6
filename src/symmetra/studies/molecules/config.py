"""What is claimed, by which statistic and which test, and how large each scale is; written before the runs."""

from __future__ import annotations

from dataclasses import dataclass

from symmetra.studies.runner import ClaimPlan

QUANTUM = ("plain", "plain-augmented", "rotation", "rotation-permutation", "graph", "joint", "joint-o3")
CLASSICAL = ("mlp", "mlp-small", "egnn")
ARMS = (*QUANTUM, *CLASSICAL)
FEW = tuple(arm for arm in ARMS if arm not in ("plain-augmented", "joint-o3"))
REPLICAS = ("replica-euler", "replica-plain", "replica-graph", "mlp")
COMPARED = ("plain", "rotation", "rotation-permutation", "graph")


@dataclass(frozen=True)
class Fair:
    """One protocol for all arms: the same positions, head, loss, optimiser, schedule, steps and search.

    Attributes:
        arms: what is compared, by molecule.
        extra: arms of NH3 that are trained on the largest set only.
        sizes: training geometries, by molecule, the largest last; ``searched`` is one of those of NH3.
        steps: of Adam, by molecule, with a cosine schedule.
        seeds: of the initial parameters and of the choice of geometries.
        batch: geometries of a step, all if there are fewer.
        every: steps between two looks at the validation set.
        held: geometries of the validation set.
        tested: geometries of each test set.
        averaged: test geometries of the average over a finite group, 144 times as dear.
        rates: learning rates that are tried on NH3, for every arm, at ``searched`` geometries in ``search_steps``.
        searched: geometries of the search.
        search_steps: its steps.
        folded: geometries of the five folds.
        folded_arms: arms of the five folds.
        uprights: training geometries of the upright set.
        upright_arms: arms that are trained on it.
        long_steps: of the classical arms of NH3 once more on the largest set, for a step costs them less; 0 for none.
        starts: initial parameters that the variance of the gradient is taken over.
    """

    arms: dict[str, tuple[str, ...]]
    sizes: dict[str, tuple[int, ...]]
    steps: dict[str, int]
    search_steps: int
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    batch: int = 32
    every: int = 20
    held: int = 100
    tested: int = 200
    averaged: int = 50
    rates: tuple[float, ...] = (3e-3, 1e-2, 3e-2, 1e-1)
    searched: int = 100
    folded: int = 125
    folded_arms: tuple[str, ...] = COMPARED
    uprights: int = 200
    upright_arms: tuple[str, ...] = ("plain", "rotation")
    long_steps: int = 0
    extra: tuple[str, ...] = ()
    starts: int = 50


@dataclass(frozen=True)
class MoleculesConfig:
    """The settings of one run.

    Attributes:
        scale: ``quick`` (for continuous integration), ``laptop`` (two processor cores), ``paper``.
        published: geometries of each published set that are used; the full set has 2400.
        epochs: full-batch steps of the replicas: of the single run and of each fold, by molecule.
        audited: geometries and group elements of an audit.
        weights: seeds of the random weights of an audit.
        fair: the fair protocol.
        alpha: error rate of each interval.
    """

    scale: str
    published: int
    epochs: dict[str, tuple[int, int]]
    audited: int
    fair: Fair
    weights: tuple[int, ...] = (0, 1, 2, 3, 4)
    alpha: float = 0.05


SCALES = {
    "quick": MoleculesConfig(
        "quick",
        published=40,
        epochs={"LiH": (6, 3), "NH3": (6, 3)},
        audited=6,
        weights=(0, 1),
        fair=Fair(
            {"NH3": ("plain", "rotation-permutation", "graph", "egnn")},
            {"NH3": (10, 20)},
            {"NH3": 6},
            search_steps=4,
            long_steps=12,
            extra=("plain-augmented",),
            averaged=2,
            upright_arms=("plain",),
            seeds=(0, 1),
            batch=10,
            every=2,
            held=10,
            tested=10,
            rates=(1e-2, 3e-2),
            searched=10,
            folded=15,
            folded_arms=("plain", "graph"),
            uprights=10,
            starts=4,
        ),
    ),
    "laptop": MoleculesConfig(
        "laptop",
        published=100,
        epochs={"LiH": (200, 200), "NH3": (400, 300)},
        audited=100,
        fair=Fair(
            {"NH3": FEW, "LiH": FEW},
            {"NH3": (25, 100, 400, 1600), "LiH": (25, 100)},
            {"NH3": 400, "LiH": 150},
            search_steps=150,
            long_steps=2000,
            extra=("plain-augmented", "joint-o3"),
        ),
    ),
    "paper": MoleculesConfig(
        "paper",
        published=1000,
        epochs={"LiH": (200, 200), "NH3": (400, 300)},
        audited=100,
        fair=Fair(
            {"NH3": ARMS, "LiH": ARMS},
            {"NH3": (25, 50, 100, 200, 400, 800, 1600), "LiH": (25, 50, 100, 200, 400)},
            {"NH3": 5000, "LiH": 2000},
            search_steps=1000,
            long_steps=50_000,
            seeds=tuple(range(10)),
            rates=(1e-3, 3e-3, 1e-2, 3e-2),
        ),
    ),
}

EXACT, BROKEN = 1e-10, 1e-2
"""Symmetry errors in units of the spread of the energies: what counts as exact, and what a broken symmetry exceeds."""

LEVEL = 0.1
"""The loss of the trainability claim: a tenth of the variance of energies and of forces unexplained, on average."""

_LOSS = "mean square error of energies and of forces, each over its variance, added and halved"

CLAIMS = (
    ClaimPlan(
        "published rotation",
        "the published rotational circuit is invariant under rotations (implied)",
        "largest change of the energy under 100 rotations of general NH3 geometries, over the spread of energies, of a"
        " replica with random weights, five seeds",
        f"at most {EXACT:g} holds, above {BROKEN:g} in every seed does not",
    ),
    ClaimPlan(
        "published permutation",
        "the published graph circuit is invariant under exchanges of hydrogens (implied)",
        "the same under the six orders of the hydrogens",
        f"at most {EXACT:g} holds, above {BROKEN:g} in every seed does not",
    ),
    ClaimPlan(
        "published labels",
        "the published energies and forces belong to one potential (implied)",
        "slope of the forces on −dE/d(position), and R² of the best potential at the published weights 1:2",
        "slope 1 within 0.001 on both molecules",
    ),
    ClaimPlan(
        "published order",
        "in the published protocol the rotational circuit and the graph circuit beat the one without symmetry on NH3",
        "R² of energies over five folds of the replicas; paired difference of the folds with Student's interval",
        "both intervals above 0 holds, one below 0 does not",
    ),
    ClaimPlan(
        "accuracy",
        "the quantum model without symmetry is less accurate than the equivariant ones",
        f"fair protocol, NH3, largest training set: test loss ({_LOSS}) of rotation, rotation-permutation and graph"
        " over that of plain, ratio of geometric means over seeds with Welch's interval",
        "all three intervals below 1 holds, one above 1 does not",
    ),
    ClaimPlan(
        "trainability",
        "embedding features in a graph makes a quantum model more trainable",
        f"fair protocol, NH3, largest training set: steps until the validation loss is at most {LEVEL:g} (runs that do"
        " not get there count with all their steps), graph over plain, rotation and rotation-permutation, ratio of"
        " geometric means with Welch's interval",
        "all three intervals below 1 holds, one above 1 does not, none of the arms there is not decidable",
    ),
    ClaimPlan(
        "gradients",
        "embedding features in a graph gives larger gradients at the start",
        "variance of the gradient of the loss over initial parameters, mean over parameters, graph over plain, rotation"
        " and rotation-permutation, with a bootstrap interval over 50 starts",
        "all three intervals above 1 holds, one below 1 does not",
    ),
    ClaimPlan(
        "gap",
        "permutation-symmetric embedding is the most generalisable quantum model: least gap",
        "fair protocol, NH3, 100 geometries: test loss minus training loss, rotation-permutation and graph against"
        " plain and rotation, difference of means with Welch's interval",
        "all four intervals below 0 holds, one above 0 does not; an arm that learns nothing has no gap, so that the"
        " test losses are given beside",
    ),
    ClaimPlan(
        "folds",
        "the same, by the published measure: least coefficient of variation of R² over folds",
        "fair protocol, NH3: coefficient of variation of the energies' R² over five folds, rotation-permutation and"
        " graph against plain and rotation, ratio with a bootstrap interval over folds",
        "all four intervals below 1 holds, one above 1 does not",
    ),
    ClaimPlan(
        "beyond",
        "the same, beyond the training set: least error on stretched and bent geometries",
        "fair protocol, NH3, largest training set: loss on stretched and on bent geometries, rotation-permutation and"
        " graph over plain and rotation, ratio of geometric means with Welch's interval",
        "all eight intervals below 1 holds, one above 1 does not",
    ),
    ClaimPlan(
        "classical",
        "the classical baseline is the best model",
        "fair protocol, NH3, largest training set: test loss of the best classical arm over the best quantum arm (best"
        " by geometric mean) after equal steps, ratio with Welch's interval; beside it mlp-small, of equal size, and"
        " the classical arms after five times the steps",
        "interval of the ratio below 1 holds, above 1 does not",
    ),
    ClaimPlan(
        "symmetry",
        "built-in symmetry beats augmentation and averaging of the circuit without symmetry",
        "fair protocol, NH3, largest training set: test loss of rotation-permutation over plain-augmented, as it is and"
        " averaged over 144 rotations and exchanges, ratio with Welch's interval",
        "both intervals below 1 holds, one above 1 does not",
    ),
    ClaimPlan(
        "rotated",
        "without rotations in the training set only models with the symmetry keep their accuracy on rotated molecules",
        "fair protocol, NH3, trained on upright geometries: loss on unseen ones that are turned over that on the same"
        " ones upright, plain and rotation, geometric mean with Student's interval",
        "plain above 2 and rotation below 2 with their whole intervals",
    ),
)
