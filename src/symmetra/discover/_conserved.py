"""Conserved quantities of a flow x' = F(x): the dual problem, functions h with ∇h·F = 0.

Half of the samples choose the quantities, the other half decides. What is chosen is the null space of a scale-free
generalised problem (``_conserved_evidence``); what is certified is a share bound on held-out samples
(``_confirmation``), exact for independent draws, stratified ones included.

Source for the defect: |∇h·F| / (|∇h| |F|), constants projected out (the conserved-quantity case of certificates that
are scale-free and simultaneous; Kendiukhov 2026). Drift against spread and the share bound are ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from symmetra.discover._certificate import Certificate
from symmetra.discover._confirmation import Bound, halves, share_bound
from symmetra.discover._conservation_result import CONSTANT, FROZEN, Conservation
from symmetra.discover._conserved_evidence import (
    Problem,
    Scatter,
    angular_speeds,
    column_scale,
    flow_derivatives,
    gradient_problem,
    library_values,
    rate_problem,
)
from symmetra.discover._evaluation import Evaluation
from symmetra.discover._result import Coverage
from symmetra.discover._sparse_rows import clean, echelon, fewest_entries, fewest_terms
from symmetra.functions import Library
from symmetra.inputs import InputError, as_samples, describe
from symmetra.linalg import NullSpace, relative_null_space

_SHARP = 1e4  # a jump of the spectrum by this factor below delta: rates exact up to rounding, so the cut goes there
_EXACT = 1e-9  # relative defects up to here are rounding
_FROZEN = 1e-6  # spread over slope below which an exactly evaluated quantity is constant on the samples


@dataclass(frozen=True)
class _Question:
    """The checked arguments."""

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
        return bool(self.names)


def conserved(
    x: Any,
    rate: Callable[..., Any] | Any | None,
    library: Library,
    trajectories: Any = None,
    *,
    delta: float = 0.05,
    rtol: float | None = None,
    alpha: float = 0.05,
    beyond: float = 0.01,
    state_error: float | None = 0.0,
    seed: int = 0,
    batched: bool | None = None,
) -> Conservation:
    """Which functions in a library are conserved by the flow that produced the samples?

    Args:
        x: states ``[N, n]``.
        rate: F, a callable of one sample ``[n]`` (vmapped; an ``nn.Module`` gets the batch), or the array of rates
            ``[N, n]``, or None where trajectories alone must do.
        library: functions φ_j, e.g. ``library.polynomial(6, 2) + library.named("1/r", f)``.
        trajectories: one label a sample; samples of one trajectory share it. With labels, the drift within
            trajectories is compared with the spread over all of them; without, samples are taken as independent.
        delta: tolerance of the certificate (and of the choice where rates are not exact).
        rtol: relative defect up to which a direction counts as conserved. Default: rounding for a callable, ``delta``
            otherwise (if the rates turn out exact to rounding, the cut is put into the jump of the spectrum).
        alpha: error rate of all certificates together.
        beyond: share of states that the certificate may leave out.
        state_error: bound on the distance between the states given and the true ones; None if unknown.
        seed: of the split into choosing and confirming samples.
        batched: overrides whether a callable takes the batch.

    Returns:
        A :class:`Conservation`; ``.certified`` is empty rather than wrong.

    Raises:
        InputError: shapes, NaN, a library for another number of variables, labels of another length.
    """
    question = _checked(
        x, rate, library, trajectories, delta, rtol, alpha, beyond, state_error, seed, batched
    )
    return _along_trajectories(question) if question.told_apart else _everywhere(question)


# -- arguments ------------------------------------------------------------------------------------------------------


def _checked(x, rate, library, trajectories, delta, rtol, alpha, beyond, state_error, seed, batched) -> _Question:  # type: ignore[no-untyped-def]
    if not isinstance(library, Library):
        raise InputError("library", describe(library), "a library of functions", "symmetra.library.polynomial(n, 2)")
    states = as_samples(x, "x", minimum=2)
    if states.is_complex():
        raise InputError("x", describe(states), "real states", "torch.view_as_real(x).flatten(1)")
    if library.n is not None and library.n != states.shape[1]:
        raise InputError("library", f"terms in {library.n} variables", f"terms in {states.shape[1]}, the columns of x",
                         f"library.polynomial({states.shape[1]}, degree)")
    for value, argument in ((delta, "delta"), (alpha, "alpha"), (beyond, "beyond")):
        if not 0.0 < float(value) < 1.0:
            raise InputError(argument, describe(value), "a number between 0 and 1")
    for value, argument in ((rtol, "rtol"), (state_error, "state_error")):
        if value is not None and not (float(value) >= 0.0 and math.isfinite(value)):
            raise InputError(argument, describe(value), "a number of at least 0, or None")
    labels, names = _labels(trajectories, states.shape[0])
    if rate is None and not names:
        raise InputError("rate", "None", "a callable F or an array of rates, where no trajectories are given")
    exact = callable(rate) and not isinstance(rate, Tensor)
    rates, rounding = _rates(rate, states, batched)
    tolerance = float(rtol) if rtol is not None else (rounding if exact else None)
    return _Question(states.detach().to(torch.float64).cpu(), rates, exact, library, labels, names, float(delta),
                     tolerance, float(alpha), float(beyond), state_error, seed)


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
        raise InputError("trajectories", f"{int((labels == few).sum())} samples on trajectory {names[few]}",
                         "at least 4 on each", "trajectories=None for independent samples")
    return labels, [str(name) for name in names]


def _rates(rate: Any, x: Tensor, batched: bool | None) -> tuple[Tensor | None, float]:
    if rate is None:
        return None, 0.0
    if isinstance(rate, nn.Module) or (callable(rate) and not isinstance(rate, Tensor)):
        evaluation = Evaluation(rate, batched, "rate")
        with torch.no_grad():
            wide = x.detach().to(torch.float64)
            dtype = evaluation.dtype = evaluation._settle(wide[:2], x.dtype)
            values = evaluation._f(wide.to(dtype))
        rounding = evaluation.tolerance
    else:
        values, rounding = as_samples(rate, "rate"), 0.0
    if values.shape != x.shape:
        raise InputError("rate", describe(values), f"rates of shape {list(x.shape)}, one a state", "the rates at x")
    if not torch.isfinite(values).all():
        raise InputError("rate", "NaN or infinite rates on x", "finite rates", "x away from the singularities of F")
    return values.detach().to(torch.float64).cpu(), rounding


# -- samples alone --------------------------------------------------------------------------------------------------


def _everywhere(q: _Question) -> Conservation:
    assert q.rate is not None
    terms = q.library.size
    split = halves(q.labels, 1, terms + 2, q.seed)
    choose, confirm = split if split else (torch.arange(q.x.shape[0]), torch.arange(0))
    scale = column_scale(q.x)
    problem = rate_problem(q.library, q.x[choose], q.rate[choose], scale)
    null = _null(problem, q, slots=terms)
    genuine = null.basis[null.vanishing.shape[0]:]
    genuine, frozen = _without_frozen(genuine, gradient_problem(q.library, q.x[choose], scale), q)
    sizes = torch.linalg.vector_norm(problem.denominator, dim=0)
    genuine = _readable(genuine, sizes, problem, null)
    rows = torch.cat([genuine, frozen, null.vanishing])
    unit = torch.linalg.vector_norm(problem.denominator @ genuine.mT, dim=0)
    measured, defects = _rate_measurements(q, rows, confirm if split else choose, unit, scale)
    bounds = [_rate_bound(q, measured[:, i], q.alpha / len(genuine)) for i in range(len(genuine))]
    reasons = _reasons_everywhere(q, split is not None, choose.numel())
    message = "the samples decide every function of the library" if not reasons else "; ".join(reasons)
    if len(frozen):
        message = (f"{len(frozen)} functions are constant on all samples, as on a single trajectory: these data cannot"
                   " decide whether they are conserved, because every function is compared with itself")
    certificates = [
        _certificate(q, bound, reasons, "h is conserved as far as |∇h·F| ≤ {U:.2g} × rms |∇h||F| at all states"
                     " distributed like the samples but a share of {p:.2g}",
                     "share bound on held-out samples, exact for independent draws of states"
                     + ("" if q.exact else " and rate errors symmetric about zero"))
        for bound in bounds
    ]
    return _result(q, null, rows, len(frozen), certificates, Coverage(not (reasons or len(frozen)), message, frozen),
                   "rates", {"rates": null.spectrum}, defects, problem.sizes)


def _reasons_everywhere(q: _Question, confirmed: bool, chosen: int) -> tuple[str, ...]:
    reasons = []
    if not confirmed:
        reasons.append(f"{chosen} samples for {q.library.size} functions leave none to confirm with: at least"
                       f" {q.library.size + 12} are needed")
    if q.state_error is None:
        reasons.append("the states are noisy and no bound on their error is given")
    elif q.state_error > 0:
        reasons.append("errors of the states enter the gradients, which rates alone cannot bound: give trajectories")
    return tuple(reasons)


def _rate_bound(q: _Question, measured: Tensor, alpha: float) -> Bound:
    """The share bound; an error symmetric about zero hides at most half of the exceedances, and breaks nothing."""
    if q.exact:
        return share_bound(measured, q.beyond, alpha)
    bound = share_bound(measured, q.beyond / 2, alpha)
    return Bound(bound.upper, 0.0, min(1.0, 2 * bound.beyond))


def _rate_measurements(q: _Question, rows: Tensor, index: Tensor, unit: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    assert q.rate is not None
    genuine = rows[: unit.numel()]
    change = flow_derivatives(q.library, q.x[index], q.rate[index]) @ genuine.mT
    part = rate_problem(q.library, q.x[index], q.rate[index], scale)
    size = torch.linalg.vector_norm(part.denominator @ rows.mT, dim=0)
    defect = torch.linalg.vector_norm(part.numerator @ rows.mT, dim=0) / torch.where(size > 0, size, 1.0)
    defect[unit.numel():] = 0.0
    return change / torch.where(unit > 0, unit, 1.0), defect


def _without_frozen(genuine: Tensor, problem: Problem, q: _Question) -> tuple[Tensor, Tensor]:
    """Splits off the functions that are constant on all samples although their gradients are not zero."""
    if not len(genuine):
        return genuine, genuine
    inside = relative_null_space(problem.numerator @ genuine.mT, problem.denominator @ genuine.mT,
                                 _FROZEN if q.exact else q.delta)
    count = inside.dimension
    return inside.vectors[count:] @ genuine, inside.vectors[:count] @ genuine


# -- trajectories told apart ----------------------------------------------------------------------------------------


def _along_trajectories(q: _Question) -> Conservation:
    k, terms = len(q.names), q.library.size
    split = halves(q.labels, k, terms + k, q.seed)
    choose, confirm = split if split else (torch.arange(q.x.shape[0]), torch.arange(0))
    values = library_values(q.library, q.x)
    derivatives = flow_derivatives(q.library, q.x, q.rate) if q.rate is not None else None
    omega = angular_speeds(q.x, q.rate, q.labels, k) if q.rate is not None else None
    chosen = _choose(q, values, derivatives, omega, choose, range(k))
    scatter, null, sizes = chosen.scatter, chosen.null, torch.linalg.vector_norm(chosen.problem.denominator, dim=0)
    genuine = _readable(null.basis[null.vanishing.shape[0]:], sizes, chosen.problem, null)
    rows = torch.cat([genuine, null.vanishing])
    spread = torch.linalg.vector_norm(chosen.problem.denominator @ genuine.mT, dim=0)
    index = confirm if split else choose
    drift = ((values[index] - scatter.means[q.labels[index]]) @ genuine.mT) / spread
    weights = (1.0 / (k * torch.bincount(q.labels[index], minlength=k).clamp(min=1)))[q.labels[index]]
    defects = torch.cat([_rms(drift, weights), drift.new_zeros(len(null.vanishing))])
    rate_defects = drift.new_zeros(0)
    if derivatives is not None and omega is not None:
        change = derivatives[index] @ genuine.mT / (omega[q.labels[index]][:, None] * spread)
        rate_defects = torch.cat([_rms(change, weights), drift.new_zeros(len(null.vanishing))])
    moved = _rms(drift, weights) * spread / _reach(q, genuine, index, weights)
    bounds = [share_bound(drift[:, i], q.beyond, q.alpha / len(genuine)) for i in range(len(genuine))]
    if q.state_error:
        bounds = _widened(q, bounds, genuine, spread)
    certificates = [
        _certificate(q, bound, _reasons_along(q, split is not None, rate_defects[i : i + 1], float(moved[i])),
                     f"along these {k} trajectories h stays within {{U:.2g}} × its spread from its mean on the"
                     " trajectory, at all times sampled but a share of {p:.2g}",
                     "share bound on held-out samples, exact for independent draws of times, stratified or not")
        for i, bound in enumerate(bounds)
    ]
    result = _result(q, null, rows, 0, certificates, _coverage(q, len(genuine), split is not None), chosen.evidence,
                     chosen.spectra, defects, chosen.problem.sizes)
    return replace(result, trajectories=k, rate_defects=rate_defects,
                   left_out=_left_out(q, values, derivatives, omega, spread))


@dataclass(frozen=True)
class _Choice:
    evidence: str
    problem: Problem
    null: NullSpace
    spectra: dict[str, Tensor]
    scatter: Scatter


def _choose(q: _Question, values: Tensor, derivatives: Tensor | None, omega: Tensor | None, index: Tensor,
            bodies: Any) -> _Choice:
    """Whichever evidence separates better, drift of the values or their rates, chooses the quantities."""
    place = {b: i for i, b in enumerate(bodies)}
    index = index[torch.isin(q.labels[index], torch.tensor(list(place)))]
    local = torch.tensor([place[int(b)] for b in q.labels[index]])
    scatter = Scatter(values[index], local, len(place))
    problems = {"drift": scatter.drift()}
    if derivatives is not None and omega is not None:
        problems["rates"] = scatter.rates(derivatives[index], omega[list(place)])
    nulls = {name: _null(problem, q, slots=len(place) - 1) for name, problem in problems.items()}
    best = max(nulls, key=lambda name: (nulls[name].dimension > nulls[name].vanishing.shape[0], nulls[name].gap))
    return _Choice(best, problems[best], nulls[best], {name: null.spectrum for name, null in nulls.items()}, scatter)


def _left_out(q: _Question, values: Tensor, derivatives: Tensor | None, omega: Tensor | None, spread: Tensor) -> Tensor:
    """For each trajectory: drift on it, over the spread on all, of what the others alone call conserved."""
    k = len(q.names)
    if k < 3 or not spread.numel():
        return values.new_zeros(0)
    everything = torch.arange(q.x.shape[0])
    total = Scatter(values, q.labels, k).drift().denominator
    worst = []
    for b in range(k):
        choice = _choose(q, values, derivatives, omega, everything, [c for c in range(k) if c != b])
        genuine = choice.null.basis[choice.null.vanishing.shape[0]:]
        if not len(genuine):
            worst.append(values.new_tensor(torch.nan))
            continue
        sizes = torch.linalg.vector_norm(choice.problem.denominator, dim=0)
        genuine = _readable(genuine, sizes, choice.problem, choice.null)
        own = values[q.labels == b] @ genuine.mT
        worst.append((own.std(dim=0, correction=0) / torch.linalg.vector_norm(total @ genuine.mT, dim=0)).max())
    return torch.stack(worst)


def _widened(q: _Question, bounds: list[Bound], genuine: Tensor, spread: Tensor) -> list[Bound]:
    """Adds what an error of the states can do to h, to first order: at most |∇h| times the error."""
    steepest = (torch.einsum("ntk,gt->ngk", q.library.gradients(q.x).to(torch.float64), genuine)
                .norm(dim=2).amax(0) / spread)
    shift = [2.0 * float(s) * float(q.state_error or 0.0) for s in steepest]
    return [Bound(b.upper + s, max(0.0, b.lower - s), b.beyond) for b, s in zip(bounds, shift, strict=True)]


def _reach(q: _Question, genuine: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """How much each h would vary if the coordinates moved as they do on their trajectories, but unrelated."""
    if not len(genuine):
        return genuine.new_zeros(0)
    motion = torch.stack([q.x[q.labels == b].std(dim=0, correction=0) for b in range(len(q.names))])
    slopes = torch.einsum("ntk,gt->ngk", q.library.gradients(q.x[index]).to(torch.float64), genuine)
    reach = (slopes * motion[q.labels[index]][:, None]).square().sum(2)
    return _rms(reach.sqrt(), weights).clamp(min=torch.finfo(torch.float64).tiny)


def _reasons_along(q: _Question, confirmed: bool, rate_defect: Tensor, moved: float) -> tuple[str, ...]:
    reasons = []
    if not confirmed:
        reasons.append(f"{q.x.shape[0]} samples for {q.library.size} functions leave none to confirm with")
    if q.state_error is None:
        reasons.append("the states are noisy and no bound on their error is given")
    if moved > 2 * q.delta:
        reasons.append(f"the trajectories move so little that h varies by {moved:.2g} of what any function would")
    if rate_defect.numel() and float(rate_defect) > 2 * q.delta:
        reasons.append(f"the rates contradict the values: h changes by {float(rate_defect):.2g} of its spread in one"
                       " radian of motion, which the sampling times may hide")
    return tuple(reasons)


def _coverage(q: _Question, found: int, confirmed: bool) -> Coverage:
    k = len(q.names)
    numbers = {"trajectories": float(k), "separable": float(k - 1), "found": float(found)}
    if k == 1:
        return Coverage(False, "one trajectory alone: these data cannot decide, because every function is compared with"
                        " itself (what is constant along a single trajectory may be its equation, not a conserved"
                        " quantity)", numbers=numbers)
    limit = f"these k = {k} trajectories can separate at most {k - 1} quantit{'y' if k == 2 else 'ies'}"
    if found >= k - 1:
        return Coverage(False, f"{limit}, and {found} were found: every slot is used up, so whether more is conserved,"
                        " or which combination with what is constant across them, cannot be decided", numbers=numbers)
    if not confirmed:
        return Coverage(False, f"{q.x.shape[0]} samples for {q.library.size} functions are too few", numbers=numbers)
    return Coverage(True, f"{limit}; {found} were found", numbers=numbers)


# -- common ---------------------------------------------------------------------------------------------------------


def _null(problem: Problem, q: _Question, slots: int) -> NullSpace:
    """The null space, cut at the tolerance, in a sharp jump below it, and after at most ``slots`` values."""
    tolerance = q.delta if q.tolerance is None else q.tolerance
    null = problem.solve(tolerance)
    z, spectrum = null.vanishing.shape[0], null.spectrum
    k = null.dimension
    if q.tolerance is None:
        k = _before_jump(spectrum, z, k)
    k = max(z, min(k, z + slots))
    below, above = (float(spectrum[k - 1]) if k > z else 0.0), (float(spectrum[k]) if k < len(spectrum) else math.inf)
    gap = above / below if below > 0 else math.inf
    tolerance = below if k < null.dimension else tolerance
    return replace(null, basis=null.vectors[:k], gap=gap, tolerance=tolerance)


def _before_jump(spectrum: Tensor, z: int, k: int) -> int:
    """Exact rates show as a jump from rounding to what is merely small; the cut goes into the first such jump."""
    for i in range(z + 1, min(k, len(spectrum) - 1) + 1):
        if i < k and float(spectrum[i]) > _SHARP * max(float(spectrum[i - 1]), 1e-13) and float(spectrum[i - 1]) < 1e-8:
            return i
    return k


def _readable(rows: Tensor, sizes: Tensor, problem: Problem, null: NullSpace) -> Tensor:
    """A basis with few terms a row: echelon form, where the data are not exact in the fewest terms that do as well."""
    if not len(rows):
        return rows
    last = float(null.spectrum[null.dimension - 1])
    if last > _EXACT:
        kept = fewest_terms(problem.numerator, problem.denominator, problem.sizes, len(rows), null.vanishing.shape[0])
        part = problem.on(kept).solve(0.0)
        if part.vanishing.shape[0] == 0:
            rows = rows.new_zeros(len(rows), len(kept))
            rows[:, kept] = part.vectors[: len(rows)]
    short, pivots = echelon(rows, sizes)
    if last > _EXACT:
        short = fewest_entries(problem.numerator, problem.denominator, short, pivots)
    return clean(short, sizes, min(1e-8, 10 * max(last, 1e-13)))


def _rms(values: Tensor, weights: Tensor) -> Tensor:
    return (values.square() * weights[:, None]).sum(0).sqrt()


def _certificate(q: _Question, bound: Bound, reasons: tuple[str, ...], statement: str, method: str) -> Certificate:
    verdict = "symmetric" if bound.upper <= q.delta else "broken" if bound.lower > q.delta else "undetermined"
    if reasons:
        verdict = "undetermined"
    return Certificate(statement=statement.format(U=bound.upper, p=bound.beyond), verdict=verdict, delta=q.delta,
                       upper=bound.upper, lower=bound.lower, alpha=q.alpha, method=method, reasons=reasons)


def _result(q: _Question, null: NullSpace, rows: Tensor, frozen: int, certificates: list[Certificate],
            coverage: Coverage, evidence: str, spectra: dict[str, Tensor], defects: Tensor, sizes: Tensor) -> Conservation:
    trivial = frozen + null.vanishing.shape[0]
    genuine = len(rows) - trivial
    labels = ("",) * genuine + (FROZEN,) * frozen + (CONSTANT,) * null.vanishing.shape[0]
    rows = torch.cat([rows[:genuine], clean(rows[genuine:], sizes, 1e-8)])
    for label in labels[genuine:]:
        certificates.append(Certificate(statement=f"h is {label}", verdict="undetermined", delta=q.delta, upper=math.inf,
                                        lower=0.0, alpha=q.alpha, method="none", reasons=(label,)))
    return Conservation(q.library, rows, trivial, labels, evidence, null.spectrum, spectra, null.gap, null.tolerance,
                        defects, tuple(certificates), coverage, q.x.shape[0], 0)
