"""Tangent fields of sets, from an implicit function and from points alone."""

import pytest
import torch

from symmetra import discover
from symmetra.functions import candidates
from symmetra.inputs import InputError

F64 = torch.float64


def gaussian(n, count=500, seed=0):
    return torch.randn(count, n, dtype=F64, generator=torch.Generator().manual_seed(seed))


def torus(s):
    return ((s[:2] @ s[:2]).sqrt() - 2) ** 2 + s[2] ** 2 - 0.25


def sphere(s):
    return s @ s - 1


SETS = {  # n, function, degree of the candidates, dimension, fields that vanish on the set, name
    "S1": (2, sphere, 1, 1, 0, "so(2)"),
    "S2": (3, sphere, 1, 3, 0, "so(3)"),
    "S3": (4, sphere, 1, 6, 0, "so(4)"),
    "torus": (3, torus, 1, 1, 0, "so(2)"),
    "cylinder": (3, lambda s: s[0] ** 2 + s[1] ** 2 - 1, 1, 5, 0, None),
    "cone": (3, lambda s: s[0] ** 2 + s[1] ** 2 - s[2] ** 2, 1, 4, 0, None),
    "plane": (3, lambda s: s[2], 1, 9, 3, "aff(2)"),
    "hyperboloid": (3, lambda s: s[0] ** 2 + s[1] ** 2 - s[2] ** 2 - 1, 1, 3, 0, None),
    "parabola": (2, lambda s: s[1] - s[0] ** 2, 1, 2, 0, None),
    "hyperbola": (2, lambda s: s[0] * s[1] - 1, 1, 1, 0, "abelian R"),
    "ellipsoid": (3, lambda s: s[0] ** 2 + 2 * s[1] ** 2 + 5 * s[2] ** 2 - 1, 1, 3, 0, "so(3)"),
    "cubic curve": (2, lambda s: s[1] ** 2 - s[0] ** 3 - s[0] - 1, 1, 0, 0, "trivial"),
    "cuspidal cubic": (2, lambda s: s[1] ** 2 - s[0] ** 3 - 0 * s[0], 1, 1, 0, "abelian R"),
    "circle in R3": (3, lambda s: torch.stack([s[2], s[:2] @ s[:2] - 1]), 1, 4, 3, None),
    "S1, quadratic": (2, sphere, 2, 5, 2, "sl(2)"),
    "S2, quadratic": (3, sphere, 2, 14, 3, None),
}


def points_on(name):
    n, f, *_ = SETS[name]
    x = gaussian(n)
    for _ in range(60):
        value = torch.func.vmap(f)(x).reshape(len(x), -1)
        jac = torch.func.vmap(torch.func.jacfwd(f))(x).reshape(len(x), -1, n)
        x = x - (torch.linalg.pinv(jac) @ value[:, :, None])[:, :, 0]
    return x[x.norm(dim=1) > 0.1]  # away from the singular points of cones and cusps


@pytest.mark.parametrize("name", SETS)
def test_from_a_function(name):
    n, f, degree, dimension, vanishing, algebra = SETS[name]
    space = candidates.affine(n) if degree == 1 else candidates.polynomial(n, 2)
    found = discover.manifold(f, points_on(name), space)
    assert (found.dimension, found.trivial) == (dimension, vanishing)
    assert found.gap >= 1e8
    assert len(found.certified) == dimension - vanishing
    if algebra is not None:
        assert found.name == algebra
    if degree == 1:
        assert found.closure_defect <= 1e-10


@pytest.mark.parametrize("name", SETS)
def test_from_points_alone(name):
    n, _, degree, dimension, vanishing, _ = SETS[name]
    space = candidates.affine(n) if degree == 1 else candidates.polynomial(n, 2)
    found = discover.manifold(points_on(name), candidates=space)
    assert (found.dimension, found.trivial) == (dimension, vanishing)
    assert found.gap >= 1e8
    assert len(found.certified) == dimension - vanishing


def test_generators_move_the_set_to_itself():
    found = discover.manifold(SETS["ellipsoid"][1], gaussian(3), candidates.affine(3))
    action = found.action()
    x = points_on("ellipsoid")
    for g in action.group.sample(100, seed=0):
        assert torch.func.vmap(SETS["ellipsoid"][1])(action.transform(g, x)).abs().max() < 1e-10


def test_a_set_that_is_not_algebraic_says_how_well_it_is_known():
    t = torch.rand(3000, 2, dtype=F64, generator=torch.Generator().manual_seed(0))
    angle, height = 6.3 * t[:, 0], 4 * t[:, 1] - 2
    radius = 1 + 0.3 * torch.sin(3 * height)
    x = torch.stack([radius * angle.cos(), radius * angle.sin(), height], dim=1)
    found = discover.manifold(x, candidates=candidates.affine(3))
    assert "neighbours" in found.coverage.message
    assert found.dimension == 1 and found.spectrum[1] > 5 * found.spectrum[0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: discover.manifold(gaussian(2)),
        lambda: discover.manifold(sphere, candidates=candidates.affine(2)),
        lambda: discover.manifold(gaussian(2), gaussian(2), candidates.affine(2)),
        lambda: discover.manifold(gaussian(3), candidates=candidates.affine(2)),
        lambda: discover.manifold(lambda s: s @ s + 1, gaussian(2), candidates.affine(2)),  # an empty set
        lambda: discover.manifold(gaussian(2, 4), candidates=candidates.affine(2)),
        lambda: discover.manifold(gaussian(2), candidates=candidates.affine(2)),  # points that fill the plane
    ],
)
def test_bad_input_is_one_line(call):
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_points_rounded_to_float32_lie_on_their_set_nearly():
    x = points_on("cylinder").float().double()
    found = discover.manifold(x, candidates=candidates.affine(3))
    assert found.dimension == 5 and "nearly" in found.coverage.message
    assert (
        found.certified == tuple(range(5)) and found.certificates[0].delta > 1e-7
    )  # certified to what the points allow


def test_noisy_points_certify_nothing():
    x = points_on("cylinder") + 1e-3 * gaussian(3, 2000, seed=1)[: len(points_on("cylinder"))]
    found = discover.manifold(x, candidates=candidates.affine(3))
    assert found.certified == () and not found.coverage.ok
