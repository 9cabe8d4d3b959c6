"""Lie groups: elements, random elements, membership, products, equality, bad input."""

import pickle

import pytest
import torch

from symmetra.groups import (
    GL,
    SE,
    SL,
    SO,
    SU,
    Affine,
    E,
    Galilei,
    LieGroup,
    Lorentz,
    O,
    Poincare,
    S,
    Scaling,
    Sp,
    Translation,
    U,
)  # fmt: skip
from symmetra.groups._bases import size
from symmetra.inputs import InputError

COMPACT = [SO(2), SO(3), SO(5), O(3), U(1), U(2), SU(2), SU(3), SO(3) * SU(2), O(2) * S(3)]
OTHERS = [
    SO(1, 3), SO(2, 2), O(1, 3), Lorentz(), SE(2), SE(3), E(3), SL(3), GL(3), Sp(2), Sp(4), Scaling(2),
    Translation(2), Affine(2), Poincare(), Galilei(), SE(3) * GL(2), Translation(1) * S(3),
]  # fmt: skip
ALL = COMPACT + OTHERS
DIMENSIONS = {
    "SO(3)": 3, "SO(5)": 10, "O(3)": 3, "U(2)": 4, "SU(3)": 8, "SO(1,3)": 6, "Lorentz": 6, "SE(3)": 6, "E(3)": 6,
    "SL(3)": 8, "GL(3)": 9, "Sp(4)": 10, "Affine(2)": 6, "Poincare": 10, "Galilei": 10, "Translation(2)": 2,
}  # fmt: skip


def ids(groups):
    return [group.name for group in groups]


@pytest.mark.parametrize("group", ALL, ids=ids(ALL))
def test_group_laws_and_membership(group):
    g, h = group.sample(6, seed=0), group.sample(6, seed=1)
    assert g.shape == (6, group.d, group.d) and g.dtype == group.dtype
    assert torch.equal(g, group.sample(6, seed=0)) and not torch.equal(g, h)
    assert torch.allclose(group.multiply(g, group.inverse(g)), group.identity, atol=1e-10)
    for product in group.multiply(g, h):
        assert product in group
    for component in group.components:
        assert component in group
    coefficients = torch.linspace(-1, 1, len(group.generators), dtype=torch.float64)
    assert group.exp(group.algebra_element(coefficients)) in group
    noise = torch.randn(group.d, group.d, generator=torch.Generator().manual_seed(2)).to(group.dtype)
    if not group.name.startswith("GL"):
        assert g[0] + 0.01 * noise not in group


@pytest.mark.parametrize("group", ALL, ids=ids(ALL))
def test_dimension_and_compactness(group):
    assert group.is_compact == (group in COMPACT)
    assert not group.is_finite
    assert group.dimension == group.algebra.dimension == len(group.generators)
    assert group.dimension == DIMENSIONS.get(group.name, group.dimension)


@pytest.mark.parametrize(
    ("group", "fourth"),
    # E |tr g|^4 counts invariants of V⊗V⊗V*⊗V* (3 for O(n) and for SO(3), 2 for U(n), n >= 2 and SU(3))
    [(SO(3), 3), (O(3), 3), (SO(5), 3), (U(2), 2), (SU(2), 2), (SU(3), 2), (SO(2), 6), (O(2), 3)],
    ids=lambda value: getattr(value, "name", value),
)
@pytest.mark.parametrize("walk", [False, True], ids=["qr", "walk"])
def test_haar_moments(group, fourth, walk):
    if walk:  # the same generators without the special sampler: products of exponentials
        group = LieGroup(group.generators, group.components)
        assert group.is_compact
    n = 20_000
    trace = torch.einsum("nii->n", group.sample(n, seed=4)).abs()
    for power, expected in ((2, 2 if group.d == 2 and group == SO(2) else 1), (4, fourth)):
        values = trace**power
        error = float(values.std()) / n**0.5
        assert abs(float(values.mean()) - expected) < 4.5 * error


