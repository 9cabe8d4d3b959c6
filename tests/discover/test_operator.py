"""Symmetry algebras of maps between fields: exactly the right generators, within the reported discretisation error."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra import groups
from symmetra.actions import AffineAction, Density, Flow, Grid, Pushforward, Trivial, sampled_field
from symmetra.discover import operator
from symmetra.functions import candidates
from symmetra.inputs import InputError
from symmetra.representations import V

N = 63
GRID = Grid((N, N), -math.pi, math.pi)
H, X = GRID.axes[0].spacing, GRID.points[..., 0]
PLANE = AffineAction(groups.SE(2))
EUCLIDEAN = sampled_field(PLANE, GRID)
VECTORS = sampled_field(PLANE, GRID, Pushforward)
AFFINE = sampled_field(candidates.affine(2), GRID)
K = torch.fft.fftfreq(N, 1 / N, dtype=torch.float64)
K2 = K[:, None] ** 2 + K**2
ROTATION, ACROSS, UP = "(y ∂x − x ∂y)", "∂x", "∂y"


def localised(count: int, channels: int = 1, grid: Grid = GRID, seed: int = 0) -> Tensor:
    """Sums of three Gaussians that vanish near the edges of the box."""
    source = torch.Generator().manual_seed(seed)
    places = torch.rand(count, channels, 3, 2, dtype=torch.float64, generator=source) - 0.5
    widths = 0.3 + 0.06 * torch.rand(count, channels, 3, dtype=torch.float64, generator=source)
    heights = torch.randn(count, channels, 3, dtype=torch.float64, generator=source)
    distance = (grid.points - places[..., None, None, :]).square().sum(-1)
    return (heights[..., None, None] * torch.exp(-distance / (2 * widths[..., None, None] ** 2))).sum(2)


def waves(count: int, grid: Grid = GRID, seed: int = 0) -> Tensor:
    """Random fields of few modes, all over the box."""
    source = torch.Generator().manual_seed(seed)
    modes = torch.cartesian_prod(torch.arange(-2, 3), torch.arange(-2, 3)).double()
    weights, phases = torch.randn(2, count, len(modes), dtype=torch.float64, generator=source)
    return torch.einsum("nm,xynm->nxy", 0.3 * weights, torch.cos((grid.points @ modes.T)[:, :, None] + phases))[:, None]


def multiplied(symbol: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda u: torch.fft.ifft2(symbol * torch.fft.fft2(u)).real


dx, dy = (lambda u: EUCLIDEAN.gradient(u)[0]), (lambda u: EUCLIDEAN.gradient(u)[1])
laplacian, heat = multiplied(-K2), multiplied(torch.exp(-0.05 * K2))


def stencil(u: Tensor, reach: int = 1) -> Tensor:
    neighbours = sum(u.roll(reach * s, axis) for s in (1, -1) for axis in (-1, -2))
    return (neighbours - 4 * u) / (reach * H) ** 2


def solver(u: Tensor) -> Tensor:
    """The heat flow by Heun's method."""
    for _ in range(25):
        slope = laplacian(u)
        u = u + 0.0005 * (slope + laplacian(u + 0.001 * slope))
    return u


def graded(u: Tensor) -> Tensor:
    c = 1 + 0.5 * torch.sin(X)
    return dx(c * dx(u)) + dy(c * dy(u))


def vorticity_step(w: Tensor) -> Tensor:
    """One step of the Navier–Stokes equations in two dimensions."""
    stream = multiplied(torch.where(K2 > 0, 1 / K2.clamp_min(1), 0.0))(w)
    return w + 0.02 * (dx(stream) * dy(w) - dy(stream) * dx(w) + 0.02 * laplacian(w))


def advection(w: Tensor) -> Tensor:
    return w[..., 0:1, :, :] * dx(w) + w[..., 1:2, :, :] * dy(w)


def curl(w: Tensor) -> Tensor:
    return dx(w[..., 1:2, :, :]) - dy(w[..., 0:1, :, :])


def network(mode: str = "circular") -> nn.Module:
    torch.manual_seed(1)
    layers = [
        nn.Conv2d(1, 4, 3, padding=1, padding_mode=mode),
        nn.Tanh(),
        nn.Conv2d(4, 1, 3, padding=1, padding_mode=mode),
    ]
    return nn.Sequential(*layers)


