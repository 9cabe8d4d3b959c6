"""Symmetry algebras of maps: dimensions, names, gaps and finite elements, against exact answers."""

import math

import pytest
import torch
from torch import nn

from symmetra import discover
from symmetra.functions import PolynomialFields, candidates, exponents
from symmetra.groups import SE, SO
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.representations import Vector

F64 = torch.float64


def gaussian(n, count=600, seed=0):
    return torch.randn(count, n, dtype=F64, generator=torch.Generator().manual_seed(seed))


def minkowski(p, q):
    return torch.diag(torch.tensor([1.0] * p + [-1.0] * q, dtype=F64))


def diagonal(n, copies):
    """Affine fields that move several points of Rⁿ alike."""
    tensor = torch.zeros(n * (n + 1), n * copies, n * copies + 1, dtype=F64)
    for p in range(n * (n + 1)):
        i, j = divmod(p, n + 1)
        for c in range(copies):
            tensor[p, n * c + i, n * c + j if j < n else n * copies] = 1
    powers = torch.cat([exponents(n * copies, 1, lowest=1), exponents(n * copies, 0)])
    return PolynomialFields(n * copies, powers, tensor)


def form(p, q):
    metric = minkowski(p, q)
    return lambda s: s @ metric @ s


CASES = {
    "sphere in R3": (lambda s: s @ s, candidates.affine(3), 3, "so(3)", (0, 3, 0)),
    "sphere in R5": (lambda s: torch.exp(-(s @ s)), candidates.affine(5), 10, "so(5)", (0, 10, 0)),
    "Minkowski": (form(1, 3), candidates.affine(4), 6, "so(1,3)", (3, 3, 0)),
    "anti-de Sitter": (form(2, 2), candidates.linear(4), 6, None, (4, 2, 0)),
    "determinant": (lambda s: torch.linalg.det(s.reshape(3, 3)), candidates.affine(9), 16, "sl(3) ⊕ sl(3)", (10, 6, 0)),
    "two points": (lambda s: ((s[:3] - s[3:]) ** 2).sum(), diagonal(3, 2), 6, "se(3)", (0, 3, 3)),
    "two vectors": (lambda s: s[:3] @ s[3:], diagonal(3, 2), 3, "so(3)", (0, 3, 0)),
    "interval": (
        lambda s: (s[:4] - s[4:]) @ minkowski(1, 3) @ (s[:4] - s[4:]),
        diagonal(4, 2),
        10,
        "iso(1,3) (Poincaré)",
        None,
    ),
    "area of two vectors": (lambda s: s[0] * s[3] - s[1] * s[2], diagonal(2, 2), 3, "sl(2)", (2, 1, 0)),
    "area of a triangle": (
        lambda s: (s[2] - s[0]) * (s[5] - s[1]) - (s[3] - s[1]) * (s[4] - s[0]),
        diagonal(2, 3),
        5,
        None,
        (2, 1, 2),
    ),
    "cylinder": (lambda s: s[0] ** 2 + s[1] ** 2, candidates.linear(3), 4, None, None),
    "plane wave": (lambda s: torch.sin(s[0] + 2 * s[1]), candidates.affine(2), 3, None, None),
    "hyperbola": (lambda s: s[0] * s[1], candidates.affine(2), 1, "abelian R", (0, 0, 1)),
    "no symmetry": (lambda s: s[0] + s[1] ** 2 + s[0] * s[1] ** 3, candidates.affine(2), 0, "trivial", None),
}


@pytest.mark.parametrize("case", CASES)
def test_algebra_is_exact(case):
    f, space, dimension, name, signature = CASES[case]
    x = gaussian(space.n, 1500)
    found = discover.function(f, x, space)
    assert found.dimension == dimension
    assert found.gap >= 1e8
    assert found.closure_defect <= 1e-10
    assert found.trivial == 0
    assert found.certified == tuple(range(dimension))
    if name is not None:
        assert found.name == name
    if signature is not None:
        assert tuple(found.algebra.signature) == signature


@pytest.mark.parametrize("case", ["sphere in R3", "Minkowski", "two points", "determinant", "interval"])
def test_generators_hold_on_finite_elements(case):
    f, space, *_ = CASES[case]
    x = gaussian(space.n, 1500)
    found = discover.function(f, x, space)
    action = found.action()
    elements = action.group.sample(100, seed=1)
    error = equivariance_error(f, x[:50], action, elements=elements)
    assert float(error) <= 1e-10


def test_uncentred_float32_in_ten_dimensions():
    x = torch.randn(1000, 10, generator=torch.Generator().manual_seed(0)) + 10
    metric = minkowski(1, 9)
    found = discover.function(lambda s: s @ metric.to(s) @ s, x, candidates.affine(10))
    assert (found.dimension, found.name) == (45, "so(1,9)")
    assert found.gap >= 1e8
    low = discover.function(lambda s: s @ metric.float() @ s, x, candidates.affine(10))  # cannot run in float64
    assert low.dimension == 45


