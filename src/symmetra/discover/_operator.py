"""The symmetry algebra of a map between fields on grids, as far as the grid can tell.

On a grid ξu is known up to a discretisation error e. So L_ξ F = DF[ξu] − ξ F(u) need not vanish exactly for a symmetry,
but only up to DF[e(u)] − e(F(u)), which is as linear in ξ as L_ξ F itself: with A, M and E the matrices that take ξ to
L_ξ F, to its two terms, and to this error on all fields, a direction v is taken as a symmetry if
|A v|² ≤ (tolerance |M v|)² + |E v|², and said to be broken only beyond that. Otto et al., arXiv 2311.00212.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from symmetra.actions import SampledField
from symmetra.discover._assemble import _readable
from symmetra.discover._certificate import BROKEN, Certificate
from symmetra.discover._field_certificate import Rows, judge
from symmetra.discover._field_space import field_space
from symmetra.discover._operator_problem import OperatorProblem
from symmetra.discover._result import Coverage, Discovery
from symmetra.discover._structure import structure_constants
from symmetra.functions import linear_combination
from symmetra.inputs import InputError, as_tensor, describe
from symmetra.linalg import StreamingQR, relative_null_space

_HELD, _SHIFTED = 200, 8  # fields held out, and shifted, at most


@dataclass(frozen=True, eq=False)
class OperatorDiscovery(Discovery):
    """A :class:`Discovery` for a map between fields.

    Attributes:
        errors: The estimated discretisation error of each generator, relative like its defect, ``[k]``.
        tried: A certificate for each generator of the action's group alone, by its formula, symmetry or not.
    """

    errors: Tensor
    tried: dict[str, Certificate]

    def summary(self) -> str:
        """What was found, and what each generator tried came to."""
        return "\n".join([super().summary(), "one by one:", *(f"  {name}   {c}" for name, c in self.tried.items())])

    __str__ = summary


def operator(
    F: Any,
    fields: Any,
    action: Any,
    action_out: Any = None,
    rtol: float | None = None,
    *,
    comparison: Any = None,
    scaling: bool = False,
    delta: float = 0.05,
    alpha: float = 0.01,
    batched: bool | None = None,
    seed: int = 0,
) -> OperatorDiscovery:
    """The symmetry algebra of a map between fields: a network, a solver, a differential operator.

    The defect of ξ is ‖DF[ξu] − ξ F(u)‖ / ‖(DF[ξu], ξ F(u))‖ over the fields; beside it stands the part that the
    discretisation explains: the error of ξu carried through DF, that of ξ F(u), and rounding. A generator is certified
    if on every field its defect is within that error, and both together are at most ``delta``. It is broken if its
    defect exceeds the error, or if a shift by one cell, about which the grid leaves nothing open, shows a defect. Where
    the error alone exceeds ``delta`` the grid does not resolve the generator, and the coverage says so.

    Args:
        F: a callable of one field ``[C, *grid]`` or an ``nn.Module`` of the batch ``[N, C, *grid]``.
        fields: ``[N, C, *grid]``, or an iterable of such chunks. A fifth (200 at most) is held out; of fewer than five
            none, and the certificates then speak of these fields only.
        action: :func:`symmetra.actions.sampled_field`; its generators are the candidates. Give it candidate fields
            (``candidates.affine(2)``) to search more than a group.
        action_out: how outputs move; ``None``: as the inputs do. ``Trivial(group)`` for numbers that should not change.
        rtol: relative defect taken as zero beside the discretisation error; by default 1e-9 where F runs in float64,
            1e-4 in float32.
        comparison: another discretisation of the map that F approximates, at least comparable in its error: what the
            two differ by counts as F's own discretisation error.
        scaling: also look for ξ with L_ξ F = w F, which rescale the outputs; w stands in ``.outputs``.
        delta: the largest defect and error together that is certified.
        alpha: error rate of the certificates.
        batched: whether F takes the whole batch.
        seed: of the choice of the held-out fields.

    Returns:
        The generators with their evidence; ``.tried`` has a verdict on each candidate.

    Raises:
        InputError: for a wrong argument, in one line.

    Example:
        >>> import torch, symmetra
        >>> from symmetra.actions import AffineAction, Grid, sampled_field
        >>> shifts = sampled_field(AffineAction(symmetra.groups.Translation(1)), Grid(33, 0.0, 2 * torch.pi))
        >>> x, u = shifts.grid.points[:, 0], torch.randn(6, 5, dtype=torch.float64)
        >>> u = (u @ torch.stack([torch.cos(k * x + k * k) for k in range(5)]))[:, None]
        >>> symmetra.discover.operator(lambda v: v.roll(1, -1) - v.roll(-1, -1), u, shifts).summary().splitlines()[0]
        'operator: 1 of 1 candidate directions are symmetries (0 trivial, 1 certified): abelian R'
    """
    for argument, value in (("F", F), ("comparison", comparison or F)):
        if not callable(value):
            raise InputError(argument, describe(value), "a callable of one field, or an nn.Module of the batch")
    if not isinstance(action, SampledField):
        raise InputError("action", describe(action), "an action on fields", "symmetra.actions.sampled_field(...)")
    if not 0 < alpha < 1:
        raise InputError("alpha", repr(alpha), "an error rate between 0 and 1", "alpha=0.01")
    if not delta > 0:
        raise InputError("delta", repr(delta), "a positive tolerance", "delta=0.05")
    if len(action.group.generators) == 0:
        expected = "a group with generators"
        raise InputError("action", f"the group {action.group}", expected, "measure.equivariance_error for elements")
    problem = OperatorProblem(F, action, action_out if action_out is not None else action, comparison, scaling, batched)
    numerator, sizes, errors = (StreamingQR(problem.columns) for _ in range(3))
    held, count = None, 0
    for chunk in _chunks(fields):
        count += len(chunk)
        if held is None:
            held, chunk = _hold_out(chunk, seed)
        for rows in problem.batches(chunk):
            for state, block in zip((numerator, sizes, errors), (rows.numerator, rows.sizes, rows.errors)):
                state.update(block.flatten(0, 1).cpu())
    assert held is not None
    tolerance = problem.maps[0].tolerance if rtol is None else rtol
    within = torch.cat([sizes.R, errors.R / tolerance])  # its tolerance-th part is tolerance and error together
    found = relative_null_space(numerator.R, within, tolerance)
    q = len(action.group.generators)
    basis = _legible(_readable(found.basis, torch.linalg.vector_norm(within, dim=0)), q, sizes.R, errors.R)
    space, coefficients = field_space(action.vector_field)
    seen = Rows.joined([rows.reduced() for rows in problem.batches(held)])
    scope = None if count < 5 else alpha
    defects_of_cells = problem.shifted(held[:_SHIFTED])

    def judged(rows: Tensor) -> tuple[Tensor, Tensor, tuple[Certificate, ...]]:
        along = _along_cells(rows, action.cell_directions, defects_of_cells)
        return judge(seen, rows, along, tolerance, delta, scope)

    stands = [certificate.verdict != BROKEN for certificate in judged(basis)[2]]  # a shift by one cell may refute one
    basis = basis[torch.tensor(stands, dtype=torch.bool)]
    defects, found_errors, certificates = judged(basis)
    each = torch.eye(problem.columns, dtype=torch.float64)[:q]
    names = [linear_combination(row, space.names) for row in coefficients]
    tried = dict(zip(names, judged(each)[2], strict=True))
    generators = basis[:, :q] @ coefficients
    points = action.grid.points.reshape(-1, action.grid.dimension)
    points = points[:: max(1, len(points) // 512)]
    structure, closure = structure_constants(space, generators, points)
    return OperatorDiscovery(
        kind="operator",
        candidates=space,
        generators=generators,
        outputs=basis[:, q:],
        trivial=0,
        labels=("",) * len(basis),
        spectrum=relative_null_space(numerator.R, sizes.R, tolerance).spectrum,
        gap=found.gap,
        tolerance=tolerance,
        defects=defects,
        coverage=_coverage(generators[found_errors > delta], space.names, delta),
        certificates=certificates,
        samples=count,
        structure=structure,
        closure_defect=closure,
        scale=points.square().mean(0).sqrt(),
        errors=found_errors,
        tried=tried,
    )


def _along_cells(rows: Tensor, directions: Tensor, defects: Tensor) -> list[float | None]:
    """For each row that shifts along an axis of the grid: the defect of a shift by one cell."""
    q, found = directions.shape[1], []
    for row in rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True):
        cosines = [abs(float(row[:q] @ d / torch.linalg.vector_norm(d))) for d in directions]
        found.append(next((float(v) for c, v in zip(cosines, defects) if c > 1 - 1e-12), None))
    return found


def _legible(rows: Tensor, q: int, sizes: Tensor, errors: Tensor) -> Tensor:
    """The rows without the entries that are smaller than what the discretisation leaves open about them."""
    if rows.shape[1] > q:  # an output weight is that of a generator of plain size
        first = rows.gather(1, rows[:, :q].abs().argmax(1, keepdim=True))
        rows = rows / torch.where(first != 0, first, 1.0)
    terms = rows.abs() * torch.linalg.vector_norm(sizes, dim=0)
    bound = torch.minimum(torch.linalg.vector_norm(errors @ rows.mT, dim=0), 0.5 * terms.amax(1))
    return torch.where(terms <= bound[:, None], 0.0, rows)


def _coverage(unresolved: Tensor, names: list[str], delta: float) -> Coverage:
    if len(unresolved) == 0:
        return Coverage(True, "the grid resolves every candidate on these fields")
    words = "; ".join(linear_combination(row, names) for row in unresolved)
    return Coverage(
        False,
        f"on these fields the discretisation error exceeds δ = {delta:g} for {words}: a finer grid, smoother fields, "
        "or fields that vanish near the edges decide them",
        unresolved,
    )


def _hold_out(u: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """The fields kept for the certificate, and those for the fit; the same ones if there are few."""
    if len(u) < 5:
        return u, u
    order = torch.randperm(len(u), generator=torch.Generator().manual_seed(seed))
    h = min(len(u) // 5, _HELD)
    return u[order[:h]], u[order[h:]]


def _chunks(fields: Any) -> Iterator[Tensor]:
    if hasattr(fields, "shape"):
        fields = [fields]
    if not isinstance(fields, Iterable):
        raise InputError("fields", describe(fields), "fields [N, C, *grid], or an iterable of such chunks")
    none = True
    for chunk in fields:
        u = as_tensor(chunk, "fields")
        if u.ndim < 2 or len(u) == 0:
            raise InputError("fields", describe(u), "at least one field [N, C, *grid]", "fields[None]")
        none = False
        yield u
    if none:
        raise InputError("fields", "no fields", "at least one chunk of fields [N, C, *grid]")