BUMPS, PAIRS, WAVES = localised(10), localised(10, 2), waves(10)
ALL, SHIFTS = {ROTATION, ACROSS, UP}, {ACROSS, UP}
CASES: dict[str, tuple[Any, Tensor, Any, Any, set[str]]] = {
    "the Laplacian": (laplacian, BUMPS, EUCLIDEAN, None, ALL),
    "the Laplacian by a stencil": (stencil, BUMPS, EUCLIDEAN, None, SHIFTS),
    "the heat flow": (heat, BUMPS, EUCLIDEAN, None, ALL),
    "the heat flow by a solver": (solver, BUMPS, EUCLIDEAN, None, ALL),
    "a circular network": (network(), BUMPS, EUCLIDEAN, None, SHIFTS),
    "a coefficient that depends on x": (graded, BUMPS, EUCLIDEAN, None, {UP}),
    "a function at every point": (lambda u: torch.sin(u) + u**2, BUMPS, EUCLIDEAN, None, ALL),
    "curl": (curl, PAIRS, VECTORS, EUCLIDEAN, ALL),
    "advection": (advection, PAIRS, VECTORS, None, ALL),
    "advection of what does not turn": (advection, PAIRS, EUCLIDEAN, None, SHIFTS),
    "a component squared": (lambda w: w * w[..., 0:1, :, :], PAIRS, VECTORS, None, SHIFTS),
    "a step of Navier and Stokes": (vorticity_step, BUMPS, EUCLIDEAN, None, SHIFTS),  # the box turns its far field
    "a total energy": (lambda u: (dx(u) ** 2 + dy(u) ** 2).sum(), BUMPS, EUCLIDEAN, Trivial(EUCLIDEAN.group), ALL),
}


@pytest.mark.parametrize("case", CASES)
def test_exactly_the_symmetries_are_certified(case: str) -> None:
    F, fields, action, action_out, expected = CASES[case]
    found = operator(F, fields, action, action_out)
    verdicts = {name: certificate.verdict for name, certificate in found.tried.items()}
    assert verdicts == {name: "symmetric" if name in expected else "broken" for name in ALL}
    assert set(found.expressions()) == expected and found.certified == tuple(range(len(expected)))
    assert bool((found.defects <= found.errors + 1e-14).all())  # no larger than the error reported
    assert found.name == {1: "abelian R", 2: "abelian R²", 3: "se(2)"}[len(expected)] and found.coverage.ok
    assert found.kind == "operator" and found.samples == 10 and len(found.rows()) == len(expected)
    assert all(name in str(found) for name in ALL)


def test_a_coefficient_that_hardly_depends_on_x_is_broken_all_the_same() -> None:
    found = operator(lambda u: (1 + 1e-4 * torch.sin(X)) * laplacian(u), BUMPS, EUCLIDEAN)
    assert {name: c.verdict for name, c in found.tried.items()} == {
        ROTATION: "broken",
        ACROSS: "broken",
        UP: "symmetric",
    }


@pytest.mark.parametrize("F", [laplacian, heat], ids=["the Laplacian", "the heat flow"])
def test_shears_and_scalings_are_not_symmetries(F: Callable[[Tensor], Tensor]) -> None:
    found = operator(F, BUMPS, AFFINE)
    assert set(found.expressions()) == {"y ∂x − x ∂y", "∂x", "∂y"} and found.name == "se(2)"
    broken = {name for name, certificate in found.tried.items() if certificate.verdict == "broken"}
    assert broken == {"x ∂x", "y ∂x", "x ∂y", "y ∂y"}


def test_fields_of_ones_own() -> None:
    moves = [lambda p: torch.stack([p[1] ** 2, 0 * p[1]]), lambda p: torch.stack([torch.sin(p[1]), 0 * p[1]])]
    own = sampled_field(candidates.fields(moves, 2, ["parabola", "swirl"]), GRID)
    found = operator(laplacian, BUMPS, own)
    assert found.dimension == 0 and {c.verdict for c in found.tried.values()} == {"broken"}


def test_homogeneous_operators_scale_with_an_output_weight() -> None:
    joint = operator(laplacian, BUMPS, AFFINE, scaling=True)
    assert joint.dimension == 4 and len(joint.certified) == 4 and joint.name == "sim(2)"
    scaling = joint.outputs[:, 0].abs().argmax()
    row, weight = joint.generators[scaling], joint.outputs[scaling, 0]
    assert float(row[0]) == 1 and float(weight) == pytest.approx(-2, abs=1e-6)  # Δ(u(x / s)) = s⁻² (Δu)(x / s)
    flow = Flow(candidates.affine(2))
    density = operator(laplacian, BUMPS, sampled_field(flow, GRID), sampled_field(flow, GRID, Density(flow)))
    assert set(density.expressions()) == {"x ∂x + y ∂y", "y ∂x − x ∂y", "∂x", "∂y"}
    assert len(density.certified) == 4


