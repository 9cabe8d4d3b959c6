"""Enforce, then discover: a generic function of the equivariant ones has an algebra that contains the group's."""

from __future__ import annotations

import pytest
import torch

from symmetra import discover, library
from symmetra.actions import Pushforward, as_fibre_action
from symmetra.enforce import library_constraint
from symmetra.enforce._library_action import moves
from symmetra.functions import candidates
from symmetra.groups import SE, SO, Lorentz, Scaling, Sp
from symmetra.linalg import orthonormal_rows, outside
from symmetra.representations import Vector

from .library_cases import F64, Case, Particles, cases, molien

PLANE, SPACE, LORENTZ, SYMPLECTIC = (Vector(group) for group in (SO(2), SO(3), Lorentz(), Sp(4)))
PAIR = Particles(SE(2))
LARGE = ("O(3) tensors of odd rank",)  # 729 candidates on the outputs: minutes, nothing new
MATRIX = {
    name: case
    for name, case in cases().items()
    if len(case.action_in.group.generators) and case.n <= 6 and name not in LARGE
} | {
    "SO(2) dynamics": Case(PLANE, Pushforward(PLANE), 2, 3, 4),
    "SO(3) dynamics": Case(SPACE, Pushforward(SPACE), 3, 3, 2),
    "Lorentz dynamics": Case(LORENTZ, Pushforward(LORENTZ), 4, 3, 2),
    "Sp(4) dynamics": Case(SYMPLECTIC, Pushforward(SYMPLECTIC), 4, 3, 1),
    "two scalings": Case(Vector(Scaling(1)) + Vector(Scaling(1)), Pushforward(2 * Vector(Scaling(1))), 2, 3, 4),
    "SE(2) dynamics of particles": Case(PAIR, Pushforward(PAIR), 8, 1, molien(3 * PLANE, 4 * PLANE, 1)),
}


def generators(one: Case) -> tuple[torch.Tensor, torch.Tensor]:
    """The group's generators as affine candidates ``[q, n(n+1)]`` and as matrices on the outputs ``[q, m, m]``."""
    fibre = as_fibre_action(one.action_out, one.action_in)
    both = moves(library.polynomial(one.n, 1), one.action_in, fibre, None, None)
    fields = [both.affine(True, xi).flatten() for xi in one.action_in.group.generators]
    turns = [both.constant_fibre(True, xi)[:, :-1] for xi in one.action_in.group.generators]
    return torch.stack(fields), torch.stack(turns)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_the_algebra_is_found_again(name: str) -> None:
    one = MATRIX[name]
    found = library_constraint(library.polynomial(one.n, one.degree), one.action_in, one.action_out)
    assert found.rank == one.rank
    F = found.function(torch.randn(found.rank, dtype=F64))
    x = torch.randn(300, one.n, dtype=F64)
    fields, turns = generators(one)
    space = candidates.affine(one.n)
    if isinstance(found.action_out, Pushforward):
        algebra, wanted = discover.dynamics(F, x, space), fields
    elif not float(turns.abs().max()):
        algebra, wanted = discover.function(F, x, space), fields
    else:  # the output action is looked for jointly
        algebra = discover.function(F, x, space, output=candidates.linear(found.outputs))
        wanted = torch.cat([fields, turns.flatten(1)], dim=1)
    span = orthonormal_rows(torch.cat([algebra.generators, algebra.outputs], dim=1))
    assert algebra.dimension >= len(torch.linalg.svdvals(wanted).nonzero())
    assert float(outside(wanted, span).max()) < 1e-7


@pytest.mark.parametrize("name", ["SO(3) dynamics", "SO(2) dynamics"])
def test_negative_what_is_off_the_space_loses_the_algebra(name: str) -> None:
    one = MATRIX[name]
    found = library_constraint(library.polynomial(one.n, one.degree), one.action_in, one.action_out)
    C = found.expand(torch.randn(found.rank, dtype=F64))
    off = torch.randn_like(C)
    F = type(found.function(torch.zeros(found.rank)))(found.library, C + 0.1 * (off - found.project(off)))
    algebra = discover.dynamics(F, torch.randn(300, one.n, dtype=F64), candidates.affine(one.n))
    assert algebra.dimension == algebra.trivial
