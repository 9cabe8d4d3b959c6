"""Names, dimensions and Killing signatures: one table for the catalogue, under changes of basis and conjugation."""

import pytest
import torch

from symmetra import groups
from symmetra.groups import (
    GL,
    SE,
    SL,
    SO,
    SU,
    Affine,
    Algebra,
    Galilei,
    LieGroup,
    Lorentz,
    Poincare,
    Scaling,
    Sp,
    Translation,
    U,
)  # fmt: skip

# group, name from the matrices, name from structure constants alone, (positive, negative, zero)
TABLE = [
    (SO(2), "so(2)", "abelian R", (0, 0, 1)),
    (SO(3), "so(3)", "so(3)", (0, 3, 0)),
    (SO(4), "so(4)", "so(4)", (0, 6, 0)),
    (SO(5), "so(5)", "so(5)", (0, 10, 0)),
    (SO(6), "so(6)", "so(6)", (0, 15, 0)),
    (SO(7), "so(7)", "so(7)", (0, 21, 0)),
    (SO(10), "so(10)", "so(10)", (0, 45, 0)),
    (SO(1, 2), "so(1,2)", "sl(2)", (2, 1, 0)),
    (SO(3, 1), "so(1,3)", "so(1,3)", (3, 3, 0)),
    (Lorentz(), "so(1,3)", "so(1,3)", (3, 3, 0)),
    (SO(2, 2), "sl(2) ⊕ sl(2)", "sl(2) ⊕ sl(2)", (4, 2, 0)),
    (SO(1, 4), "so(1,4)", "so(1,4)", (4, 6, 0)),
    (SO(2, 3), "so(2,3)", "sp(4)", (6, 4, 0)),
    (SO(3, 3), "so(3,3)", "sl(4)", (9, 6, 0)),
    (SO(2, 4), "so(2,4)", "so(2,4)", (8, 7, 0)),
    (SO(1, 5), "so(1,5)", "so(1,5)", (5, 10, 0)),
    (SO(3, 4), "so(3,4)", "so(3,4)", (12, 9, 0)),
    (SO(4, 4), "so(4,4)", "so(4,4)", (16, 12, 0)),
    (SO(1, 9), "so(1,9)", "so(1,9)", (9, 36, 0)),
    (SL(2), "sl(2)", "sl(2)", (2, 1, 0)),
    (SL(3), "sl(3)", "sl(3)", (5, 3, 0)),
    (SL(4), "sl(4)", "sl(4)", (9, 6, 0)),
    (GL(2), "sl(2) ⊕ R", "sl(2) ⊕ R", (2, 1, 1)),
    (GL(3), "sl(3) ⊕ R", "sl(3) ⊕ R", (5, 3, 1)),
    (Sp(4), "sp(4)", "sp(4)", (6, 4, 0)),
    (Sp(6), "sp(6)", "sp(6)", (12, 9, 0)),
    (SU(2), "su(2)", "so(3)", (0, 3, 0)),
    (SU(3), "su(3)", "su(3)", (0, 8, 0)),
    (SU(4), "su(4)", "so(6)", (0, 15, 0)),
    (U(2), "su(2) ⊕ R", "so(3) ⊕ R", (0, 3, 1)),
    (SE(2), "se(2)", "se(2)", (0, 1, 2)),
    (SE(3), "se(3)", "se(3)", (0, 3, 3)),
    (SE(4), "se(4)", "se(4)", (0, 6, 4)),
    (SE(5), "se(5)", "se(5)", (0, 10, 5)),
    (Poincare(), "iso(1,3) (Poincaré)", "iso(1,3) (Poincaré)", (3, 3, 4)),
    (Galilei(), "gal(3) (Galilei)", "gal(3) (Galilei)", (0, 3, 7)),
    (Affine(1), "2-dimensional non-abelian (aff(1))", "2-dimensional non-abelian (aff(1))", (1, 0, 1)),
    (Affine(2), "aff(2)", "aff(2)", (3, 1, 2)),
    (Affine(3), "aff(3)", "aff(3)", (6, 3, 3)),
    (Translation(1), "abelian R", "abelian R", (0, 0, 1)),
    (Translation(2), "abelian R²", "abelian R²", (0, 0, 2)),
    (Scaling(3), "abelian R", "abelian R", (0, 0, 1)),
    (SL(3) * SL(3), "sl(3) ⊕ sl(3)", "sl(3) ⊕ sl(3)", (10, 6, 0)),
    (SO(3) * SO(3), "so(3) ⊕ so(3)", "so(4)", (0, 6, 0)),
    (SO(3) * SE(3), "se(3) ⊕ so(3)", "se(3) ⊕ so(3)", (0, 6, 3)),
    (SE(3) * SE(3), "se(3) ⊕ se(3)", "se(3) ⊕ se(3)", (0, 6, 6)),
    (SE(2) * SE(2), "se(2) ⊕ se(2)", "se(2) ⊕ se(2)", (0, 2, 4)),
    (SO(3) * Translation(2), "so(3) ⊕ R²", "so(3) ⊕ R²", (0, 3, 2)),
    (Affine(1) * Affine(1), "aff(1) ⊕ aff(1)", "aff(1) ⊕ aff(1)", (2, 0, 2)),
]
IDS = [case[0].name for case in TABLE]


