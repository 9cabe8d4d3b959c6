"""Fields on a grid: exact derivatives and shifts, the laws, fibres, layouts, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from symmetra import actions, groups
from symmetra.actions import AffineAction, Density, Flow, Grid, Pushforward, sampled_field
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.representations import V

SHIFT, PLANE = AffineAction(groups.Translation(1)), AffineAction(groups.SE(2))
BOX = Grid((31, 31), -math.pi, math.pi)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def bump(points: torch.Tensor, width: float = 0.45) -> torch.Tensor:
    """A field without symmetry that vanishes near the edges of the box."""
    x, y = points.unbind(-1)
    return torch.exp(-((x - 0.2) ** 2 + 1.4 * (y + 0.1) ** 2 + 0.5 * x * y) / (2 * width**2)) * (1 + 0.5 * x)


def commutant(rows: list[torch.Tensor]) -> int:
    """The dimension of the matrices that commute with all of these."""
    eye = torch.eye(len(rows[0]), dtype=torch.float64)
    sides = torch.cat([torch.kron(D, eye) - torch.kron(eye, D.mT.contiguous()) for D in rows])
    values = torch.linalg.svdvals(sides)
    return int((values < 1e-10 * values[0]).sum())


@pytest.mark.parametrize(("n", "derivative", "with_cells"), [(9, 9, 9), (8, 10, 8), (11, 11, 11), (6, 8, 6)])
def test_what_commutes_with_the_derivative_is_circulant(n: int, derivative: int, with_cells: int) -> None:
    action, eye = sampled_field(SHIFT, Grid(n, 0.0, 1.0)), torch.eye(n, dtype=torch.float64)
    D = action.generate(action.group.generators[0], eye).mT.contiguous()
    T = action.transform(action.cell_shifts[0], eye).mT.contiguous()
    assert torch.equal(T, eye.roll(1, 0))  # without any rounding
    assert commutant([D]) == derivative and commutant([D, T]) == with_cells


@pytest.mark.parametrize("n", [9, 10, 33])
def test_every_mode_of_a_periodic_axis_is_exact(n: int) -> None:
    grid = Grid(n, -1.0, 3.0)
    action, x, k0 = sampled_field(SHIFT, grid), grid.points[:, 0], 2 * math.pi / 4
    g = action.group.exp(0.37 * action.group.generators[0])
    for k in range((n + 1) // 2):
        wave = torch.cos(k * k0 * x + 0.3)
        moved = action.generate(action.group.generators[0], wave)
        assert torch.allclose(moved, k * k0 * torch.sin(k * k0 * x + 0.3), atol=1e-11)
        assert torch.allclose(action.transform(g, wave), torch.cos(k * k0 * (x - 0.37) + 0.3), atol=1e-12)


LAWS: dict[str, tuple[Any, torch.Tensor, float]] = {
    "translations": (
        sampled_field(AffineAction(groups.Translation(2)), Grid((9, 11), 0.0, 1.0)),
        random(2, 9, 11),
        1e-11,
    ),
    "quarter turns": (sampled_field(V(groups.D(4)), BOX), random(1, 31, 31), 1e-11),
    "rotations": (sampled_field(V(groups.SO(2)), BOX), bump(BOX.points)[None], 1e-6),
    "rotating vectors": (
        sampled_field(V(groups.SO(2)), BOX, V(groups.SO(2))),
        torch.stack([bump(BOX.points)] * 2),
        1e-6,
    ),
}


@pytest.mark.parametrize("case", LAWS)
def test_laws(case: str) -> None:
    action, u, tolerance = LAWS[case]
    found = actions.check(action, u, tolerance=tolerance)
    assert found["derivative"] < 1e-10


FIBRES: dict[str, tuple[Any, Any, Any]] = {  # the action on points, the fibre, and how the values of a field turn
    "scalars": (PLANE, None, lambda A, w: 0 * w),
    "vectors": (PLANE, Pushforward, lambda A, w: A[:2, :2] @ w),
    "representation": (V(groups.GL(2)), V(groups.GL(2)), lambda A, w: A @ w),
    "dual": (V(groups.GL(2)), V(groups.GL(2)).dual, lambda A, w: -A.mT @ w),
    "tensors": (
        V(groups.GL(2)),
        V(groups.GL(2)) ** 2,
        lambda A, w: (torch.kron(A, torch.eye(2).double()) + torch.kron(torch.eye(2).double(), A)) @ w,
    ),
    "densities": (V(groups.GL(2)), Density(V(groups.GL(2))), lambda A, w: -torch.trace(A) * w),
}


@pytest.mark.parametrize("case", FIBRES)
@pytest.mark.parametrize("periodic", [True, False])
def test_generators_are_transport_and_turning(case: str, periodic: bool) -> None:
    points, fibre, turn = FIBRES[case]
    grid = Grid((41, 45), (-3.0, -3.1), (3.0, 3.1), periodic)
    action, channels = sampled_field(points, grid, fibre), 4 if case == "tensors" else 2
    weights = random(3, channels)
    u = weights[..., None, None] * bump(grid.points, 0.42)
    slopes = torch.func.jacrev(lambda p: bump(p, 0.42).sum())(grid.points)
    for xi in action.group.generators:
        transport = -(action.vector_field.generate(xi, grid.points) * slopes).sum(-1)
        turned = torch.stack([turn(xi, w) for w in weights])
        expected = weights[..., None, None] * transport + turned[..., None, None] * bump(grid.points, 0.42)
        tolerance = 1e-6 if periodic else 5e-3
        assert torch.allclose(action.generate(xi, u), expected, atol=tolerance)
    both = torch.stack([action.generate(xi, u[i]) for i, xi in enumerate(action.group.generators[:3])])
    if len(both) == 3:  # elements broadcast against fields
        assert torch.allclose(action.generate(action.group.generators[:3], u), both)


@pytest.mark.parametrize("periodic", [True, False])
def test_finite_motions_interpolate(periodic: bool) -> None:
    grid = Grid((49, 49), -4.0, 4.0, periodic)
    action = sampled_field(PLANE, grid, Pushforward)
    g = action.group.exp(0.7 * action.group.generators[0] + 0.31 * action.group.generators[1])
    u = torch.stack([bump(grid.points, 0.6), 2 * bump(grid.points, 0.5)])
    source = PLANE.transform(torch.linalg.inv(g), grid.points)
    expected = torch.einsum("ij,jxy->ixy", g[:2, :2], torch.stack([bump(source, 0.6), 2 * bump(source, 0.5)]))
    error = float((action.transform(g, u) - expected).abs().max())
    estimate = float(action.uncertainty.transform(g, u).abs().max())
    assert error < estimate < (1e-5 if periodic else 5e-2)


def test_candidate_fields_and_their_flows_move_fields() -> None:
    shears = sampled_field(candidates.affine(2), BOX)
    u = bump(BOX.points, 0.3)[None]
    assert isinstance(shears.vector_field, Flow) and len(shears.group.generators) == 6
    x, y = BOX.points.unbind(-1)
    shear = shears.group.generators[1]  # y ∂x
    assert torch.allclose(shears.generate(shear, u), -y * shears.gradient(u)[0])
    moved = shears.transform(0.3 * shear, u)
    assert torch.allclose(moved[0], bump(torch.stack([x - 0.3 * y, y], -1), 0.3), atol=1e-3)
    swirl = sampled_field(candidates.fields([lambda p: torch.stack([torch.sin(p[1]), 0 * p[0]])], 2), BOX)
    assert torch.allclose(swirl.generate(swirl.group.generators[0], u), -torch.sin(y) * swirl.gradient(u)[0])


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128])
def test_dtypes_are_kept(dtype: torch.dtype) -> None:
    action, u = sampled_field(PLANE, BOX), bump(BOX.points)[None].to(dtype)
    xi, g = action.group.generators[0], action.group.exp(0.4 * action.group.generators[0])
    for moved in (action.generate(xi, u), action.transform(g, u), action.uncertainty.generate(xi, u)):
        assert moved.dtype == dtype and moved.shape == u.shape
    doubled = action.generate(xi, u.real.double())
    assert torch.allclose(action.generate(xi, u).real.double(), doubled, atol=1e-5 if dtype == torch.float32 else 1e-12)


def test_forward_and_batched_modes_pass_through() -> None:
    action, u = sampled_field(PLANE, BOX), torch.stack([bump(BOX.points), bump(BOX.points, 0.3)])[:, None]
    xi = action.group.generators[0]
    along = torch.func.jvp(lambda v: action.generate(xi, v), (u,), (u,))[1]
    assert torch.allclose(along, action.generate(xi, u))
    assert torch.allclose(torch.func.vmap(lambda v: action.generate(xi, v))(u), action.generate(xi, u))


REFUSED: list[tuple[Any, str]] = [
    (lambda: Grid((8, 2), 0.0, 1.0), "shape"),
    (lambda: Grid((8, 8), 1.0, 1.0), "high"),
    (lambda: Grid((8, 8), 0.0, (1.0, 1.0, 1.0)), "high"),
    (lambda: Grid((8, 8), 0.0, 1.0, "yes"), "periodic"),
    (lambda: Grid((32, 8), 0.0, 1.0, False), "at least 16"),
    (lambda: sampled_field(PLANE, (32, 32)), "grid"),
    (lambda: sampled_field("SE(2)", BOX), "vector_field"),
    (lambda: sampled_field(AffineAction(groups.SE(3)), BOX), "2 axes"),
    (lambda: sampled_field(PLANE, BOX, V(groups.SO(2))), "fibre"),
    (lambda: sampled_field(PLANE, BOX, 3), "fibre"),
    (lambda: sampled_field(PLANE, BOX).error(torch.zeros(1, 31, 30)), r"\[\.\.\., C, 31, 31\]"),
    (lambda: sampled_field(PLANE, BOX, Pushforward).error(torch.zeros(31, 31)), "fields"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refusals_say_what_is_wrong(case: int) -> None:
    call, words = REFUSED[case]
    with pytest.raises(InputError, match=words) as raised:
        call()
    assert "\n" not in str(raised.value)
