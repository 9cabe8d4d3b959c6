"""The arguments of the search for conserved quantities, checked."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.discover._evaluation import Evaluation
from symmetra.functions import Library
from symmetra.inputs import InputError, as_samples, describe


@dataclass(frozen=True)
class Question:
    """The checked arguments; ``tolerance`` None stands for: by ``delta``, or in a sharp jump of the spectrum."""

    x: Tensor
    rate: Tensor | None
    exact: bool
    library: Library
    labels: Tensor
    names: list[str]
    delta: float
    tolerance: float | None
    alpha: float
    beyond: float
    state_error: float | None
    seed: int

    @property
    def told_apart(self) -> bool:
        """Whether trajectories are labelled."""
        return bool(self.names)


def checked(
    x: Any,
    rate: Callable[..., Any] | Any | None,
    library: Library,
    trajectories: Any,
    delta: float,
    rtol: float | None,
    alpha: float,
    beyond: float,
    state_error: float | None,
    seed: int,
    batched: bool | None,
) -> Question:
    """Checks what ``conserved`` was given.

    Raises:
        InputError: in one line, what is wrong and what to write instead.
    """
    if not isinstance(library, Library):
        raise InputError("library", describe(library), "a library of functions", "symmetra.library.polynomial(n, 2)")
    states = as_samples(x, "x", minimum=2)
    if states.is_complex():
        raise InputError("x", describe(states), "real states", "torch.view_as_real(x).flatten(1)")
    if library.n is not None and library.n != states.shape[1]:
        raise InputError(
            "library",
            f"terms in {library.n} variables",
            f"terms in {states.shape[1]}, the columns of x",
            f"library.polynomial({states.shape[1]}, degree)",
        )
    for value, argument in ((delta, "delta"), (alpha, "alpha"), (beyond, "beyond")):
        if not 0.0 < float(value) < 1.0:
            raise InputError(argument, describe(value), "a number between 0 and 1")
    for bound, argument in ((rtol, "rtol"), (state_error, "state_error")):
        if bound is not None and not (float(bound) >= 0.0 and math.isfinite(bound)):
            raise InputError(argument, describe(bound), "a number of at least 0, or None")
    labels, names = _labels(trajectories, states.shape[0])
    if rate is None and not names:
        raise InputError("rate", "None", "a callable F or an array of rates, where no trajectories are given")
    exact = callable(rate) and not isinstance(rate, Tensor)
    rates, rounding = _rates(rate, states, batched)
    tolerance = float(rtol) if rtol is not None else (rounding if exact else None)
    return Question(
        states.detach().to(torch.float64).cpu(),
        rates,
        exact,
        library,
        labels,
        names,
        float(delta),
        tolerance,
        float(alpha),
        float(beyond),
        state_error,
        seed,
    )


def _labels(trajectories: Any, count: int) -> tuple[Tensor, list[str]]:
    if trajectories is None:
        return torch.zeros(count, dtype=torch.int64), []
    values = trajectories.tolist() if hasattr(trajectories, "tolist") else list(trajectories)
    if len(values) != count:
        raise InputError("trajectories", f"{len(values)} labels", f"one a sample, {count}")
    if any(isinstance(v, (list, tuple)) or v is None or v != v for v in values):
        raise InputError("trajectories", "labels that are lists, None or NaN", "one name or number a sample")
    names = list(dict.fromkeys(values))
    index = {name: i for i, name in enumerate(names)}
    labels = torch.tensor([index[v] for v in values])
    few = torch.bincount(labels).argmin()
    if int((labels == few).sum()) < 4:
        raise InputError(
            "trajectories",
            f"{int((labels == few).sum())} samples on trajectory {names[few]}",
            "at least 4 on each",
            "trajectories=None for independent samples",
        )
    return labels, [str(name) for name in names]


def _rates(rate: Any, x: Tensor, batched: bool | None) -> tuple[Tensor | None, float]:
    if rate is None:
        return None, 0.0
    if isinstance(rate, nn.Module) or (callable(rate) and not isinstance(rate, Tensor)):
        evaluation = Evaluation(rate, batched, "rate")
        with torch.no_grad():
            values = evaluation.values(x.detach().to(torch.float64), x.dtype)
        rounding = evaluation.tolerance
    else:
        values, rounding = as_samples(rate, "rate"), 0.0
    if values.shape != x.shape:
        raise InputError("rate", describe(values), f"rates of shape {list(x.shape)}, one a state", "the rates at x")
    if not torch.isfinite(values).all():
        raise InputError("rate", "NaN or infinite rates on x", "finite rates", "x away from the singularities of F")
    return values.detach().to(torch.float64).cpu(), rounding
