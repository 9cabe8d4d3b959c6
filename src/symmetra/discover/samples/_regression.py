"""Symmetries of a map that is known by samples y = f(x) + noise only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symmetra.discover._certificate import OUT_OF_CLASS, UNDETERMINED, Certificate
from symmetra.discover._function import function, output_action
from symmetra.discover._result import Discovery
from symmetra.discover.samples._assembly import as_array, as_settings, result
from symmetra.discover.samples._bracket import Equivariance
from symmetra.discover.samples._evidence import Evidence, Settings, gather
from symmetra.discover.samples._surrogate import KINDS, Surrogate, fit_surrogate
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, MissingExtra, as_samples, as_tensor, describe

Array = NDArray[np.float64]


def regression(
    x: Any,
    y: Any,
    candidates: CandidateSpace,
    output: Any = None,
    *,
    surrogate: str = "auto",
    degree: int | None = None,
    state_error: Any = 0.0,
    delta: float = 0.05,
    alpha: float = 0.01,
    measure: Any = "samples",
    seed: int = 0,
) -> Discovery:
    """The symmetries of f, from samples y = f(x) + noise.

    f is modelled by a polynomial whose degree is chosen by cross-validation on the part of the rows that certifies
    nothing; its error then enters the certificate exactly. The guarantee is that of :func:`symmetra.discover.dynamics`
    with an array of rates; the defect is ‖Df ξ‖ / ‖ |Df| |ξ| ‖, or ‖Df ξ − B f‖ / ‖(Df ξ, B f)‖ with an output action.
    If the data refute every polynomial that they could determine, a kernel or Gaussian-process model takes its place
    where scikit-learn is installed; what is found then is a property of the model: nothing about f is certified.

    Args:
        x: ``[N, n]``.
        y: ``[N]`` or ``[N, c]``.
        candidates: polynomial fields.
        output: as in :func:`symmetra.discover.function`: None for an invariant f, a representation or matrices
            ``[P, c, c]`` that go with the candidates, or linear or affine candidates on the outputs.
        surrogate: ``"auto"``, ``"polynomial"``, ``"kernel ridge"`` or ``"gaussian process"``.
        degree: of the polynomial, None to choose it.
        state_error: standard deviation of the Gaussian error of x, one number or one a column; 0 declares x exact, None
            says that it is not known, and then nothing is certified.
        delta: tolerance δ.
        alpha: error rate of all claims together.
        measure: ``"samples"``, or bounds ``[n, 2]`` of a box, over which the defect is taken.
        seed: of the division of the rows.

    Returns:
        The generators with their evidence.

    Example:
        >>> import torch, symmetra
        >>> x = torch.randn(200, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
        >>> symmetra.discover.regression(x, x.square().sum(1), symmetra.candidates.affine(2)).certified
        (0,)
    """
    if not isinstance(candidates, CandidateSpace):
        raise InputError("candidates", describe(candidates), "a candidate space", "symmetra.candidates.affine(n)")
    states = as_array(as_samples(x, "x", candidates.n, minimum=4), "x")
    targets = _targets(y, len(states))
    if surrogate not in ("auto", "polynomial", *KINDS):
        raise InputError("surrogate", describe(surrogate), f"one of auto, polynomial, {', '.join(KINDS)}")
    settings = as_settings(candidates.n, delta, alpha, degree, state_error, measure)
    action = output_action(output, candidates)
    if surrogate in KINDS:
        return _of_model(
            fit_surrogate(surrogate, states, targets, seed), states, candidates, output, settings, (), seed
        )
    tied = action.numpy() if isinstance(action, Tensor) else action
    if isinstance(tied, np.ndarray) and tied.shape[1] != targets.shape[1]:
        raise InputError("output", f"matrices of size {tied.shape[1]}", f"size {targets.shape[1]}, as y has")
    evidence = gather(states, targets, Equivariance(candidates, targets.shape[1], tied), settings, seed)
    if surrogate == "auto" and degree is None and evidence.out_of_class:
        model = _better(evidence, states, targets, seed)
        if model is not None:
            return _of_model(model, states, candidates, output, settings, evidence.reasons, seed)
    return result("regression", states, candidates, evidence, settings)


def _targets(y: Any, rows: int) -> Array:
    targets = as_array(as_tensor(y, "y"), "y")
    if targets.ndim == 1:
        targets = targets[:, None]
    if targets.ndim != 2 or len(targets) != rows:
        raise InputError("y", describe(y), f"shape [{rows}] or [{rows}, c], one row a sample", "the values of f at x")
    return targets


def _better(evidence: Evidence, x: Array, y: Array, seed: int) -> Surrogate | None:
    """A model that predicts better than the polynomial, the best of its kind; None without scikit-learn."""
    try:
        models = [fit_surrogate(kind, x, y, seed) for kind in KINDS]
    except MissingExtra:
        return None
    best = min(models, key=lambda m: m.error)
    spread = (y / evidence.frame.scale).std(0)
    polynomial = float(np.sqrt((evidence.fit.residuals**2).mean(0) / np.where(spread > 0, spread, 1.0) ** 2).mean())
    return best if best.error < polynomial else None


def _of_model(
    model: Surrogate,
    x: Array,
    candidates: CandidateSpace,
    output: Any,
    settings: Settings,
    reasons: tuple[str, ...],
    seed: int,
) -> Discovery:
    """What the model's own symmetries are, said to be no more than that."""
    found = function(
        model.function, torch.from_numpy(x), candidates, output, settings.delta, alpha=settings.alpha, seed=seed
    )
    why = (*reasons, f"it is a property of a {model.kind} model (relative error {model.error:.1g}), not of the system")
    verdict = OUT_OF_CLASS if reasons else UNDETERMINED
    claim = Certificate(
        "nothing is claimed about the system",
        verdict,
        settings.delta,
        float("inf"),
        0.0,
        settings.alpha,
        model.kind,
        why,
    )
    return replace(found, kind="regression", certificates=(claim,) * found.dimension)
