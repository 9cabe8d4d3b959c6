"""What right-hand sides that the data allow do to the defects of generators."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.discover.evolution._fit import SLIGHT, Fit
from symmetra.discover.evolution._jets import JetSpace
from symmetra.discover.evolution._problem import inverse_spread, prolong
from symmetra.functions import CandidateSpace, Library
from symmetra.groups import readable_basis
from symmetra.lie_derivative import jacobian

DRAWS = 200  # right-hand sides drawn from those that the data allow


class Model:
    """The determining equations for any right-hand side in a library, at fixed jets."""

    def __init__(self, terms: Library, fields: CandidateSpace, jets: JetSpace, order: int, rows: Tensor) -> None:
        low = jets.space + 1 + jets.count(order) * jets.fibre
        self.prolonged = prolong(fields, jets, order, rows)
        self.total = jets.total_derivatives(lambda q: terms.values(q[:, :low]), rows, order - 1)  # [N, M, L]
        self.slopes = jacobian(terms.values, rows[:, :low])[1]  # [N, L, c]
        self.units = inverse_spread(rows[:, : fields.n])

    def equations(self, coefficients: Tensor) -> tuple[Tensor, Tensor]:
        """Numerators ``[D, N m, P]`` and terms of the size ``[D, N s, P]`` for D right-hand sides ``[D, L, m]``."""
        count = len(coefficients)
        slopes = torch.einsum("Nlc,Dla->DNac", self.slopes, coefficients).flatten(0, 1)
        totals = torch.einsum("NMl,Dla->DNMa", self.total, coefficients).flatten(0, 1)
        parts = self.prolonged.repeated(count).determining(totals, slopes, self.units)
        numerator, terms = (part.unflatten(0, (count, -1)).flatten(1, 2) for part in parts)
        return numerator, terms

    def within(self, basis: Tensor) -> Model:
        """The same for the candidates in the rows of a basis."""
        other = copy(self)
        other.prolonged = self.prolonged.combined(basis)
        return other

    def defect(self, coefficients: Tensor, row: Tensor) -> float:
        """The relative defect of one generator."""
        numerator, terms = self.within(row[None]).equations(coefficients[None])
        return float(torch.linalg.vector_norm(numerator) / torch.linalg.vector_norm(terms).clamp(min=1e-300))


@dataclass(frozen=True)
class Bounds:
    """What right-hand sides drawn within the errors of the fit do to nested spans of generators.

    Attributes:
        upper: ``[k]``, the largest defect in the span of the first k.
        open: ``[k]``, whether an exact symmetry could have the defect that each one has.
    """

    upper: Tensor
    open: Tensor


def bounds(model: Model, found: Fit, basis: Tensor, seed: int) -> Bounds:
    """The bounds for the generators in the rows of a basis ``[k, P]``, from the most to the least symmetric."""
    worst = basis.new_zeros(len(basis))
    if len(basis) == 0:
        return Bounds(worst, worst > 0)
    error, inner = worst.clone(), model.within(basis)
    own, size = inner.equations(found.coefficients[None])
    size = torch.linalg.vector_norm(size[0], dim=0)
    generator = torch.Generator().manual_seed(seed + 1)
    normal = torch.randn(DRAWS, len(found.deviations), dtype=torch.float64, generator=generator)
    for draws in normal.split(25):
        numerator, terms = inner.equations(found.coefficients + torch.einsum("gd,dla->gla", draws, found.deviations))
        factor = torch.linalg.qr(terms, mode="r").R
        scaled = torch.linalg.solve_triangular(factor, numerator, upper=True, left=False)  # spans are nested in it
        for k in range(len(basis)):
            largest = torch.linalg.matrix_norm(scaled[..., : k + 1], 2).nan_to_num(nan=torch.inf).max()
            worst[k] = torch.maximum(worst[k], largest)
        error = torch.maximum(error, (torch.linalg.vector_norm(numerator - own, dim=1) / size).amax(0))
    defect = torch.linalg.vector_norm(own[0], dim=0) / size
    return Bounds(worst, defect <= error + SLIGHT)


def rounded(model: Model, found: Fit, rows: Tensor, sizes: Tensor, delta: float, seed: int) -> tuple[Tensor, float]:
    """A readable basis, rounded as far as its span stays below δ, and the largest defect in it."""
    if len(rows) == 0:
        return rows, 0.0
    unit = torch.linalg.vector_norm(sizes, dim=0)
    for tolerance in (0.05, 0.02, 0.01, 3e-3, 1e-3, 1e-4, 1e-6, 0.0):
        plain = readable_basis(rows * unit, max(tolerance, 1e-9)) / unit if tolerance else rows
        if len(plain) == len(rows):
            upper = float(bounds(model, found, plain, seed).upper[-1])
            if upper <= delta:
                break
    return plain / plain.gather(1, plain.abs().argmax(1, keepdim=True)), upper
