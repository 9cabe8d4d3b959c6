"""Every basis on 100 random finite elements, orthonormal, and the same map in every form."""

from __future__ import annotations

import pytest
import torch

from symmetra.enforce import EquivariantBasis, forget, linear_basis
from symmetra.groups import GL, SE, SL, SO, SU, D, FiniteGroup, Hyperoctahedral, LieGroup, Lorentz, O, S, Scaling, Sp, U
from symmetra.representations import Determinant, Pseudoscalar, Representation, Scalar, Vector

from . import counts


def _quaternions() -> LieGroup:
    X = SU(2).generators
    return LieGroup(torch.cat([torch.cat([X.real, -X.imag], -1), torch.cat([X.imag, X.real], -1)], -2))


def _cases() -> dict[str, tuple[Representation, Representation, str]]:
    R, Q, L, P = Vector(SO(3)), Vector(O(3)), Vector(Lorentz()), Vector(S(4))
    B, T, A, C = Vector(Hyperoctahedral(3)), Vector(SO(2)), Vector(Sp(4)), Vector(SU(3))
    G, W, H, E, K = Vector(GL(2)), Vector(U(2)), Vector(_quaternions()), Vector(SE(2)), Vector(D(5))
    N, M, Z = Vector(FiniteGroup(counts.icosahedral())), Vector(SL(3)), Vector(Scaling(2))
    mixed = Vector(S(3)) * Vector(SO(3)) + Vector(SO(3))
    return {
        "rotations": (R**3, R**3, "isotypic"),
        "rotations, sums": (2 * Scalar(R.group) + 3 * R + R**2, R**2 + 2 * R + Scalar(R.group), "isotypic"),
        "rotations, product of sums": ((R + Scalar(R.group)) * (R + R**2), R**2, "isotypic"),
        "rotations, one factor moved": (R, R**3, "isotypic"),
        "rotations, two different factors moved": (Scalar(R.group), R**2 * (R + R**2) * R, "isotypic"),
        "rotations, factors of the input moved": (R * (R + Scalar(R.group)) * R**2, R, "isotypic"),
        "reflections": (Q**2 * Pseudoscalar(Q.group) + Q, Q**3, "isotypic"),
        "Lorentz": (L**2, L**2, "isotypic"),
        "Lorentz, dual": (L**2, L * L.dual, "isotypic"),
        "permutations": (P**2 + P, P**2, "orbits"),
        "signed permutations": (B**2, B**2 + B, "orbits"),
        "plane": (2 * T, T**3, "isotypic"),
        "symplectic": (A**2, A * A.dual, "isotypic"),
        "SU(3)": (C**2, C.dual + C.conjugate, "isotypic"),
        "SU(3) tensors": (C**2 * C.dual, C * C.dual * C, "isotypic"),
        "GL(2)": (G**2 * G.dual, G, "isotypic"),
        "GL(2), determinant": (G, G.dual * Determinant(G.group), "isotypic"),
        "U(2)": (W**2, W * W, "isotypic"),
        "U(2), phase": (W * W, Pseudoscalar(W.group), "isotypic"),
        "quaternionic": (H**2, 2 * H**2, "isotypic"),
        "SE(2)": (E**2, E**2, "projector"),
        "pentagon": (K**3, K**2 + K, "isotypic"),
        "icosahedron": (N**3, N**2, "isotypic"),
        "SL(3)": (M**3, M * M.dual, "isotypic"),
        "scaling": (Z, Z, "isotypic"),
        "product of groups": (mixed, mixed, "isotypic"),
    }


CASES = _cases()


@pytest.fixture(params=sorted(CASES))
def case(request) -> tuple[EquivariantBasis, str]:
    V_in, V_out, engine = CASES[request.param]
    return linear_basis(V_in, V_out), engine


def test_equivariance_on_finite_elements(case) -> None:
    basis, engine = case
    assert basis.engine == engine
    group, rows = basis.V_in.group, basis.V_out.dimension
    g = torch.cat([group.sample(100, seed=1), group.components])
    maps = basis.vectors.T.reshape(basis.rank, rows, -1)
    left, right = basis.V_out.rho(g).dense().to(maps.dtype), basis.V_in.rho(g).dense().to(maps.dtype)
    difference = left[:, None] @ maps - maps @ right[:, None]
    size = torch.linalg.matrix_norm(left) + torch.linalg.matrix_norm(right)
    assert basis.rank > 0
    assert float((difference.abs().amax((1, 2, 3)) / size).max()) <= 1e-12
    assert float(basis.spectrum[: basis.rank].max()) <= 1e-12


