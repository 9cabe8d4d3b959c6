"""From the state of a stream to a result: null space, trivial part, readable basis, algebra, certificates."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.discover._coverage import coverage
from symmetra.discover._held_out import certify_on_held_out
from symmetra.discover._problem import Blocks, Problem
from symmetra.discover._result import ITSELF, PARALLEL, TRIVIAL, VANISHES, Coverage, Discovery
from symmetra.discover._stream import DiscoveryStream
from symmetra.discover._structure import complete, structure_constants
from symmetra.groups import readable_basis
from symmetra.inputs import InputError
from symmetra.linalg import relative_null_space

_SAME = 1e-7  # relative residual below which a field counts as zero, or as F itself, on the samples


def assemble(stream: DiscoveryStream, rtol: float | None, alpha: float, covered: Coverage | None = None) -> Discovery:
    """The result of a stream.

    Args:
        stream: the state after all samples.
        rtol: relative defect taken as zero, None for the default of the problem.
        alpha: error rate of the certificates.
        covered: what is known of the coverage beforehand (points on a manifold are meant to be thin).
    """
    problem, x = stream.problem, stream.kept
    assert x is not None
    if not 0 < alpha < 1:
        raise InputError("alpha", repr(alpha), "an error rate between 0 and 1", "alpha=0.01")
    tolerance = problem.tolerance if rtol is None else rtol
    found = relative_null_space(stream.numerator.R.cpu(), stream.size_factor().cpu(), tolerance)
    size = problem.candidates.size
    sample = x[: 64 + 4 * problem.columns // x.shape[1]]  # a few times as many equations as unknowns
    blocks, sample = problem.blocks(sample).cpu(), sample.cpu()
    basis, labels = _sorted_basis(problem, found.basis, _column_sizes(stream), sample, blocks)
    genuine = torch.tensor([label != VANISHES for label in labels], dtype=torch.bool)
    structure, closure = structure_constants(problem.candidates, basis[genuine][:, :size], sample)
    covered = _coverage(stream, x.cpu(), covered)
    defects, certificates = certify_on_held_out(stream, basis, tolerance, alpha, covered)
    return Discovery(
        kind=problem.kind,
        candidates=problem.candidates,
        generators=basis[:, :size],
        outputs=basis[:, size:],
        trivial=sum(label in TRIVIAL for label in labels),
        labels=labels,
        spectrum=found.spectrum,
        gap=found.gap,
        tolerance=tolerance,
        defects=defects,
        coverage=covered,
        certificates=certificates,
        samples=stream.count + len(stream.held if stream.held is not None else ()),
        structure=structure,
        closure_defect=closure,
        scale=torch.where(problem.absent, 1.0, x.square().mean(0).sqrt()).cpu(),
    )


def _coverage(stream: DiscoveryStream, x: Tensor, known: Coverage | None) -> Coverage:
    if stream.problem.kind != "manifold":
        return coverage(x, stream.rows, stream.problem.columns)
    known = known or Coverage(True, "the samples were moved onto the zero set; the statement holds on the set")
    if stream.rows >= stream.problem.columns:
        return known
    return Coverage(False, f"{stream.rows} equations cannot decide the candidates; {known.message}")


def _column_sizes(stream: DiscoveryStream) -> Tensor:
    """The size of every candidate on the samples, 1 where it vanishes."""
    sizes = torch.linalg.vector_norm(stream.size_factor().cpu(), dim=0)
    return torch.where(sizes > 0, sizes, torch.ones_like(sizes))


def _readable(rows: Tensor, sizes: Tensor) -> Tensor:
    """A readable basis, in which an entry is dropped only if its term is negligible on the data, whatever its unit."""
    if rows.shape[0] == 0:
        return rows
    plain = readable_basis(rows * sizes) / sizes
    top = plain.abs().amax(1, keepdim=True)
    first = (plain.abs() >= (1 - 1e-6) * top).double().argmax(1, keepdim=True)  # of ties the first, on every machine
    return plain / plain.gather(1, first)


def _sorted_basis(
    problem: Problem, rows: Tensor, sizes: Tensor, x: Tensor, blocks: Blocks
) -> tuple[Tensor, tuple[str, ...]]:
    """The null space in readable rows: genuine symmetries first, then the flow itself, then what vanishes."""
    if rows.shape[0] == 0:
        return rows, ()
    rows = _readable(rows, sizes)
    size = problem.candidates.size
    values = problem.candidates.values(x)  # [N, P, n]
    moved = torch.einsum("gp,kpn->kng", rows[:, :size], values) * blocks.slope.mean()
    if rows.shape[1] > size:
        assert blocks.denominator is not None
        turned = torch.einsum("kmq,gq->kmg", blocks.denominator[:, :, size:], rows[:, size:])
        moved = torch.cat([moved, turned], dim=1)
    reach = torch.einsum("gp,kpn->kng", rows[:, :size].abs(), values.abs()).square().sum((0, 1)).sqrt()
    vanishing = _vanishing(moved.flatten(0, 1), reach * float(blocks.slope.mean())) @ rows
    flow = parallel = rows[:0]
    if problem.kind == "dynamics":
        flow, parallel = _along_the_flow(problem, rows, moved, blocks, reach * float(blocks.slope.mean()))
        flow = complete(vanishing, flow)
        parallel = complete(torch.cat([vanishing, flow]), _readable(parallel, sizes))
    special = torch.cat([vanishing, flow, parallel])
    vanishing = _readable(vanishing, sizes)
    basis = torch.cat([complete(special, rows), parallel, flow, vanishing])
    genuine = rows.shape[0] - special.shape[0]
    labels = ("",) * genuine + (PARALLEL,) * len(parallel) + (ITSELF,) * len(flow) + (VANISHES,) * len(vanishing)
    return basis, labels


def _along_the_flow(
    problem: Problem, rows: Tensor, moved: Tensor, blocks: Blocks, reach: Tensor
) -> tuple[Tensor, Tensor]:
    """The null direction that is F itself, and those proportional to F by a factor that depends on the state."""
    n = problem.candidates.n
    along = blocks.value / torch.linalg.vector_norm(blocks.value, dim=1, keepdim=True).clamp(min=1e-300)
    across = moved[:, :n] - along[:, :, None] * torch.einsum("kn,kng->kg", along, moved[:, :n])[:, None]
    across = torch.cat([across, moved[:, n:]], dim=1)  # a field that rescales time as well is not trivial
    parallel = _vanishing(across.flatten(0, 1), reach) @ rows
    if parallel.shape[0] == 0:
        return parallel, parallel
    fields = torch.einsum(
        "gp,kpn->kng", parallel[:, : problem.candidates.size], problem.candidates.values(blocks.point)
    )
    target = blocks.value.reshape(-1, 1)
    weights = torch.linalg.lstsq(fields.flatten(0, 1), target, driver="gelsd").solution
    residual = torch.linalg.vector_norm(fields.flatten(0, 1) @ weights - target) / torch.linalg.vector_norm(target)
    flow = (weights.T @ parallel) if residual <= _SAME else parallel[:0]
    return flow, parallel


def _vanishing(matrix: Tensor, reach: Tensor) -> Tensor:
    """Combinations of columns that vanish compared with the size their terms could reach."""
    reach = torch.where(reach > 0, reach, torch.ones_like(reach))
    scaled = matrix / reach
    _, s, vh = torch.linalg.svd(scaled, full_matrices=scaled.shape[0] < scaled.shape[1])
    s = torch.cat([s, s.new_zeros(vh.shape[0] - s.shape[0])])
    return vh[s <= _SAME] / reach
