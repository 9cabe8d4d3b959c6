"""Outputs that move: equivariant maps and symmetric vector fields."""

import numpy as np
import pytest
import torch
from torch.func import jvp, vmap

import symmetra
from symmetra import promote
from symmetra.functions import candidates, library
from symmetra.functions._orthonormal import OrthonormalBasis
from symmetra.groups import SE, SO
from symmetra.inputs import InputError
from symmetra.promote._operator import lie_operator
from symmetra.promote._output import turns_of

V = symmetra.Vector(SO(3))
ROTATIONS = candidates.from_group(SO(3))


def cube(n, m=3, seed=0):
    return 2 * torch.rand(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) - 1


@pytest.mark.parametrize(("group", "n"), [(SO(3), 3), (SE(2), 2)])
def test_operator_against_quadrature(group, n):
    """Singular values are L² sizes of DF ξ − Dξ F, here by Gauss-Legendre quadrature of jvp."""
    space, basis = candidates.from_group(group), OrthonormalBasis("legendre", n, 3)
    turns = turns_of("pushforward", space, n)
    centre, width = np.linspace(-0.4, 0.9, n), np.linspace(0.5, 1.3, n)
    operator = lie_operator(basis, space, centre, width, torch.device("cpu"), turns)
    w = torch.randn(basis.size, n, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    nodes, weights = np.polynomial.legendre.leggauss(6)
    z = torch.tensor(np.stack(np.meshgrid(*[nodes] * n, indexing="ij"), -1).reshape(-1, n))
    weight = torch.tensor(np.stack(np.meshgrid(*[weights / 2] * n, indexing="ij"), -1).reshape(-1, n).prod(1))
    x = z * torch.tensor(width) + torch.tensor(centre)

    def model(s):
        return basis.values(((s - torch.tensor(centre)) / torch.tensor(width))[None])[0] @ w

    fields = torch.einsum("jp,kpn->jkn", operator.mixing, space.values(x))
    slopes = torch.stack([vmap(lambda s, v: jvp(model, (s,), (v,))[1])(x, v) for v in fields])
    values = vmap(model)(x)
    slopes = slopes - torch.einsum(
        "jab,kb->jka", torch.einsum("jp,pab->jab", operator.mixing, torch.tensor(turns)), values
    )
    expected = torch.einsum("ikc,k,jkc->ij", slopes, weight, slopes)
    image = operator.apply(w.reshape(-1, 1))
    assert torch.allclose(image @ image.mT, expected, atol=1e-10 * float(expected.abs().max()))


@pytest.mark.parametrize("output", ["pushforward", V, torch.stack([V.drho(a).dense() for a in V.group.generators])])
def test_an_equivariant_map_from_six_samples(output):
    """60 coefficients, of which two are free once so(3) is found."""
    x, far = cube(6), cube(100, seed=1)
    found = promote.recover(library.polynomial(3, 3), x, x * (1 - x.square().sum(1, keepdim=True)), ROTATIONS, output)
    assert found.determined and found.name == "so(3)" and found.rank == 0 and found.freedom == 2
    assert torch.allclose(found.refit(far), far * (1 - far.square().sum(1, keepdim=True)), atol=1e-10)
    assert found.refit.coefficients.shape == (20, 3)


def test_a_vector_field_that_turns_about_one_axis():
    """Fewer values than coefficients; with few of them the answer is open."""

    def flow(s):
        r2, turn = s.square().sum(1, keepdim=True), torch.stack([-s[:, 1], s[:, 0], 0 * s[:, 0]], 1)
        return (1 - r2) * s + 2 * turn + torch.tensor([0.0, 0.0, 0.3]).to(s)

    x, far, terms = cube(19, seed=4), cube(100, seed=1), library.polynomial(3, 3)
    found = promote.recover(terms, x, flow(x), ROTATIONS, "pushforward", domain=(-1, 1))
    assert found.determined and found.rank == 2 and found.equations == 57 and found.duality_gap <= 1e-5
    assert float(found.matrices[0, 2].abs().max()) < 1e-8
    assert torch.allclose(found.refit(far), flow(far), atol=1e-8)
    few = promote.recover(terms, x[:5], flow(x[:5]), ROTATIONS, "pushforward", domain=(-1, 1))
    assert not few.determined


BAD = ["pull", 3, symmetra.Vector(SO(2)), torch.zeros(3, 2, 2), torch.zeros(2, 3, 3)]


@pytest.mark.parametrize("output", BAD)
def test_bad_output(output):
    x = cube(9)
    with pytest.raises(InputError, match=r"^output: got .*; expected "):
        promote.recover(library.polynomial(3, 2), x, x, ROTATIONS, output)
