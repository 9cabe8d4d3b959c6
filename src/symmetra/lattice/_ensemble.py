"""An ensemble: configurations, the series that was measured along the chains, and how both were made."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from symmetra.inputs import InputError
from symmetra.lattice._autocorrelation import Estimate
from symmetra.lattice._chain import Model, halves
from symmetra.lattice._correlator import correlator, mass_gap
from symmetra.lattice._crew import Schedule
from symmetra.lattice._observables import OBSERVABLES, evaluate
from symmetra.lattice._weights import ratios


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Configurations of one box at one set of couplings.

    Attributes:
        model: box and couplings: ``extents``, ``eta``, ``lam``, ``mu``, ``charge``.
        seed: of the generators.
        schedule: how the chains were run.
        configurations: ``[samples, 2d, *extents]`` int16: k_t, k_x, …, l_t, l_x, …
        chain: of every configuration ``[samples]``; those of one chain stand in its order.
        series: ``[chains, sweeps, 3]``, Σ k_t, Σ R and Σ (R₊R − R²) after every sweep.
        moves: histograms ``[chains, copies, sites]`` of head less tail over all states of the worms before each
            configuration, None if not collected.
        proposals: worm steps in all.
    """

    model: Model
    seed: int
    schedule: Schedule
    configurations: NDArray[np.int16]
    chain: NDArray[np.int64]
    series: NDArray[np.float64]
    moves: NDArray[np.int64] | None
    proposals: int

    @property
    def extents(self) -> tuple[int, ...]:
        """Of the box, time first."""
        return self.model.extents

    def estimate(self, observable: Any) -> Estimate:
        """An observable with its error from every sweep of all chains.

        Args:
            observable: ``n``, ``phi2``, ``chi_n`` or ``chi_phi2``.

        Raises:
            InputError: there is no such observable.
        """
        return evaluate(observable, self.series, self.model.sites)

    def correlator(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """⟨φ_x φ*_0⟩ for every displacement x, and its errors, each ``[*extents]``; at 0 it is ⟨|φ|²⟩.

        Raises:
            InputError: it was not collected.
        """
        return correlator(self._seen(), self.schedule.opening, self.estimate("phi2"), self.extents)

    def mass_gap(self, axis: Any = 1, distance: Any = None) -> Estimate:
        """The mass gap along an axis, with its error; tau_int counts configurations.

        The sum C(r) of the correlator over the other axes, made even in r, goes as cosh(m (r − N/2)) far from 0: the
        gap is the effective mass arccosh((C(r − 1) + C(r + 1))/2C(r)). Along time it is the gap of charge +1 and −1
        together, which μ drives apart: there take the axis of space, or μ = 0.

        Args:
            axis: 0 for time, from 1 for space; at least 4 sites long.
            distance: r, from 2 to N/2; a quarter of the box by default. Larger ones have less of heavier states and
                more noise.

        Raises:
            InputError: no correlator, too few sites, or a correlator that does not fall off at that distance.
        """
        return mass_gap(self._seen(), self.extents, axis, distance)

    def _seen(self) -> NDArray[np.int64]:
        if self.moves is None:
            raise InputError("correlator", "an ensemble without one", "worms that kept it", "simulate(correlator=True)")
        return self.moves

    def labels(self) -> NDArray[np.float64]:
        """The density n and φ² of every configuration, ``[samples, 2]``."""
        half = halves(self.configurations).reshape(len(self.configurations), -1)
        phi2 = ratios(self.model.eta, self.model.lam, int(half.max(initial=0)) + 1)[half].mean(1)
        return np.stack([self.configurations[:, 0].reshape(len(half), -1).mean(1), phi2], axis=1)

    def dataset(self, dtype: torch.dtype = torch.float32) -> TensorDataset:
        """Configurations ``[2d, *extents]``, in the order k_t, k_x, …, l_t, l_x, …, each with its own (n, φ²)."""
        return TensorDataset(torch.as_tensor(self.configurations).to(dtype), torch.as_tensor(self.labels()).to(dtype))

    def of_chains(self, chains: Any) -> Ensemble:
        """The part that these chains made."""
        kept = np.unique(np.asarray(chains, dtype=np.int64))
        here = np.isin(self.chain, kept)
        return replace(
            self,
            configurations=self.configurations[here],
            chain=np.searchsorted(kept, self.chain[here]),
            series=self.series[kept],
            moves=None if self.moves is None else self.moves[kept],
        )

    def split(self, *shares: int) -> tuple[Ensemble, ...]:
        """Parts made of whole chains, for training and testing: a chain never feeds two of them.

        Args:
            shares: chains in each part, all chains together.

        Raises:
            InputError: they do not add up to the chains there are.
        """
        if sum(shares) != len(self.series) or min(shares, default=0) < 1:
            count = len(self.series)
            raise InputError("shares", f"{shares}", f"whole numbers that add up to the {count} chains", "more chains")
        ends = np.cumsum((0, *shares))
        return tuple(self.of_chains(np.arange(a, b)) for a, b in pairwise(ends))

    def rows(self) -> list[dict[str, Any]]:
        """One row an observable."""
        found = {name: self.estimate(name) for name in OBSERVABLES}
        return [
            {"observable": name, "value": e.value, "error": e.error, "tau_int": e.tau_int, "effective": e.effective}
            for name, e in found.items()
        ]

    def __str__(self) -> str:
        lines = (f"{row['observable']} = {row['value']:.6g} ± {row['error']:.2g}" for row in self.rows())
        return "\n".join((f"{self.model}; {len(self.configurations)} configurations", *lines))
