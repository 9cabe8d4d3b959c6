"""Conserved quantities from independent samples and rates alone: |∇h·F| against |∇h| |F|."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.discover._result import Coverage
from symmetra.discover.conservation._assembly import certificate, cut, readable, result
from symmetra.discover.conservation._confirmation import Bound, halves, share_bound
from symmetra.discover.conservation._evidence import (
    Problem,
    column_scale,
    flow_derivatives,
    gradient_problem,
    rate_problem,
)
from symmetra.discover.conservation._question import Question
from symmetra.discover.conservation._result import Conservation
from symmetra.linalg import relative_null_space

_FROZEN = 1e-6  # spread over slope below which an exactly evaluated quantity is constant on the samples


def everywhere(q: Question) -> Conservation:
    """The search without labels."""
    assert q.rate is not None
    terms = q.library.size
    split = halves(q.labels, 1, terms + 2, q.seed)
    choose, confirm = split if split else (torch.arange(q.x.shape[0]), torch.arange(0))
    scale = column_scale(q.x)
    problem = rate_problem(q.library, q.x[choose], q.rate[choose], scale)
    null = cut(problem, q, slots=terms)
    genuine = null.basis[null.vanishing.shape[0] :]
    genuine, frozen = _without_frozen(genuine, gradient_problem(q.library, q.x[choose], scale), q)
    sizes = torch.linalg.vector_norm(problem.denominator, dim=0)
    genuine = readable(genuine, sizes, problem, null)
    rows = torch.cat([genuine, frozen, null.vanishing])
    unit = torch.linalg.vector_norm(problem.denominator @ genuine.mT, dim=0)
    measured, defects = _rate_measurements(q, rows, confirm if split else choose, unit, scale)
    bounds = [_rate_bound(q, measured[:, i], q.alpha / len(genuine)) for i in range(len(genuine))]
    reasons = _reasons_everywhere(q, split is not None, choose.numel(), len(frozen))
    message = "the samples decide every function of the library" if not reasons else "; ".join(reasons)
    if len(frozen):
        message = (
            f"{len(frozen)} functions are constant on all samples, as on a single trajectory: these data cannot"
            " decide whether they are conserved, because every function is compared with itself"
        )
    certificates = [
        certificate(
            q,
            bound,
            reasons,
            "h is conserved as far as |∇h·F| ≤ {U:.2g} × rms |∇h||F| at all states"
            " distributed like the samples but a share of {p:.2g}",
            "share bound on held-out samples, exact for independent draws of states"
            + ("" if q.exact else " and rate errors symmetric about zero"),
        )
        for bound in bounds
    ]
    return result(
        q,
        null,
        rows,
        len(frozen),
        certificates,
        Coverage(not (reasons or len(frozen)), message, frozen),
        "rates",
        {"rates": null.spectrum},
        defects,
        problem.sizes,
    )


def _reasons_everywhere(q: Question, confirmed: bool, chosen: int, frozen: int) -> tuple[str, ...]:
    reasons = []
    if frozen and not q.exact:
        reasons.append(
            f"{frozen} functions are constant on all samples, so these lie on a few trajectories or on a"
            " surface, not independently all around: give their labels as trajectories"
        )
    if not confirmed:
        reasons.append(
            f"{chosen} samples for {q.library.size} functions leave none to confirm with: at least"
            f" {q.library.size + 12} are needed"
        )
    if q.state_error is None:
        reasons.append("the states are noisy and no bound on their error is given")
    elif q.state_error > 0:
        reasons.append("errors of the states enter the gradients, which rates alone cannot bound: give trajectories")
    return tuple(reasons)


def _rate_bound(q: Question, measured: Tensor, alpha: float) -> Bound:
    """The share bound; an error symmetric about zero hides at most half of the exceedances, and breaks nothing."""
    if q.exact:
        return share_bound(measured, q.beyond, alpha)
    bound = share_bound(measured, q.beyond / 2, alpha)
    return Bound(bound.upper, 0.0, min(1.0, 2 * bound.beyond))


def _rate_measurements(q: Question, rows: Tensor, index: Tensor, unit: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    assert q.rate is not None
    genuine = rows[: unit.numel()]
    change = flow_derivatives(q.library, q.x[index], q.rate[index]) @ genuine.mT
    part = rate_problem(q.library, q.x[index], q.rate[index], scale)
    size = torch.linalg.vector_norm(part.denominator @ rows.mT, dim=0)
    defect = torch.linalg.vector_norm(part.numerator @ rows.mT, dim=0) / torch.where(size > 0, size, 1.0)
    defect[unit.numel() :] = 0.0
    return change / torch.where(unit > 0, unit, 1.0), defect


def _without_frozen(genuine: Tensor, problem: Problem, q: Question) -> tuple[Tensor, Tensor]:
    """Splits off the functions that are constant on all samples although their gradients are not zero."""
    if not len(genuine):
        return genuine, genuine
    inside = relative_null_space(
        problem.numerator @ genuine.mT, problem.denominator @ genuine.mT, _FROZEN if q.exact else q.delta
    )
    count = inside.dimension
    return inside.vectors[count:] @ genuine, inside.vectors[:count] @ genuine
