"""Enforce and discover are dual: a generic equivariant map has at least the symmetry that was put into it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from symmetra import candidates, discover
from symmetra.enforce import linear_basis
from symmetra.groups import GL, SE, SL, SO, SU, LieGroup, Lorentz, O, Scaling, Sp
from symmetra.representations import Representation, Scalar, Vector


def quaternions() -> LieGroup:
    X = SU(2).generators
    return LieGroup(torch.cat([torch.cat([X.real, -X.imag], -1), torch.cat([X.imag, X.real], -1)], -2), name="H")


def skew() -> LieGroup:
    M = torch.tensor([[1.0, 0.5, 0.0], [0.0, 1.5, -0.3], [0.2, 0.0, 2.0]], dtype=torch.float64)
    return LieGroup(M @ SO(3).generators @ torch.linalg.inv(M), name="SO(3) in a skew basis")


GROUPS = [
    *(SO(2), SO(3), O(3), Lorentz(), Sp(4), SL(2), GL(2), SE(2), Scaling(2)),
    *(quaternions(), skew(), SO(3) * SO(2)),
]
SIDES = {
    "V → V": lambda V, one: (V, V),
    "2V ⊕ 1 → V ⊕ 1": lambda V, one: (2 * V + one, V + one),
    "V⊗V → V⊗V": lambda V, one: (V * V, V * V),
    "V⊗V* → 1 ⊕ V⊗V*": lambda V, one: (V * V.dual, one + V * V.dual),
}


def generic_map(V_in: Representation, V_out: Representation) -> Tensor:
    basis = linear_basis(V_in, V_out)
    weights = torch.randn(basis.rank, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    return basis.matrix(weights)


def samples(n: int) -> Tensor:
    return torch.randn(4 * n + 20, n, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


def largest_angle(wanted: Tensor, found: Tensor) -> float:
    """Of the rows of ``wanted`` with the span of ``found``: the sine of the largest principal angle."""
    _, sizes, Vh = torch.linalg.svd(wanted, full_matrices=False)  # a group may act trivially in part
    A, B = Vh[sizes > 1e-8].mT, torch.linalg.qr(found.mT).Q
    return float(torch.linalg.matrix_norm(A - B @ (B.mT @ A)))


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_algebra_of_a_generic_map_contains_the_groups(group: LieGroup, sides: str) -> None:
    """With the output tied to the representation, and looked for among all pairs of matrices (A, B) with W A = B W."""
    V_in, V_out = SIDES[sides](Vector(group), Scalar(group))
    W = generic_map(V_in, V_out)
    n, m, x = V_in.dimension, V_out.dimension, samples(V_in.dimension)
    tied = discover.function(lambda s: W @ s, x, candidates.from_group(group, V_in), V_out)
    assert tied.dimension == len(group.generators)
    assert float(tied.defects.max()) <= 1e-9
    if n * n + m * m > 110:  # hundreds of candidates take seconds
        return
    free = discover.function(lambda s: W @ s, x, candidates.linear(n), candidates.linear(m))
    pairs = torch.cat([V.drho(group.generators).dense().flatten(1) for V in (V_in, V_out)], dim=1)
    # both kinds of coefficients are matrices, row by row
    assert largest_angle(pairs, torch.cat([free.generators, free.outputs], dim=1)) <= 1e-8


@pytest.mark.parametrize("group", GROUPS[:7], ids=str)
def test_invariant_and_covariant_forms(group: LieGroup) -> None:
    """Quadratic forms and bilinear products made of invariant tensors: no output action, or the vector's."""
    V, one = Vector(group), Scalar(group)
    n, x = V.dimension, samples(V.dimension)
    generators = group.generators.flatten(1)
    for target in (one, V):
        if linear_basis(V * V, target).rank == 0:
            continue
        W = generic_map(V * V, target)
        f = lambda s, W=W: W @ torch.outer(s, s).flatten()  # noqa: E731
        if float(torch.stack([f(s) for s in x]).abs().max()) < 1e-12:  # an antisymmetric form of one vector
            continue
        output = None if target is one else target
        if output is None:
            found = discover.function(lambda s, f=f: f(s)[0], x, candidates.linear(n))
            assert largest_angle(generators, found.generators) <= 1e-8
        else:
            assert discover.function(f, x, candidates.from_group(group), output).dimension == len(generators)


def test_a_map_that_is_not_equivariant_has_less() -> None:
    V = Vector(SO(3))
    W = torch.randn(9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    x = samples(9)
    assert discover.function(lambda s: W @ s, x, candidates.from_group(V.group, V * V), V * V).dimension == 0
    near = generic_map(V * V, V * V) + 1e-4 * W
    assert discover.function(lambda s: near @ s, x, candidates.from_group(V.group, V * V), V * V).dimension == 0
