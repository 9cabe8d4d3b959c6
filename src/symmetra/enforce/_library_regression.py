"""Regression with equivariant functions, as an estimator in the manner of scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from symmetra.enforce._library_constraint import library_constraint
from symmetra.enforce._library_result import LibraryConstraint
from symmetra.enforce._library_solvers import compress, lasso, least_squares, ridge, thresholded
from symmetra.functions import LibraryFunction
from symmetra.inputs import InputError, as_samples, as_tensor, describe

METHODS = ("least_squares", "ridge", "stlsq", "lasso")


class SymmetricRegression:
    """Fits F = C φ to samples among the equivariant functions of a library only.

    Sparsity is of equivariant functions, not of terms: "stlsq" and "lasso" drop whole elements of
    ``constraint.readable``, so that a sparse model is exactly as symmetric as a full one.

    Args:
        library: a :class:`LibraryConstraint`; or a library, with the two actions.
        action_in: how inputs move, with a library.
        action_out: how outputs move, with a library.
        method: "least_squares"; "ridge", ‖F(x) − y‖² + α‖C − offset‖²; "stlsq", sequentially thresholded least squares;
            "lasso", ‖F(x) − y‖²/(2N) + α‖w‖₁ with the weights of the readable basis.
        alpha: α; for "stlsq" an optional ridge.
        threshold: for "stlsq", the smallest weight kept; in the readable basis a weight is the coefficient of a term.

    Attributes:
        constraint_: the equivariant functions.
        function_: the fitted F, a callable of x ``[..., n]``.
        coef_: C, ``[m, T]``.
        weights_: weights of the readable basis, ``[rank]``.
        n_features_in_: n.

    Example:
        >>> import torch
        >>> from symmetra import Vector, groups, library
        >>> x = torch.randn(20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> model = SymmetricRegression(library.polynomial(3, 2), Vector(groups.SO(3)))
        >>> model.fit(x, 2 * x.square().sum(1) - 1).expressions()
        ['−1 + 2 x² + 2 y² + 2 z²']
    """

    def __init__(
        self,
        library: Any,
        action_in: Any = None,
        action_out: Any = None,
        method: str = "least_squares",
        alpha: Any = 0.0,
        threshold: Any = 0.1,
    ) -> None:
        self.library = library
        self.action_in = action_in
        self.action_out = action_out
        self.method = method
        self.alpha = alpha
        self.threshold = threshold

    def fit(self, x: Any, y: Any) -> SymmetricRegression:
        """Fits to samples ``[N, n]`` and targets ``[N, m]``, ``[N]`` for one output, or ``[N, …]`` for m numbers.

        Raises:
            InputError: shapes that do not fit, unknown methods, samples that do not determine the weights.
        """
        self._check_options()
        constraint = self._constraint()
        points = as_samples(x, "x", constraint.library.n).to(torch.float64)
        targets = as_tensor(y, "y", torch.float64)
        if targets.ndim == 0 or len(targets) != len(points) or targets[0].numel() != constraint.outputs:
            expected = f"one row of {constraint.outputs} numbers for each of the {len(points)} samples"
            raise InputError("y", describe(targets), expected, f"an array [{len(points)}, {constraint.outputs}]")
        terms, flat = constraint.library.values(points), targets.reshape(len(points), -1)
        flat = flat - terms @ constraint.offset.mT
        basis = constraint.basis if self.method == "ridge" else constraint.readable
        rows = torch.einsum("kmt,nt->nmk", basis, terms).flatten(0, 1)
        weights = self._solve(rows, flat.flatten(), constraint, len(points))
        self.coef_ = constraint.offset + torch.einsum("k,kmt->mt", weights, basis)
        readable = constraint.readable.flatten(1)
        free = (self.coef_ - constraint.offset).flatten()
        self.weights_ = torch.linalg.lstsq(readable.mT, free[:, None]).solution[:, 0]
        if self.method != "ridge":
            self.weights_ = weights
        self.constraint_, self.n_features_in_ = constraint, points.shape[1]
        self.function_ = LibraryFunction(constraint.library, self.coef_)
        self._shape = targets.shape[1:]
        return self

    def predict(self, x: Any) -> Any:
        """F(x) for samples ``[N, n]``, shaped like the targets; a NumPy array for one, a tensor for a tensor."""
        points = as_samples(x, "x", self._fitted().n_features_in_).to(torch.float64)
        values = self.function_(points).reshape(len(points), *self._shape)
        return values if isinstance(x, Tensor) else values.numpy()

    def score(self, x: Any, y: Any) -> float:
        """The coefficient of determination R², averaged over the outputs: 1 is exact."""
        predicted = torch.as_tensor(np.asarray(self.predict(x)))
        truth = as_tensor(y, "y", torch.float64).reshape(len(predicted), -1)
        error = (predicted.reshape(len(predicted), -1) - truth).square().sum(0)
        spread = (truth - truth.mean(0)).square().sum(0)
        exact = torch.where(error == 0, 1.0, 0.0).to(error)
        return float(torch.where(spread > 0, 1 - error / spread.clamp(min=1e-300), exact).mean())

    def expressions(self, digits: int = 4) -> list[str]:
        """One formula an output."""
        return self._fitted().function_.expressions(digits)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {name: getattr(self, name) for name in self._parameters}

    def set_params(self, **parameters: Any) -> SymmetricRegression:
        """Sets arguments of the constructor by name."""
        for name, value in parameters.items():
            if name not in self._parameters:
                raise InputError(name, describe(value), f"one of {', '.join(self._parameters)}")
            setattr(self, name, value)
        return self

    _parameters: tuple[str, ...] = ("library", "action_in", "action_out", "method", "alpha", "threshold")

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator, RegressorMixin

        return type("Tags", (RegressorMixin, BaseEstimator), {})().__sklearn_tags__()

    def _constraint(self) -> LibraryConstraint:
        if isinstance(self.library, LibraryConstraint):
            if self.action_in is not None:
                raise InputError("action_in", "an action beside a constraint", "None", "library=constraint alone")
            return self.library
        return library_constraint(self.library, self.action_in, self.action_out)

    def _check_options(self) -> None:
        if self.method not in METHODS:
            raise InputError("method", describe(self.method), f"one of {', '.join(METHODS)}", 'method="ridge"')
        for name in ("alpha", "threshold"):
            value = getattr(self, name)
            good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
            if not good or (name == "alpha" and value == 0 and self.method in ("ridge", "lasso")):
                least = "above 0" if self.method in ("ridge", "lasso") and name == "alpha" else "of at least 0"
                raise InputError(name, describe(value), f"a finite number {least}", f"{name}=0.1")

    def _solve(self, rows: Tensor, targets: Tensor, constraint: LibraryConstraint, samples: int) -> Tensor:
        if constraint.rank == 0:
            got = "a library in which no function is equivariant"
            raise InputError("library", got, "at least one to be fitted", "terms of higher degree, or other actions")
        design, compressed = compress(rows, targets)
        names = constraint.expressions() if self.method != "ridge" else []
        if self.method == "ridge":
            return ridge(design, compressed, float(self.alpha))
        if self.method == "lasso":
            return lasso(design, compressed, float(self.alpha), samples)
        if self.method == "stlsq":
            return thresholded(design, compressed, float(self.threshold), float(self.alpha), names)
        return least_squares(design, compressed, names)

    def _fitted(self) -> SymmetricRegression:
        if not hasattr(self, "function_"):
            raise AttributeError("not fitted yet; write fit(x, y) first")
        return self
