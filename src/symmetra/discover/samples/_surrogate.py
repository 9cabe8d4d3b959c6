"""Smooth models of samples (x, y) that are not linear in their parameters: kernel ridge and Gaussian processes.

They serve where a polynomial will not do. Their parameters come from scikit-learn; the fitted function is a sum of
Gaussians, written here in torch so that forward-mode derivatives are exact.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.inputs import MissingExtra

Array = NDArray[np.float64]

KINDS = ("kernel ridge", "gaussian process")
_MOST = 1000  # rows used, because both solve a dense system


@dataclass(frozen=True)
class Surrogate:
    """A fitted model.

    Attributes:
        kind: one of :data:`KINDS`.
        function: x ``[n]`` to y ``[c]``, differentiable.
        error: root-mean-square error in cross-validation, relative to the standard deviation of y.
    """

    kind: str
    function: Callable[[Tensor], Tensor]
    error: float


def fit_surrogate(kind: str, x: Array, y: Array, seed: int) -> Surrogate:
    """Fits a model whose parameters are chosen by five-fold cross-validation (kernel ridge) or by likelihood.

    Args:
        kind: one of :data:`KINDS`.
        x: ``[N, n]``.
        y: ``[N, c]``.
        seed: of the folds and of the choice of rows.

    Raises:
        MissingExtra: without scikit-learn.
    """
    try:
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.gaussian_process import GaussianProcessRegressor
        from sklearn.gaussian_process.kernels import RBF, WhiteKernel
        from sklearn.kernel_ridge import KernelRidge
        from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
    except ImportError as missing:
        raise MissingExtra("scikit-learn", "learn") from missing
    rows = np.random.default_rng(seed).permutation(len(x))[:_MOST]
    centre, spread = x.mean(0), _positive(x.std(0))
    middle, size = y.mean(0), _positive(y.std(0))
    z, w = (x[rows] - centre) / spread, (y[rows] - middle) / size
    folds = KFold(5, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a length scale at the edge of its range is an answer
        if kind == "kernel ridge":
            grid = {"gamma": [0.01, 0.03, 0.1, 0.3, 1.0], "alpha": [1e-8, 1e-6, 1e-4, 1e-2, 1.0]}
            found = GridSearchCV(KernelRidge(kernel="rbf"), grid, scoring="neg_mean_squared_error", cv=folds).fit(z, w)
            model, error = found.best_estimator_, float(np.sqrt(-found.best_score_))
            weights, widths = model.dual_coef_, np.full(z.shape[1], model.gamma)
        else:
            kernel = RBF(np.ones(z.shape[1]), (1e-2, 1e3)) + WhiteKernel(1e-4, (1e-12, 1e1))
            model = GaussianProcessRegressor(kernel, random_state=seed).fit(z, w)
            frozen = GaussianProcessRegressor(model.kernel_, optimizer=None)
            predicted = cross_val_predict(frozen, z, w, cv=folds).reshape(w.shape)
            error = float(np.sqrt(((predicted - w) ** 2).mean()))
            weights, widths = model.alpha_, 0.5 / np.broadcast_to(model.kernel_.k1.length_scale, z.shape[1:]) ** 2
    weights = weights.reshape(len(z), -1)
    return Surrogate(kind, _sum_of_gaussians(z, weights, widths, centre, spread, middle, size), error)


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, 1.0)


def _sum_of_gaussians(
    z: Array, weights: Array, widths: Array, centre: Array, spread: Array, middle: Array, size: Array
) -> Callable[[Tensor], Tensor]:
    nodes, w, g, c, s, m, h = (torch.as_tensor(a.copy()) for a in (z, weights, widths, centre, spread, middle, size))

    def function(x: Tensor) -> Tensor:
        distance = ((((x - c) / s) - nodes).square() * g).sum(-1)
        return m + h * (torch.exp(-distance) @ w)

    return function
