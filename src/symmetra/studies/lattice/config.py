"""What is claimed, by which statistic and which test, and how large each scale is; written before the runs."""

from __future__ import annotations

from dataclasses import dataclass

from symmetra.studies.runner import ClaimPlan

KINDS = ("EQ", "ST", "FL")
ETA, LAM = 4.01, 1.0
MUS = tuple(round(0.910 + 0.005 * i, 3) for i in range(29))
TRAIN_SIZE, TRAIN_MU = (60, 4), 1.05
SIZES = ((50, 2), (60, 4), (100, 5), (125, 8), (200, 10))


@dataclass(frozen=True)
class Regression:
    """Task 1: the density n and the mean squared field, from one configuration.

    Attributes:
        train: sizes of the training set, the largest last; validation has a tenth of each, at least 50.
        pool: configurations of the training ensemble, from which the sets are taken.
        test: test configurations at the training setting.
        test_each: test configurations at each μ of each box.
        trials: settings tried by the search of each architecture.
        repeats: trainings of each setting.
        search_train: training configurations of the search.
        search_steps: steps of AdamW of each training in the search.
        search_newton: steps of Levenberg and Marquardt after them, at most.
        steps: steps of AdamW of each training of the instances.
        newton: steps of Levenberg and Marquardt after them, at most.
        instances: trainings of the chosen architecture at each size of the training set.
        large_train: training configurations of the earlier flattening network; 0 leaves it out.
        large_steps: its steps.
    """

    train: tuple[int, ...]
    pool: int
    test: int
    test_each: int
    trials: int
    repeats: int
    search_train: int
    search_steps: int
    search_newton: int
    steps: int
    newton: int
    instances: int
    large_train: int
    large_steps: int


@dataclass(frozen=True)
class Worms:
    """Tasks 2 and 3: detecting one open worm, counting several.

    Attributes:
        train: training configurations in all, validation has a tenth more.
        test_each: test configurations at each box, η, μ and number of worms.
        sizes: extents of the square boxes; training is on 8.
        trials: settings tried by the search of each architecture.
        repeats: trainings of each setting.
        search_steps: steps of each training in the search.
        steps: steps of each training of the instances.
        instances: trainings of the chosen architecture.
    """

    train: int
    test_each: int
    sizes: tuple[int, ...]
    trials: int
    repeats: int
    search_steps: int
    steps: int
    instances: int


@dataclass(frozen=True)
class LatticeConfig:
    """The settings of one run.

    Attributes:
        scale: ``quick`` (for continuous integration), ``laptop`` (two processor cores), ``paper``.
        regression: task 1.
        detection: task 2.
        counting: task 3.
        alpha: error rate of each interval.
    """

    scale: str
    regression: Regression
    detection: Worms
    counting: Worms
    alpha: float = 0.05


SCALES = {
    "quick": LatticeConfig(
        "quick",
        Regression(
            train=(50, 100),
            pool=100,
            test=100,
            test_each=8,
            trials=2,
            repeats=1,
            search_train=50,
            search_steps=30,
            search_newton=2,
            steps=40,
            newton=4,
            instances=2,
            large_train=0,
            large_steps=0,
        ),
        Worms(200, 8, (8, 16), 2, 1, 30, 60, 2),
        Worms(200, 8, (8, 16), 2, 1, 30, 60, 2),
    ),
    "laptop": LatticeConfig(
        "laptop",
        Regression(
            train=(100, 400, 2000),
            pool=4000,
            test=4000,
            test_each=320,
            trials=8,
            repeats=3,
            search_train=500,
            search_steps=300,
            search_newton=25,
            steps=600,
            newton=60,
            instances=5,
            large_train=1000,
            large_steps=300,
        ),
        Worms(4000, 64, (8, 16, 32, 64), 24, 3, 1000, 6000, 10),
        Worms(4000, 64, (8, 16, 32, 64), 24, 3, 1000, 24000, 10),
    ),
    "paper": LatticeConfig(
        "paper",
        Regression(
            train=(100, 200, 500, 1000, 2000, 5000, 10000, 20000),
            pool=20000,
            test=4000,
            test_each=3500,
            trials=50,
            repeats=3,
            search_train=2000,
            search_steps=5000,
            search_newton=50,
            steps=100000,
            newton=300,
            instances=10,
            large_train=20000,
            large_steps=100000,
        ),
        Worms(16000, 4000, (8, 16, 32, 64), 50, 3, 20000, 100000, 50),
        Worms(16000, 1000, (8, 16, 32, 64), 50, 3, 20000, 200000, 20),
    ),
}