def test_units_and_axes_do_not_matter():
    f, space, *_ = CASES["sphere in R3"]
    x = gaussian(3)
    units = torch.tensor([1e-6, 1.0, 1e5], dtype=F64)
    plain = discover.function(f, x, space)
    scaled = discover.function(lambda s: f(s / units), x * units, space)
    assert scaled.dimension == 3 and scaled.name == "so(3)"
    torch.testing.assert_close(scaled.spectrum[3:], plain.spectrum[3:], rtol=1e-6, atol=0)


def test_output_tied_to_input():
    group = SO(3)
    space = candidates.from_group(group)
    found = discover.function(lambda s: s * (s @ s), gaussian(3), space, output=Vector(group))
    assert found.dimension == 3 and found.certified == (0, 1, 2)
    broken = discover.function(
        lambda s: s * (s @ s) + torch.tensor([0, 0, 1.0], dtype=F64), gaussian(3), space, output=Vector(group)
    )
    assert broken.dimension == 1  # rotations about the constant vector stay


def test_output_action_found_jointly():
    def f(s):  # a vector and a scalar of a planar vector: the output rotates at twice the angle
        return torch.stack([s[0] ** 2 - s[1] ** 2, 2 * s[0] * s[1]])

    found = discover.function(f, gaussian(2), candidates.linear(2), output=candidates.linear(2))
    assert found.dimension == 2 and found.outputs.shape == (2, 4)
    for row, out in zip(found.generators.reshape(-1, 2, 2), found.outputs.reshape(-1, 2, 2), strict=True):
        torch.testing.assert_close(out, 2 * row, atol=1e-10, rtol=0)  # z -> z², so B = 2 A for both


def test_homogeneous_candidates_of_a_group():
    found = discover.function(lambda s: torch.sin(s[2]), gaussian(3), candidates.from_group(SE(3)))
    assert found.dimension == 3 and found.name == "se(2)"


def test_a_network_is_such_a_map():
    torch.manual_seed(0)
    layers = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))

    class Invariant(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = layers

        def forward(self, x):
            return self.net(x.square().sum(-1, keepdim=True))

    x = torch.randn(500, 4)
    found = discover.function(Invariant(), x, candidates.affine(4))
    assert found.dimension == 6 and found.gap >= 1e8  # promoted to float64 on a copy
    assert layers[0].weight.dtype == torch.float32
    generic = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 1))
    assert discover.function(generic, x, candidates.affine(4)).dimension == 0


def test_samples_on_a_sphere_certify_nothing():
    x = gaussian(3)
    x = x / x.norm(dim=1, keepdim=True)
    found = discover.function(lambda s: s[2] ** 2, x, candidates.affine(3))
    assert not found.coverage.ok and found.certified == ()


def test_data_on_a_line_gives_a_span_that_is_not_an_algebra():
    x = torch.stack([torch.linspace(-2, 2, 300, dtype=F64), torch.zeros(300, dtype=F64)], dim=1)
    found = discover.function(lambda s: s[0] + s[1] ** 2, x, candidates.affine(2))
    assert found.dimension == 4  # x∂y, y∂x, y∂y, ∂y hold there, y∂x and y∂y vanish on the line
    assert found.trivial == 2 and not found.coverage.ok and found.certified == ()


def test_too_few_samples_are_told():
    found = discover.function(lambda s: s @ s, gaussian(5, 20), candidates.affine(5))
    assert found.certified == () and not found.coverage.ok
    assert "more samples" in found.coverage.message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (lambda: (lambda s: s @ s, torch.zeros(5), candidates.affine(3)), "x: got"),
        (lambda: (lambda s: s @ s, gaussian(2), candidates.affine(3)), "n = 2"),
        (lambda: (lambda s: s @ s, gaussian(3).masked_fill(gaussian(3) > 2, math.nan), candidates.affine(3)), "NaN"),
        (lambda: (lambda s: s[7], gaussian(3), candidates.affine(3)), "f: got"),
        (lambda: (lambda s: s @ s, gaussian(3)[:0], candidates.affine(3)), "at least"),
        (lambda: (lambda s: torch.log(s[0]), gaussian(3), candidates.affine(3)), "NaN"),
    ],
)
def test_bad_input_is_one_line(arguments, words):
    with pytest.raises(InputError) as caught:
        discover.function(*arguments())
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_tolerant_search_is_certified_only_to_its_tolerance():
    def f(s):
        return s[0] ** 2 + 1.2 * s[1] ** 2 + 0.1 * s[0]  # round only roughly, about no centre

    found = discover.function(f, gaussian(2), candidates.linear(2), rtol=0.3)
    assert found.dimension == 1 and found.defects[0] > 0.01
    certificate = found.certificates[0]
    assert certificate.delta == 0.3 and certificate.verdict in ("symmetric", "undetermined")
    assert (certificate.verdict == "symmetric") == (certificate.upper <= 0.3)
    assert discover.function(f, gaussian(2), candidates.linear(2)).dimension == 0
