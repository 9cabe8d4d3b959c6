"""The operator against forward-mode derivatives and quadrature, which know nothing of its construction."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.func import jvp, vmap

from symmetra.functions import candidates, exponents, library, monomials
from symmetra.functions._orthonormal import FAMILIES, OrthonormalBasis
from symmetra.groups import SE, SO, Affine, Translation
from symmetra.linalg import nuclear_norm, shrink_singular_values
from symmetra.promote._library import LibraryMap, monomial_exponents
from symmetra.promote._operator import lie_operator

CPU = torch.device("cpu")


def rule(family, n, nodes=8):
    """Points and weights of a probability measure, exact for polynomials of degree 15."""
    if family == "legendre":
        x, w = np.polynomial.legendre.leggauss(nodes)
    else:
        x, w = np.polynomial.hermite_e.hermegauss(nodes)
    w = w / w.sum()
    grid = np.stack(np.meshgrid(*[x] * n, indexing="ij"), -1).reshape(-1, n)
    weights = np.stack(np.meshgrid(*[w] * n, indexing="ij"), -1).reshape(-1, n).prod(1)
    return torch.tensor(grid), torch.tensor(weights)


@pytest.mark.parametrize("family", ["legendre", "hermite"])
@pytest.mark.parametrize(("n", "degree"), [(1, 5), (2, 4), (3, 3)])
def test_the_basis_is_orthonormal(family, n, degree):
    z, weights = rule(family, n)
    values = OrthonormalBasis(family, n, degree).values(z)
    gram = values.T @ (weights[:, None] * values)
    assert torch.allclose(gram, torch.eye(len(gram), dtype=gram.dtype), atol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_multiplication_derivative_and_monomials(family):
    basis = OrthonormalBasis(family, 2, 4)
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(40, 2, generator=generator, dtype=torch.float64)
    w = torch.randn(basis.size, generator=generator, dtype=torch.float64)
    low = torch.where(basis.exponents.sum(1) < 4, w, 0.0)
    for i in range(2):
        product = basis.values(z) @ torch.tensor(basis.multiplication(i) @ low.numpy())
        assert torch.allclose(product, z[:, i] * (basis.values(z) @ low), atol=1e-10)
        direction = torch.eye(2, dtype=z.dtype)[i].expand_as(z)
        slope = jvp(lambda s: basis.values(s) @ w, (z,), (direction,))[1]
        assert torch.allclose(basis.values(z) @ torch.tensor(basis.derivative(i) @ w.numpy()), slope, atol=1e-9)
    centre, width = np.array([0.3, -2.0]), np.array([1.7, 0.2])
    x = z * torch.tensor(width) + torch.tensor(centre)
    lines = torch.tensor(basis.in_monomials(centre, width).toarray())
    plain = monomials(x, exponents(2, 4)) @ lines.T
    assert torch.allclose(plain, basis.values(z), atol=1e-7 * float(lines.abs().max()) ** 0.5)


CASES = [(Translation(3), 3, 2), (SE(3), 3, 2), (SO(3), 3, 3), (Affine(2), 2, 3), (SE(2), 2, 4)]


@pytest.mark.parametrize(("group", "n", "degree"), CASES)
@pytest.mark.parametrize("family", ["legendre", "hermite"])
def test_singular_values_are_true_l2_sizes(group, n, degree, family):
    """L(w) L(w)ᵀ is the matrix of L² products of the Lie derivatives of F, here by quadrature of jvp."""
    space = candidates.from_group(group)
    basis = OrthonormalBasis(family, n, degree)
    generator = torch.Generator().manual_seed(1)
    centre, width = np.linspace(-0.4, 0.9, n), np.linspace(0.5, 1.3, n)
    operator = lie_operator(basis, space, centre, width, CPU)
    w = torch.randn(basis.size, 2, generator=generator, dtype=torch.float64)
    z, weights = rule(family, n)
    x = z * torch.tensor(width) + torch.tensor(centre)

    def model(s):
        return basis.values(((s - torch.tensor(centre)) / torch.tensor(width))[None])[0] @ w

    fields = torch.einsum("jp,kpn->jkn", operator.mixing, space.values(x))
    slopes = torch.stack([vmap(lambda s, v: jvp(model, (s,), (v,))[1])(x, v) for v in fields])
    expected = torch.einsum("ikc,k,jkc->ij", slopes, weights, slopes)
    image = operator.apply(w)
    assert torch.allclose(image @ image.T, expected, atol=1e-10 * float(expected.abs().max()))
    x_any = torch.randn(image.shape, generator=generator, dtype=torch.float64)
    assert torch.isclose((image * x_any).sum(), (w * operator.adjoint(x_any)).sum())


def test_generators_are_orthonormal_in_the_coordinates_of_the_domain():
    """A unit translation by the half width and a rotation of Frobenius norm 1, whatever basis they were given in."""
    basis = OrthonormalBasis("legendre", 3, 2)
    space = candidates.from_group(SE(3))
    plain = lie_operator(basis, space, np.zeros(3), np.ones(3), CPU)
    sizes = torch.diagonal(plain.mixing)
    assert torch.allclose(sizes, torch.tensor([0.5**0.5] * 3 + [1.0] * 3, dtype=sizes.dtype))
    mix = torch.randn(6, 6, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    tensor = torch.einsum("pq,qnm->pnm", mix, space.tensor)
    other = lie_operator(basis, type(space)(3, space.exponents, tensor), np.zeros(3), np.ones(3), CPU)
    w = torch.randn(basis.size, 1, generator=torch.Generator().manual_seed(4), dtype=torch.float64)
    a, b = (torch.linalg.svdvals(op.apply(w)) for op in (plain, other))
    assert torch.allclose(a, b, rtol=1e-10)


@pytest.mark.parametrize("terms", [library.polynomial(2, 3), library.polynomial(2, 3, constant=False)])
def test_library_coefficients(terms):
    """Whatever lies in the span comes back with the same values, and the span has the dimension of the library."""
    basis = OrthonormalBasis("legendre", 2, 3)
    place, size = np.array([0.5, -1.0]), np.array([2.0, 0.3])
    through = LibraryMap(monomial_exponents(terms), basis, place, size)
    generator = torch.Generator().manual_seed(0)
    span = torch.eye(basis.size, dtype=torch.float64) if through.span is None else torch.tensor(through.span)
    assert span.shape[1] == terms.size
    w = span @ torch.randn(terms.size, 1, generator=generator, dtype=torch.float64)
    x = torch.randn(30, 2, generator=generator, dtype=torch.float64)
    z = (x - torch.tensor(place)) / torch.tensor(size)
    assert torch.allclose(terms.values(x) @ through.to_library(w), basis.values(z) @ w, atol=1e-8)


@given(st.integers(1, 7), st.integers(1, 7), st.floats(0.0, 2.0), st.integers(0, 100))
def test_shrinking_is_the_proximal_step(a, b, threshold, seed):
    matrix = torch.randn(a, b, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    z = shrink_singular_values(matrix, threshold)
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    assert torch.allclose(z, (u * (s - threshold).clamp(min=0)) @ vh, atol=1e-7)
    assert torch.isclose(nuclear_norm(matrix), s.sum())
