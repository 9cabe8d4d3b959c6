"""One Markov chain: a configuration, its generator, and the tables its couplings need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError
from symmetra.lattice._geometry import neighbours
from symmetra.lattice._series import sweeps
from symmetra.lattice._weights import ratios

_NOTHING = np.zeros(0, dtype=np.int64)
_LARGEST = 16_000  # of F/2, for the integers of a configuration have 16 bits


class Tables:
    """What all chains at the same couplings share.

    Args:
        extents: of the box, time first.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        mu: chemical potential.
        size: entries of the tables of weights.
    """

    def __init__(self, extents: tuple[int, ...], eta: float, lam: float, mu: float, size: int = 512) -> None:
        self.extents, self.eta, self.lam, self.mu, self.size = extents, eta, lam, mu, size
        self.sites, self.axes = int(np.prod(extents)), len(extents)
        self.around = neighbours(extents).ravel()
        self.up = ratios(eta, lam, size)
        self.down = np.concatenate([[0.0], 1 / self.up[:-1]])
        self.inverse = np.concatenate([[0.0], 1 / np.arange(1.0, 2 * size)])
        self.boost = np.ones(2 * self.axes)
        self.boost[:2] = np.exp([mu, -mu])

    def larger(self) -> Tables:
        """The same with twice the entries.

        Raises:
            InputError: the field is too strong to be counted in 16 bits.
        """
        if 2 * self.size > _LARGEST:
            got = f"eta = {self.eta:g}, lam = {self.lam:g}, mu = {self.mu:g}"
            raise InputError("eta", f"{got}, at which |φ|² runs away", "weaker fields: more mass or coupling, less mu")
        return Tables(self.extents, self.eta, self.lam, self.mu, 2 * self.size)


@dataclass
class Chain:
    """A configuration that is moved.

    Attributes:
        k: flux ``[sites · d]`` int16.
        l: ``[sites · d]`` int16.
        half: F/2 ``[sites]`` int16.
        words: of the generator.
        proposals: of worm steps, so far.
        opened: worms that opened, so far.
        begun: worms begun, so far.
        moves: histogram ``[sites]`` of h − t, or empty.
    """

    k: NDArray[np.int16]
    l: NDArray[np.int16]
    half: NDArray[np.int16]
    words: NDArray[np.uint64]
    proposals: int = 0
    opened: int = 0
    begun: int = 0
    moves: NDArray[np.int64] = field(default_factory=lambda: _NOTHING)

    @classmethod
    def cold(cls, tables: Tables, words: NDArray[np.uint64], charge: int = 0, correlator: bool = False) -> Chain:
        """The configuration without flux, but for a straight line in time for every unit of charge."""
        k = np.zeros((tables.extents[0], tables.sites // tables.extents[0], tables.axes), dtype=np.int16)
        for line in range(abs(charge)):
            k[:, line % k.shape[1], 0] += 1 if charge > 0 else -1
        l = np.zeros(k.size, dtype=np.int16)
        moves = np.zeros(tables.sites, dtype=np.int64) if correlator else _NOTHING
        chain = cls(k.ravel(), l, np.zeros(tables.sites, dtype=np.int16), words.copy(), moves=moves)
        chain.half = chain.computed_half(tables)
        return chain

    def computed_half(self, tables: Tables) -> NDArray[np.int16]:
        """F/2 of a closed configuration from k and l."""
        weight = (np.abs(self.k).astype(np.int64) + 2 * self.l).reshape(tables.sites, tables.axes)
        back = tables.around.reshape(tables.sites, -1)[:, 1::2]
        total = weight.sum(1) + sum(weight[back[:, axis], axis] for axis in range(tables.axes))
        return (total // 2).astype(np.int16)

    def run(self, tables: Tables, length: int, worms: int, opening: float, fixed: bool) -> NDArray[np.float64] | None:
        """``length`` sweeps; the series ``[length, 3]``, or None where the tables turned out to be too short."""
        series: Any = np.empty((length, 3))
        done = sweeps(
            self.k, self.l, self.half, tables.around, tables.up, tables.down, tables.inverse, tables.boost,
            opening, self.words, worms, self.moves, fixed, series,
        )  # fmt: skip
        self.proposals += done[0]
        self.opened += done[1]
        self.begun += length * worms
        return series if done[2] < tables.size - 2 else None

    def configuration(self, tables: Tables) -> NDArray[np.int16]:
        """The fields k and l as ``[2d, *extents]``, in the order k_t, k_x, …, l_t, l_x, and so on."""
        fields = [part.reshape(*tables.extents, tables.axes) for part in (self.k, self.l)]
        return np.concatenate([np.moveaxis(part, -1, 0) for part in fields])