def orthogonal(k: int, source: torch.Generator) -> torch.Tensor:
    return torch.linalg.qr(torch.randn(k, k, generator=source, dtype=torch.float64)).Q


def scrambled(k: int, source: torch.Generator, spread: float = 10.0) -> torch.Tensor:
    """A random matrix of condition number at most ``spread``."""
    sizes = spread ** (torch.rand(k, generator=source, dtype=torch.float64) - 0.5)
    return orthogonal(k, source) @ torch.diag(sizes) @ orthogonal(k, source)


def elementary(d: int, *entries: tuple[int, int, float]) -> torch.Tensor:
    matrix = torch.zeros(d, d, dtype=torch.float64)
    for i, j, value in entries:
        matrix[i, j] = value
    return matrix


@pytest.mark.parametrize(("group", "name", "abstract", "signature"), TABLE, ids=IDS)
def test_catalogue(group, name, abstract, signature):
    algebra = group.algebra
    assert (algebra.name, algebra.signature, algebra.dimension) == (name, signature, sum(signature))
    assert group.dimension == sum(signature)
    assert algebra.closure_defect < 1e-14
    semisimple, radical = algebra.levi
    assert semisimple.dimension + radical.dimension == algebra.dimension
    assert semisimple.closure_defect < 1e-10
    assert Algebra.from_structure_constants(algebra.structure_constants).name == abstract


@pytest.mark.parametrize(("group", "name", "abstract", "signature"), TABLE, ids=IDS)
def test_any_basis_and_any_conjugate(group, name, abstract, signature):
    source = torch.Generator().manual_seed(3)
    matrices = group.algebra.matrices
    k, d = matrices.shape[:2]
    mixed = torch.einsum("ab,bij->aij", scrambled(k, source).to(matrices.dtype), matrices)
    S = scrambled(d, source, 4.0).to(matrices.dtype)
    algebra = Algebra(S @ mixed @ torch.linalg.inv(S))
    assert (algebra.name, algebra.signature) == (name, signature)
    assert algebra.levi[0].closure_defect < 1e-10


@pytest.mark.parametrize(("group", "name", "abstract", "signature"), TABLE, ids=IDS)
def test_noisy_structure_constants(group, name, abstract, signature):
    source = torch.Generator().manual_seed(4)
    c = group.algebra.structure_constants
    T = scrambled(len(c), source)
    c = torch.einsum("ai,bj,ijl,lm->abm", T, T, c, torch.linalg.inv(T))
    c = c + 1e-10 * torch.randn(c.shape, generator=source, dtype=c.dtype)
    algebra = Algebra.from_structure_constants((c - c.transpose(0, 1)) / 2)
    assert (algebra.name, algebra.signature) == (abstract, signature)


def test_several_copies_do_not_change_the_name():
    for group in (SO(3), SO(1, 3), Poincare(), SL(3), SE(3)):
        copies = torch.stack([torch.block_diag(X, X, X) for X in group.generators])
        assert Algebra(copies).name == group.algebra.name


def test_spinors_and_vectors_of_the_same_algebra_are_told_apart():
    quaternions = torch.stack([
        elementary(4, (0, 1, 1), (1, 0, -1), (2, 3, 1), (3, 2, -1)),
        elementary(4, (0, 2, 1), (2, 0, -1), (1, 3, -1), (3, 1, 1)),
    ])  # fmt: skip
    left = Algebra.generated_by(quaternions)
    assert (left.name, left.dimension, left.signature) == ("su(2)", 3, (0, 3, 0))
    sl2c = torch.cat([SL(2).generators.to(torch.complex128), 1j * SL(2).generators])
    assert Algebra(sl2c).name == "sl(2,C)"
    assert Algebra.from_structure_constants(Algebra(sl2c).structure_constants).name == "so(1,3)"
    sl3c = torch.cat([SL(3).generators.to(torch.complex128), 1j * SL(3).generators])
    assert Algebra(sl3c).name == "sl(3,C)"


