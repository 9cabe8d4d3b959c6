"""Exact solutions, and what the equations keep or lose."""

from __future__ import annotations

import math

import pytest
import torch

from symmetra.fields import Acoustics, ActiveNematic, BuoyantFlow, Electromagnetism, GrayScott, NavierStokes
from symmetra.fields._spectral_grid import SpectralGrid

TURN = 2 * math.pi


def plane(n: int, size: float = TURN) -> tuple[torch.Tensor, torch.Tensor]:
    """Coordinates of the centres of the cells, ``[n, n]``."""
    points = (torch.arange(n, dtype=torch.float64) + 0.5) * size / n
    return torch.meshgrid(points, points, indexing="ij")


def integral(x: torch.Tensor, axes: int = 2) -> torch.Tensor:
    return x.sum(tuple(range(-axes, 0)))


def source() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_gray_scott_without_b_is_diffusion_and_feed():
    system = GrayScott(interval=50.0, dt=10.0, diffusion_a=1e-3)
    x, y = plane(16, 1.0)
    wave = torch.cos(TURN * x) * torch.cos(2 * TURN * y)
    start = torch.stack([1 + wave, 0 * wave])[None]
    rate = system.feed + system.diffusion_a * 5 * TURN**2
    exact = 1 + wave * math.exp(-2 * 50 * rate)
    assert torch.allclose(system.solve(start, 2)[0, -1, 0], exact, atol=1e-10)


def test_gray_scott_of_even_fields_is_the_reaction_and_stays_between_zero_and_one():
    system = GrayScott(interval=1.0, dt=0.05)
    even = system.solve(torch.tensor([0.6, 0.3]).reshape(1, 2, 1, 1).expand(1, 2, 4, 4), 1)[0, -1, :, 0, 0]
    a, b = 0.6, 0.3
    for _ in range(100_000):
        reaction = 1e-5 * a * b * b
        a, b = a - reaction + 1e-5 * system.feed * (1 - a), b + reaction - 1e-5 * (system.feed + system.kill) * b
    assert even.tolist() == pytest.approx([a, b], abs=1e-6)
    fields = GrayScott().solve(GrayScott().initial(1, (32, 32), source())[0], 20)
    assert fields.min() > -1e-2 and fields.max() < 1.01 and fields[:, -1, 1].std() > 0.05


def test_the_vortices_of_taylor_and_green():
    """u = (sin x cos y, −cos x sin y) e^(−2νt), p = (cos 2x + cos 2y)/4 e^(−4νt), and their vorticity as tracer."""
    system = NavierStokes(viscosity=0.05, diffusivity=0.05)
    x, y = plane(16)
    u, v, p = x.sin() * y.cos(), -x.cos() * y.sin(), ((2 * x).cos() + (2 * y).cos()) / 4
    w = 2 * x.sin() * y.sin()
    last = system.solve(torch.stack([w, 0 * p, u, v])[None], 5)[0, -1]
    fade = math.exp(-2 * 0.05 * 5 * 0.2)
    assert torch.allclose(last, torch.stack([w * fade, p * fade**2, u * fade, v * fade]), atol=1e-10)


def test_a_flow_keeps_what_it_should():
    """No divergence; momentum and tracer kept; energy lost to viscosity at the exact rate, and kept without it."""
    for viscosity in (0.0, 0.02):
        system = NavierStokes(viscosity=viscosity, diffusivity=viscosity, dt=0.01, interval=0.1)
        start = system.initial(2, (32, 32), source())[0]
        path = system.solve(start, 10)
        grid = system.grid((32, 32))
        u = path[:, :, 2:]
        assert grid.to_points(grid.divergence(grid.to_modes(u))).abs().max() < 1e-10
        assert torch.allclose(integral(path[:, :, [0, 2, 3]]), integral(path[:, :1, [0, 2, 3]]), atol=1e-8)
        energy = integral(u.square().sum(2)) / 2
        slopes = grid.to_points(grid.gradient(grid.to_modes(u)))
        lost = viscosity * integral(slopes.square().sum((2, 3)))
        # Simpson's rule over pairs of intervals.
        expected = 0.1 / 3 * (lost[:, 0:-2:2] + 4 * lost[:, 1:-1:2] + lost[:, 2::2]).sum(1)
        assert torch.allclose(energy[:, 0] - energy[:, -1], expected, rtol=2e-4, atol=1e-7 * float(energy.max()))
        assert viscosity == 0 or (energy.diff(dim=1) < 0).all()