CLAIMS = (
    ClaimPlan(
        "better",
        "regression: the best equivariant networks clearly beat the strided and the flattening ones",
        "test error (mean square over n and φ²) at 60×4, μ = 1.05, largest training set: median over the instances of"
        " ST and of FL, over that of EQ",
        "both ratios ≥ 100",
    ),
    ClaimPlan(
        "level",
        "the best equivariant network reaches an error of about 10⁻⁸",
        "smallest test error of an EQ instance at 60×4, μ = 1.05",
        "≤ 10⁻⁷; at or below 10⁻⁸ it is the published level",
    ),
    ClaimPlan(
        "samples",
        "EQ improves with more training samples, the others hardly do",
        "median test error at the smallest training set over that at the largest, for EQ, ST and FL",
        "EQ: above 1 by more than the spread of its instances, and more than for ST and for FL",
    ),
    ClaimPlan(
        "augmentation",
        "training on randomly shifted samples does not let ST and FL catch up",
        "as the first claim, with ST and FL trained on random periodic translations",
        "both ratios ≥ 100",
    ),
    ClaimPlan(
        "sizes",
        "EQ is about three orders more accurate than ST on every lattice size",
        "test error over all μ at each of the five sizes, median of ST over median of EQ, largest training set",
        "every ratio ≥ 10²·⁵ ≈ 316",
    ),
    ClaimPlan(
        "silver blaze",
        "trained at 60×4 and μ = 1.05 alone, EQ predicts n(μ) and φ²(μ) on 200×10, the onset included",
        "mean prediction less mean true value over the test configurations of each μ, for the EQ instance with the"
        " smallest validation error, against the Monte-Carlo error (Γ-method, all sweeps) of the ensemble",
        "within one standard error at ≥ 26 of 29 values of μ, for n and for φ²",
    ),
    ClaimPlan(
        "onset",
        "the onset of the density on 200×10 is read off the predicted curve where Monte Carlo has it",
        "μ at which n, straight between the 29 values, first comes up through 0.05, half of the first step: of the mean"
        " prediction of the same EQ instance, and of the Monte-Carlo values less and plus 1.96 standard errors",
        "the predicted onset lies between the two",
    ),
    ClaimPlan(
        "earlier network",
        "the earlier flattening network, 10⁷ parameters, trained at 200×10 and two μ, is two orders worse",
        "its smallest test error at its own setting over the smallest of an EQ instance at that setting",
        "≥ 100",
    ),
    ClaimPlan(
        "parameters",
        "the search prefers small to medium networks",
        "number of parameters of the chosen setting of each task and architecture",
        "all between 10² and 10⁵",
    ),
    ClaimPlan(
        "detection",
        "EQ detects open worms at couplings it has not seen",
        "accuracy on 8×8 over all (η, μ) outside the training set, median over instances",
        "≥ 0.98",
    ),
    ClaimPlan(
        "detection order",
        "detection: ST comes close to EQ, FL is worse",
        "accuracy on 8×8 over all (η, μ), median over instances",
        "ST within 0.02 of EQ, FL below both",
    ),
    ClaimPlan(
        "detection sizes",
        "detection depends little on μ and falls with the size of the box",
        "median accuracy of EQ: range over μ on 8×8; 64×64 against 8×8",
        "range ≤ 0.02; lower on 64×64",
    ),
    ClaimPlan(
        "one sign",
        "successful detectors react to one of the two violations only",
        "share of EQ instances with accuracy ≥ 0.98 on 8×8 that react at least ten times as strongly to one sign as to"
        " the other: the mean rise of the logit when the feature maps within reach of a violation of that sign are put"
        " into those of the closed twin, see `violations`; 8×8, both training settings",
        "at least half of them",
    ),
    ClaimPlan(
        "counting",
        "every EQ instance counts without an error on every size",
        "instances with accuracy 1 for each number of worms 0 … 10 and each size",
        "all of them; at least half is our own bar",
    ),
    ClaimPlan(
        "counting order",
        "counting: ST and FL do clearly worse, and fail at small numbers of worms",
        "accuracy on 8×8 by number of worms, median over instances",
        "ST and FL below EQ over all numbers, and their smallest at a number not seen in training below 5",
    ),
)
