"""Laws of the algebra by Hypothesis; series and ideals; readable bases."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symmetra.groups import (
    GL,
    SE,
    SL,
    SO,
    SU,
    Affine,
    Algebra,
    Galilei,
    Poincare,
    Sp,
    bracket,
    readable_basis,
)  # fmt: skip
from symmetra.inputs import InputError

GROUPS = [SO(3), SO(1, 3), SL(3), Sp(4), SU(2), SE(3), Affine(2), Poincare(), Galilei()]
numbers = st.floats(-3, 3, allow_nan=False)


@st.composite
def triples(draw):
    group = draw(st.sampled_from(GROUPS))
    rows = [draw(st.lists(numbers, min_size=len(group.generators), max_size=len(group.generators))) for _ in range(3)]
    return group, group.algebra_element(torch.tensor(rows, dtype=torch.float64))


@settings(max_examples=60)
@given(triples())
def test_bracket_laws(case):
    group, (x, y, z) = case
    assert torch.equal(bracket(x, y), -bracket(y, x))
    jacobi = bracket(x, bracket(y, z)) + bracket(y, bracket(z, x)) + bracket(z, bracket(x, y))
    assert float(jacobi.abs().max()) <= 1e-12 * (1 + float(x.abs().max() * y.abs().max() * z.abs().max()))
    # the bracket stays in the span, and the structure constants give its coordinates
    stacked = torch.cat([group.generators, bracket(x, y)[None]])
    assert Algebra(stacked).dimension == group.dimension


@settings(max_examples=30)
@given(st.integers(2, 4), st.integers(1, 3), st.integers(0, 10_000))
def test_closure_is_closed(d, count, seed):
    source = torch.Generator().manual_seed(seed)
    matrices = torch.randint(-1, 2, (count, d, d), generator=source).double()
    algebra = Algebra.generated_by(matrices)
    assert algebra.closure_defect < 1e-10
    assert algebra.dimension >= Algebra(matrices).dimension
    c = algebra.structure_constants
    assert torch.equal(c, -c.transpose(0, 1))
    jacobi = torch.einsum("ijl,lkm->ijkm", c, c)
    cyclic = jacobi + jacobi.permute(1, 2, 0, 3) + jacobi.permute(2, 0, 1, 3)
    assert c.numel() == 0 or float(cyclic.abs().max()) < 1e-10
    semisimple, radical = algebra.levi
    assert semisimple.dimension + radical.dimension == algebra.dimension
    assert semisimple.closure_defect < 1e-10 and radical.is_solvable
    assert "not decidable" not in algebra.name and "not closed" not in algebra.name


@pytest.mark.parametrize("group", GROUPS, ids=[group.name for group in GROUPS])
def test_structure_constants(group):
    algebra = group.algebra
    e, c = algebra.matrices, algebra.structure_constants
    assert torch.equal(e, group.generators)
    expanded = torch.einsum("ijl,lab->ijab", c.to(e.dtype), e)
    assert torch.allclose(bracket(e[:, None], e[None]), expanded, atol=1e-12)
    killing = torch.einsum("iab,jba->ij", c, c)
    assert torch.allclose(algebra.killing, killing)
    invariance = torch.einsum("ijl,lk->ijk", c, killing)
    assert torch.allclose(invariance, -invariance.transpose(1, 2), atol=1e-10)


def dimensions(series):
    return [member.dimension for member in series]


def test_series_and_ideals():
    poincare = Poincare().algebra
    assert dimensions(poincare.derived_series) == [10]
    assert (poincare.radical.dimension, poincare.nilradical.dimension, poincare.centre.dimension) == (4, 4, 0)
    semisimple, radical = poincare.levi
    assert (semisimple.name, radical.name) == ("so(1,3)", "abelian R⁴")
    assert semisimple.rows.shape == (6, 10)
    rebuilt = torch.einsum("rk,kij->rij", semisimple.rows, poincare.matrices)
    assert torch.allclose(rebuilt, semisimple.matrices, atol=1e-12)
    affine = Affine(2).algebra
    assert (affine.radical.dimension, affine.nilradical.dimension) == (3, 2)
    assert dimensions(affine.radical.derived_series) == [3, 2, 0]
    galilei = Galilei().algebra
    assert dimensions(galilei.lower_central_series) == [10, 9]
    assert galilei.radical.is_nilpotent and dimensions(galilei.radical.lower_central_series) == [7, 3, 0]
    assert GL(3).algebra.centre.dimension == 1
    assert SO(4).algebra.is_semisimple and not GL(2).algebra.is_semisimple


def test_levi_of_a_tilted_complement():
    # semisimple part mixed with the radical: so(3) elements plus translations; the lift must undo it
    se3 = SE(3).generators.clone()
    se3[:3] += torch.tensor([[[0.0, 0, 0, 2], [0, 0, 0, -1], [0, 0, 0, 3], [0, 0, 0, 0]]], dtype=torch.float64)
    algebra = Algebra(se3)
    semisimple, _ = algebra.levi
    assert semisimple.closure_defect < 1e-12 and semisimple.name == "so(3)"


@pytest.mark.parametrize(
    "group", [SO(4), SO(1, 3), SE(3), Poincare(), Galilei(), Sp(4), SL(3), GL(3), SU(2), SU(3), SO(1, 9)],
    ids=lambda group: group.name,
)  # fmt: skip
def test_canonical_basis_is_the_textbook_one(group):
    source = torch.Generator().manual_seed(0)
    e = group.generators
    mixed = torch.einsum("ab,bij->aij", torch.randn(len(e), len(e), generator=source).to(e.dtype), e)
    basis = Algebra(mixed).canonical_basis()
    parts = torch.view_as_real(basis) if basis.is_complex() else basis
    assert set(parts.round(decimals=9).unique().tolist()) <= {-1.0, 0.0, 1.0}
    # the same span, and no basis element with more entries than the catalogue's worst
    assert Algebra(torch.cat([e, basis]), tolerance=1e-7).dimension == len(e) == len(basis)
    count = (parts != 0).flatten(1).sum(1)
    reference = torch.view_as_real(e) if e.is_complex() else e
    assert int(count.sum()) <= int((reference != 0).sum())
    first = parts.flatten(1)
    assert bool((first[torch.arange(len(first)), (first != 0).double().argmax(1)] > 0).all())
    if group in (SO(4), SO(1, 3), SE(3), Poincare(), SO(1, 9)):
        assert {tuple(row) for row in first.round(decimals=9).tolist()} == {tuple(row) for row in e.flatten(1).tolist()}


def test_readable_basis_keeps_the_span():
    source = torch.Generator().manual_seed(1)
    for k, p in ((1, 4), (3, 12), (7, 20), (20, 20)):
        rows = torch.randn(k, p, generator=source, dtype=torch.float64)
        basis = readable_basis(rows)
        joint = torch.linalg.svdvals(torch.cat([torch.linalg.qr(rows.T).Q.T, torch.linalg.qr(basis.T).Q.T]))
        assert basis.shape == (k, p) and float(joint[k:].max() if k < p else 0) < 1e-7
        assert float(torch.linalg.cond(basis)) < 1e6
        assert torch.allclose(basis.abs().amax(1), torch.ones(k, dtype=torch.float64))


def test_readable_basis_of_dependent_and_empty_rows():
    rows = torch.tensor([[1.0, 1, 0], [2, 2, 0], [1, 1, 1]], dtype=torch.float64)
    expected = torch.tensor([[1.0, 1, 0], [0, 0, 1]], dtype=torch.float64)
    assert torch.allclose(readable_basis(rows), expected, rtol=0, atol=1e-15)
    assert readable_basis(torch.zeros(2, 3)).shape == (0, 3)
    assert readable_basis(torch.zeros(0, 3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: readable_basis(torch.ones(3)), r"rows: .*\[k, P\]"),
        (lambda: Algebra(torch.ones(2, 3, 4)), r"matrices: .*square"),
        (lambda: Algebra.from_structure_constants(torch.ones(2, 2)), r"c: .*\[k, k, k\]"),
        (lambda: Algebra.from_structure_constants(torch.ones(2, 2, 2)), r"c: got a symmetric part"),
        (lambda: Algebra.from_structure_constants(torch.zeros(2, 2, 2)).canonical_basis(), r"readable_basis"),
    ],
)
def test_bad_input_is_one_line(call, words):
    with pytest.raises(InputError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_immutable():
    algebra = SO(3).algebra
    with pytest.raises(AttributeError, match="immutable"):
        algebra.tolerance = 1.0
    assert repr(algebra) == "Algebra(so(3), dimension 3)"
