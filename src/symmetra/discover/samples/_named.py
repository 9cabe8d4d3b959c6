"""A certificate for one generator that was named before the data were seen: the sharpest there is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from symmetra.discover._certificate import Certificate, decide
from symmetra.discover._coverage import coverage
from symmetra.discover._function import output_action
from symmetra.discover.samples._assembly import as_array, as_settings
from symmetra.discover.samples._bracket import Bracket, Equivariance, Question
from symmetra.discover.samples._confidence import least_squares
from symmetra.discover.samples._degree import choose_degree
from symmetra.discover.samples._errors_in_states import corrected_least_squares, lack_of_fit, suspected_error
from symmetra.discover.samples._frame import Frame
from symmetra.discover.samples._gates import CLASS_LEVEL, check_assumptions
from symmetra.discover.samples._simultaneous_bound import named_bounds
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, as_samples, as_tensor, describe


def certify_generator(
    coefficients: Any,
    x: Any,
    candidates: CandidateSpace,
    *,
    rates: Any = None,
    y: Any = None,
    output: Any = None,
    degree: int | None = None,
    state_error: Any = 0.0,
    delta: float = 0.05,
    alpha: float = 0.01,
    measure: Any = "samples",
    seed: int = 0,
) -> Certificate:
    """Is this generator, chosen without these data, a symmetry of x' = F(x) or of y = f(x)?

    Because nothing is chosen from the data, the bound is one-dimensional: about half of the one that holds for whatever
    is discovered. With ``degree`` given all rows certify; else 30 % of them choose the degree. A constant field
    (translation) has one term only; it is measured against |DF| |ξ|, with the tolerance δ/5.

    Args:
        coefficients: ``[P]`` in the basis of the candidates.
        x: states ``[N, n]``.
        candidates: polynomial fields.
        rates: ``[N, n]`` for a symmetry of dynamics.
        y: ``[N]`` or ``[N, c]`` for a symmetry of a map; one of ``rates`` and ``y`` is given.
        output: how the outputs y move: None, a representation, or matrices ``[P, c, c]``.
        degree: of the polynomial model.
        state_error: as in :func:`symmetra.discover.dynamics`.
        delta: tolerance δ.
        alpha: error rate of each bound.
        measure: ``"samples"``, or bounds ``[n, 2]`` of a box.
        seed: of the rows that choose the degree.

    Returns:
        ``symmetric``, ``broken``, ``undetermined`` or ``out of class``, with both bounds.
    """
    if not isinstance(candidates, CandidateSpace):
        raise InputError("candidates", describe(candidates), "a candidate space", "symmetra.candidates.affine(n)")
    states = as_array(as_samples(x, "x", candidates.n, minimum=4), "x")
    if (rates is None) == (y is None):
        raise InputError("rates", "both rates and y, or neither", "one of them", "rates=... or y=...")
    name = "rates" if y is None else "y"
    values = as_array(as_tensor(rates if y is None else y, name), name)
    values = values.reshape(len(values), -1)
    if len(values) != len(states) or (y is None and values.shape[1] != candidates.n):
        raise InputError(name, describe(values), f"one row a state, {len(states)}")
    theta = as_array(coefficients, "coefficients").reshape(-1)
    if theta.shape != (candidates.size,) or not theta.any():
        raise InputError("coefficients", describe(coefficients), f"shape [{candidates.size}], not all zero")
    settings = as_settings(candidates.n, delta, alpha, degree, state_error, measure)
    question: Question = Bracket(candidates)
    if y is not None:
        action = output_action(output, candidates)
        if isinstance(action, CandidateSpace):
            raise InputError("output", describe(action), "the output action of this generator", "matrices [P, c, c]")
        question = Equivariance(candidates, values.shape[1], None if action is None else action.numpy())
    frame = Frame.of(states, values, settings.box, question.centred)
    z, w = frame.states(states), values / frame.scale
    order = np.random.default_rng(seed).permutation(len(z))
    cut = 0 if degree is not None else round(settings.share * len(z))
    rest = np.sort(order[cut:])
    chosen = choose_degree(z[order[:cut]], w[order[:cut]]) if degree is None else degree
    gates = check_assumptions(z, w, chosen)
    noise = settings.state_error
    if noise is None or not noise.any():
        fit = least_squares(z[rest], w[rest], chosen)
    else:
        error = frame.whiten @ noise @ frame.whiten.T
        fit = corrected_least_squares(z[rest], w[rest], chosen, error)
        gates = replace(gates, model_class=lack_of_fit(z, w, chosen, error))
    reasons = gates.reasons(steep=noise is None or not noise.any(), declared=degree is not None)
    covered = coverage(torch.from_numpy(states), states.size, candidates.size)
    if noise is None:
        reasons = (*reasons, "the error of the states is not known (state_error=None)")
    if not covered.ok:
        reasons = (*reasons, covered.message)
    if not fit.determined:
        reasons = (*reasons, f"{len(rest)} samples do not determine a model of degree {chosen}")
    lower, upper, tolerance, subject = 0.0, float("inf"), settings.delta, "the relative defect of this generator"
    exact = noise is None or not noise.any()
    if fit.determined:
        points = None if settings.box is not None else z
        space = theta[:, None]
        l, m = question.tensors(chosen, frame, points, space)
        if _is_constant(question, frame, theta):
            m = question.extent(chosen, frame, points, space)
            tolerance, subject = settings.silence, "the change of F along this translation, relative to |DF| |ξ|,"
        fits = [fit]
        suspected = suspected_error(frame, fit, values.shape[1]) if exact and chosen == 1 else None
        if suspected is not None:  # noise of a linear model might as well be in the states
            fits.append(corrected_least_squares(z[rest], w[rest], chosen, suspected))
        bounds = [named_bounds(l, m, f, values.shape[1], np.ones(1), settings.alpha) for f in fits]
        lower, upper = min(low for low, _ in bounds), max(high for _, high in bounds)
    return decide(
        upper,
        lower,
        tolerance,
        settings.alpha,
        "named in advance" if exact else "named in advance, asymptotic",
        subject,
        reasons,
        noise is not None and gates.model_class < CLASS_LEVEL,
    )


def _is_constant(question: Question, frame: Frame, theta: np.ndarray) -> bool:
    """Whether the field is constant and nothing moves the outputs, so that one term of the defect is absent."""
    field = np.einsum("p,pim->im", theta, frame.fields(question.candidates))
    still = isinstance(question, Bracket) or (
        isinstance(question, Equivariance)
        and isinstance(question.output, np.ndarray)
        and not np.einsum("p,pij->ij", theta, question.output).any()
    )
    return bool(still and np.abs(field[:, 1:]).max(initial=0.0) <= 1e-12 * np.abs(field).max())