def test_buoyancy_that_changes_across_only():
    """b = cos(kx) falls and rises in columns: v = (e^(−Dk²t) − e^(−νk²t)) / ((ν − D) k²) cos(kx), and never mixes."""
    system = BuoyantFlow(viscosity=0.05, diffusivity=0.02, gravity=2.0)
    x, _ = plane(16)
    b = torch.cos(3 * x)
    last = system.solve(torch.stack([b, 0 * b, 0 * b, 0 * b])[None], 5)[0, -1]
    fall, slow = math.exp(-0.02 * 9), math.exp(-0.05 * 9)
    exact = torch.stack([b * fall, 0 * b, 0 * b, 2 * b * (fall - slow) / (0.03 * 9)])
    assert torch.allclose(last, exact, atol=1e-8)
    # Stratified at rest it stays at rest, and the pressure carries the weight.
    _, y = plane(16)
    still = system.solve(torch.stack([torch.sin(y), 0 * y, 0 * y, 0 * y])[None], 2)[0, -1]
    assert still[2:].abs().max() < 1e-12
    assert torch.allclose(still[1], -2 * math.exp(-0.02 * 0.4) * torch.cos(y), atol=1e-10)


def test_a_nematic_at_rest_relaxes_to_its_order():
    system = ActiveNematic(activity=0.0, alignment=0.0, elasticity=0.1, order=1.0)
    path = system.solve(system.initial(1, (16, 16), source())[0], 8)
    assert path[:, :, 1:3].abs().max() < 1e-12
    q = path[:, :, 3:].unflatten(2, (2, 2))
    slopes = system.grid((16, 16)).gradient(torch.fft.rfftn(q, dim=(-2, -1)))
    elastic = system.grid((16, 16)).to_points(slopes).square().sum((2, 3, 4)) * system.elasticity / 2
    size = q.square().sum((2, 3))
    energy = integral(elastic - system.order / 2 * size + size.square() / 4)
    assert (energy.diff(dim=1) < 0).all()


def test_a_weak_nematic_grows_mode_by_mode():
    system = ActiveNematic(activity=0.0, alignment=0.0, elasticity=0.1, order=0.5)
    x, y = plane(16)
    wave = 1e-7 * torch.cos(x + 2 * y)
    start = torch.stack([1 + 0 * wave, 0 * x, 0 * x, wave, 2 * wave, 2 * wave, -wave])[None]
    last = system.solve(start, 5)[0, -1]
    assert torch.allclose(last[3:], start[0, 3:] * math.exp(0.5 - 0.1 * 5), rtol=1e-6, atol=1e-14)


def test_an_active_nematic_drives_a_flow():
    """Q stays symmetric and traceless, the flow without divergence, and the rods are neither made nor lost."""
    system = ActiveNematic()
    path = system.solve(system.initial(2, (24, 24), source())[0], 6)
    grid = system.grid((24, 24))
    c, u, q = path[:, :, 0], path[:, :, 1:3], path[:, :, 3:]
    assert torch.equal(q[:, :, 1], q[:, :, 2]) and torch.equal(q[:, :, 0], -q[:, :, 3])
    assert grid.to_points(grid.divergence(grid.to_modes(u))).abs().max() < 1e-10
    assert torch.allclose(integral(c), integral(c[:, :1]), rtol=1e-12)
    assert u[:, -1].square().mean().sqrt() > 0.1
    # The flow balances its drag and the rods' push: −∇p + η∇²u − μu − ζ∇·(cQ) = 0 wherever p has no say.
    stress = grid.to_modes((c[:, :, None] * q).unflatten(2, (2, 2))) * grid.keep
    drag = (system.viscosity * grid.k2 + system.friction) * grid.to_modes(u)
    left = grid.solenoidal(grid.divergence(stress) * system.activity + drag)
    assert left.abs().max() < 1e-8 * drag.abs().max()


