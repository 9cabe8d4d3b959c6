"""The reported discretisation error against the true one: never below it, and not far above where it matters."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from symmetra import groups
from symmetra.actions import AffineAction, Grid, SampledField, sampled_field

UNRESOLVED = 0.25  # reports above this say that the field is not resolved, and no more
LINE, PLANE = AffineAction(groups.Translation(1)), AffineAction(groups.SE(2))


def bumps(points: Tensor, width: float) -> Tensor:
    """Two Gaussians off the centre of the box."""
    places, sizes = torch.tensor([[0.3, 0.1], [-0.4, 0.2]], dtype=points.dtype), (width, 1.2 * width)
    parts = [torch.exp(-(points - c).square().sum(-1) / (2 * s * s)) for c, s in zip(places, sizes)]
    return parts[0] + 0.7 * parts[1]


def true_error(action: SampledField, xi: Tensor, u: Callable[[Tensor], Tensor]) -> float:
    """That of ξu for a field known everywhere, relative to its terms as the reported one."""
    points = action.grid.points
    exact = -torch.func.jvp(u, (points,), (action.vector_field.generate(xi, points),))[1]
    values = u(points)[None]
    terms = action.transported(xi, action.gradient(values))
    size = math.sqrt(sum(float(part.square().sum()) for part in terms))
    return float((action.generate(xi, values)[0] - exact).norm()) / size


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "narrow Gaussian": lambda x: torch.exp(-((x - 0.3) ** 2) / 0.08),
    "Gaussian": lambda x: torch.exp(-((x - 0.3) ** 2) / 0.18),
    "wide Gaussian": lambda x: torch.exp(-((x - 0.3) ** 2) / 0.5),
    "poles": lambda x: 1 / (1.2 - torch.cos(math.pi / 4 * (x - 0.1))),
    "close poles": lambda x: 1 / (1.02 - torch.cos(math.pi / 4 * (x - 0.1))),
    "entire": lambda x: torch.exp(3 * torch.sin(math.pi / 4 * x + 0.4)),
    "fronts": lambda x: torch.tanh(3 * torch.sin(math.pi / 4 * x + 0.4) + torch.cos(math.pi / 2 * x)),
    "soliton": lambda x: 1 / torch.cosh(2 * (x - 0.2)) ** 2,
    "kink of order three": lambda x: torch.sin(math.pi / 8 * (x - 0.3)).abs() ** 3,
}


@pytest.mark.parametrize("periodic", [True, False])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_one_axis(name: str, periodic: bool) -> None:
    for n in (16, 17, 24, 32, 33, 48, 64, 65, 96, 128):
        action = sampled_field(LINE, Grid(n, -4.0, 4.0, periodic))
        true = true_error(action, action.group.generators[0], lambda p: FUNCTIONS[name](p[..., 0]))
        reported = float(action.error(FUNCTIONS[name](action.grid.points[:, 0])[None]))
        if reported < UNRESOLVED:
            assert true <= reported, n
            assert reported <= 40 * true or reported < 1e-9, n


@pytest.mark.parametrize("width", [0.2, 0.3, 0.5])
@pytest.mark.parametrize("periodic", [True, False])
def test_the_plane(width: float, periodic: bool) -> None:
    for n in (24, 25, 32, 33, 48, 64):
        action = sampled_field(PLANE, Grid((n, n), -4.0, 4.0, periodic))
        reported = action.error(bumps(action.grid.points, width)[None]).tolist()
        true = [true_error(action, xi, lambda p: bumps(p, width)) for xi in action.group.generators]
        assert all(a <= b or b > UNRESOLVED for a, b in zip(true, reported))
        assert all(b <= 30 * a or b < 1e-8 for a, b in list(zip(true, reported))[1:])  # the first counts the seam, too


@pytest.mark.parametrize("n", [32, 33])
def test_random_fields_of_few_modes_are_exact_to_rounding(n: int) -> None:
    grid, source = Grid((n, n), 0.0, 2 * math.pi), torch.Generator().manual_seed(n)
    modes = torch.cartesian_prod(torch.arange(-6, 7), torch.arange(-6, 7)).double()
    weights, phases = torch.randn(2, len(modes), dtype=torch.float64, generator=source)
    action = sampled_field(AffineAction(groups.Translation(2)), grid)

    def u(points: Tensor) -> Tensor:
        return torch.cos(points @ modes.T + phases) @ weights

    reported = action.error(u(grid.points)[None])
    true = [true_error(action, xi, u) for xi in action.group.generators]
    assert all(a <= b < 1e-12 for a, b in zip(true, reported.tolist()))


@pytest.mark.parametrize("periodic", [True, False])
def test_what_oscillates_from_point_to_point_is_never_resolved(periodic: bool) -> None:
    action = sampled_field(LINE, Grid(32, 0.0, 1.0, periodic))
    sawtooth = (-1.0) ** torch.arange(32, dtype=torch.float64)[None]
    xi = action.group.generators[0]
    size = float(action.uncertainty.generate(xi, sawtooth).norm())
    assert size > float(sawtooth.norm()) * math.pi * 32 / 2  # of the order of its own steepest slope
    noise = torch.randn(4, 1, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert float(action.error(noise)) > 1


def test_the_seam_counts_for_rotations_only() -> None:
    grid = Grid((48, 48), -3.0, 3.0)
    action = sampled_field(PLANE, grid)
    inside, across = (torch.exp(-(grid.points - c).square().sum(-1) / 0.5)[None] for c in (0.2, 2.0))
    narrow, wide = action.error(inside), action.error(across)
    assert float(narrow[0]) < 1e-4 < 1e-2 < float(wide[0])
    waves = torch.cos(2 * math.pi / 6 * grid.points.sum(-1))[None]
    assert float(action.error(waves)[0]) > 0.05 and float(action.error(waves)[1:].max()) < 1e-12