def test_orthonormal_and_one_map_in_every_form(case) -> None:
    basis, _ = case
    vectors = basis.vectors
    n_in, n_out = basis.V_in.dimension, basis.V_out.dimension
    assert vectors.shape == (n_out * n_in, basis.rank)
    eye = torch.eye(basis.rank, dtype=vectors.dtype)
    assert float((vectors.mH @ vectors - eye).abs().max()) <= 1e-12
    weights = torch.randn(basis.rank, dtype=vectors.dtype)
    W = basis.matrix(weights)
    torch.testing.assert_close(W, (vectors @ weights).reshape(n_out, n_in), rtol=0, atol=1e-12)
    x = torch.randn(2, 3, n_in, dtype=vectors.dtype)
    torch.testing.assert_close(basis.apply(weights, x), x @ W.mT, rtol=0, atol=1e-11)
    torch.testing.assert_close(basis.coordinates(W), weights, rtol=0, atol=1e-12)
    # a matrix that is not equivariant is projected: the rest is orthogonal to every map
    other = torch.randn(n_out, n_in, dtype=vectors.dtype)
    rest = other - basis.matrix(basis.coordinates(other))
    assert float((vectors.mH @ rest.flatten()).abs().max()) <= 1e-12


def test_gradients_reach_weights_and_input() -> None:
    V = Vector(SO(3))
    for source, target in ((V**2 + V, V**2), (V, V**3)):
        basis = linear_basis(source, target)
        weights = torch.randn(basis.rank, dtype=torch.float64, requires_grad=True)
        x = torch.randn(4, source.dimension, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(basis.apply, (weights, x))
    P = Vector(S(4))
    basis = linear_basis(P**2, P)
    weights = torch.randn(basis.rank, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(basis.apply, (weights, torch.randn(2, 16, dtype=torch.float64)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("engine", ["orbits", "isotypic", "commutant", "projector"])
def test_results_have_the_precision_of_what_they_are_made_of(engine: str, dtype: torch.dtype) -> None:
    group = {"orbits": S(4), "projector": SE(2)}.get(engine, SO(3))
    V = Vector(group)
    basis = linear_basis(V**2, V**2, engine=engine)
    weights, x = torch.randn(basis.rank, dtype=dtype), torch.randn(5, V.dimension**2, dtype=dtype)
    W, y = basis.matrix(weights), basis.apply(weights, x)
    assert (W.dtype, y.dtype, basis.coordinates(W).dtype) == (dtype, dtype, dtype)
    near = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(y, x @ W.mT, rtol=near, atol=near)
    torch.testing.assert_close(basis.coordinates(W), weights, rtol=near, atol=near)
    # numbers without a precision count as double ones
    assert basis.matrix(weights.tolist()).dtype == torch.float64
    assert basis.apply(weights, x.tolist()).dtype == torch.float64
    assert basis.apply(weights.to(torch.complex64), x).dtype == (
        torch.complex64 if dtype == torch.float32 else torch.complex128
    )


@pytest.mark.parametrize("engine", ["orbits", "isotypic", "commutant", "projector"])
def test_maps_follow_their_input_to_another_device(engine: str) -> None:
    """On the device without numbers: a tensor of the wrong device in any operation would raise."""
    group = {"orbits": S(4), "projector": SE(2)}.get(engine, SO(3))
    V = Vector(group)
    for source, target in ((V**2, V**2), (V, V**2 + V)):
        space = linear_basis(source, target, engine=engine).space
        weights = torch.randn(space.rank, dtype=torch.float64, device="meta")
        x = torch.randn(2, source.dimension, dtype=torch.float64, device="meta")
        assert space.apply(weights, x).device == space.matrix(weights).device == torch.device("meta")
        assert space.coordinates(space.matrix(weights)).shape == (space.rank,)


def test_empty_space_is_a_result() -> None:
    V = Vector(O(3))
    for a, b in ((V**2, V), (V, Scalar(V.group))):
        basis = linear_basis(a, b)
        assert basis.rank == 0
        assert basis.vectors.shape == (a.dimension * b.dimension, 0)
        assert float(basis.matrix(torch.zeros(0)).abs().max()) == 0.0
        assert basis.apply(torch.zeros(0), torch.ones(2, a.dimension)).shape == (2, b.dimension)
        assert basis.coordinates(torch.ones(b.dimension, a.dimension)).shape == (0,)


def test_complex_side_makes_a_complex_basis() -> None:
    group = SO(3)
    V = Vector(group)
    spherical = torch.linalg.qr(torch.randn(3, 3, dtype=torch.complex128)).Q
    W = Representation(group, lambda g: spherical.mH @ g.to(torch.complex128) @ spherical, name="spherical")
    basis = linear_basis(V, W)
    assert (basis.rank, basis.dtype) == (1, torch.complex128)
    U = basis.vectors.reshape(3, 3)
    torch.testing.assert_close(U.mH @ U, torch.eye(3, dtype=torch.complex128) / 3, rtol=0, atol=1e-12)
    assert linear_basis(V**2, W**2).rank == 3


def test_the_same_twice() -> None:
    forget()
    V = Vector(SO(4))
    first, second = linear_basis(V**2, V**2).vectors, linear_basis(V**2, V**2).vectors
    assert torch.equal(first, second)
    forget()
    afresh = linear_basis(V**2, V**2).vectors
    forget()
    linear_basis(V**4, V**4)
    assert torch.equal(first, afresh)
    assert torch.equal(first, linear_basis(V**2, V**2).vectors)


def test_evidence_in_rows() -> None:
    V = Vector(SO(3))
    rows = {row["label"]: row["value"] for row in linear_basis(V**2, V**2).rows()}
    assert rows["rank"] == 3
    assert rows["largest residual kept"] <= 1e-12
