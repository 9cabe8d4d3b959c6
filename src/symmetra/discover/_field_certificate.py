"""Certificates beside a discretisation error: what fields that were kept out of the fit say of a generator."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.discover._certificate import BROKEN, SYMMETRIC, UNDETERMINED, Certificate


@dataclass(frozen=True)
class Rows:
    """L_ξ F, its terms, and the discretisation error at every field, one column a candidate.

    Attributes:
        numerator: ``[N, m, C]``.
        sizes: ``[N, d, C]``.
        errors: ``[N, e, C]``.
    """

    numerator: Tensor
    sizes: Tensor
    errors: Tensor

    def reduced(self) -> Rows:
        """The same with the factors R in place of the rows of each field."""
        parts = (self.numerator, self.sizes, self.errors)
        return Rows(*(torch.linalg.qr(p, mode="r").R.cpu() if p.shape[1] > p.shape[2] else p.cpu() for p in parts))

    @staticmethod
    def joined(parts: list[Rows]) -> Rows:
        """All fields of several batches."""
        return Rows(*(torch.cat([getattr(p, name) for p in parts]) for name in ("numerator", "sizes", "errors")))

    def norms(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Norms ``[k, N]`` of the three for each combination ``[k, C]``."""
        parts = (self.numerator, self.sizes, self.errors)
        n, s, e = (torch.linalg.vector_norm(torch.einsum("nmc,kc->knm", p, rows), dim=2) for p in parts)
        return n, s, e


def judge(
    seen: Rows, rows: Tensor, cells: list[float | None], tolerance: float, delta: float, alpha: float | None
) -> tuple[Tensor, Tensor, tuple[Certificate, ...]]:
    """Defects ``[k]``, discretisation errors ``[k]`` and certificates of k combinations.

    Args:
        seen: the held-out fields.
        rows: ``[k, C]``.
        cells: for each combination that shifts along a periodic axis, the defect of a shift by one cell.
        tolerance: relative defect taken as zero.
        delta: the largest defect and error together that is certified.
        alpha: error rate; None if no fields were held out, and the statement is about the fields themselves.
    """
    k = len(rows)
    if k == 0:
        return rows.new_zeros(0), rows.new_zeros(0), ()
    numerator, sizes, errors = seen.norms(rows)
    scale = sizes.square().mean(1, keepdim=True).sqrt()
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    each, open_ = numerator / scale, errors / scale
    defects, wide = each.square().mean(1).sqrt(), open_.square().mean(1).sqrt()
    h = seen.numerator.shape[0]
    if alpha is None:
        where, rate = f"on the {h} fields given, ", 0.0
    else:
        share = (alpha / k) ** (1 / h)
        where, rate = f"on at least {100 * share:.1f} % of the measure the fields come from, ", alpha
    certificates = []
    for i in range(k):
        upper, lower = float((each[i] + open_[i]).max()), max(0.0, float(defects[i] - wide[i]))
        within = bool((each[i] <= tolerance + open_[i]).all())
        reasons: tuple[str, ...] = ()
        numbers = f"a defect of {float(defects[i]):.1e} beside a discretisation error of {float(wide[i]):.1e}"
        exact = cells[i] or 0.0
        if exact > 10 * tolerance:
            verdict, statement = (
                BROKEN,
                f"a shift by one cell, without discretisation error, has a defect of {exact:.1e}",
            )
            upper, lower = max(upper, exact), max(lower, exact)
        elif float(sizes[i].max()) == 0.0:
            verdict, statement = UNDETERMINED, "nothing is claimed"
            reasons = ("it moves neither these fields nor their images",)
        elif within and upper <= delta:
            verdict = SYMMETRIC
            statement = f"{where}the relative defect is within the discretisation error, and both at most {upper:.1e}"
        elif lower > tolerance:
            verdict, statement = BROKEN, f"{numbers}: at least {lower:.1e} is the map's own"
        else:
            verdict, statement = UNDETERMINED, "nothing is claimed"
            most = float((each[i] / open_[i].clamp_min(tolerance)).max())
            reasons = (f"{numbers}, on one field {most:.1g} times it, does not decide (δ = {delta:g})",)
        certificates.append(
            Certificate(statement, verdict, delta, upper, lower, rate, "held-out fields, discretisation", reasons)
        )
    return defects, wide, tuple(certificates)
