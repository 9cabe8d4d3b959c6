"""Tails and quantiles of the usual distributions.

They are those of ``scipy.special``, imported at the first call: its import takes as long as all of symmetra's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def _special() -> Any:
    import scipy.special

    return scipy.special


def binomial_cdf(k: int, n: int, p: float) -> float:
    """P(X ≤ k) for X ~ B(n, p)."""
    return float(_special().bdtr(k, n, p))


def binomial_tail(k: int, n: int, p: float) -> float:
    """P(X > k) for X ~ B(n, p)."""
    return float(_special().bdtrc(k, n, p))


def student_quantile(p: float, dof: int) -> float:
    """X with P(T ≤ x) = p for Student's t."""
    return float(_special().stdtrit(dof, p))


def f_cdf(x: Array, first: int, second: int) -> Array:
    """P(F ≤ x) for Fisher's F with the two degrees of freedom."""
    return np.asarray(_special().fdtr(first, second, x))


def f_tail(x: Any, first: int, second: int) -> Array:
    """P(F > x)."""
    return np.asarray(_special().fdtrc(first, second, x))


def f_upper_quantile(p: float, first: int, second: int) -> float:
    """X with P(F > x) = p."""
    return float(_special().fdtri(first, second, 1 - p))


def chi2_tail(x: float, dof: int) -> float:
    """P(χ² > x)."""
    return float(_special().chdtrc(dof, x))


def normal_tail(x: float) -> float:
    """P(Z > x) for the standard normal."""
    return float(_special().ndtr(-x))
