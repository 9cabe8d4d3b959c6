"""What is claimed, by which statistic and which test, and how large each scale is; written before the runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from symmetra.studies.runner import ClaimPlan

NETWORKS = ("unet", "fno")
# How models are trained: as they come, on windows moved at random, on few trajectories; the latter have these ranks.
ARMS = {"plain": 0, "augmented": 2, "few": 4}
# Steps of a rollout, the first being 0, over which The Well averages.
HORIZONS = {"6:12": (6, 12), "13:30": (13, 30)}
SHOWN = (6, 20)  # steps of the rollout whose pictures are kept
LEAST, MOST = 0.10, 0.37  # our bar for the gain, and the best case of the abstract
LEVEL = 0.01  # of every sign test
WORSE = 0.05  # share of windows that may be worse
INVARIANT = ("navier_stokes", "active_nematic")  # systems of which the bar is asked
NEGATIVE = "buoyant_flow"  # gravity points along y: the mirror of x is left of D4
KEPT = "flip x"


@dataclass(frozen=True)
class Setup:
    """An evolution equation.

    Attributes:
        system: its name in `symmetra.fields.SYSTEMS`.
        parameters: that differ from its own.
        warmup: steps that trajectories leave out.
        networks: that are trained on it.
        arms: some of ARMS.
        picture: the field that pages show.
        rank: lower ones run first, seed by seed.
        more: seeds of each network beyond those of the scale, of the plain arm; they run last.
        changed: arguments of the training that are others than those of the scale.
    """

    system: str
    parameters: dict[str, float] = field(default_factory=dict)
    warmup: int = 0
    networks: tuple[str, ...] = NETWORKS
    arms: tuple[str, ...] = ("plain",)
    picture: str = "velocity"
    rank: int = 0
    more: dict[str, int] = field(default_factory=dict)
    changed: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AveragingConfig:
    """One scale.

    Attributes:
        scale: its name.
        setups: the systems.
        networks: settings of each network.
        rates: learning rate of each at the beginning.
        few: trajectories to train on in the arm of that name.
        seeds: models trained on each, with training and validation sets of their own.
        data: trajectories and their shape, see `symmetra.studies.averaging.training.trained`.
        training: of the optimiser and the early stop, see there.
        horizon: steps of the rollouts.
        stride: distance of the windows that the guard and the test look at.
    """

    scale: str
    setups: tuple[Setup, ...]
    networks: dict[str, dict[str, Any]]
    rates: dict[str, float]
    few: int
    seeds: int
    data: dict[str, int]
    training: dict[str, Any]
    horizon: int
    stride: int


_RATES = {"unet": 2e-3, "fno": 4e-3}
_TRAINING = {"batch": 8, "decay": 1e-4, "patience": 3}

SCALES: dict[str, AveragingConfig] = {
    "quick": AveragingConfig(
        "quick",
        (Setup("navier_stokes"), Setup(NEGATIVE, networks=("unet",))),
        {"unet": {"width": 6, "depth": 2}, "fno": {"modes": 4, "width": 6, "layers": 2}},
        _RATES,
        2,
        1,
        {"train": 3, "validation": 4, "test": 4, "extents": 16, "steps": 13, "history": 2},
        _TRAINING | {"anneal": 60, "updates": 60, "every": 20, "watch": 3},
        12,
        3,
    ),
    "laptop": AveragingConfig(
        "laptop",
        (
            Setup("navier_stokes", picture="tracer", arms=tuple(ARMS), more={"unet": 2, "fno": 2}),
            Setup("active_nematic", more={"unet": 2, "fno": 1}),
            Setup(NEGATIVE, picture="buoyancy", rank=1, changed={"train": 48, "anneal": 1000}),
            Setup("acoustics", {"interval": 0.02}, picture="pressure", rank=3),
        ),
        {"unet": {"width": 16, "depth": 3}, "fno": {"modes": 8, "width": 16, "layers": 3}},
        _RATES,
        8,
        3,
        {"train": 32, "validation": 16, "test": 16, "extents": 32, "steps": 31, "history": 2},
        _TRAINING | {"anneal": 600, "updates": 1500, "every": 60, "watch": 10},
        30,
        3,
    ),
    "paper": AveragingConfig(
        "paper",
        (
            *(Setup(system, arms=tuple(ARMS)) for system in (*INVARIANT, NEGATIVE)),
            Setup("gray_scott", arms=tuple(ARMS), picture="B"),
            Setup("acoustics", arms=tuple(ARMS), picture="pressure"),
        ),
        {"unet": {"width": 48, "depth": 4}, "fno": {"modes": 16, "width": 128, "layers": 4}},
        {"unet": 1e-3, "fno": 1e-3},
        32,
        5,
        {"train": 128, "validation": 32, "test": 32, "extents": 128, "steps": 63, "history": 4},
        {"batch": 16, "decay": 1e-4, "patience": 5} | {"anneal": 50000, "updates": 100000, "every": 1000, "watch": 10},
        30,
        5,
    ),
}

CLAIMS = (
    ClaimPlan(
        "always",
        "averaging over the admitted group always lowers the mean loss",
        "mean one-step VRMSE over all test windows, of every trained model, plain and averaged",
        "lower for every system, network and seed",
    ),
    ClaimPlan(
        "bar",
        "one-step VRMSE falls by 10 % or more, for both networks on Navier–Stokes and on the active nematic",
        "the part of the mean one-step VRMSE that averaging over D4 takes off, mean over the seeds with Student's"
        " interval of 95 % over them; sign test over the test trajectories of every seed, one-sided",
        "mean ≥ 10 % for all four, and p < 0.01 for every seed",
    ),
    ClaimPlan(
        "best case",
        "up to 37 % lower VRMSE",
        "the largest of these means, over all systems, networks, and the one-step and both rollout windows",
        "≥ 37 %",
    ),
    ClaimPlan(
        "horizons",
        "it helps at several time horizons",
        "VRMSE of step-wise rollouts over steps 7 to 12 and 14 to 30 (6:12 and 13:30 in The Well's count), mean over"
        " test trajectories and seeds, for every system and network and its admitted group",
        "averaged below plain in both windows, with p < 0.01 by the one-sided sign test over the test trajectories,"
        " each the mean over the seeds",
    ),
    ClaimPlan(
        "few worse",
        "hardly a window is made worse",
        "share of test windows whose one-step VRMSE is higher after averaging, all seeds together, for every system"
        " and network and its admitted group",
        "≤ 5 % each",
    ),
    ClaimPlan(
        "exact",
        "any trained model becomes exactly equivariant",
        "relative equivariance error, largest over the elements of the admitted group, float32",
        "≤ 10⁻⁶ averaged and > 10⁻² plain, for every model",
    ),
    ClaimPlan(
        "larger groups",
        "larger admissible groups do no worse",
        "mean one-step VRMSE over seeds and test windows for every pair of a subgroup inside a larger one, both"
        " admitted, for every system and network",
        "that of the larger nowhere above that of the smaller by more than 0.5 %",
    ),
    ClaimPlan(
        "at any time of training",
        "the gain is there whenever training is stopped",
        "VRMSE on a part of the validation set, plain and averaged, at every validation of every training",
        "averaged below plain at all of them, the untrained network left out",
    ),
    ClaimPlan(
        "augmentation",
        "averaging is no substitute of augmentation alone: models trained with it gain as well",
        "mean one-step VRMSE of models trained on randomly moved windows, plain and averaged",
        "lower for every system, network and seed",
    ),
    ClaimPlan(
        "gravity",
        "where gravity breaks D4, averaging over D4 hurts and the mirror that is left helps",
        "mean one-step VRMSE of buoyant flow, averaged over D4 and over the mirror of x, against plain; sign test over"
        " test trajectories, one-sided",
        "D4 above and the mirror below plain, p < 0.01, for both networks and every seed",
    ),
    ClaimPlan(
        "guard",
        "validation data alone say so beforehand",
        "verdict and choice of `fields.diagnose`, given all symmetries of the grid and validation data",
        "on buoyant flow D4 hurts and the mirror of x is chosen; on every model the choice lowers the test loss",
    ),
    ClaimPlan(
        "trained",
        "the models are worth averaging: trained to early stop and far below persistence",
        "plain one-step VRMSE over that of saying that nothing changes; whether patience ended the training",
        "≤ 0.5 for every model, all of them stopped by patience",
    ),
)