def test_a_second_discretisation_says_what_the_stencil_cannot() -> None:
    alone = operator(stencil, BUMPS, EUCLIDEAN, delta=0.1)
    beside = operator(stencil, BUMPS, EUCLIDEAN, delta=0.1, comparison=lambda u: stencil(u, 2))
    assert alone.tried[ROTATION].verdict == "broken" and beside.tried[ROTATION].verdict == "symmetric"
    graded_stencil = [lambda u, r=r: (1 + 0.5 * torch.sin(X)) * stencil(u, r) for r in (1, 2)]
    found = operator(graded_stencil[0], BUMPS, EUCLIDEAN, delta=0.1, comparison=graded_stencil[1])
    assert found.tried[ACROSS].verdict == "broken" and found.tried[UP].verdict == "symmetric"


def test_what_the_grid_does_not_resolve_is_left_open() -> None:
    noise = torch.randn(10, 1, N, N, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = operator(network(), noise, EUCLIDEAN)
    assert found.certified == () and not found.coverage.ok and "finer grid" in found.coverage.message
    assert {found.tried[name].verdict for name in SHIFTS} == {"undetermined"}
    spread = operator(heat, WAVES, EUCLIDEAN)  # waves do not vanish at the edges: the box cannot turn them
    assert spread.tried[ROTATION].verdict == "undetermined" and len(spread.certified) == 2


def test_a_shift_by_one_cell_refutes_what_the_derivative_cannot() -> None:
    found = operator(network("zeros"), WAVES, EUCLIDEAN)
    assert {found.tried[name].verdict for name in SHIFTS} == {"broken"}
    assert found.certified == () and "one cell" in found.tried[ACROSS].statement


def test_other_layouts_give_the_same() -> None:
    whole = operator(heat, BUMPS, EUCLIDEAN)
    chunks = operator(heat, [BUMPS[:6], BUMPS[6:]], EUCLIDEAN)
    assert torch.allclose(chunks.generators, whole.generators) and chunks.samples == 10
    few = operator(heat, BUMPS[:2], EUCLIDEAN)
    assert len(few.certified) == 3 and "on the 2 fields given" in few.certificates[0].statement
    single = operator(network().float(), WAVES.float(), sampled_field(AffineAction(groups.Translation(2)), GRID))
    assert len(single.certified) == 2
    flat = sampled_field(V(groups.SO(2)), GRID)
    assert operator(laplacian, BUMPS, flat).name == "so(2)"


@pytest.mark.parametrize("n", [32, 33])
def test_even_and_odd_grids_and_axes_with_ends(n: int) -> None:
    shifts = sampled_field(AffineAction(groups.Translation(2)), Grid((n, n), -math.pi, math.pi))
    assert len(operator(lambda u: u.roll(1, -1) * u, waves(6, shifts.grid), shifts).certified) == 2
    ends = sampled_field(PLANE, Grid((n, n), -2.5, 2.5, False))
    fields = localised(6, grid=ends.grid, seed=1)
    assert len(operator(lambda u: u**2 + u, fields, ends, delta=0.5).certified) == 3
    x = ends.grid.points[..., 0]
    assert operator(lambda u: torch.exp(x) * u, fields, ends).tried[UP].verdict == "symmetric"
    assert operator(lambda u: torch.exp(x) * u, fields, ends).tried[ACROSS].verdict == "broken"


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: operator(heat, BUMPS, PLANE), "sampled_field"),
    (lambda: operator(heat, BUMPS[0, 0, 0], EUCLIDEAN), "fields"),
    (lambda: operator(heat, BUMPS[:, :, :5], EUCLIDEAN), "as the grid is"),
    (lambda: operator(heat, [], EUCLIDEAN), "no fields"),
    (lambda: operator(heat, BUMPS * math.nan, EUCLIDEAN), "NaN"),
    (lambda: operator(heat, BUMPS, EUCLIDEAN, delta=0.0), "delta"),
    (lambda: operator(heat, BUMPS, EUCLIDEAN, alpha=2.0), "alpha"),
    (lambda: operator(heat, BUMPS, EUCLIDEAN, V(groups.SO(2))), "action_out"),
    (lambda: operator(lambda u: u[..., :5, :5], BUMPS, EUCLIDEAN), "fields"),
    (lambda: operator(heat, BUMPS, sampled_field(V(groups.C(4)), GRID)), "generators"),
    (lambda: operator(3, BUMPS, EUCLIDEAN), "callable"),
]


@pytest.mark.parametrize("case", range(len(REFUSED)))
def test_refusals_say_what_is_wrong(case: int) -> None:
    call, words = REFUSED[case]
    with pytest.raises(InputError, match=words) as raised:
        call()
    assert "\n" not in str(raised.value)
