"""Conserved quantities along trajectories that are told apart: drift within them against the spread over all.

Quantities are chosen by the drift of the values or by their rates, whichever separates better; held-out values decide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._result import Coverage
from symmetra.discover.conservation._assembly import certificate, cut, readable, result, rms
from symmetra.discover.conservation._confirmation import Bound, halves, share_bound
from symmetra.discover.conservation._evidence import (
    Problem,
    Scatter,
    angular_speeds,
    flow_derivatives,
    library_values,
)
from symmetra.discover.conservation._question import Question
from symmetra.discover.conservation._result import Conservation
from symmetra.linalg import NullSpace


def along_trajectories(q: Question) -> Conservation:
    """The search with labelled trajectories."""
    k, terms = len(q.names), q.library.size
    split = halves(q.labels, k, terms + k, q.seed)
    choose, confirm = split if split else (torch.arange(q.x.shape[0]), torch.arange(0))
    values = library_values(q.library, q.x)
    derivatives = flow_derivatives(q.library, q.x, q.rate) if q.rate is not None else None
    omega = angular_speeds(q.x, q.rate, q.labels, k) if q.rate is not None else None
    chosen = _choose(q, values, derivatives, omega, choose, range(k))
    scatter, null, sizes = chosen.scatter, chosen.null, torch.linalg.vector_norm(chosen.problem.denominator, dim=0)
    genuine = readable(null.basis[null.vanishing.shape[0] :], sizes, chosen.problem, null)
    rows = torch.cat([genuine, null.vanishing])
    spread = torch.linalg.vector_norm(chosen.problem.denominator @ genuine.mT, dim=0)
    index = confirm if split else choose
    drift = ((values[index] - scatter.means[q.labels[index]]) @ genuine.mT) / spread
    weights = (1.0 / (k * torch.bincount(q.labels[index], minlength=k).clamp(min=1)))[q.labels[index]]
    defects = torch.cat([rms(drift, weights), drift.new_zeros(len(null.vanishing))])
    rate_defects = drift.new_zeros(0)
    if derivatives is not None and omega is not None:
        change = derivatives[index] @ genuine.mT / (omega[q.labels[index]][:, None] * spread)
        rate_defects = torch.cat([rms(change, weights), drift.new_zeros(len(null.vanishing))])
    moved = rms(drift, weights) * spread / _reach(q, genuine, index, weights)
    bounds = [share_bound(drift[:, i], q.beyond, q.alpha / len(genuine)) for i in range(len(genuine))]
    if q.state_error:
        bounds = _widened(q, bounds, genuine, spread)
    certificates = [
        certificate(
            q,
            bound,
            _reasons_along(q, split is not None, rate_defects[i : i + 1], float(moved[i])),
            f"along these {k} trajectories h stays within {{U:.2g}} × its spread from its mean on the"
            " trajectory, at all times sampled but a share of {p:.2g}",
            "share bound on held-out samples, exact for independent draws of times, stratified or not",
        )
        for i, bound in enumerate(bounds)
    ]
    whole = result(
        q,
        null,
        rows,
        0,
        certificates,
        _coverage(q, len(genuine), split is not None),
        chosen.evidence,
        chosen.spectra,
        defects,
        chosen.problem.sizes,
    )
    return replace(
        whole, trajectories=k, rate_defects=rate_defects, left_out=_left_out(q, values, derivatives, omega, spread)
    )


@dataclass(frozen=True)
class _Choice:
    evidence: str
    problem: Problem
    null: NullSpace
    spectra: dict[str, Tensor]
    scatter: Scatter


def _choose(
    q: Question, values: Tensor, derivatives: Tensor | None, omega: Tensor | None, index: Tensor, bodies: Any
) -> _Choice:
    """Whichever evidence separates better, drift of the values or their rates, chooses the quantities."""
    place = {b: i for i, b in enumerate(bodies)}
    index = index[torch.isin(q.labels[index], torch.tensor(list(place)))]
    local = torch.tensor([place[int(b)] for b in q.labels[index]])
    scatter = Scatter(values[index], local, len(place))
    problems = {"drift": scatter.drift()}
    if derivatives is not None and omega is not None:
        problems["rates"] = scatter.rates(derivatives[index], omega[list(place)])
    nulls = {name: cut(problem, q, slots=len(place) - 1) for name, problem in problems.items()}
    best = max(nulls, key=lambda name: (nulls[name].dimension > nulls[name].vanishing.shape[0], nulls[name].gap))
    return _Choice(best, problems[best], nulls[best], {name: null.spectrum for name, null in nulls.items()}, scatter)


def _left_out(q: Question, values: Tensor, derivatives: Tensor | None, omega: Tensor | None, spread: Tensor) -> Tensor:
    """For each trajectory: drift on it, over the spread on all, of what the others alone call conserved."""
    k = len(q.names)
    if k < 3 or not spread.numel():
        return values.new_zeros(0)
    everything = torch.arange(q.x.shape[0])
    total = Scatter(values, q.labels, k).drift().denominator
    worst = []
    for b in range(k):
        choice = _choose(q, values, derivatives, omega, everything, [c for c in range(k) if c != b])
        genuine = choice.null.basis[choice.null.vanishing.shape[0] :]
        if not len(genuine):
            worst.append(values.new_tensor(torch.nan))
            continue
        sizes = torch.linalg.vector_norm(choice.problem.denominator, dim=0)
        genuine = readable(genuine, sizes, choice.problem, choice.null)
        own = values[q.labels == b] @ genuine.mT
        worst.append((own.std(dim=0, correction=0) / torch.linalg.vector_norm(total @ genuine.mT, dim=0)).max())
    return torch.stack(worst)


def _widened(q: Question, bounds: list[Bound], genuine: Tensor, spread: Tensor) -> list[Bound]:
    """Adds what an error of the states can do to h, to first order: at most |∇h| times the error."""
    steepest = (
        torch.einsum("ntk,gt->ngk", q.library.gradients(q.x).to(torch.float64), genuine).norm(dim=2).amax(0) / spread
    )
    shift = [2.0 * float(s) * float(q.state_error or 0.0) for s in steepest]
    return [Bound(b.upper + s, max(0.0, b.lower - s), b.beyond) for b, s in zip(bounds, shift, strict=True)]


def _reach(q: Question, genuine: Tensor, index: Tensor, weights: Tensor) -> Tensor:
    """How much each h would vary if the coordinates moved as they do on their trajectories, but unrelated."""
    if not len(genuine):
        return genuine.new_zeros(0)
    motion = torch.stack([q.x[q.labels == b].std(dim=0, correction=0) for b in range(len(q.names))])
    slopes = torch.einsum("ntk,gt->ngk", q.library.gradients(q.x[index]).to(torch.float64), genuine)
    reach = (slopes * motion[q.labels[index]][:, None]).square().sum(2)
    return rms(reach.sqrt(), weights).clamp(min=torch.finfo(torch.float64).tiny)


def _reasons_along(q: Question, confirmed: bool, rate_defect: Tensor, moved: float) -> tuple[str, ...]:
    reasons = []
    if not confirmed:
        reasons.append(f"{q.x.shape[0]} samples for {q.library.size} functions leave none to confirm with")
    if q.state_error is None:
        reasons.append("the states are noisy and no bound on their error is given")
    if moved > 2 * q.delta:
        reasons.append(f"the trajectories move so little that h varies by {moved:.2g} of what any function would")
    if rate_defect.numel() and float(rate_defect) > 2 * q.delta:
        reasons.append(
            f"the rates contradict the values: h changes by {float(rate_defect):.2g} of its spread in one"
            " radian of motion, which the sampling times may hide"
        )
    return tuple(reasons)


def _coverage(q: Question, found: int, confirmed: bool) -> Coverage:
    k = len(q.names)
    numbers = {"trajectories": float(k), "separable": float(k - 1), "found": float(found)}
    if k == 1:
        return Coverage(
            False,
            "one trajectory alone: these data cannot decide, because every function is compared with"
            " itself (what is constant along a single trajectory may be its equation, not a conserved"
            " quantity)",
            numbers=numbers,
        )
    limit = f"these k = {k} trajectories can separate at most {k - 1} quantit{'y' if k == 2 else 'ies'}"
    if found >= k - 1:
        return Coverage(
            False,
            f"{limit}, and {found} were found: every slot is used up, so whether more is conserved,"
            " or which combination with what is constant across them, cannot be decided",
            numbers=numbers,
        )
    if not confirmed:
        return Coverage(False, f"{q.x.shape[0]} samples for {q.library.size} functions are too few", numbers=numbers)
    return Coverage(True, f"{limit}; {found} were found", numbers=numbers)
