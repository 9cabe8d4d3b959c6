"""The correlator and the mass gap, from where heads were seen while worms were open.

With M_x the visits to states whose head lies x from the tail, and w the weight of open states, ⟨φ_0 φ*_x⟩ is
M_x/(w M_0) for x ≠ 0. M is kept apart for the sweeps before each configuration, a series like any other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe
from symmetra.lattice._autocorrelation import Estimate, estimate

Array = NDArray[np.float64]


def correlator(
    moves: NDArray[np.int64], opening: float, phi2: Estimate, extents: tuple[int, ...]
) -> tuple[Array, Array]:
    """⟨φ_x φ*_0⟩ and its errors ``[*extents]``.

    Args:
        moves: visits ``[chains, M, sites]``.
        opening: weight of open states against closed ones.
        phi2: the value at x = 0.
        extents: of the box.
    """
    seen = moves / moves[..., 0].mean()
    found = [phi2]
    for x in range(1, moves.shape[2]):
        pair = np.stack([seen[..., x], seen[..., 0]], axis=-1)
        found.append(estimate(pair, lambda m: m[0] / (opening * m[1]), lambda m: np.array([1.0, -m[0]]) / opening))
    # Flux runs from the tail to the head, whose site the weight gives a φ*: the histogram is that of ⟨φ_0 φ*_x⟩.
    axes = tuple(range(len(extents)))
    values, errors = (
        np.roll(np.flip(np.array(each).reshape(extents), axes), 1, axes)
        for each in ([one.value for one in found], [one.error for one in found])
    )
    return values, errors


def mass_gap(moves: NDArray[np.int64], extents: tuple[int, ...], axis: Any, distance: Any) -> Estimate:
    """The gap along an axis; see `Ensemble.mass_gap`.

    Raises:
        InputError: too few sites, a distance out of range, or a correlator that does not fall off there.
    """
    if isinstance(axis, bool) or not isinstance(axis, int) or not 0 <= axis < len(extents) or extents[axis] < 4:
        raise InputError("axis", describe(axis), f"an axis of at least 4 sites, of extents {extents}", "axis=1")
    sites = extents[axis]
    r = max(2, sites // 4) if distance is None else distance
    if isinstance(r, bool) or not isinstance(r, int) or not 2 <= r <= sites // 2:
        raise InputError("distance", describe(r), f"a whole number from 2 to {sites // 2}", "distance=2")
    box = moves.reshape(*moves.shape[:2], *extents)
    line = box.sum(tuple(i + 2 for i in range(len(extents)) if i != axis)).astype(float)
    line += np.roll(line[..., ::-1], 1, -1)
    around = np.stack([line[..., r - 1] + line[..., (r + 1) % sites], line[..., r]], axis=-1) / line.mean()
    if not around[..., 0].mean() > 2 * around[..., 1].mean() > 0:
        got = f"a correlator that does not fall off at distance {r}"
        raise InputError("mass_gap", got, "one with a gap beyond its noise", "more samples, or a smaller distance")

    def slope(m: Array) -> Array:
        y = m[0] / (2 * m[1])
        return np.asarray(np.array([1.0, -2 * y]) / (2 * m[1] * np.sqrt(y * y - 1)))

    return estimate(around, lambda m: float(np.arccosh(m[0] / (2 * m[1]))), slope)