def test_haar_in_a_skew_basis():
    # a conjugate of SO(3): compact, not orthogonal; the mean of g is zero, that of g (x) g has rank 1
    S = torch.tensor([[1.0, 2, 0], [0, 1, 3], [0, 0, 0.5]], dtype=torch.float64)
    group = LieGroup(S @ SO(3).generators[:2] @ torch.linalg.inv(S))
    assert group.is_compact and group.dimension == 3 and not group.closed
    g = group.sample(20_000, seed=0)
    assert float((torch.linalg.inv(S) @ g.mean(0) @ S).abs().max()) < 0.03
    assert g[0] in group and 1.01 * g[0] not in group


def test_components_are_all_visited():
    for group, signs in ((O(3), 2), (Lorentz(), 4), (SO(1, 3), 2), (GL(2), 2), (Poincare(), 4)):
        g = group.sample(200, seed=0)
        time = g[:, 0, 0].sign()
        found = (
            torch.stack([torch.linalg.det(g).sign(), time], 1) if group.d > 3 else torch.linalg.det(g).sign()[:, None]
        )
        _, counts = found.unique(dim=0, return_counts=True)
        assert len(counts) == signs and int(counts.min()) > 100 / signs


def test_samples_stay_bounded():
    for group in OTHERS:
        assert float(group.sample(300, seed=1).abs().max()) < 100, group.name


def test_bounded_but_not_closed_and_unbounded():
    circle = torch.tensor([[0.0, -1], [1, 0]], dtype=torch.float64)
    winding = LieGroup(torch.block_diag(circle, 2**0.5 * circle)[None])
    assert winding.is_compact and winding.dimension == 1
    spiral = LieGroup((circle + 0.1 * torch.eye(2))[None])
    shear = LieGroup(torch.tensor([[[0.0, 1.0], [0.0, 0.0]]]))
    assert not spiral.is_compact and not shear.is_compact
    assert shear.sample(3, seed=0)[1] in shear


def test_a_generating_set_is_enough():
    group = LieGroup(SO(4).generators[[0, 3, 5]])
    assert (group.dimension, group.closed, group.independent) == (6, False, True)
    assert group.closure_defect == pytest.approx(2**-0.5)
    assert group.algebra.name == "so(4)"
    assert all(g in group for g in SO(4).sample(3, seed=0))
    assert O(4).components[0] not in group
    dependent = LieGroup(torch.cat([SO(3).generators, SO(3).generators[:1]]))
    assert (dependent.dimension, dependent.independent, dependent.closed) == (3, False, True)
    # a rotation about z and a discrete exchange of axes generate all of SO(3)
    exchange = torch.tensor([[[0.0, 0, 1], [1, 0, 0], [0, 1, 0]]], dtype=torch.float64)
    assert LieGroup(SO(3).generators[:1], exchange).dimension == 3


def test_conventions():
    L = SO(3).generators
    assert L[0].tolist() == [[0, 1, 0], [-1, 0, 0], [0, 0, 0]]
    assert Lorentz().generators[0, :2, :2].tolist() == [[0, 1], [1, 0]]
    assert Lorentz() == O(1, 3)
    eta = torch.diag(torch.tensor([1.0, -1, -1, -1], dtype=torch.float64))
    g = Lorentz().sample(20, seed=0)
    assert torch.allclose(g.mT @ eta @ g, eta.expand(20, 4, 4), atol=1e-10)
    assert SE(2).generators[1].tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]
    moved = SE(3).exp(SE(3).generators[3]) @ torch.tensor([1.0, 2, 3, 1], dtype=torch.float64)
    assert moved.tolist() == [2, 2, 3, 1]
    J = torch.tensor([[0.0, 0, 1, 0], [0, 0, 0, 1], [-1, 0, 0, 0], [0, -1, 0, 0]], dtype=torch.float64)
    X = Sp(4).generators
    assert float((X.mT @ J + J @ X).abs().max()) == 0
    event = torch.tensor([2.0, 0, 0, 0, 1], dtype=torch.float64)
    assert (Galilei().exp(Galilei().generators[3]) @ event).tolist() == [2, 2, 0, 0, 1]
    assert SO(1, 3).identity_component.sample(50, seed=0)[:, 0, 0].min() >= 1


