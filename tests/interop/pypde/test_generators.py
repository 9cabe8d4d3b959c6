"""Our spectral solutions beside py-pde's finite differences, whose error falls with the square of the spacing."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from pde import PDE, CartesianGrid, FieldCollection, ScalarField

from symmetra.fields import Acoustics, GrayScott

pytestmark = pytest.mark.interop


def beside(equations: dict[str, str], periodic: list[bool], start: np.ndarray, time: float, bc: object) -> np.ndarray:
    """Their solution on a unit square from fields ``[k, n, n]`` at cell centres."""
    grid = CartesianGrid([[0, 1], [0, 1]], start.shape[1:], periodic=periodic)
    state = FieldCollection([ScalarField(grid, data) for data in start])
    equation = PDE(equations, bc=bc)
    return equation.solve(
        state, t_range=time, solver="scipy", method="RK45", rtol=1e-5, atol=1e-6, backend="numpy", tracker=None
    ).data


def points(n: int) -> tuple[np.ndarray, np.ndarray]:
    centres = (np.arange(n) + 0.5) / n
    return tuple(np.meshgrid(centres, centres, indexing="ij"))


def falls_as_the_square(errors: list[float]) -> None:
    print("error of finite differences beside the spectral solution:", [f"{error:.2e}" for error in errors])
    assert errors[-1] < 2e-2
    assert all(3.2 < coarse / fine < 4.8 for coarse, fine in itertools.pairwise(errors))


def test_gray_scott() -> None:
    system = GrayScott(interval=20.0, dt=1.0, diffusion_a=4e-4, diffusion_b=2e-4)
    equations = {
        "a": f"{system.diffusion_a} * laplace(a) - a * b**2 + {system.feed} * (1 - a)",
        "b": f"{system.diffusion_b} * laplace(b) + a * b**2 - {system.feed + system.kill} * b",
    }
    errors = []
    for n in (32, 64):
        x, y = points(n)
        patch = 0.3 + 0.25 * np.cos(2 * np.pi * x) * np.sin(4 * np.pi * y) + 0.1 * np.sin(2 * np.pi * (x + y))
        start = np.stack([1 - patch, patch])
        ours = system.solve(torch.from_numpy(start)[None], 1)[0, -1].numpy()
        theirs = beside(equations, [True, True], start, 20.0, "periodic")
        errors.append(float(np.abs(ours - theirs).max() / ours.std()))
    falls_as_the_square(errors)


def test_sound_between_walls() -> None:
    """Even medium, no layers: p_tt = c² ∇²p, with no slope at the walls of x."""
    system = Acoustics(absorption=0.0, interval=0.3, dt=0.002)
    bc = {"x": {"derivative": 0}, "y": "periodic"}
    errors = []
    for n in (32, 64):
        x, y = points(n)
        pulse = np.cos(np.pi * x) * (1 + np.cos(2 * np.pi * y)) + 0.5 * np.cos(3 * np.pi * x) * np.sin(4 * np.pi * y)
        still, medium = np.zeros_like(pulse), np.stack([2 + 0 * x, 1.5 + 0 * x])
        start = torch.from_numpy(np.stack([pulse, still, still]))[None]
        ours = system.solve(start, 1, torch.from_numpy(medium)[None])[0, -1, 0].numpy()
        theirs = beside({"p": "q", "q": f"{1.5**2} * laplace(p)"}, [False, True], np.stack([pulse, still]), 0.3, bc)[0]
        errors.append(float(np.abs(ours - theirs).max() / ours.std()))
    falls_as_the_square(errors)
