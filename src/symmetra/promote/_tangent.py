"""Is the recovered algebra forced by the data? Counting degrees of freedom, and the exactly symmetric interpolant.

Near a v whose operator L(v) = U s Vᵀ has rank r, the v' of the same rank form a manifold with the tangent space
T = {δ : P_U⊥ L(δ) P_V⊥ = 0}: the polynomials with a conjugate symmetry algebra. The minimiser of the nuclear norm has
low rank also where it is wrong, but then it needs all the freedom that T has to fit the data, dim T ≥ number of
equations (for equations in general position). More equations than dim T that are all fulfilled are fulfilled for a
reason: the data lie on a polynomial with this symmetry. So the evidence is (1) Newton's method on that manifold,
v ← argmin ‖P_U⊥ L(v) P_V⊥‖ subject to the data, arrives at rank r to rounding, and (2) dim T < number of equations.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.promote._operator import LieOperator

_STEPS = 12
_ROUNDING = 1e-9  # relative singular values of L(v), and eigenvalues of the tangent form, that are rounding
_CLEAR = 1e-6  # relative singular values above which a direction counts as seen by an exact interpolant
_SLICE = 2**22  # numbers held at once


@dataclass(frozen=True)
class Polished:
    """The outcome.

    Attributes:
        v: ``[p, c]``, the interpolant of lowest rank found (the given one where Newton's method does not converge).
        spectrum: ``[q]``, singular values of L(v), descending.
        directions: ``[q, q]``, rows: the generators, in the order of the spectrum.
        rank: r.
        freedom: dim T.
        converged: whether the spectrum beyond r is rounding.
        accident: the probability that data without the symmetry are fitted as well; 0 for exact data.
    """

    v: Tensor
    spectrum: Tensor
    directions: Tensor
    rank: int
    freedom: int
    converged: bool
    accident: float = 0.0


def spectrum_of(operator: LieOperator, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(singular values ``[q]`` descending, generators as rows ``[q, q]``, left vectors ``[rows·c, ≤ q]``) of L(v)."""
    image = operator.apply(v)
    u, s, vh = torch.linalg.svd(image, full_matrices=False)
    if u.shape[1] < u.shape[0]:
        u = torch.linalg.svd(image, full_matrices=True).U
    return torch.nn.functional.pad(s, (0, u.shape[0] - s.numel())), u.mT, vh.mT


def gram_outside(operator: LieOperator, directions: Tensor, rank: int) -> Tensor:
    """Σ A_ηᵀ A_η ``[p, p]`` over the generators beyond the first r of ``directions [q, q]``."""
    if 2 * rank > operator.shape[0]:
        return operator.gram_of(directions[rank:])
    return (operator.gram - operator.gram_of(directions[:rank])).contiguous()


def tangent_form(operator: LieOperator, directions: Tensor, left: Tensor, rank: int) -> Tensor:
    """δ ↦ ‖P_U⊥ L(δ) P_V⊥‖² as a matrix ``[p·c, p·c]``.

    Args:
        operator: L.
        directions: ``[q, q]``, generators as rows, the first r span the row space V.
        left: ``[rows·c, ≥ r]``, the first r columns span U.
        rank: r.
    """
    q, rows, p = operator.shape
    outputs = left.shape[0] // rows
    if left.shape[0] == left.shape[1] and 2 * rank > left.shape[0]:  # fewer directions outside U than inside
        sides, sign = left[:, rank:], 1.0
        form = left.new_zeros(p * outputs, p * outputs)
    else:
        sides, sign = left[:, :rank], -1.0
        form = torch.kron(gram_outside(operator, directions, rank), torch.eye(outputs).to(left))
    for block in sides.split(max(1, _SLICE // (q * p * outputs)), dim=1):
        images = operator.sided(block.reshape(rows, outputs * block.shape[1])).reshape(q, -1)
        projected = (directions[rank:] @ images).reshape(q - rank, p * outputs, block.shape[1])
        projected = projected.mT.reshape(-1, p * outputs)
        form.addmm_(projected.mT, projected, alpha=sign)
    return form


def polish(operator: LieOperator, rows: Tensor, v: Tensor, tolerance: float) -> Polished:
    """The interpolant of exactly the rank that v has up to the tolerance, or of a lower one that shows on the way.

    Args:
        operator: L.
        rows: A ``[n, p]``, orthonormal.
        v: ``[p, c]`` that fits the data.
        tolerance: relative singular values up to here are taken as zero.
    """
    given, _, _ = spectrum_of(operator, v)
    point, rank = v, int((given > tolerance * given[0]).sum())
    free = torch.linalg.svd(rows, full_matrices=True).Vh[rows.shape[0] :]  # null space of A
    lift = torch.kron(free.mT.contiguous(), torch.eye(v.shape[1]).to(v))
    while True:
        point, form = _newton(operator, lift, point, rank)
        spectrum, directions, left = spectrum_of(operator, point)
        lower = int((spectrum > _CLEAR * spectrum[0]).sum())
        if lower >= rank:
            break
        rank = lower  # the rank was overestimated, and Newton's method is slow at points of lower rank
    converged = rank == spectrum.numel() or float(spectrum[rank]) <= _ROUNDING * float(spectrum[0])
    if not converged:
        point = v
        spectrum, directions, left = spectrum_of(operator, v)
        rank = int((spectrum > tolerance * spectrum[0]).sum())
    if form is None or not torch.equal(point, v):
        form = tangent_form(operator, directions, left, rank)
    return Polished(point, spectrum, directions, rank, _null_dimension(operator, form, _ROUNDING), converged)


def freedom(operator: LieOperator, directions: Tensor, left: Tensor, rank: int, tolerance: float = _ROUNDING) -> int:
    """The dimension of T: the polynomials with ‖P_U⊥ L(δ) P_V⊥‖² up to the tolerance."""
    return _null_dimension(operator, tangent_form(operator, directions, left, rank), tolerance)


def _null_dimension(operator: LieOperator, form: Tensor, tolerance: float) -> int:
    return int((torch.linalg.eigvalsh(form) <= tolerance * float(operator.gram.diagonal().max())).sum())


def _newton(operator: LieOperator, lift: Tensor, point: Tensor, rank: int) -> tuple[Tensor, Tensor | None]:
    """Minimises ‖P_U⊥ L(v) P_V⊥‖ over v + (null space of the data), repeated as long as it gains.

    Returns the point, and the tangent form there if that is what stopped it.
    """
    spectrum, directions, left = spectrum_of(operator, point)
    if rank == spectrum.numel() or not lift.shape[1]:
        return point, None
    for _ in range(_STEPS):
        form = tangent_form(operator, directions, left, rank)
        factor, info = torch.linalg.cholesky_ex(lift.mT @ form @ lift)
        if int(info) or float(factor.diagonal().min()) ** 2 < _ROUNDING * float(form.diagonal().max()):
            return point, form  # some direction keeps both the data and the rank: not determined
        change = torch.cholesky_solve(lift.mT @ (form @ point.reshape(-1, 1)), factor)
        trial = point - (lift @ change).reshape(point.shape)
        before = float(spectrum[rank])
        spectrum, directions, left = spectrum_of(operator, trial)
        if float(spectrum[rank]) >= before:
            break
        point = trial
        if before <= 1e-14 * float(spectrum[0]):
            break
    return point, None