def test_equality_and_hash():
    assert SO(3) == LieGroup(SO(3).generators, name="rotations") and hash(SO(3)) == hash(LieGroup(SO(3).generators))
    assert SO(3) == LieGroup(SO(3).generators + -0.0)
    assert SO(3) != O(3) and SO(3) != SO(4) and SU(2) != SO(2)
    assert SO(3) * S(3) == SO(3) * S(3) and SO(3) * S(3) != S(3) * SO(3)
    assert len({SO(3), SO(3), O(3), SE(2)}) == 3
    for group in (SO(3), SE(3), U(2), SO(3) * S(3), Galilei()):
        copy = pickle.loads(pickle.dumps(group))
        assert copy == group and torch.equal(copy.sample(3, seed=0), group.sample(3, seed=0))


def test_immutable():
    group = SO(3)
    with pytest.raises(AttributeError, match="immutable"):
        group.name = "other"
    group.generators.zero_()
    assert group == SO(3) and float(group.generators.abs().max()) == 1
    given = SO(3).generators
    mine = LieGroup(given)
    given.zero_()
    assert mine == SO(3)


def test_products():
    group = SO(3) * (SU(2) * S(3))
    assert ids(group.factors) == ["SO(3)", "SU(2)", "S(3)"] and group.d == 8 and group.is_complex
    g = group.sample(4, seed=0)
    parts = group.split(g)
    assert [part.dtype for part in parts] == [torch.float64, torch.complex128, torch.float64]
    assert torch.equal(group.join(*parts), g)
    assert all(part[0] in factor for part, factor in zip(parts, group.factors, strict=True))
    mixed = g[0].clone()
    mixed[0, 4] = 0.1
    assert mixed not in group
    assert (group.dimension, group.algebra.name) == (6, "so(3) ⊕ su(2)")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LieGroup(torch.zeros(2, 3)), r"generators: got .*\(2, 3\).*expected square matrices"),
        (lambda: LieGroup(torch.eye(3)), r"generators\[None\]"),
        (lambda: LieGroup([torch.eye(2), torch.eye(3)]), r"one size"),
        (lambda: LieGroup("rotation"), r"generators: got str"),
        (lambda: LieGroup(torch.full((1, 2, 2), float("nan"))), r"NaN"),
        (lambda: LieGroup(SO(3).generators, torch.eye(2)[None]), r"components: .*\[k, 3, 3\]"),
        (lambda: LieGroup(SO(3).generators, SO(3).generators), r"components: got a singular matrix"),
        (lambda: SO(0), r"p: got int 0"),
        (lambda: size(2.5, "n"), r"n: got float 2.5"),
        (lambda: SO(3, -1), r"q: got int -1"),
        (lambda: Sp(3), r"d: got 3; expected an even dimension.*Sp\(4\)"),
        (lambda: SE(True), r"got bool True"),
        (lambda: SO(3).sample(-1), r"n: got int -1"),
        (lambda: SO(3).sample(2, seed=True), r"seed: got bool True"),
        (lambda: SO(3).algebra_element(torch.ones(2)), r"one a generator of SO\(3\)"),
        (lambda: SO(3).contains(torch.eye(4)), r"g: .*\(3, 3\)"),
        (lambda: (SO(3) * SO(2)).split(torch.eye(3)), r"SO\(3\) × SO\(2\)"),
        (lambda: (SO(3) * SO(2)).join(torch.eye(3)), r"parts: got 1 parts"),
    ],
)
def test_bad_input_is_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_not_invertible_is_not_an_element():
    assert torch.zeros(3, 3) not in GL(3)
    assert torch.eye(3) * 1j not in SO(3)
