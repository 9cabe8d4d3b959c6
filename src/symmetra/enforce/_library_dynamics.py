"""Symmetric dynamical systems from data: SINDy within the equivariant vector fields of a library."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions import Pushforward
from symmetra.enforce._library_constraint import library_constraint
from symmetra.enforce._library_rates import differentiate
from symmetra.enforce._library_regression import SymmetricRegression
from symmetra.enforce._library_result import LibraryConstraint
from symmetra.functions import variable_names
from symmetra.inputs import InputError, as_samples, describe


class SymmetricDynamics(SymmetricRegression):
    """Fits x' = F(x) among the systems that have a symmetry: g maps every trajectory to a trajectory.

    Args:
        library: a :class:`LibraryConstraint` for a vector field, or a library with the action.
        action: how states move, with a library; F then moves by its pushforward.
        method: as for :class:`SymmetricRegression`.
        alpha: likewise.
        threshold: likewise.
        window: where rates are not given, the number of samples (odd) in each local polynomial that is differentiated.

    Attributes:
        constraint_: the equivariant vector fields.
        function_: the fitted F.
        coef_: C, ``[n, T]``.
        weights_: weights of ``constraint_.readable``.

    Example:
        >>> import torch
        >>> from symmetra import Vector, groups, library
        >>> x = torch.randn(30, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> rates = x * (1 - x.square().sum(1, keepdim=True)) + 2 * torch.stack([-x[:, 1], x[:, 0]], 1)
        >>> model = SymmetricDynamics(library.polynomial(2, 3), Vector(groups.SO(2))).fit(x, rates)
        >>> print(*model.equations(), sep=chr(10))
        x' = x − 2 y − x³ − x·y²
        y' = 2 x + y − x²·y − y³
    """

    _parameters = ("library", "action", "method", "alpha", "threshold", "window")

    def __init__(
        self,
        library: Any,
        action: Any = None,
        method: str = "least_squares",
        alpha: Any = 0.0,
        threshold: Any = 0.1,
        window: Any = 9,
    ) -> None:
        super().__init__(library, method=method, alpha=alpha, threshold=threshold)
        self.action = action
        self.window = window

    def fit(self, x: Any, rates: Any = None, t: Any = None) -> SymmetricDynamics:
        """Fits to states and their rates, or to trajectories and their times.

        Args:
            x: states ``[N, n]``, or a list of trajectories.
            rates: x' at the states, in the same shape; if left out they are the slopes of local polynomials in time.
            t: the times ``[N]`` (a list of them for several trajectories), or one time step.

        Raises:
            InputError: neither rates nor times, shapes that do not fit, states that do not determine the weights.
        """
        pieces = list(x) if isinstance(x, list | tuple) else [x]
        states = [as_samples(piece, "x").to(torch.float64) for piece in pieces]
        if rates is not None:
            given = list(rates) if isinstance(rates, list | tuple) else [rates]
            slopes = [as_samples(piece, "rates", states[0].shape[1]).to(torch.float64) for piece in given]
        elif t is not None:
            times = list(t) if isinstance(t, list | tuple) and len(states) > 1 else [t] * len(states)
            if len(times) != len(states):
                raise InputError("t", f"{len(times)} lists of times", f"one a trajectory, {len(states)}", "t=0.01")
            pairs = [differentiate(piece, when, self.window) for piece, when in zip(states, times, strict=True)]
            states, slopes = [a for a, _ in pairs], [b for _, b in pairs]
        else:
            raise InputError("rates", "neither rates nor times", "one of them", "fit(x, rates) or fit(x, t=0.01)")
        super().fit(torch.cat(states), torch.cat(slopes))
        return self

    def equations(self, digits: int = 4) -> list[str]:
        """One equation a state, such as ``x' = y``."""
        names = self._fitted().constraint_.library.variables or variable_names(self.n_features_in_)
        return [f"{name}' = {text}" for name, text in zip(names, self.expressions(digits), strict=True)]

    def simulate(self, x0: Any, t: Any, tolerance: float = 1e-9) -> Any:
        """The trajectory from ``x0 [n]`` at times ``t [K]``, ``[K, n]``; from several states ``[M, n]``, ``[K, M, n]``.

        Raises:
            InputError: if it does not exist that long.
        """
        from scipy.integrate import solve_ivp

        n = self._fitted().n_features_in_
        start = as_samples(torch.atleast_2d(torch.as_tensor(x0)), "x0", n).to(torch.float64)
        times = torch.as_tensor(t, dtype=torch.float64)
        if times.ndim != 1 or len(times) < 2 or not bool((times.diff() > 0).all()):
            raise InputError("t", describe(t), "at least two ascending times", "torch.linspace(0, 10, 200)")

        def rate(_: float, state: Any) -> Any:
            return self.function_(torch.from_numpy(state).reshape(start.shape)).numpy().ravel()

        ends = (float(times[0]), float(times[-1]))
        run = solve_ivp(rate, ends, start.numpy().ravel(), "DOP853", times.numpy(), rtol=tolerance, atol=tolerance)
        if run.status != 0:
            reached = f"a trajectory that ends at t = {run.t[-1] if len(run.t) else ends[0]:.4g} ({run.message})"
            raise InputError("t", reached, "times up to which it exists", "a shorter time")
        path = torch.from_numpy(run.y.T.copy()).reshape(len(times), *start.shape)
        path = path[:, 0] if torch.as_tensor(x0).ndim == 1 else path
        return path if isinstance(x0, Tensor) else path.numpy()

    def _constraint(self) -> LibraryConstraint:
        if isinstance(self.library, LibraryConstraint):
            if self.action is not None:
                raise InputError("action", "an action beside a constraint", "None", "library=constraint alone")
            return self.library
        if self.action is None:
            raise InputError("action", "None", "how states move", "Vector(groups.SO(2))")
        return library_constraint(self.library, self.action, Pushforward(self.action))
