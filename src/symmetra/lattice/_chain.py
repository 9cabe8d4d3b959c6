"""One Markov chain: a configuration, its generator, and the tables its couplings need."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError
from symmetra.lattice._geometry import neighbours
from symmetra.lattice._weights import ratios

NOTHING = np.zeros(0, dtype=np.int64)
_FIRST, _LARGEST = 512, 16_000  # of F/2, for the integers of a configuration have 16 bits


@dataclass(frozen=True)
class Model:
    """The box and the couplings.

    Attributes:
        extents: of the box, time first.
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴.
        mu: chemical potential.
        charge: at which a canonical run is held, else None.
    """

    extents: tuple[int, ...]
    eta: float
    lam: float
    mu: float
    charge: int | None = None

    @property
    def sites(self) -> int:
        """N, the number of sites."""
        return int(np.prod(self.extents))

    @property
    def links(self) -> int:
        """How many links there are."""
        return self.sites * len(self.extents)

    @property
    def reach(self) -> int:
        """How far heads may get from tails in time: half the box where the charge is fixed, else 0 for no bound."""
        return 0 if self.charge is None else self.extents[0] // 2

    def check_strength(self) -> None:
        """Refuse at once a field whose mean F/2 is beyond what 16 bits count.

        At the saddle point |φ|² is (c − η)/2λ and F/2 is c|φ|², where c = 2d − 2 + 2 cosh μ.

        Raises:
            InputError: it is.
        """
        hopping = 2 * len(self.extents) - 2 + 2 * math.cosh(min(abs(self.mu), 300.0) if self.charge is None else 0.0)
        if hopping * (hopping - self.eta) > 2 * self.lam * _LARGEST > 0:
            raise self.too_strong()

    def too_strong(self) -> InputError:
        """What to say of a field that cannot be counted."""
        return InputError("eta", f"{self}, at which |φ|² runs away", "weaker fields: more mass or coupling, less mu")

    def __str__(self) -> str:
        fixed = "" if self.charge is None else f", charge = {self.charge}"
        box = " × ".join(str(n) for n in self.extents)
        return f"{box} sites, eta = {self.eta:g}, lam = {self.lam:g}, mu = {self.mu:g}{fixed}"


class Tables:
    """What all chains of a model share; ``size`` is the first F/2 that is not in the table."""

    def __init__(self, model: Model, size: int) -> None:
        self.size = size
        self.around = neighbours(model.extents).ravel()
        up = ratios(model.eta, model.lam, size)
        # W(2j−2)/W(2j), 1, W(2j+2)/W(2j) at 3j, 3j + 1, 3j + 2.
        self.site = np.stack([np.concatenate([[0.0], 1 / up[:-1]]), np.ones(size), up], axis=1).ravel()
        self.site[3 * (size - 2) + 2] = 0.0  # no further: a chain that gets there is run again with larger tables
        self.inverse = np.concatenate([[0.0], 1 / np.arange(1.0, 2 * size)])
        self.boost = np.ones(2 * len(model.extents))
        self.boost[:2] = np.exp([model.mu, -model.mu])


@lru_cache(maxsize=16)
def tables(model: Model, size: int) -> Tables:
    """The tables of a model that reach up to F/2 = size − 1.

    Raises:
        InputError: the field is too strong to be counted in 16 bits.
    """
    if size > _LARGEST:
        raise model.too_strong()
    return Tables(model, size)


@dataclass
class Chain:
    """A configuration that is moved.

    Attributes:
        k: flux ``[sites · d]`` int16.
        l: ``[sites · d]`` int16.
        half: F/2 ``[sites]`` int16.
        words: of the generator.
        counts: worm steps, worms that opened, worms begun, and the size of the tables, ``[4]``.
        moves: histogram ``[sites]`` of h − t, or empty.
    """

    k: NDArray[np.int16]
    l: NDArray[np.int16]
    half: NDArray[np.int16]
    words: NDArray[np.uint64]
    counts: NDArray[np.int64] = field(default_factory=lambda: np.array([0, 0, 0, _FIRST]))
    moves: NDArray[np.int64] = field(default_factory=lambda: NOTHING)

    @classmethod
    def cold(cls, model: Model, words: NDArray[np.uint64]) -> Chain:
        """The configuration without flux, but for a straight line in time for every unit of charge."""
        time, axes, charge = model.extents[0], len(model.extents), model.charge or 0
        k = np.zeros((time, model.sites // time, axes), dtype=np.int16)
        for line in range(abs(charge)):
            k[:, line % k.shape[1], 0] += 1 if charge > 0 else -1
        chain = cls(k.ravel(), np.zeros(k.size, np.int16), np.zeros(model.sites, np.int16), words.copy())
        chain.half = halves(chain.configuration(model.extents)[None]).astype(np.int16).ravel()
        return chain

    @property
    def tables_size(self) -> int:
        """How far the tables of this chain reach."""
        return int(self.counts[3])

    def copy(self) -> Chain:
        """The same, sharing nothing."""
        return replace(self, **{name: value.copy() for name, value in vars(self).items()})

    def configuration(self, extents: tuple[int, ...]) -> NDArray[np.int16]:
        """The fields k and l as ``[2d, *extents]``, in the order k_t, k_x, …, l_t, l_x, and so on."""
        return fields(np.stack([self.k, self.l])[None], extents)[0]


def fields(flat: NDArray[Any], extents: tuple[int, ...]) -> NDArray[Any]:
    """``[M, 2, sites · d]``, as chains hold k and l, to ``[M, 2d, *extents]``."""
    count, axes = len(flat), len(extents)
    moved = np.moveaxis(flat.reshape(count, 2, *extents, axes), -1, 2)
    return np.ascontiguousarray(moved.reshape(count, 2 * axes, *extents))


def flat(configurations: NDArray[Any]) -> NDArray[Any]:
    """The inverse of `fields`."""
    count, channels, *extents = configurations.shape
    moved = np.moveaxis(configurations.reshape(count, 2, channels // 2, *extents), 2, -1)
    return np.ascontiguousarray(moved.reshape(count, 2, -1))


def halves(configurations: NDArray[Any]) -> NDArray[np.int64]:
    """f/2 ``[M, *extents]`` of closed configurations ``[M, 2d, *extents]``."""
    axes = configurations.shape[1] // 2
    weight = np.abs(configurations[:, :axes].astype(np.int64)) + 2 * configurations[:, axes:]
    total = sum(weight[:, axis] + np.roll(weight[:, axis], 1, axis + 1) for axis in range(axes))
    return np.asarray(total // 2)


def divergence(configurations: NDArray[Any]) -> NDArray[np.int64]:
    """Σ_ν (k_{x,ν} − k_{x−ν,ν}), ``[M, *extents]``: +1 where a worm's flux begins, −1 where it ends."""
    k = configurations[:, : configurations.shape[1] // 2].astype(np.int64)
    return np.asarray(sum(k[:, axis] - np.roll(k[:, axis], 1, axis + 1) for axis in range(k.shape[1])))
