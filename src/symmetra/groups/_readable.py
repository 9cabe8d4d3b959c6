"""A basis one can read: sparse rows with entries such as ±1, of the same span."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe

_WORST_CONDITION = 1e6


def _pivots(rows: Tensor, share: float) -> list[int]:
    """Pivot columns of orthonormal rows: each the leftmost with at least ``share`` of the largest remaining norm."""
    rest, chosen = rows.clone(), []
    for _ in range(rows.shape[0]):
        norms = rest.norm(dim=0)
        column = int(torch.nonzero(norms >= share * norms.max() * (1 - 1e-9))[0])
        direction = rest[:, column] / norms[column]
        rest = rest - direction[:, None] * (direction @ rest)[None]
        chosen.append(column)
    return chosen


def _clean(rows: Tensor, tolerance: float) -> Tensor:
    """Largest entry of every row scaled to 1, entries up to ``tolerance`` set to zero."""
    rows = rows / rows.abs().amax(dim=1, keepdim=True)
    return torch.where(rows.abs() <= tolerance, torch.zeros_like(rows), rows)


def _sparsify(rows: Tensor, tolerance: float) -> Tensor:
    """Subtract multiples of other rows as long as that makes a row sparser."""
    rows = rows.clone()
    for _ in range(4):
        changed = False
        support = rows != 0
        overlaps = (support.double() @ support.double().T) > 0
        for i in range(len(rows)):
            for j in torch.nonzero(overlaps[i]).flatten().tolist():
                common = (rows[i] != 0) & (rows[j] != 0)
                if i == j or not bool(common.any()):
                    continue
                fill = int(((rows[i] == 0) & (rows[j] != 0)).sum())
                if int(common.sum()) <= fill:
                    continue
                ratios = rows[i][common] / rows[j][common]
                hits = ((ratios[:, None] - ratios[None]).abs() <= 10 * tolerance * ratios.abs()).sum(0)
                best = int(hits.argmax())
                # a large multiple would spoil the conditioning of the basis
                if int(hits[best]) > fill and float(ratios[best].abs()) <= 10:
                    candidate = _clean((rows[i] - ratios[best] * rows[j])[None], tolerance)[0]
                    rows[i], changed = candidate, True
        if not changed:
            break
    return rows


def readable_basis(rows: Tensor, tolerance: float = 1e-9) -> Tensor:
    """A readable basis of the row space of ``rows [k, P]``: sparse, the largest entry of a row 1, the first positive.

    Reduced echelon forms over a few choices of pivot columns (from "as far left as is safe" to "as large as
    possible"), made sparser by subtracting rows from one another; the sparsest wins. Rows with more entries come
    first, then by their first entry. If even the best form is ill-conditioned (condition number above 1e6) the
    orthonormal rows are returned as they are.

    Args:
        rows: linearly independent or not; the rank is decided at ``tolerance`` relative to the largest singular value.
        tolerance: entries up to this share of a row's largest are set to zero; the span is kept to that accuracy.

    Returns:
        ``[r, P]``, r the rank.
    """
    given = as_tensor(rows, "rows")
    if given.ndim != 2 or given.is_complex():
        raise InputError("rows", describe(given), "real rows of shape [k, P]", "rows.reshape(k, -1)")
    given = given.to(torch.float64)
    if given.shape[0] == 0 or not bool((given != 0).any()):
        return given[:0]
    _, s, vh = torch.linalg.svd(given, full_matrices=False)
    orthonormal = vh[s > tolerance * s[0]]
    best = None
    for share in (0.3, 0.7, 1.0):
        block = orthonormal[:, _pivots(orthonormal, share)]
        if float(torch.linalg.cond(block)) > _WORST_CONDITION:
            continue
        candidate = _sparsify(_clean(torch.linalg.solve(block, orthonormal), tolerance), tolerance)
        entries = int((candidate != 0).sum())
        if float(torch.linalg.cond(candidate)) <= _WORST_CONDITION and (best is None or entries < best[0]):
            best = (entries, candidate)
    if best is None:
        return orthonormal
    result = best[1]
    first = (result != 0).double().argmax(dim=1)
    result = result * result[torch.arange(len(result)), first].sign()[:, None]
    order = sorted(range(len(result)), key=lambda i: (-int((result[i] != 0).sum()), int(first[i])))
    return result[order]