@pytest.mark.parametrize(
    ("form", "name"),
    [
        (torch.diag(torch.tensor([1.0, 1, 1, -1])), "su(1,3)"),
        (torch.diag(torch.tensor([1.0, 1, -1, -1])), "su(2,2)"),
        (torch.diag(torch.tensor([1.0, 1, -1])), "su(1,2)"),
    ],
    ids=["su(1,3)", "su(2,2)", "su(1,2)"],
)
def test_pseudo_unitary(form, name):
    # A = F·(anti-Hermitian) satisfies A^H F + F A = 0; the trace is removed
    n = len(form)
    form = form.to(torch.complex128)
    matrices = form @ U(n).generators
    trace = torch.einsum("kii->k", matrices)[:, None, None] / n
    assert Algebra(matrices - trace * torch.eye(n)).name == name


def test_quaternionic_forms():
    J = torch.kron(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), torch.eye(2)).to(torch.complex128)
    # usp(4): unitary and symplectic, = so(5);  so*(8) = so(2,6): A^T A = 1 and A^H J A = J on C^8
    symplectic = torch.cat([Sp(4).generators.to(torch.complex128), 1j * Sp(4).generators])
    compact = [X - X.mH for X in symplectic]
    algebra = Algebra(torch.stack(compact))
    assert (algebra.name, algebra.dimension) == ("so(5)", 10)
    assert torch.allclose(algebra.matrices.mT @ J + J @ algebra.matrices, torch.zeros(4, 4, dtype=torch.complex128))
    J8 = torch.kron(torch.tensor([[0.0, 1.0], [-1.0, 0.0]]), torch.eye(4)).to(torch.complex128)
    so8 = torch.cat([SO(8).generators.to(torch.complex128), 1j * SO(8).generators])
    fixed = Algebra(torch.stack([(X - torch.linalg.inv(J8) @ X.mH @ J8) / 2 for X in so8]))
    assert (fixed.dimension, fixed.name) == (28, "so(2,6)")


def test_g2_from_the_octonions():
    # derivations of the octonions: the stabiliser in so(7) of the 3-form with these seven lines
    lines = [(0, 1, 2), (0, 3, 4), (0, 6, 5), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 5, 4)]
    form = torch.zeros(7, 7, 7, dtype=torch.float64)
    for a, b, c in lines:
        for i, j, k, sign in ((a, b, c, 1), (b, c, a, 1), (c, a, b, 1), (b, a, c, -1), (a, c, b, -1), (c, b, a, -1)):
            form[i, j, k] = sign
    L = SO(7).generators
    moved = sum(torch.einsum(f"qa{x},{spec}->qijk", L, form) for x, spec in (("i", "ajk"), ("j", "iak"), ("k", "ija")))
    _, s, vh = torch.linalg.svd(moved.reshape(21, -1).T)
    stabiliser = torch.einsum("rq,qij->rij", vh[int((s > 1e-10).sum()) :], L)
    algebra = Algebra(stabiliser)
    assert (algebra.dimension, algebra.name, algebra.signature) == (14, "g2(-14)", (0, 14, 0))


def heisenberg(n: int) -> torch.Tensor:
    d = n + 2
    return torch.stack(
        [elementary(d, (0, 1 + i, 1)) for i in range(n)]
        + [elementary(d, (1 + i, d - 1, 1)) for i in range(n)]
        + [elementary(d, (0, d - 1, 1))]
    )


def test_nilpotent_and_solvable():
    three = Algebra(heisenberg(1))
    assert (three.name, three.is_nilpotent) == ("3-dimensional nilpotent (Heisenberg)", True)
    assert Algebra(heisenberg(2)).name == "5-dimensional nilpotent (Heisenberg)"
    upper = Algebra(torch.stack([elementary(4, (i, j, 1)) for i in range(4) for j in range(i + 1, 4)]))
    assert upper.name == "6-dimensional nilpotent (class 3)"
    borel = Algebra(torch.stack([elementary(3, (i, j, 1)) for i in range(3) for j in range(i, 3)]))
    assert (borel.is_solvable, borel.is_nilpotent) == (True, False)
    assert (borel.nilradical.dimension, borel.centre.dimension) == (4, 1)
    assert borel.name == "(5-dimensional solvable) ⊕ R"
    product = LieGroup(heisenberg(1)) * Translation(2)
    assert product.algebra.name == "h(3) ⊕ R²"
    boost = Algebra(
        torch.stack([elementary(3, (0, 1, 1), (1, 0, 1)), elementary(3, (0, 2, 1)), elementary(3, (1, 2, 1))])
    )
    assert boost.name == "iso(1,1)"


