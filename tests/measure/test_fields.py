"""Networks on fields: errors of finite and infinitesimal motions, and audits that know what the grid explains."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from symmetra import groups
from symmetra.actions import AffineAction, Grid, Pushforward, sampled_field
from symmetra.measure import audit, equivariance_error, lie_derivative_error
from symmetra.representations import V

GRID = Grid((48, 48), -math.pi, math.pi)
SHIFTS = sampled_field(AffineAction(groups.Translation(2)), GRID)


def network(mode: str = "circular", dtype: torch.dtype = torch.float64) -> nn.Module:
    torch.manual_seed(1)
    layers = [
        nn.Conv2d(1, 4, 3, padding=1, padding_mode=mode),
        nn.Tanh(),
        nn.Conv2d(4, 1, 3, padding=1, padding_mode=mode),
    ]
    return nn.Sequential(*layers).to(dtype)


def waves(count: int = 6, dtype: torch.dtype = torch.float64) -> Tensor:
    source = torch.Generator().manual_seed(0)
    modes = torch.cartesian_prod(torch.arange(-2, 3), torch.arange(-2, 3)).double()
    weights, phases = torch.randn(2, count, len(modes), dtype=torch.float64, generator=source)
    phase = (GRID.points @ modes.T)[:, :, None] + phases
    return torch.einsum("nm,xynm->nxy", 0.6 * weights, torch.cos(phase))[:, None].to(dtype)


class Heat(nn.Module):
    """The exact heat flow on the periodic box."""

    def forward(self, u: Tensor) -> Tensor:
        k = torch.fft.fftfreq(u.shape[-1], 1 / u.shape[-1], dtype=torch.float64)
        return torch.fft.ifft2(torch.exp(-0.05 * (k[:, None] ** 2 + k**2)) * torch.fft.fft2(u)).real


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_circular_network_holds_to_the_discretisation(dtype: torch.dtype) -> None:
    model, u = network(dtype=dtype), waves(dtype=dtype)
    found = audit(model, u, SHIFTS, SHIFTS, n_elements=4)
    assert found.holds and (dtype == torch.float32 or found.verdict == "holds to the discretisation")
    cells = next(f for f in found.findings if f.label == "shifts by one cell")
    assert cells.verdict == "holds to rounding"
    assert 1e-7 < float(lie_derivative_error(model, u, SHIFTS, SHIFTS)) < 1e-2
    assert float(equivariance_error(model, u, SHIFTS, SHIFTS, elements=SHIFTS.cell_shifts)) < 1e-6


def test_padding_with_zeros_is_found_by_shifts_of_one_cell() -> None:
    found = audit(network("zeros"), waves(), SHIFTS, SHIFTS, n_elements=2)
    assert found.verdict == "broken" and found.worst.label == "shifts by one cell"


def test_what_the_grid_does_not_resolve_is_undefined() -> None:
    noise = torch.randn(4, 1, *GRID.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = audit(network(), noise, SHIFTS, SHIFTS, n_elements=2)
    assert found.verdict == "undefined" and "the grid alone explains" in found.sentence


def test_rotations_of_localised_fields() -> None:
    turns = sampled_field(V(groups.O(2)), GRID)
    u = torch.exp(-((GRID.points - torch.tensor([0.3, 0.0])).square() * torch.tensor([3.0, 2.0])).sum(-1))[None, None]
    assert audit(Heat(), u, turns, turns, n_elements=3).holds
    assert float(equivariance_error(Heat(), u, turns, turns, n_elements=3)) < 1e-4
    broken = audit(lambda v: v * torch.cos(GRID.points[..., 0]), u, turns, turns, n_elements=3)
    assert broken.verdict == "broken"


def test_gradients_are_vectors_and_not_scalars() -> None:
    plane = V(groups.SO(2))
    scalars, vectors = sampled_field(plane, GRID), sampled_field(plane, GRID, Pushforward)
    u = torch.exp(-2 * (GRID.points - torch.tensor([0.3, 0.1])).square().sum(-1))[None, None]

    def gradient(v: Tensor) -> Tensor:
        return torch.cat(scalars.gradient(v), dim=-3)

    assert audit(gradient, u, scalars, vectors, n_elements=2).holds
    assert audit(gradient, u, scalars, scalars, n_elements=2).verdict == "broken"
