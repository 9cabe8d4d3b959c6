"""Open worms on top of equilibrium configurations: configurations with a known number of violations of conservation.

From a closed configuration c a worm is begun at a random site and run; when it closes, c is restored and another is
begun, until open states have been visited S times, S uniform between one and two for every link. The last of them is
kept, and c itself is the closed twin of what came out. Given c, an open state comes as often as excursions from c visit
it; as every c is used once, those from which worms are longer than from others do not count for more, as they would in
⟨φ_t φ*_h⟩. Further worms run on top of the frozen ends of the earlier ones, which count in the weights of their sites
like those of the moving one: F = f + the number of ends, always even, the weight of the 2N-point function.

The label is the number of worms. It would be ill-defined where ends meet: a head on another's tail hides both. A
configuration is rejected, and drawn again from the same c, unless its 2N ends lie on 2N different sites, that is unless
Σ_x |div_x| = 2N and no |div_x| is above one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import TensorDataset

from symmetra.inputs import InputError, describe
from symmetra.lattice._chain import Chain, divergence, fields, flat, halves, tables
from symmetra.lattice._ensemble import Ensemble
from symmetra.lattice._generator import streams
from symmetra.lattice._worm import worms

_ATTEMPTS = 20_000  # ten worms on 8 × 8 sites take some hundred


@dataclass(frozen=True, eq=False)
class OpenWorms:
    """Configurations with open worms, and their closed twins.

    Attributes:
        configurations: ``[samples, 2d, *extents]`` int16, with the worms.
        closed: the same without them; l is untouched.
        chain: of every configuration ``[samples]``, as in the ensemble they came from.
        ends: tail and head of every worm, ``[samples, count, 2]``, sites numbered row-major.
        paths: for every configuration and worm the sites from tail to head, as the worm went.
        count: worms in each configuration, the label.
        rejected: configurations that were thrown away because ends met.
        seed: of the generator.
    """

    configurations: NDArray[np.int16]
    closed: NDArray[np.int16]
    chain: NDArray[np.int64]
    ends: NDArray[np.int64]
    paths: list[list[NDArray[np.int64]]]
    count: int
    rejected: int
    seed: int

    def divergence(self) -> NDArray[np.int64]:
        """Σ_ν (k_{x,ν} − k_{x−ν,ν}) ``[samples, *extents]``: ±1 at the ends, 0 elsewhere."""
        return divergence(self.configurations)

    def dataset(self, dtype: torch.dtype = torch.float32) -> TensorDataset:
        """Configurations ``[2d, *extents]`` and the number of worms ``[1]`` of each."""
        label = torch.full((len(self.configurations), 1), float(self.count), dtype=dtype)
        return TensorDataset(torch.as_tensor(self.configurations).to(dtype), label)


def open_worms(ensemble: Any, count: Any = 1, seed: Any = 0) -> OpenWorms:
    """Put ``count`` open worms on every configuration of an ensemble.

    Each configuration is used once and keeps its chain: split the ensemble by chains first (`Ensemble.split`), and
    neither a configuration nor its twin crosses over.

    Args:
        ensemble: from `simulate` or `read`.
        count: worms in each configuration; 0 gives the closed ones back.
        seed: of the generator.

    Raises:
        InputError: not an ensemble, or more worms than the box has room for.
    """
    if not isinstance(ensemble, Ensemble):
        raise InputError("ensemble", describe(ensemble), "an ensemble", "open_worms(simulate((8, 8), …), count=1)")
    model = ensemble.model
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= 2 * count <= model.sites:
        raise InputError("count", describe(count), f"a whole number from 0 to {model.sites // 2}, half of the sites")
    words = streams(seed, 1)[0]
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[1])
    closed, half = flat(ensemble.configurations), halves(ensemble.configurations).astype(np.int16)
    opened, ends, paths, rejected = closed.copy(), np.empty((len(closed), count, 2), dtype=np.int64), [], 0
    for index in range(len(closed)):
        for _ in range(_ATTEMPTS):
            chain = Chain(closed[index, 0].copy(), closed[index, 1], half[index].ravel().copy(), words)
            visits = rng.integers(model.links, 2 * model.links, size=count)
            traces = [_excursion(ensemble, chain, int(budget)) for budget in visits]
            both = np.array([(trace[0], trace[-1]) for trace in traces], dtype=np.int64).reshape(count, 2)
            if len(np.unique(both)) == 2 * count:
                break
            rejected += 1
        else:
            got = f"{count} worms on {model.sites} sites"
            raise InputError("count", got, f"fewer: their ends met {_ATTEMPTS} times", "a larger box")
        opened[index, 0], ends[index] = chain.k, both
        paths.append(traces)
    return OpenWorms(
        configurations=fields(opened, model.extents),
        closed=ensemble.configurations,
        chain=ensemble.chain,
        ends=ends,
        paths=paths,
        count=count,
        rejected=rejected,
        seed=seed,
    )


def _excursion(ensemble: Ensemble, chain: Chain, budget: int) -> NDArray[np.int64]:
    """Leave a worm in the chain at the ``budget``-th visit to an open state; the sites from tail to head."""
    path, k, half = np.empty(budget + 2, dtype=np.int64), chain.k.copy(), chain.half.copy()
    size = chain.tables_size
    while True:
        table = tables(ensemble.model, size)
        chain.k[:], chain.half[:] = k, half
        made, _, top, length = worms(
            chain.k, chain.l, chain.half, table.around, table.site, table.inverse, table.boost,
            ensemble.schedule.opening, chain.words, 1, None, 0, path, budget,
        )  # fmt: skip
        if top >= table.size - 2:
            size *= 2
        elif length:
            return path[:length].copy()
        else:
            budget -= int(made) - 1  # the open states that this one visited
