"""Finite groups: orders, table axioms, classes, subgroups, against counts known from elsewhere."""

import math

import pytest
import torch

from symmetra.groups import SO, C, D, FiniteGroup, Hyperoctahedral, S, Signs, Z
from symmetra.inputs import InputError

QUATERNION = FiniteGroup(
    torch.stack([torch.tensor([[1j, 0], [0, -1j]]), torch.tensor([[0, 1], [-1, 0]], dtype=torch.complex64)]), name="Q8"
)
# the rotations of the icosahedron, from a turn by 72 degrees about a vertex and a half-turn about z
PHI = (1 + 5**0.5) / 2
TURN = 0.5 * torch.tensor([[PHI - 1, -PHI, 1], [PHI, 1, PHI - 1], [-1, PHI - 1, PHI]], dtype=torch.float64)
ICOSAHEDRAL = FiniteGroup(
    torch.stack([TURN, torch.diag(torch.tensor([-1.0, -1, 1], dtype=torch.float64))]), name="icosahedral"
)

# group, order, conjugacy classes, subgroups
TABLE = [
    (C(1), 1, 1, 1),
    (C(5), 5, 5, 2),
    (C(12), 12, 12, 6),
    (Z(5), 5, 5, 2),
    (Z(6), 6, 6, 4),
    (D(1), 2, 2, 2),
    (D(2), 4, 4, 5),
    (D(3), 6, 3, 6),
    (D(4), 8, 5, 10),
    (D(5), 10, 4, 8),
    (D(6), 12, 6, 16),
    (S(1), 1, 1, 1),
    (S(2), 2, 2, 2),
    (S(3), 6, 3, 6),
    (S(4), 24, 5, 30),
    (S(5), 120, 7, 156),
    (Hyperoctahedral(2), 8, 5, 10),
    (Hyperoctahedral(3), 48, 10, 98),
    (Signs(3), 8, 8, 16),
    (QUATERNION, 8, 5, 6),
    (ICOSAHEDRAL, 60, 5, 59),
    (S(3) * C(2), 12, 6, 16),
    (Z(3) * Z(3), 9, 9, 6),
]


@pytest.mark.parametrize(("group", "order", "classes", "subgroups"), TABLE, ids=[case[0].name for case in TABLE])
def test_counts(group, order, classes, subgroups):
    assert group.order == order == len(group.elements)
    assert len(group.conjugacy_classes) == classes
    assert sum(len(members) for members in group.conjugacy_classes) == order
    found = group.subgroups()
    assert len(found) == subgroups
    orders = [len(subgroup.elements) for subgroup in found]
    assert orders == sorted(orders) == [subgroup.order for subgroup in found]
    assert orders[0] == 1 and orders[-1] == order and all(order % size == 0 for size in orders)


@pytest.mark.parametrize(("group", "order", "classes", "subgroups"), TABLE, ids=[case[0].name for case in TABLE])
def test_table(group, order, classes, subgroups):
    table, elements = group.table, group.elements
    everything = torch.arange(order)
    assert torch.equal(table[0], everything) and torch.equal(table[:, 0], everything)
    assert torch.equal(table.sort(dim=0).values, everything[:, None].expand(order, order))
    assert torch.equal(table[everything, group.inverses], torch.zeros_like(everything))
    products = elements[:, None] @ elements[None]
    assert torch.allclose(elements[table], products, atol=1e-10)
    assert torch.equal(table[table], table[everything[:, None, None], table[None]])
    for members in group.conjugacy_classes:
        traces = torch.einsum("nii->n", elements[members])
        assert torch.allclose(traces, traces[:1].expand_as(traces), atol=1e-10)


def test_large_symmetric_groups():
    assert (len(S(6).elements), S(6).table.shape, len(S(6).conjugacy_classes)) == (720, (720, 720), 11)
    assert S(20).order == math.factorial(20)
    g = S(20).sample(5, seed=0)
    assert all(x in S(20) and x in Hyperoctahedral(20) for x in g)
    assert -g[0] not in S(20) and -g[0] in Hyperoctahedral(20) and -g[0] not in Signs(20)


def test_uniform():
    for group in (S(3), D(4), Hyperoctahedral(2), Signs(2), QUATERNION, S(3) * Z(2)):
        n = 4_000
        counts = torch.zeros(group.order)
        for g in group.sample(n, seed=1):
            counts[group.index(g)] += 1
        expected = n / group.order
        chi2 = float(((counts - expected) ** 2 / expected).sum())
        assert chi2 < group.order + 5 * (2 * group.order) ** 0.5


def test_no_lie_part():
    group = D(4)
    assert group.generators.shape == (0, 2, 2) and group.components.shape == (2, 2, 2)
    assert group.is_finite and group.is_compact and group.dimension == 0
    assert group.algebra.name == "trivial"
    assert group == FiniteGroup(group.components) and hash(group) == hash(D(4)) and D(4) != D(3)
    assert (S(3) * S(2)).is_finite and (S(3) * S(2)).order == 12


def test_subgroup():
    rotations = D(6).subgroup(C(6).components)
    assert rotations.order == 6 and len(rotations.conjugacy_classes) == 6
    with pytest.raises(InputError, match=r"generators\[0\].*an element of D\(4\)"):
        D(4).subgroup(C(3).components)


def test_index():
    group = S(4)
    for i in (0, 5, 23):
        assert group.index(group.elements[i]) == i
    with pytest.raises(InputError, match="an element of S"):
        group.index(2 * group.identity)


def test_limits_are_told():
    irrational = SO(2).exp(SO(2).generators)
    with pytest.raises(InputError, match=r"at most 50,000 elements.*LieGroup"):
        _ = FiniteGroup(irrational).elements
    with pytest.raises(InputError, match="at most 50,000 elements"):
        _ = FiniteGroup(torch.tensor([[[1.0, 1], [0, 2]]])).order
    with pytest.raises(InputError, match="order 40,320; expected a group of at most 10,000"):
        _ = S(8).table
    with pytest.raises(InputError, match="order 720; expected a group of at most 200"):
        S(6).subgroups()
    with pytest.raises(InputError, match="singular"):
        FiniteGroup(torch.zeros(1, 2, 2))
