"""Monomials, candidate fields and libraries: values, derivatives, order and names."""

import pytest
import torch

from symmetra.functions import candidates, exponents, library, monomial_gradients, monomials
from symmetra.groups import SE, SO, Lorentz
from symmetra.inputs import InputError

F64 = torch.float64


def gaussian(count, n):
    return torch.randn(count, n, dtype=F64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("n", "degree"), [(1, 5), (2, 3), (3, 2), (4, 4)])
def test_monomials_and_their_gradients(n, degree):
    powers = exponents(n, degree)
    x = gaussian(7, n)
    expected = torch.stack([(x**a).prod(1) for a in powers], dim=1)
    torch.testing.assert_close(monomials(x, powers), expected)
    slopes = torch.func.vmap(torch.func.jacfwd(lambda s: monomials(s[None], powers)[0]))(x)
    torch.testing.assert_close(monomial_gradients(x, powers), slopes)


def test_order_of_candidates_is_the_published_one():
    x = gaussian(5, 2)
    one = torch.ones(5, dtype=F64)
    psi = torch.stack([x[:, 0], x[:, 1], one], dim=1)
    values = candidates.affine(2).values(x)
    for i in range(2):
        for j in range(3):
            torch.testing.assert_close(values[:, 3 * i + j, i], psi[:, j])
            assert values[:, 3 * i + j, 1 - i].abs().max() == 0
    assert candidates.affine(2).names == ["x ∂x", "y ∂x", "∂x", "x ∂y", "y ∂y", "∂y"]
    assert candidates.linear(2).names == ["x ∂x", "y ∂x", "x ∂y", "y ∂y"]
    assert candidates.polynomial(2, 2).names[:6] == ["∂x", "x ∂x", "y ∂x", "x² ∂x", "x·y ∂x", "y² ∂x"]


SPACES = [
    candidates.linear(3),
    candidates.affine(4),
    candidates.polynomial(3, 3),
    candidates.from_group(SO(4)),
    candidates.from_group(SE(3)),
    candidates.fields([lambda s: s * s, lambda s: torch.sin(s).flip(0)], 3),
]


@pytest.mark.parametrize("space", SPACES, ids=lambda space: f"{type(space).__name__}-{space.n}-{space.size}")
def test_fields_and_their_derivatives_agree(space):
    x, v = gaussian(6, space.n), gaussian(7, space.n)[1:]
    values = space.values(x)
    assert values.shape == (6, space.size, space.n) and len(space.names) == space.size
    slopes = space.jacobian_vector(x, v)
    covectors = gaussian(12, space.n).reshape(6, 2, space.n)
    torch.testing.assert_close(space.pair(x, covectors), torch.einsum("kan,kpn->kap", covectors, values))
    factor = torch.linalg.qr(space.norm_features(x), mode="r").R
    gram = torch.einsum("rnp,rmq->pqnm", space.norm_factor(factor), space.norm_factor(factor))
    torch.testing.assert_close(gram, torch.einsum("kpn,kqm->pqnm", values, values), atol=1e-10, rtol=1e-8)
    for p in range(space.size):
        theta = torch.eye(space.size, dtype=F64)[p]
        field = space.vector_field(theta)
        torch.testing.assert_close(field(x), values[:, p])
        torch.testing.assert_close(torch.func.jvp(field, (x,), (v,))[1], slopes[:, p])
    assert torch.func.vmap(space.vector_field(torch.ones(space.size, dtype=F64)))(x).shape == x.shape


def test_matrices_of_affine_candidates():
    theta = torch.arange(1.0, 7.0, dtype=F64)
    torch.testing.assert_close(candidates.affine(2).matrices(theta), theta.reshape(2, 3))
    assert candidates.polynomial(2, 2).matrices(torch.zeros(12, dtype=F64)) is None
    generators = candidates.from_group(SE(2)).matrices(torch.eye(3, dtype=F64))
    torch.testing.assert_close(generators, SE(2).generators[:, :2, :])


def test_candidates_of_a_group_keep_its_order():
    x = gaussian(4, 4)
    fields = candidates.from_group(Lorentz()).values(x)
    for p, a in enumerate(Lorentz().generators):
        torch.testing.assert_close(fields[:, p], x @ a.T)


def test_library_terms_values_gradients():
    dictionary = library.polynomial(3, 2) + library.named("1/r", lambda s: 1 / s.norm())
    assert dictionary.terms[:4] == ["1", "x", "y", "z"] and dictionary.terms[-1] == "1/r"
    assert dictionary.size == 11 and dictionary.n == 3 and dictionary.constants.tolist() == [True] + 10 * [False]
    x = gaussian(8, 3)
    torch.testing.assert_close(dictionary.values(x)[:, -1], 1 / x.norm(dim=1))
    slopes = torch.func.vmap(torch.func.jacfwd(lambda s: dictionary.values(s[None])[0]))(x)
    torch.testing.assert_close(dictionary.gradients(x), slopes)


@pytest.mark.parametrize(
    "call",
    [
        lambda: candidates.affine(0),
        lambda: candidates.polynomial(2, -1),
        lambda: candidates.fields([], 2),
        lambda: candidates.fields([lambda s: s[:1]], 2).values(gaussian(3, 2)),
        lambda: candidates.affine(2).vector_field(torch.zeros(5)),
        lambda: library.polynomial(2, 0),
        lambda: library.polynomial(2, 2) + library.polynomial(3, 2),
        lambda: library.named("x", lambda s: s).values(gaussian(3, 2)),
    ],
)
def test_bad_input_is_one_line(call):
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
