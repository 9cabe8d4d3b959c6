"""The (group, library) matrix of the library tests, and Molien's count of equivariant polynomials."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch

from symmetra.actions import Action, AffineAction, Diagonal, Pushforward
from symmetra.groups import SE, SO, C, D, Hyperoctahedral, Lorentz, O, S, Signs, Sp, Translation
from symmetra.representations import Pseudoscalar, Representation, Scalar, Vector

F64 = torch.float64


def turn(angle: float, d: int) -> torch.Tensor:
    """The rotation of the first two axes."""
    g = torch.eye(d, dtype=F64)
    g[:2, :2] = torch.tensor([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]], dtype=F64)
    return g


def class_measure(group, points: int = 48) -> tuple[torch.Tensor, torch.Tensor]:
    """Elements and weights that integrate class functions (trigonometric polynomials of low degree) exactly."""
    if group.is_finite:
        return group.elements, torch.full((len(group.elements),), 1 / len(group.elements), dtype=F64)
    angles = [2 * math.pi * j / points for j in range(points)]
    turns = torch.stack([turn(a, group.d) for a in angles])
    haar = torch.tensor([1 - math.cos(a) if group.d == 3 else 1.0 for a in angles], dtype=F64) / points
    if group in (SO(2), SO(3)):
        return turns, haar
    if group == O(3):
        return torch.cat([turns, -turns]), torch.cat([haar, haar]) / 2
    assert group == O(2)  # all reflections are conjugate
    return torch.cat([turns, torch.diag(torch.tensor([1.0, -1.0], dtype=F64))[None]]), torch.cat(
        [haar / 2, torch.tensor([0.5], dtype=F64)]
    )


def molien(V_in: Representation, V_out: Representation, degree: int) -> int:
    """dim Hom(Sym⁰ + … + Symᵈ V_in, V_out): characters of symmetric powers by Newton's identities."""
    g, weights = class_measure(V_in.group)
    matrix, sums = V_in.rho(g).dense(), []
    power = matrix
    for _ in range(degree):
        sums.append(power.diagonal(dim1=1, dim2=2).sum(1))
        power = power @ matrix
    symmetric = [torch.ones(len(g), dtype=F64)]
    for k in range(1, degree + 1):
        symmetric.append(sum(sums[i - 1] * symmetric[k - i] for i in range(1, k + 1)) / k)
    count = float((weights * sum(symmetric) * V_out.character(g)).sum())
    assert abs(count - round(count)) < 1e-8
    return round(count)


class Particles(Action):
    """Positions that are moved and momenta that are only turned, under rigid motions: (q₁ … q_k, p₁ … p_k)."""

    def __init__(self, group, copies: int = 2) -> None:
        self.group, self.d = group, group.d - 1
        self.points = AffineAction(group)
        self.n = 2 * copies * self.d

    def transform(self, g, x):
        parts = x.unflatten(-1, (2, -1, self.d))
        moved = [self.points.transform(g, parts[..., 0, :, :]), parts[..., 1, :, :] @ g[: self.d, : self.d].mT]
        return torch.stack(moved, dim=-3).flatten(-3)


def linear_part(group, copies: int) -> Representation:
    """Vectors that rigid motions turn but do not move."""
    d = group.d - 1
    one = torch.eye(copies, dtype=F64)
    return Representation(group, lambda g: torch.kron(one, g[:d, :d].contiguous()), name=f"{copies}L")


class Case(NamedTuple):
    action_in: object
    action_out: object
    n: int
    degree: int
    rank: int


def _of(V_in: Representation, V_out: Representation, degree: int) -> Case:
    return Case(V_in, V_out, V_in.dimension, degree, molien(V_in, V_out, degree))


def cases() -> dict[str, Case]:
    """Every rank by a count that knows nothing of the library."""
    R, Q, P, F = Vector(SO(3)), Vector(O(3)), Vector(SO(2)), Vector(O(2))
    K, B, T, Z = Vector(D(5)), Vector(Hyperoctahedral(3)), Vector(S(4)), Vector(C(6))
    turned, pair, points = 3 * R, Particles(SE(3)), Diagonal(AffineAction(SE(2)), 3)
    shift, L, A = AffineAction(Translation(2)), Vector(Lorentz()), Vector(Sp(4))
    return {
        "SO(3) scalars of three vectors": _of(3 * R, Scalar(R.group), 3),
        "SO(3) pseudoscalars are scalars": _of(3 * R, Pseudoscalar(R.group), 3),
        "O(3) pseudoscalars": _of(3 * Q, Pseudoscalar(Q.group), 3),
        "SO(3) tensors": _of(R, R**2, 4),
        "O(3) tensors of odd rank": _of(Q, Q**3, 3),
        "SO(3) two particles": _of(4 * R, 4 * R, 1),
        "SO(2) tensors": _of(P, P**2, 4),
        "O(2) vectors of two": _of(2 * F, F, 3),
        "D(5) vectors": _of(K, K, 5),
        "D(5) scalars": _of(K, Scalar(K.group), 6),
        "C(6) vectors": _of(Z, Z, 7),
        "cube scalars": _of(B, Scalar(B.group), 6),
        "cube tensors": _of(B, B**2, 3),
        "S(4) vectors": _of(T, T, 3),
        "signs": _of(Vector(Signs(3)), Vector(Signs(3)), 5),
        "Lorentz vectors": Case(L, L, 4, 3, 2),  # x, (x·x) x
        "Lorentz scalars": Case(L, None, 4, 4, 3),  # 1, x·x, (x·x)²
        "Sp(4) vectors": Case(A, A, 4, 3, 1),  # no invariant of one vector: x alone
        "translations": Case(shift, None, 2, 3, 1),
        "translated fields": Case(shift, Pushforward(shift), 2, 2, 2),
        "SE(3) affine maps": Case(pair, linear_part(SE(3), 4), 12, 1, molien(turned, 4 * R, 1)),
        "SE(3) invariants": Case(pair, None, 12, 2, molien(turned, Scalar(R.group), 2)),
        "SE(3) dynamics": Case(pair, Pushforward(pair), 12, 1, molien(turned, 4 * R, 1)),
        "SE(2) three points": Case(points, None, 6, 3, molien(2 * P, Scalar(P.group), 3)),
    }
