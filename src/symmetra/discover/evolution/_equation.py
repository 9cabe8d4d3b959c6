"""Point symmetries of an evolution equation that is given as code, or found in fields on a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from symmetra.discover._assemble import assemble
from symmetra.discover._result import Discovery
from symmetra.discover._stream import DiscoveryStream
from symmetra.discover.evolution._gridded import from_grid
from symmetra.discover.evolution._jets import JetFields, JetSpace
from symmetra.discover.evolution._problem import EvolutionProblem
from symmetra.functions import CandidateSpace, PolynomialFields
from symmetra.inputs import InputError, describe


def evolution_equation(
    rhs: Any,
    order: Any,
    candidates: Any,
    *,
    space: Any = 1,
    ranges: Any = None,
    samples: Any = None,
    rtol: float | None = None,
    alpha: float = 0.01,
    seed: int = 0,
    grid: Any = None,
    times: Any = None,
    periodic: Any = False,
    library: Any = 2,
    delta: Any = 0.05,
) -> Discovery:
    """The point symmetries of u_t = rhs(x, t, u, u_x, u_xx, …), by prolongation to jet space.

    A field v = ξ·∂_x + τ ∂_t + φ·∂_u on (x, t, u) takes solutions to solutions iff its characteristic
    Q = φ − ξ·∇u − τ u_t obeys D_t Q = K'[Q] wherever u_t = K (K = rhs, K' its Fréchet derivative; P. J. Olver,
    Applications of Lie Groups to Differential Equations, 1993, §5.1). That is linear in v, so random jets give a null
    space problem. The defect of v is ‖D_t Q − K'[Q]‖ / ‖(φᵗ, v⁽ʳ⁾K, |v| K)‖, with φᵗ and v⁽ʳ⁾K the two sides of the
    prolonged equation and |v| in units of the spread of x, t and u. Derivatives are exact: rhs is differentiated
    along the jet in forward mode, and u_t is replaced by rhs wherever it stands.

    Args:
        rhs: the right-hand side for one jet: in one space dimension ``lambda x, t, u, ux, uxx: ...``, with u, ux … of
            shape ``[m]`` for m > 1 fields. In d dimensions the same with ``x, y, t, u, ux, uy, uxx, uxy, uyy`` (graded
            order); or, in any dimension, a callable of one argument ``jet`` with ``jet.x``, ``jet.t``, ``jet.u``,
            ``jet.u_x``, ``jet.u_xy``. It returns a number, or m of them. Or solutions on a grid, an array ``[T, X]`` or
            ``[R, T, X]`` of R solutions (``[R, T, X, Y, m]`` for m fields in the plane); then the right-hand side is
            fitted, and its error enters the certificates.
        order: of the highest space derivative.
        candidates: fields on (x, t, u): ``symmetra.candidates.polynomial(d + 1 + m, degree)``, or your own.
        space: d, the number of space dimensions; m is what then remains of the candidates' coordinates.
        ranges: bounds of jet coordinates by name, ``{"u": (0.5, 2), "ux": (0.1, 1)}``, where rhs is singular or not
            defined elsewhere; (−1, 1) for all others.
        samples: number of jets; by default several times as many as decide the candidates.
        rtol: relative defect taken as zero; by default 1e-9 where rhs runs in float64.
        alpha: error rate of the certificates.
        seed: of the jets.
        grid: with solutions, the points x ``[X]``, uniform; a tuple of axes in more dimensions.
        times: with solutions, the times ``[T]``, uniform.
        periodic: with solutions, whether they are periodic in space, so that point X + 1 would be point 1.
        library: with solutions, the terms of the right-hand side: all monomials of that degree in x, t, u, u_x, …, or a
            library on jets ``[w]``.
        delta: with solutions, the relative defect up to which a symmetry is certified.

    Returns:
        The generators with their evidence. For a linear equation the candidates among its solutions (v = φ(x, t) ∂_u,
        superposition) are generators like others.

    Raises:
        InputError: for a wrong argument, in one line.

    Example:
        >>> import symmetra
        >>> kdv = lambda x, t, u, ux, uxx, uxxx: -u * ux - uxxx
        >>> found = symmetra.discover.evolution_equation(kdv, 3, symmetra.candidates.polynomial(3, 1))
        >>> found.expressions()
        ['0.3333 x ∂x + t ∂t − 0.6667 u ∂u', 't ∂x + ∂u', '∂x', '∂t']
    """
    jets, fields = as_jets(order, candidates, space)
    if grid is not None or times is not None or not callable(rhs):
        return from_grid(
            rhs,
            order,
            fields,
            jets,
            grid=grid,
            times=times,
            terms=library,
            periodic=periodic,
            delta=delta,
            alpha=alpha,
            seed=seed,
        )
    problem = EvolutionProblem(rhs, order, fields, jets)
    count = _samples(samples, fields.size, jets.fibre)
    rows = draw(jets, count, ranges, seed)
    problem.check(rows)
    stream = DiscoveryStream(problem, seed).partial_fit(rows)
    found = assemble(stream, rtol, alpha)
    return replace(found, candidates=fields, scale=found.scale[: fields.n])


def as_jets(order: Any, candidates: Any, space: Any) -> tuple[JetSpace, CandidateSpace]:
    """Jets of order 2 r − 1, and the candidates with their coordinates named."""
    if not isinstance(candidates, CandidateSpace):
        raise InputError(
            "candidates", describe(candidates), "fields on (x, t, u)", "symmetra.candidates.polynomial(3, 2)"
        )
    for name, value in (("order", order), ("space", space)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(name, describe(value), "a whole number of at least 1", f"{name}=2")
    fibre = candidates.n - space - 1
    if fibre < 1:
        raise InputError(
            "candidates",
            f"fields on {candidates.n} coordinates",
            f"{space} for space, one for time, and at least one for u",
            f"symmetra.candidates.polynomial({space + 2}, 2)",
        )
    jets = JetSpace(space, fibre, 2 * order - 1)
    return jets, JetFields(candidates, jets) if isinstance(candidates, PolynomialFields) else candidates


def draw(jets: JetSpace, count: int, ranges: Any, seed: int) -> Tensor:
    """Random jets ``[N, w]``, uniform between bounds."""
    if ranges is not None and not isinstance(ranges, Mapping):
        raise InputError("ranges", describe(ranges), "bounds by name", 'ranges={"u": (0.5, 2)}')
    names = {name.replace("_", ""): k for k, name in enumerate(jets.names)}
    bounds = torch.tensor([[-1.0, 1.0]] * len(names), dtype=torch.float64)
    for name, pair in (ranges or {}).items():
        row = names.get(str(name).replace("_", ""))
        if row is None:
            raise InputError("ranges", repr(name), f"names among {', '.join(names)}", "a name such as 'ux'")
        low, high = _pair(name, pair)
        bounds[row] = torch.tensor([low, high], dtype=torch.float64)
    copies = [1] * (jets.space + 1) + [jets.fibre] * len(jets.indices)
    low, high = bounds.repeat_interleave(torch.tensor(copies), dim=0).T
    generator = torch.Generator().manual_seed(seed)
    return low + (high - low) * torch.rand(count, jets.width, dtype=torch.float64, generator=generator)


def _pair(name: str, pair: Any) -> tuple[float, float]:
    try:
        low, high = (float(v) for v in pair)
    except (TypeError, ValueError) as error:
        raise InputError("ranges", f"{name}: {describe(pair)}", "two numbers, lower and upper") from error
    if not low < high:
        raise InputError(
            "ranges", f"{name}: ({low:g}, {high:g})", "lower < upper", f"{{{name!r}: ({high:g}, {low:g})}}"
        )
    return low, high


def _samples(samples: Any, columns: int, fibre: int) -> int:
    if samples is None:
        return max(200, 5 * columns // fibre)
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 2:
        raise InputError("samples", describe(samples), "a whole number of at least 2, or None", "samples=500")
    return samples
