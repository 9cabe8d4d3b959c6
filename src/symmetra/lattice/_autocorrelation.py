"""Errors of functions of correlated means: the Γ-method, with binning as a check of it.

Wolff, hep-lat/0306017: the autocorrelation of the projected deviations is summed up to the window at which the
statistical error of the sum balances its truncation; several chains are pooled around their common mean, so that what
sets chains apart is seen as a correlation that does not fall off, and widens the window and the error.

The variance that comes out has itself a relative variance of 2/ν with ν = N/(2W + 1), like one of ν degrees of freedom:
deviations over errors are then spread as Student's t, wider than the errors say by √(ν/(ν − 2)), which is taken in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmetra.inputs import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A mean with what is known of its error.

    Attributes:
        value: the estimate.
        error: its standard deviation, widened for what is not known of it.
        tau_int: integrated autocorrelation time in steps of the series; 1/2 without correlation.
        tau_error: standard deviation of tau_int.
        window: at which the sum was cut.
        samples: measurements in all chains.
        binned: the error by binning, from bins of at least 8 tau_int; NaN where fewer than 8 of them fit.
    """

    value: float
    error: float
    tau_int: float
    tau_error: float
    window: int
    samples: int
    binned: float

    @property
    def effective(self) -> float:
        """How many independent measurements would give the same error."""
        return self.samples / (2 * self.tau_int)

    @property
    def freedom(self) -> float:
        """ν = samples/(2 window + 1), degrees of freedom of the error: below ten no error is to be trusted."""
        return self.samples / (2 * self.window + 1)

    @property
    def error_error(self) -> float:
        """The standard deviation of the error, error/√(2ν)."""
        return float(self.error / np.sqrt(2 * self.freedom))

    def __str__(self) -> str:
        return f"{self.value:.6g} ± {self.error:.2g} (tau_int {self.tau_int:.2f})"


def estimate(
    series: Array, function: Callable[[Array], float], slope: Callable[[Array], Array], least: int = 0
) -> Estimate:
    """A function of means, with its error.

    Args:
        series: primary observables ``[chains, length, A]``.
        function: of the means ``[A]``.
        slope: its gradient ``[A]`` there.
        least: a window below which the sum is not cut, that of something slower measured along the same chains.

    Raises:
        InputError: chains too short to see their own correlation.
    """
    chains, length, _ = series.shape
    if length < 8:
        raise InputError("series", f"{length} measurements a chain", "at least 8", "more samples")
    mean = series.reshape(-1, series.shape[2]).mean(0)
    value, gradient = function(mean), slope(mean)
    projected = (series - mean) @ gradient
    total, spread = chains * length, float((projected**2).mean())
    if spread <= (1e-14 * (abs(value) + float(np.abs(gradient * mean).max()))) ** 2:
        return Estimate(value, 0.0, 0.5, 0.0, 0, total, 0.0)
    gamma = _gamma(projected)
    window = min(max(_window(gamma, total), least), len(gamma) - 1)
    # The mean was subtracted: every Γ is too small by about the variance of the mean.
    gamma = gamma + (gamma[0] + 2 * gamma[1 : window + 1].sum()) / total
    sigma = gamma[0] + 2 * gamma[1 : window + 1].sum()
    tau = float(max(sigma / (2 * gamma[0]), 0.5 * 1e-3))
    tau_error = tau * 2 * np.sqrt(max(window + 0.5 - tau, 0.0) / total)
    # Chains too short for three degrees of freedom get the factor of three.
    freedom = max(total / (2 * window + 1), 3.0)
    error = float(np.sqrt(max(sigma, 0.0) / total * freedom / (freedom - 2)))
    return Estimate(value, error, tau, float(tau_error), window, total, _binned(projected, tau))


def _gamma(projected: Array) -> Array:
    """The autocorrelation function up to half the length of a chain, averaged over chains."""
    chains, length = projected.shape
    transform = np.fft.rfft(projected, 2 * length, axis=1)
    sums = np.fft.irfft(np.abs(transform) ** 2, axis=1)[:, : length // 2].sum(0)
    return np.asarray(sums / (chains * (length - np.arange(length // 2))))


def _window(gamma: Array, total: int, stretch: float = 1.5) -> int:
    """The first window at which exp(−W/τ) − τ/√(W N) is negative, τ being what the sum says, stretched."""
    tau = 0.5
    for window in range(1, len(gamma)):
        tau = 0.5 + float(gamma[1 : window + 1].sum() / gamma[0])
        # An alternating series with correlation −ρ forgets as slowly as one with ρ, whose τ is 1/4τ.
        slow = max(tau, 0.25 / max(tau, 1e-3))
        decay = stretch / np.log((2 * slow + 1) / (2 * slow - 1)) if slow > 0.5 else 1e-12
        if np.exp(-window / decay) - decay / np.sqrt(window * total) < 0:
            return window
    return len(gamma) - 1


def _binned(projected: Array, tau: float) -> float:
    """The error from means of bins of at least 8 τ, about 256 of them in a long series; NaN where fewer than 8 fit."""
    chains, length = projected.shape
    size = max(1, int(np.ceil(8 * tau)), chains * length // 256)
    bins = length // size
    if chains * bins < 8:
        return float("nan")
    means = projected[:, : bins * size].reshape(chains * bins, size).mean(1)
    return float(means.std(ddof=1) / np.sqrt(means.size))