def test_a_shear_turns_and_aligns_the_rods():
    """The rate of one step in a given flow: rods of no order are stretched along +45°, λ E; a rigid turn rotates Q."""
    system = ActiveNematic(alignment=0.7, elasticity=0.0, order=0.0, diffusivity=0.0)
    x, _ = plane(16)
    grid = system.grid((16, 16))
    shear = grid.to_modes(torch.stack([0 * x, torch.sin(x)])[None])  # u_y = sin x: E_xy = cos(x)/2, W_xy = −cos(x)/2

    class Given(ActiveNematic):
        def flow(self, grid: SpectralGrid, y: torch.Tensor) -> torch.Tensor:
            return shear

    given = Given(alignment=0.7)
    for q_xx, q_xy in ((0.0, 0.0), (0.1, 0.0), (0.0, 0.1)):
        even = torch.stack([1 + 0 * x, q_xx + 0 * x, q_xy + 0 * x])[None]
        rate = grid.to_points(given.rate(grid, grid.to_modes(even), even))[0]
        size = 2 * (q_xx**2 + q_xy**2)
        spin, strain = -torch.cos(x) / 2, torch.cos(x) / 2
        assert torch.allclose(rate[1], 2 * spin * q_xy - size * q_xx, atol=1e-12)
        assert torch.allclose(rate[2], 0.7 * strain - 2 * spin * q_xx - size * q_xy, atol=1e-12)


def test_a_standing_wave_between_walls():
    """p = cos(πx/L) cos(ωt) in an even medium without layers, with u_x = sin(πx/L) sin(ωt)/ρc."""
    system = Acoustics(absorption=0.0, dt=0.002)
    x, _ = plane(16, 1.0)
    medium = torch.stack([2.0 + 0 * x, 1.5 + 0 * x])[None]
    wave = torch.cos(3 * math.pi * x)
    last = system.solve(torch.stack([wave, 0 * x, 0 * x])[None], 8, medium)[0, -1]
    phase = 3 * math.pi * 1.5 * 0.4
    across = torch.sin(3 * math.pi * x) * math.sin(phase) / (2.0 * 1.5)
    assert torch.allclose(last, torch.stack([wave * math.cos(phase), across, 0 * x]), atol=1e-6)


def test_sound_keeps_its_energy_between_walls_and_leaves_at_the_open_ends():
    shut, ajar = Acoustics(absorption=0.0), Acoustics()
    x, medium = ajar.initial(2, (16, 16), source())
    density, speed = medium.unbind(1)

    def energy(path: torch.Tensor) -> torch.Tensor:
        stiffness = (density * speed.square())[:, None]
        return integral(density[:, None] * path[:, :, 1:].square().sum(2) + path[:, :, 0].square() / stiffness) / 2

    kept, left = energy(shut.solve(x, 10, medium)), energy(ajar.solve(x, 30, medium))
    assert torch.allclose(kept, kept[:, :1].expand_as(kept), rtol=1e-4)
    assert (left.diff(dim=1) < 1e-9 * left[:, :1]).all() and (left[:, -1] < 0.25 * left[:, 0]).all()
    # Nothing crosses a wall: u_x, continued oddly, is zero there.
    path = ajar.solve(x, 5, medium)
    assert (path[:, -1, 1, 0].abs() < path[:, -1, 1].abs().max()).all()


def test_light_in_empty_space_is_a_wave():
    system = Electromagnetism(loss=0.0, saturation=0.0)
    points = torch.arange(8, dtype=torch.float64) / 8
    wave = torch.cos(TURN * points).expand(8, 8, 8)  # runs along z
    start = torch.zeros(1, 6, 8, 8, 8, dtype=torch.float64)
    start[0, 0], start[0, 4] = wave, wave  # E along x, B along y
    last = system.solve(start, 4, 0 * start[:, :1])[0, -1]
    moved = torch.cos(TURN * (points - 4 * 0.05)).expand(8, 8, 8)
    assert torch.allclose(last[0], moved, atol=1e-6) and torch.allclose(last[4], moved, atol=1e-6)
    assert last[[1, 2, 3, 5]].abs().max() < 1e-12


def test_light_in_a_conductor_loses_energy_and_b_has_no_divergence():
    system = Electromagnetism()
    x, constants = system.initial(2, (12, 12, 12), source())
    path = system.solve(x, 6, constants)
    energy = integral(path.square().sum(2), 3)
    assert (energy.diff(dim=1) < 0).all() and (energy[:, -1] < 0.8 * energy[:, 0]).all()
    grid = system.grid((12, 12, 12))
    assert grid.to_points(grid.divergence(grid.to_modes(path[:, :, 3:]))).abs().max() < 1e-10
    free = Electromagnetism(loss=0.0, saturation=0.0)
    kept = integral(free.solve(x, 6, 0 * constants).square().sum(2), 3)
    assert torch.allclose(kept, kept[:, :1].expand_as(kept), rtol=1e-4)
