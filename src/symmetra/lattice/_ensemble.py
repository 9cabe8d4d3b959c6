"""An ensemble: configurations, the series that was measured along the chains, and how both were made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.inputs import InputError
from symmetra.lattice._autocorrelation import Estimate
from symmetra.lattice._observables import OBSERVABLES, evaluate
from symmetra.lattice._weights import ratios


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Configurations of one box at one set of couplings.

    Attributes:
        extents: of the box, time first.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        mu: chemical potential.
        seed: of the generators.
        charge: the fixed charge of a canonical run, else None.
        configurations: ``[samples, 2d, *extents]`` int16: k_t, k_x, …, l_t, l_x, …
        chain: of every configuration ``[samples]``; those of one chain stand in its order.
        series: ``[chains, sweeps, 3]``, Σ k_t, Σ R and Σ (R₊R − R²) after every sweep.
        moves: histogram ``[sites]`` of head less tail over all states of the worms, None if it was not collected.
        schedule: how the chains were run.
        proposals: worm steps in all.
    """

    extents: tuple[int, ...]
    eta: float
    lam: float
    mu: float
    seed: int
    charge: int | None
    configurations: NDArray[np.int16]
    chain: NDArray[np.int64]
    series: NDArray[np.float64]
    moves: NDArray[np.int64] | None
    schedule: Any
    proposals: int

    @property
    def sites(self) -> int:
        """N, the number of sites."""
        return int(np.prod(self.extents))

    def estimate(self, observable: Any) -> Estimate:
        """An observable with its error from every sweep of all chains.

        Args:
            observable: ``n``, ``phi2``, ``chi_n`` or ``chi_phi2``.

        Raises:
            InputError: there is no such observable.
        """
        return evaluate(observable, self.series, self.sites)

    def correlator(self) -> NDArray[np.float64]:
        """⟨φ_x φ*_0⟩ for every displacement x, ``[*extents]``; at 0 it is ⟨|φ|²⟩.

        Raises:
            InputError: it was not collected.
        """
        if self.moves is None:
            raise InputError(
                "correlator", "an ensemble without it", "one that collected it", "simulate(correlator=True)"
            )
        values = self.moves / (self.schedule.opening * self.moves[0])
        values[0] = self.estimate("phi2").value
        return np.asarray(values.reshape(self.extents))

    def tensors(self, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        """Configurations ``[samples, 2d, *extents]`` and their own n and φ² ``[samples, 2]``, for training."""
        return torch.as_tensor(self.configurations).to(dtype), torch.as_tensor(self.labels()).to(dtype)

    def labels(self) -> NDArray[np.float64]:
        """The density n and φ² of every configuration, ``[samples, 2]``."""
        return labels(self.configurations, self.eta, self.lam)

    def rows(self) -> list[dict[str, Any]]:
        """One row an observable."""
        found = {name: self.estimate(name) for name in OBSERVABLES}
        return [
            {"observable": name, "value": e.value, "error": e.error, "tau_int": e.tau_int, "effective": e.effective}
            for name, e in found.items()
        ]

    def __str__(self) -> str:
        return "\n".join(f"{row['observable']} = {row['value']:.6g} ± {row['error']:.2g}" for row in self.rows())


def halves(configurations: NDArray[Any]) -> NDArray[np.int64]:
    """f/2 ``[samples, *extents]`` of closed configurations ``[samples, 2d, *extents]``."""
    axes = configurations.shape[1] // 2
    weight = np.abs(configurations[:, :axes].astype(np.int64)) + 2 * configurations[:, axes:]
    total = sum(weight[:, axis] + np.roll(weight[:, axis], 1, axis + 1) for axis in range(axes))
    return np.asarray(total // 2)


def labels(configurations: NDArray[Any], eta: float, lam: float) -> NDArray[np.float64]:
    """The density n and φ² ``[samples, 2]`` of closed configurations ``[samples, 2d, *extents]``."""
    half = halves(configurations)
    flat = half.reshape(len(half), -1)
    phi2 = ratios(eta, lam, int(half.max(initial=0)) + 1)[flat].mean(1)
    n = configurations[:, 0].reshape(len(half), -1).mean(1)
    return np.stack([n, phi2], axis=1)
