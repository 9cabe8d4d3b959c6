"""The degree of a polynomial model, chosen on data that certify nothing afterwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly

Array = NDArray[np.float64]

_HIGHEST = {1: 8, 2: 5, 3: 4}  # by the number of states; 3 beyond
_FLOOR = 1e-24  # squared relative residual that is rounding


def highest_degree(n: int, rows: int) -> int:
    """The largest degree worth trying: at most a polynomial coefficient for every two rows."""
    top = _HIGHEST.get(n, 3)
    while top > 0 and 2 * poly.count(n, top) > rows:
        top -= 1
    return top


def choose_degree(z: Array, y: Array) -> int:
    """The degree with the smallest leave-one-out error, over all outputs together.

    One QR factorisation serves all degrees: the columns of the smaller models come first. A class too small would be
    the dangerous mistake (it can hide the term that breaks a symmetry); so nothing is added in favour of small models.

    Args:
        z: states ``[N, n]``, scaled.
        y: outputs ``[N, c]``, scaled to unit size.
    """
    n = z.shape[1]
    top = highest_degree(n, z.shape[0])
    q, _ = np.linalg.qr(poly.values(z, top))
    residual, leverage, scores = y.copy(), np.zeros(z.shape[0]), []
    done = 0
    for degree in range(top + 1):
        part = q[:, done : poly.count(n, degree)]
        done += part.shape[1]
        residual -= part @ (part.T @ residual)
        leverage += (part**2).sum(1)
        errors = (residual / np.maximum(1.0 - leverage, 1e-3)[:, None]) ** 2
        scores.append(float(np.log(errors.mean(0) + _FLOOR).sum()))
    best = min(scores)
    return next(d for d, score in enumerate(scores) if z.shape[0] * (score - best) <= 0.5)
