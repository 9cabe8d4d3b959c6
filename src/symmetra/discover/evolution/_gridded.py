"""Point symmetries of an evolution equation that is known only through solutions on a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate, decide
from symmetra.discover._result import Coverage, Discovery
from symmetra.discover._structure import structure_constants
from symmetra.discover.evolution._fit import SLIGHT, Fit, fit
from symmetra.discover.evolution._grid import noise_level, sampler
from symmetra.discover.evolution._jets import JetSpace
from symmetra.discover.evolution._problem import inverse_spread, prolong
from symmetra.functions import CandidateSpace, Library, library
from symmetra.groups import readable_basis
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.lie_derivative import jacobian
from symmetra.linalg import relative_null_space

ROWS = 3000  # grid points that enter the fit
DRAWS = 200  # right-hand sides drawn from those that the data allow


def from_grid(
    u: Any,
    order: int,
    candidates: CandidateSpace,
    jets: JetSpace,
    *,
    grid: Any,
    times: Any,
    terms: Any,
    periodic: Any,
    delta: Any,
    alpha: float,
    seed: int,
) -> Discovery:
    """The symmetries of the right-hand side that is fitted to fields on a grid; see ``evolution_equation``."""
    if isinstance(delta, bool) or not isinstance(delta, (int, float)) or not 0 < delta < 1:
        raise InputError("delta", describe(delta), "a number between 0 and 1", "delta=0.05")
    axes, clock = _axes(grid, jets.space), _uniform(times, "times")
    fields = _fields(u, jets, [len(clock), *map(len, axes)])
    low = JetSpace(jets.space, jets.fibre, order)
    names = _names(low)
    library_ = _library(terms, low.width, names)
    noise = noise_level(fields, range(1, 2 + jets.space))
    found = fit(
        library_, jets.space, sampler(low, fields, axes, clock, bool(periodic), noise, ROWS), fields, noise, seed
    )
    rows = _jets_like(found.jets, low, jets, max(100, 3 * candidates.size // jets.fibre), seed)
    model = _Model(library_, candidates, jets, order, rows)
    numerator, sizes = model.equations(found.coefficients)
    spectrum = relative_null_space(numerator.flatten(0, 1), sizes.flatten(0, 1), float(delta))
    reasons = list(found.reasons)
    if not found.determined:
        reasons.append(
            f"the solutions do not tell the terms of the right-hand side apart (smallest relative singular value "
            f"{found.thin:.1g}), as travelling waves do not: more, and less special, solutions are needed"
        )
    basis, bounds = spectrum.basis, _bounds(model, found, spectrum.basis, seed)
    certified = 0 if reasons else int((bounds.upper <= delta).logical_and(bounds.open).long().cumprod(0).sum())
    rows_, together = _rounded(model, found, basis[:certified], sizes, float(delta), seed)
    generators = torch.cat([rows_, basis[certified:]])
    structure, closure = structure_constants(candidates, generators[:certified], rows[:100, : candidates.n])
    certificates = _certificates(bounds, certified, together, float(delta), alpha, tuple(reasons), found)
    values = spectrum.spectrum
    k = len(generators)
    return Discovery(
        kind="evolution",
        candidates=candidates,
        generators=generators,
        outputs=generators[:, :0],
        trivial=0,
        labels=("",) * k,
        spectrum=values,
        gap=spectrum.gap,
        tolerance=float(delta),
        defects=torch.tensor([model.defect(found.coefficients, row) for row in generators], dtype=torch.float64),
        coverage=_coverage(reasons, found, noise, library_),
        certificates=certificates,
        samples=len(found.jets),
        structure=structure,
        closure_defect=closure,
        scale=rows[:, : candidates.n].square().mean(0).sqrt(),
    )


class _Model:
    """The determining equations for any right-hand side in a library, at fixed jets."""

    def __init__(self, terms: Library, fields: CandidateSpace, jets: JetSpace, order: int, rows: Tensor) -> None:
        low = jets.space + 1 + jets.count(order) * jets.fibre
        self.prolonged = prolong(fields, jets, order, rows)
        self.total = jets.total_derivatives(lambda q: terms.values(q[:, :low]), rows, order - 1)  # [N, M, L]
        self.slopes = jacobian(terms.values, rows[:, :low])[1]  # [N, L, c]
        self.units = inverse_spread(rows[:, : fields.n])

    def equations(self, coefficients: Tensor) -> tuple[Tensor, Tensor]:
        """Numerator ``[N, m, P]`` and terms of the size ``[N, D, P]`` for coefficients ``[L, m]``."""
        slopes = torch.einsum("Nlc,la->Nac", self.slopes, coefficients)
        return self.prolonged.determining(self.total @ coefficients, slopes, self.units)

    def within(self, basis: Tensor) -> _Model:
        """The same for the candidates in the rows of a basis."""
        other = object.__new__(_Model)
        other.__dict__.update(self.__dict__)
        other.prolonged = self.prolonged.combined(basis)
        return other

    def defect(self, coefficients: Tensor, row: Tensor) -> float:
        """The relative defect of one generator."""
        numerator, terms = self.within(row[None]).equations(coefficients)
        return float(torch.linalg.vector_norm(numerator) / torch.linalg.vector_norm(terms).clamp(min=1e-300))


@dataclass(frozen=True)
class _Bounds:
    """What right-hand sides drawn within the errors of the fit do to nested spans of generators.

    Attributes:
        upper: ``[k]``, the largest defect in the span of the first k.
        error: ``[k]``, the largest change of the defect of each one.
        open: ``[k]``, whether an exact symmetry could have the defect that each one has.
    """

    upper: Tensor
    error: Tensor
    open: Tensor


def _bounds(model: _Model, found: Fit, basis: Tensor, seed: int) -> _Bounds:
    worst = basis.new_zeros(len(basis))
    if len(basis) == 0:
        return _Bounds(worst, worst, worst > 0)
    error, inner = worst.clone(), model.within(basis)
    own, size = (part.flatten(0, 1) for part in inner.equations(found.coefficients))
    size = torch.linalg.vector_norm(size, dim=0)
    generator = torch.Generator().manual_seed(seed + 1)
    for draw in torch.randn(DRAWS, len(found.deviations), dtype=torch.float64, generator=generator):
        coefficients = found.coefficients + torch.einsum("d,dla->la", draw, found.deviations)
        numerator, terms = (part.flatten(0, 1) for part in inner.equations(coefficients))
        factor = torch.linalg.qr(terms, mode="r").R
        scaled = torch.linalg.solve_triangular(factor, numerator, upper=True, left=False)  # spans are nested in it
        nested = torch.stack([torch.linalg.matrix_norm(scaled[:, : k + 1], 2) for k in range(len(basis))])
        worst = torch.maximum(worst, nested.nan_to_num(nan=torch.inf))
        error = torch.maximum(error, torch.linalg.vector_norm(numerator - own, dim=0) / size)
    own_defect = torch.linalg.vector_norm(own, dim=0) / size
    return _Bounds(worst, error, own_defect <= error + SLIGHT)


def _rounded(model: _Model, found: Fit, rows: Tensor, sizes: Tensor, delta: float, seed: int) -> tuple[Tensor, float]:
    """A readable basis, rounded as far as its span stays below δ, and the largest defect in it."""
    if len(rows) == 0:
        return rows, 0.0
    unit = torch.linalg.vector_norm(sizes.flatten(0, 1), dim=0)
    for tolerance in (0.05, 0.02, 0.01, 3e-3, 1e-3, 1e-4, 1e-6, 0.0):
        plain = readable_basis(rows * unit, max(tolerance, 1e-9)) / unit if tolerance else rows
        if len(plain) == len(rows):
            upper = float(_bounds(model, found, plain, seed).upper[-1])
            if upper <= delta:
                break
    return plain / plain.gather(1, plain.abs().argmax(1, keepdim=True)), upper


def _certificates(
    bounds: _Bounds, certified: int, together: float, delta: float, alpha: float, reasons: tuple[str, ...], found: Fit
) -> tuple[Certificate, ...]:
    method = (
        f"largest of {DRAWS} right-hand sides drawn within twice the error of the fit, over jets of the size of those "
        "seen; if u_t is a combination of the given terms, and the noise of the fields is white"
    )
    subject = f"the relative defect of every combination of these {certified} generators"
    out = [decide(together, 0.0, delta, alpha, method, subject)] * certified
    for upper, possible in zip(bounds.upper[certified:].tolist(), bounds.open[certified:].tolist()):
        why = f"with those before it, the defect is only known to be at most {upper:.2g}"
        if not possible:
            why = "its defect is small, but larger than an exact symmetry would show"
        out.append(decide(upper, 0.0, delta, alpha, method, "this generator", reasons or (why,), found.refuted))
    return tuple(out)


def _coverage(reasons: Sequence[str], found: Fit, noise: float, terms: Library) -> Coverage:
    numbers = {"noise": noise, "residual": found.residual, "smallest singular value": found.thin}
    for a in range(found.coefficients.shape[1]):
        suffix = f" in field {a + 1}" if found.coefficients.shape[1] > 1 else ""
        numbers.update({f"coefficient of {n}{suffix}": float(c) for n, c in zip(terms.terms, found.coefficients[:, a])})
    return Coverage(not reasons, "; ".join(reasons) or "the solutions determine the right-hand side", numbers=numbers)


def _jets_like(seen: Tensor, low: JetSpace, jets: JetSpace, count: int, seed: int) -> Tensor:
    """Jets of order 2 r − 1 with independent coordinates of the size of those seen, higher ones extrapolated."""
    generator = torch.Generator().manual_seed(seed)
    base, u = low.split(seen)
    size = u.square().mean(0).sqrt()  # [M, m]
    orders = low.indices.sum(1)
    per_order = [size[orders == k].square().mean(0).sqrt() for k in range(low.order + 1)]
    ratio = per_order[-1] / per_order[-2].clamp(min=1e-300)
    higher = [per_order[-1] * ratio ** (k - low.order) for k in jets.indices.sum(1).tolist()[len(size) :]]
    scale = torch.cat([size, torch.stack(higher)])
    centre = torch.zeros_like(scale)
    centre[0], scale[0] = u[:, 0].mean(0), u[:, 0].std(0)
    near, far = base.amin(0), base.amax(0)
    points = near + (far - near) * torch.rand(count, len(near), dtype=torch.float64, generator=generator)
    fields = centre + scale * torch.randn(count, *scale.shape, dtype=torch.float64, generator=generator)
    return torch.cat([points, fields.flatten(1)], dim=1)


def _names(low: JetSpace) -> list[str]:
    if low.fibre == 1:
        return low.names
    head, rest = low.names[: low.space + 1], low.names[low.space + 1 :]
    return head + [name.replace("u", f"u{a + 1}", 1) for name in rest for a in range(low.fibre)]


def _library(terms: Any, width: int, names: list[str]) -> Library:
    if isinstance(terms, Library):
        return terms
    if isinstance(terms, bool) or not isinstance(terms, int) or terms < 1:
        raise InputError("library", describe(terms), "a degree, or a library on jets", "library=2")
    return library.polynomial(width, terms, variables=names)


def _axes(grid: Any, space: int) -> list[Tensor]:
    if grid is None:
        raise InputError("grid", "nothing", "the points x of the grid, and times=", "grid=x, times=t")
    axes = list(grid) if space > 1 and isinstance(grid, (list, tuple)) else [grid]
    if len(axes) != space:
        raise InputError("grid", describe(grid), f"{space} axes, one a space dimension", "grid=(x, y)")
    return [_uniform(axis, "grid") for axis in axes]


def _uniform(points: Any, name: str) -> Tensor:
    if points is None:
        raise InputError(name, "nothing", "the points of the grid", "grid=x, times=t")
    axis = as_tensor(points, name).to(torch.float64)
    if axis.ndim != 1 or len(axis) < 12:
        raise InputError(name, describe(axis), "at least 12 points in a row, [N]", f"{name} of more points")
    steps = axis.diff()
    if not bool((steps > 0).all()) or float(steps.max() - steps.min()) > 1e-6 * float(steps.mean()):
        raise InputError(name, "points at unequal distances", "a uniform, ascending grid", "interpolated fields")
    return axis


def _fields(u: Any, jets: JetSpace, sizes: list[int]) -> Tensor:
    fields = as_tensor(u, "rhs").to(torch.float64)
    shape = fields.shape
    if jets.fibre == 1 and list(shape[-len(sizes) :]) == sizes and len(shape) <= len(sizes) + 1:
        fields = fields[..., None]
    if fields.ndim == len(sizes) + 1:
        fields = fields[None]
    if list(fields.shape[1:]) != [*sizes, jets.fibre]:
        expected = ", ".join(map(str, [*sizes, *([jets.fibre] if jets.fibre > 1 else [])]))
        raise InputError("rhs", describe(u), f"fields [{expected}], or several solutions [R, {expected}]")
    return fields
