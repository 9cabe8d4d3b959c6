"""Symmetries of a set: fields tangent to it, from points on it or from a function that vanishes on it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.discover._assemble import assemble
from symmetra.discover._evaluation import Evaluation
from symmetra.discover._normals import normals
from symmetra.discover._problem import Blocks, Problem
from symmetra.discover._result import Coverage, Discovery
from symmetra.discover._stream import DiscoveryStream
from symmetra.functions import CandidateSpace
from symmetra.inputs import InputError, as_samples, describe


class ManifoldProblem(Problem):
    """N ξ on the set, with an orthonormal basis N of its normals at each point; the size of ξ is |ξ|."""

    kind = "manifold"
    weighted = True

    def __init__(self, candidates: CandidateSpace, frames: Any, tolerance: float) -> None:
        self.candidates = candidates
        self.frames = frames
        self.tolerance = tolerance
        self.extra = []

    def prepare(self, x: Tensor) -> None:
        self.unscale = torch.eye(x.shape[1], dtype=x.dtype)  # normals are orthogonal in the ambient metric

    def blocks(self, x: Tensor) -> Blocks:
        frame = self.frames(x)  # [N, c, n]
        ones = x.new_ones(x.shape[0])
        return Blocks(self.candidates.pair(x, frame), None, ones, x[:, :0], ones, x)


def manifold(
    points_or_function: Any,
    x: Any = None,
    candidates: CandidateSpace | None = None,
    rtol: float | None = None,
    *,
    alpha: float = 0.01,
    codimension: int | None = None,
    batched: bool | None = None,
    seed: int = 0,
) -> Discovery:
    """All candidate fields tangent to a set V: the algebra of the group that maps V to itself.

    Fields that vanish on V are tangent for a trivial reason: they are counted in ``.trivial``.

    Args:
        points_or_function: points ``[N, n]`` on V; or a function of one sample ``[n]`` whose zero set is V, scalar or
            vector, with a Jacobian of full rank on V.
        x: with a function, samples ``[N, n]`` near V (they are moved onto it by Newton's method); else left out.
        candidates: where ξ is looked for.
        rtol: relative defect taken as zero; with points alone it is by default what the estimated normals allow.
        alpha: error rate of the certificates.
        codimension: with points alone, how many normals V has; found from the points by default.
        batched: whether the function takes the whole batch.
        seed: of the held-out samples.

    Returns:
        The generators with their evidence. From points alone the normals are exact where V is an algebraic set of low
        degree, else estimated from neighbours (arXiv 2008.04278); the coverage says which.
    """
    if candidates is None and isinstance(x, CandidateSpace):
        x, candidates = None, x
    if not isinstance(candidates, CandidateSpace):
        raise InputError(
            "candidates", describe(candidates), "a candidate space", "candidates=symmetra.candidates.affine(n)"
        )
    if callable(points_or_function) and not isinstance(points_or_function, Tensor):
        if x is None:
            raise InputError("x", "nothing", "samples [N, n] near the zero set", "manifold(f, x, candidates)")
        evaluate = Evaluation(points_or_function, batched, "points_or_function")
        points = _onto(evaluate, as_samples(x, "x", candidates.n).to(torch.float64))
        problem = ManifoldProblem(candidates, lambda p: _row_frame(evaluate(p, torch.float64)[1]), evaluate.tolerance)
        return assemble(DiscoveryStream(problem, seed).partial_fit(points), rtol, alpha)
    if x is not None:
        raise InputError("x", describe(x), "nothing, because the points came first", "manifold(points, candidates=...)")
    points = as_samples(points_or_function, "points", candidates.n, minimum=2).to(torch.float64)
    estimate = normals(points, codimension)
    problem = ManifoldProblem(candidates, estimate, estimate.tolerance)
    stream = DiscoveryStream(problem, seed).partial_fit(points)
    return assemble(stream, rtol, alpha, covered=Coverage(estimate.exact, estimate.message))


def _row_frame(jac: Tensor) -> Tensor:
    """An orthonormal basis of the row space of each Jacobian, ``[N, c, n]``."""
    q = torch.linalg.qr(jac.transpose(1, 2)).Q.transpose(1, 2)
    return q[:, : jac.shape[1]]


def _onto(evaluate: Evaluation, x: Tensor, steps: int = 50) -> Tensor:
    """Moves samples onto the zero set by Gauss–Newton; those that do not arrive are refused."""
    for _ in range(steps):
        value, jac = evaluate(x, torch.float64)
        step = (torch.linalg.pinv(jac) @ value[:, :, None])[:, :, 0]
        x = x - step
        if float(step.abs().max()) <= 1e-14 * (1 + float(x.abs().max())):
            break
    value, jac = evaluate(x, torch.float64)
    slope = torch.linalg.matrix_norm(jac)
    size = 1 + torch.linalg.vector_norm(x, dim=1)
    arrived = torch.linalg.vector_norm(value, dim=1) <= 1e-10 * slope * size
    singular = torch.linalg.svdvals(jac)[:, -1] <= 1e-8 * slope
    good = arrived & ~singular & (slope > 0)
    if int(good.sum()) < max(2, x.shape[0] // 2):
        raise InputError(
            "x",
            f"{int((~good).sum())} of {len(x)} samples that do not reach a regular point of the zero set",
            "samples near it",
            "points on or near the set, and a function with a non-zero derivative there",
        )
    return x[good]
