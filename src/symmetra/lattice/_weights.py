"""The radial weight of a site, only ever as ratios of neighbours.

W(f) = ∫₀^∞ x^{f+1} exp(−η x² − λ x⁴) dx grows like a factorial, but R_j = W(2j+2)/W(2j) is tame. Integration by parts
gives 2η W(f+2) + 4λ W(f+4) = (f+2) W(f), that is R_j = (2j+2)/(2η + 4λ R_{j+1}). Its second solution goes as
R ≈ (−η − √(η² + 8λj))/4λ, larger than W in size for η > 0 and smaller for η < 0: for a positive η the recursion is
stable downwards, from any number far enough above, and upwards every digit is lost; for a negative one it is the
reverse.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError, describe


def check_couplings(eta: Any, lam: Any) -> None:
    """Refuse couplings for which the integral over a site diverges.

    Raises:
        InputError: λ negative, or η not positive where λ = 0.
    """
    for name, value in (("eta", eta), ("lam", lam)):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise InputError(name, describe(value), "a finite number", f"{name}=1.0")
    if lam < 0:
        raise InputError("lam", f"{lam:g}", "a coupling that is not negative", "lam=1.0")
    if lam == 0 and eta <= 0:
        raise InputError("eta", f"{eta:g} with lam = 0", "a positive one: the site integral diverges", "eta=4.25")


@lru_cache(maxsize=32)
def ratios(eta: float, lam: float, count: int) -> NDArray[np.float64]:
    """R_j = W(2j+2)/W(2j) for j = 0 … count − 1, to machine precision, for any η (also negative) where λ > 0.

    Args:
        eta: coefficient of |φ|².
        lam: coefficient of |φ|⁴; with 0 the ratio is (j+1)/η.
        count: how many.
    """
    check_couplings(eta, lam)
    out = np.empty(count)
    if lam == 0:
        return np.asarray((np.arange(count) + 1.0) / eta)
    if eta * math.sqrt(2 * count / lam) < 2:
        from scipy.special import erfcx

        out[0] = (2 / (math.sqrt(math.pi / lam) * erfcx(eta / (2 * math.sqrt(lam)))) - eta) / (2 * lam)
        for i in range(count - 1):
            out[i + 1] = ((2 * i + 2) / out[i] - 2 * eta) / (4 * lam)
        return out
    # On the way down from j = top an error shrinks by exp(−η √(2/λ) (√top − √count)), here e⁻⁴⁰.
    # That holds from j ≈ η²/8λ on; before it, the factor of a step is at most 0.2, and 40 steps are enough.
    r, top = 1.0, 40 + math.ceil((math.sqrt(count) + 40 * math.sqrt(lam / 2) / eta) ** 2)
    for i in range(top, -1, -1):
        r = (2 * i + 2) / (2 * eta + 4 * lam * r)
        if i < count:
            out[i] = r
    return out
