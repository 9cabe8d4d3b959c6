"""A readable basis of a span of coefficient rows: few terms a row, without giving up accuracy."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.linalg import relative_null_space

_MOST_TERMS = 120  # elimination costs T⁴; beyond this size rows are only brought to echelon form
_SHORT = 40  # rows with more terms than this have no short form worth looking for
_TRIED = 6  # terms tried before the elimination gives up


def echelon(rows: Tensor, sizes: Tensor) -> tuple[Tensor, list[int]]:
    """Rows ``[k, T]`` of the same span, each with a term of its own (coefficient 1) that the others lack.

    The terms are chosen by pivoted QR among coefficients times ``sizes [T]``, so that units do not matter.
    """
    if rows.shape[0] == 0:
        return rows, []
    from scipy.linalg import qr  # not at module level: importing it takes as long as the rest of symmetra

    _, _, order = qr((rows * sizes).numpy(), mode="economic", pivoting=True)
    pivots = sorted(int(j) for j in order[: rows.shape[0]])
    return torch.linalg.solve(rows[:, pivots], rows), pivots


def clean(rows: Tensor, sizes: Tensor, tolerance: float) -> Tensor:
    """Drops terms that contribute less than ``tolerance`` of a row's largest contribution; largest coefficient ±1."""
    contribution = rows.abs() * sizes
    top = contribution.amax(1, keepdim=True)
    rows = torch.where(contribution <= tolerance * top, torch.zeros_like(rows), rows)
    largest = rows.abs().amax(1, keepdim=True)
    first = rows.gather(1, (rows.abs() > 1e-6 * largest).int().argmax(1, keepdim=True))
    largest = torch.where(largest > 0, largest, torch.ones_like(largest))
    return rows / largest * torch.where(first < 0, -1.0, 1.0)


def fewest_terms(
    numerator: Tensor, denominator: Tensor, sizes: Tensor, count: int, skip: int, allowance: float = 1.5
) -> Tensor:
    """Which terms suffice: the generalised problem on them alone has ``count`` values nearly as small as on all.

    Backward elimination on the library as a whole: a term goes if, without it, none of the first ``count`` values
    exceeds ``allowance`` times what it was with all terms. Terms are tried in the order of what leaving them out costs
    to first order.

    Args:
        numerator: A, ``[·, T]``.
        denominator: M, ``[·, T]``.
        sizes: ``[T]``, rms value of each term.
        count: how many directions are wanted.
        skip: how many directions vanish in M; terms that vanish by themselves are kept out.
        allowance: how much worse a value may become.

    Returns:
        ``[T]`` bool, the terms kept; all that are not zero in M if nothing could go.
    """
    scale = torch.linalg.vector_norm(denominator, dim=0)
    kept = scale > 1e-12 * sizes
    if int((~kept).sum()) < skip or int(kept.sum()) > _MOST_TERMS:
        return kept  # relations among the terms: which of them to drop is a matter of taste
    scale = torch.where(kept, scale, torch.ones_like(scale))
    numerator, denominator = numerator / scale, denominator / scale
    best = relative_null_space(numerator[:, kept], denominator[:, kept], 0.0)
    limits = allowance * best.spectrum[:count]
    while int(kept.sum()) > count:
        index = kept.nonzero()[:, 0]
        for j in _cheapest(numerator[:, index], best.vectors[:count], best.spectrum[:count]):
            trial = kept.clone()
            trial[index[j]] = False
            found = relative_null_space(numerator[:, trial], denominator[:, trial], 0.0)
            if found.vanishing.shape[0] == 0 and bool((found.spectrum[:count] <= limits).all()):
                kept, best = trial, found
                break
        else:
            break
    return kept


def fewest_entries(
    numerator: Tensor, denominator: Tensor, rows: Tensor, pivots: list[int], allowance: float = 1.5
) -> Tensor:
    """Echelon rows with as few entries each as the span can do without getting worse than ``allowance`` times.

    Entries are tried in the order of their contribution; without one, the others of its row are refitted to least
    |A c|, the row's own term kept at 1. It stays out if no value of the span exceeds its limit.

    Args:
        numerator: A, ``[·, T]``.
        denominator: M, ``[·, T]``.
        rows: ``[k, T]`` in echelon form.
        pivots: the term that each row has for itself.
        allowance: how much worse a value of the span may become.
    """
    if int((rows != 0).any(0).sum()) > _SHORT:
        return rows
    sizes = torch.linalg.vector_norm(denominator, dim=0)
    limits = allowance * _values(numerator, denominator, rows)
    for i, pivot in enumerate(pivots):
        blocked = {pivot}
        while True:
            contribution = rows[i].abs() * sizes
            free = [j for j in contribution.argsort().tolist() if rows[i, j] != 0 and j not in blocked]
            if not free:
                break
            others = [j for j in range(rows.shape[1]) if rows[i, j] != 0 and j not in (pivot, free[0])]
            trial = rows.clone()
            trial[i] = 0.0
            trial[i, pivot] = 1.0
            if others:
                scaled = numerator[:, others] / sizes[others]
                fit = torch.linalg.lstsq(scaled, -numerator[:, [pivot]], driver="gelsd").solution[:, 0]
                trial[i, others] = fit / sizes[others]
            if bool((_values(numerator, denominator, trial) <= limits).all()):
                rows = trial
            else:
                blocked.add(free[0])
    return rows


def _values(numerator: Tensor, denominator: Tensor, rows: Tensor) -> Tensor:
    found = relative_null_space(numerator @ rows.mT, denominator @ rows.mT, 0.0)
    return torch.where(found.spectrum > 0, found.spectrum, torch.inf)  # 0 would be a row lost


def _cheapest(numerator: Tensor, rows: Tensor, values: Tensor) -> list[int]:
    """The few terms whose removal raises |A c|² / (its value)² least, to first order."""
    _, s, vh = torch.linalg.svd(numerator, full_matrices=False)
    inverse = ((vh.mH / s.clamp(min=1e-14 * float(s[0]))).square()).sum(1)
    cost = (rows.square() / inverse / values.clamp(min=1e-16)[:, None].square()).sum(0)
    return cost.argsort()[:_TRIED].tolist()
