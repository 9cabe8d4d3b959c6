"""The results, sorted: all seeds of one system, one network and one way of training, and their statistics."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symmetra.studies.runner.intervals import mean

Results = Mapping[str, dict[str, Any]]
Gain = tuple[float, float, float]  # mean and interval of 95 %
SYSTEMS = {
    "navier_stokes": "Navier–Stokes",
    "active_nematic": "active nematic",
    "buoyant_flow": "buoyant flow",
    "gray_scott": "Gray–Scott",
    "acoustics": "acoustics",
}
NAMES = {"unet": "U-Net", "fno": "FNO"}
USUAL = {
    "Hyperoctahedral(2)": "D4",
    "flip x, flip y": "D2",
    "(-y -x)": "swap x −y",
    "swap x y, (-x -y)": "D2 diagonal",
    "trivial": "none",
}


@dataclass(frozen=True)
class Cell:
    """All seeds of one system, network and arm.

    Attributes:
        system: its name.
        network: ``unet`` or ``fno``.
        arm: how they were trained, ``plain``, ``augmented`` or ``few``.
        units: the results, by seed.
    """

    system: str
    network: str
    arm: str
    units: tuple[dict[str, Any], ...]

    @property
    def title(self) -> str:
        """In words."""
        return f"{NAMES[self.network]}, {SYSTEMS[self.system]}"

    @property
    def admitted(self) -> str:
        """Name of the group that the physics admits."""
        return str(self.units[0]["admitted"])

    @property
    def groups(self) -> list[str]:
        """All subgroups of the grid's, the plain model first."""
        return list(self.units[0]["test"]["groups"])

    def losses(self, group: str = "plain") -> np.ndarray:
        """One-step VRMSE ``[seeds, test trajectories]``; ``plain`` or ``trivial`` is the model as it is."""
        own = self.groups.index("plain" if group == "trivial" else group)
        return np.array([unit["test"]["losses"][own] for unit in self.units])

    def horizon(self, way: str, window: str) -> np.ndarray:
        """VRMSE over a window of the rollout ``[seeds, test trajectories]``; not finite where it blew up."""
        rows = [unit["rollout"]["horizons"][way][window] for unit in self.units]
        return np.array([[math.inf if v is None else v for v in row] for row in rows])

    def windows(self) -> list[str]:
        """Those of the rollout that trajectories are long enough for."""
        return list(self.units[0]["rollout"]["horizons"]["plain"])

    def gain(self, group: str = "") -> Gain:
        """The part of the one-step VRMSE that averaging takes off."""
        return gain(self.losses(), self.losses(group or self.admitted))

    def worse(self, group: str = "") -> float:
        """Share of the test windows that are made worse."""
        own = self.groups.index(group or self.admitted)
        return float(np.mean([unit["test"]["worse"][own] for unit in self.units]))

    def members(self, group: str) -> frozenset[int]:
        """The elements of a subgroup, by number."""
        if group == "plain":
            return frozenset({0})
        return frozenset(self.units[0]["test"]["members"][self.groups.index(group)])

    def lattice(self) -> list[tuple[str, str]]:
        """Every subgroup with every larger one around it, both admitted."""
        inside = [g for g in self.groups if self.members(g) <= self.members(self.admitted)]
        return [(a, b) for a in inside for b in inside if self.members(a) < self.members(b)]


def gather(results: Results, arm: str = "plain") -> list[Cell]:
    """The cells of one arm, in the order of their units."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for key, unit in results.items():
        system, network, own, _ = key.split("/")
        if own == arm:
            found.setdefault((system, network), []).append(unit)
    return [Cell(system, network, arm, tuple(units)) for (system, network), units in found.items()]


def gain(plain: np.ndarray, averaged: np.ndarray) -> Gain:
    """The part of the mean loss that is taken off, seed by seed, and Student's interval of 95 % over seeds.

    >>> gain(np.array([[2.0, 2.0], [4.0, 4.0]]), np.array([[1.0, 1.0], [2.0, 2.0]]))
    (0.5, 0.5, 0.5)
    """
    return mean((1 - averaged.mean(1) / plain.mean(1)).tolist())


def sign_test(before: np.ndarray, after: np.ndarray) -> float:
    """The probability of as many samples below ``before``, or more, were both directions as likely; ties count half.

    >>> round(sign_test(np.ones(7), np.zeros(7)) * 2**7, 12)
    1.0
    """
    from scipy.stats import binom

    better = float((after < before).sum() + 0.5 * (after == before).sum())
    return float(binom.sf(math.ceil(better) - 1, before.size, 0.5))


def short(group: str) -> str:
    """The usual name of a subgroup of the square's symmetries."""
    return USUAL.get(group, group)


def seeds(cells: Sequence[Cell]) -> int:
    """The fewest that a cell has."""
    return min((len(cell.units) for cell in cells), default=0)