def test_motions_with_dilations():
    for n, name in ((2, "sim(2)"), (3, "sim(3)"), (4, "sim(4)")):
        dilation = elementary(n + 1, *((i, i, 1) for i in range(n)))
        assert Algebra(torch.cat([SE(n).generators, dilation[None]])).name == name
    weyl = torch.cat([Poincare().generators, elementary(5, *((i, i, 1) for i in range(4)))[None]])
    assert Algebra(weyl).name == "(so(1,3) ⊕ R) ⋉ R⁴ (Poincaré with dilations)"
    space = torch.cat([Translation(3).generators, elementary(4, (0, 0, 1), (1, 1, 1), (2, 2, 1))[None]])
    assert Algebra(space).name == "R ⋉ R³ (dilation and translations)"


def test_other_semidirect_sums():
    special_affine = torch.nn.functional.pad(SL(3).generators, (0, 1, 0, 1))
    assert Algebra(torch.cat([special_affine, Translation(3).generators])).name == "sl(3) ⋉ R³"
    # two particles rotated together and shifted apart
    rotations = torch.stack([torch.block_diag(X, X, torch.zeros(1, 1)) for X in SO(3).generators])
    shifts = torch.stack([elementary(7, (i, 6, 1)) for i in range(6)])
    assert Algebra(torch.cat([rotations, shifts])).name == "so(3) ⋉ R⁶"
    # free particle on a line (heat equation): sl(2) on the Heisenberg algebra
    quadratic = torch.nn.functional.pad(Sp(2).generators, (1, 1, 1, 1))
    linear = torch.stack([
        elementary(4, (0, 1, 1), (2, 3, 1)), elementary(4, (0, 2, 1), (1, 3, -1)), elementary(4, (0, 3, 1)),
    ])  # fmt: skip
    schroedinger = Algebra(torch.cat([quadratic, linear]))
    assert (schroedinger.name, schroedinger.closure_defect < 1e-12) == ("sl(2) ⋉ h(3)", True)


def test_bargmann():
    # (m, t, x, 1) with boosts that pick up the mass: a central extension of the Galilei algebra
    rotations = torch.nn.functional.pad(SO(3).generators, (2, 1, 2, 1))
    boosts = torch.stack([elementary(6, (2 + i, 1, 1), (0, 2 + i, 1)) for i in range(3)])
    shifts = torch.stack([elementary(6, (2 + i, 5, 1)) for i in range(3)])
    time, mass = elementary(6, (1, 5, 1)), elementary(6, (0, 5, 1))
    algebra = Algebra(torch.cat([rotations, boosts, shifts, torch.stack([time, mass])]))
    assert algebra.closure_defect < 1e-12
    assert (algebra.dimension, algebra.centre.dimension) == (11, 1)
    assert algebra.name == "bargmann(3) (Galilei with mass)"


@pytest.mark.parametrize(
    "group", [SO(3), SO(4), SO(1, 3), SE(3), GL(2), SL(3), Sp(4), Poincare(), Galilei(), Affine(2)]
)
def test_generators_from_noisy_data(group):
    source = torch.Generator().manual_seed(6)
    e = group.generators
    noisy = e + 1e-5 * torch.randn(e.shape, generator=source, dtype=e.dtype)
    algebra = Algebra(noisy, tolerance=1e-3)
    assert (algebra.name, algebra.signature) == (group.algebra.name, group.algebra.signature)
    if group != GL(2):  # any four independent 2 × 2 matrices span gl(2)
        assert "not closed" in Algebra(noisy).name


def test_what_is_not_decided_is_not_named():
    span = Algebra(SO(3).generators[:2])
    assert span.name == "2-dimensional span, not closed under brackets"
    assert span.closure_defect == pytest.approx(2**-0.5)
    source = torch.Generator().manual_seed(5)
    c = SO(1, 3).algebra.structure_constants
    T = scrambled(6, source, 1e5)
    c = torch.einsum("ai,bj,ijl,lm->abm", T, T, c, torch.linalg.inv(T))
    c = c + 1e-6 * float(c.abs().max()) * torch.randn(c.shape, generator=source, dtype=c.dtype)
    blurred = Algebra.from_structure_constants((c - c.transpose(0, 1)) / 2)
    assert blurred.name == "6-dimensional, structure not decidable at this accuracy"
    told = Algebra.from_structure_constants(SO(3).algebra.structure_constants, closure_defect=0.3)
    assert "not closed" in told.name


def test_trivial():
    assert Algebra(torch.zeros(0, 3, 3)).name == "trivial"
    assert groups.S(3).algebra.dimension == 0
