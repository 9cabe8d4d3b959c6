"""Random sums of products of random factors, against the weights of a torus."""

from __future__ import annotations

from collections import Counter

import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symmetra.enforce import linear_basis
from symmetra.groups import SO, O
from symmetra.representations import Pseudoscalar, Representation, Scalar, Vector

# Built in the test, not in the strategy: the run-time type checks draw random numbers, which strategies must not.
FORMULAS = st.recursive(
    st.sampled_from(["1", "sgn", "V"]),
    lambda inner: st.tuples(st.sampled_from("+*"), inner, inner),
    max_leaves=6,
)


def build(formula, group) -> tuple[Representation, Counter]:
    """The representation and its weights: charges of the rotations of the plane with multiplicities."""
    if formula == "V":
        return Vector(group), Counter({1: 1, -1: 1})
    if isinstance(formula, str):
        return (Scalar if formula == "1" else Pseudoscalar)(group), Counter({0: 1})
    sign, (first, p), (second, q) = formula[0], build(formula[1], group), build(formula[2], group)
    if sign == "+":
        return first + second, p + q
    weights: Counter = Counter()
    for a, m in p.items():
        for b, n in q.items():
            weights[a + b] += m * n
    return first * second, weights


def pair(one, two, group) -> tuple[Representation, Representation, int]:
    """Both sides, and ``Σ m m'`` over equal weights."""
    (source, p), (target, q) = build(one, group), build(two, group)
    assume(source.dimension * target.dimension <= 1_500)
    return source, target, sum(m * q[w] for w, m in p.items())


@settings(max_examples=60)
@given(FORMULAS, FORMULAS)
def test_rank_is_the_product_of_the_weights(one, two) -> None:
    source, target, expected = pair(one, two, SO(2))
    assert linear_basis(source, target).rank == expected


@settings(max_examples=60)
@given(FORMULAS, FORMULAS)
def test_maps_that_commute_with_a_mirror_too(one, two) -> None:
    source, target, rotations = pair(one, two, O(2))
    basis = linear_basis(source, target)
    # the mean of the characters over reflections does not depend on their angle
    flip = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    assert basis.rank == round((rotations + float(source.character(flip) * target.character(flip))) / 2)
    W = basis.matrix(torch.ones(basis.rank, dtype=torch.float64))
    g = O(2).sample(5, seed=0)
    error = target.rho(g).dense() @ W - W @ source.rho(g).dense()
    assert float(error.abs().max()) <= 1e-12 * max(1.0, float(torch.linalg.matrix_norm(W)))
