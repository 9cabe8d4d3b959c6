"""Point symmetries of an evolution equation that is known only through solutions on a grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._certificate import Certificate, decide
from symmetra.discover._result import Coverage, Discovery
from symmetra.discover._structure import structure_constants
from symmetra.discover.evolution._fit import Fit, fit
from symmetra.discover.evolution._grid import noise_level, sampler
from symmetra.discover.evolution._grid_arguments import as_axes, as_fields, as_library, as_uniform
from symmetra.discover.evolution._jets import JetSpace
from symmetra.discover.evolution._model import DRAWS, Model, bounds, rounded
from symmetra.functions import CandidateSpace, Library
from symmetra.inputs import InputError, describe
from symmetra.linalg import relative_null_space

ROWS = 3000  # grid points that enter the fit


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
    axes, clock = as_axes(grid, jets.space), as_uniform(times, "times")
    fields = as_fields(u, jets, [len(clock), *map(len, axes)])
    low = JetSpace(jets.space, jets.fibre, order)
    library = as_library(terms, low)
    noise = noise_level(fields, range(1, 2 + jets.space))
    sample = sampler(low, fields, axes, clock, bool(periodic), noise, ROWS)
    found = fit(library, jets.space, sample, fields, noise, seed)
    rows = _jets_like(found.jets, low, jets, max(100, 3 * candidates.size // jets.fibre), seed)
    model = Model(library, candidates, jets, order, rows)
    numerator, sizes = (part[0] for part in model.equations(found.coefficients[None]))
    null = relative_null_space(numerator, sizes, float(delta))
    reasons = list(found.reasons)
    if not found.determined:
        reasons.append(
            f"the solutions do not tell the terms of the right-hand side apart (smallest relative singular value "
            f"{found.thin:.1g}), as travelling waves do not: more, and less special, solutions are needed"
        )
    limits = bounds(model, found, null.basis, seed)
    k = int(limits.open.long().cumprod(0).sum())  # what follows is small, but larger than an exact symmetry would show
    certified = 0 if reasons else int((limits.upper[:k] <= delta).sum())
    readable, together = rounded(model, found, null.basis[:certified], sizes, float(delta), seed)
    others, _ = rounded(model, found, null.basis[certified:k], sizes, math.inf, seed)
    generators = torch.cat([readable, others])
    structure, closure = structure_constants(candidates, generators, rows[:100, : candidates.n])
    below = float(null.spectrum[k - 1]) if k else 0.0
    return Discovery(
        kind="evolution",
        candidates=candidates,
        generators=generators,
        outputs=generators[:, :0],
        trivial=0,
        labels=("",) * k,
        spectrum=null.spectrum,
        gap=float(null.spectrum[k]) / below if below > 0 and k < len(null.spectrum) else math.inf,
        tolerance=float(delta),
        defects=torch.tensor([model.defect(found.coefficients, row) for row in generators], dtype=torch.float64),
        coverage=_coverage(reasons, found, noise, library),
        certificates=_certificates(limits.upper[certified:k], certified, together, float(delta), alpha, reasons, found),
        samples=len(found.jets),
        structure=structure,
        closure_defect=closure,
        scale=rows[:, : candidates.n].square().mean(0).sqrt(),
    )


def _certificates(
    open_: Tensor, certified: int, together: float, delta: float, alpha: float, reasons: Sequence[str], found: Fit
) -> tuple[Certificate, ...]:
    method = (
        f"largest of {DRAWS} right-hand sides drawn within twice the error of the fit, over jets of the size of those "
        "seen; if u_t is a combination of the given terms, and the noise of the fields is white"
    )
    subject = f"the relative defect of every combination of these {certified} generators"
    out = [decide(together, 0.0, delta, alpha, method, subject)] * certified
    for upper in open_.tolist():
        why = tuple(reasons) or (f"with those before it, the defect is only known to be at most {upper:.2g}",)
        out.append(decide(upper, 0.0, delta, alpha, method, "this generator", why, found.refuted))
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
