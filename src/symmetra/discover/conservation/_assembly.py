"""What both searches for conserved quantities share: the cut, the readable basis, the result."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate
from symmetra.discover._result import Coverage
from symmetra.discover.conservation._confirmation import Bound
from symmetra.discover.conservation._evidence import Problem
from symmetra.discover.conservation._question import Question
from symmetra.discover.conservation._result import CONSTANT, FROZEN, Conservation
from symmetra.discover.conservation._sparse_rows import clean, echelon, fewest_entries, fewest_terms
from symmetra.linalg import NullSpace

_SHARP = 1e4  # a jump of the spectrum by this factor below delta: rates exact up to rounding, so the cut goes there
_EXACT = 1e-9  # relative defects up to here are rounding


def cut(problem: Problem, q: Question, slots: int) -> NullSpace:
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


def readable(rows: Tensor, sizes: Tensor, problem: Problem, null: NullSpace) -> Tensor:
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


def rms(values: Tensor, weights: Tensor) -> Tensor:
    """Weighted root mean square of columns ``[N, k]``."""
    return (values.square() * weights[:, None]).sum(0).sqrt()


def certificate(q: Question, bound: Bound, reasons: tuple[str, ...], statement: str, method: str) -> Certificate:
    """The certificate that follows from a share bound, undetermined if there are reasons not to trust it."""
    verdict = "symmetric" if bound.upper <= q.delta else "broken" if bound.lower > q.delta else "undetermined"
    if reasons:
        verdict = "undetermined"
    elif verdict == "broken":
        reasons = (f"the lower bound {bound.lower:.2g} exceeds {q.delta:.2g}",)
    elif verdict == "undetermined":
        reasons = (f"the upper bound {bound.upper:.2g} exceeds {q.delta:.2g}, the lower one does not",)
    return Certificate(
        statement=statement.format(U=bound.upper, p=bound.beyond),
        verdict=verdict,
        delta=q.delta,
        upper=bound.upper,
        lower=bound.lower,
        alpha=q.alpha,
        method=method,
        reasons=reasons,
    )


def result(
    q: Question,
    null: NullSpace,
    rows: Tensor,
    frozen: int,
    certificates: list[Certificate],
    coverage: Coverage,
    evidence: str,
    spectra: dict[str, Tensor],
    defects: Tensor,
    sizes: Tensor,
) -> Conservation:
    """Rows are the genuine quantities, then ``frozen`` ones constant on the samples, then those that vanish."""
    trivial = frozen + null.vanishing.shape[0]
    genuine = len(rows) - trivial
    labels = ("",) * genuine + (FROZEN,) * frozen + (CONSTANT,) * null.vanishing.shape[0]
    rows = torch.cat([rows[:genuine], clean(rows[genuine:], sizes, 1e-8)])
    for label in labels[genuine:]:
        nothing = Certificate(f"h is {label}", "undetermined", q.delta, math.inf, 0.0, q.alpha, "none", (label,))
        certificates.append(nothing)
    return Conservation(
        q.library,
        rows,
        trivial,
        labels,
        evidence,
        null.spectrum,
        spectra,
        null.gap,
        null.tolerance,
        defects,
        tuple(certificates),
        coverage,
        q.x.shape[0],
        0,
    )
