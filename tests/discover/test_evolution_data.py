"""Symmetries of an equation known only through solutions on a grid: found where they are, and only there."""

import math

import pytest
import torch

from symmetra import discover, library
from symmetra.functions import candidates
from symmetra.inputs import InputError

LENGTH = 8 * math.pi
X = torch.arange(128, dtype=torch.float64) * LENGTH / 128
WAVE = 2j * math.pi / LENGTH * torch.fft.fftfreq(128, 1 / 128, dtype=torch.float64)
KEPT = WAVE.abs() < WAVE.abs().max() * 2 / 3


def solutions(linear, nonlinear, time=2.0, count=4, size=1.0, seed=0, modes=6):
    """Random periodic initial fields, carried on by Runge-Kutta with the linear part exact: ``[R, 65, 128]``."""
    generator = torch.Generator().manual_seed(seed)
    start = torch.randn(count, modes, 2, generator=generator, dtype=torch.float64) / torch.arange(1, modes + 1)[:, None]
    angle = 2 * math.pi / LENGTH * X * torch.arange(1, modes + 1)[:, None]
    u = torch.einsum("rm,mx->rx", start[..., 0], angle.cos()) + torch.einsum("rm,mx->rx", start[..., 1], angle.sin())
    return carried(size * u / u.std(), linear, nonlinear, time)


def carried(u, linear, nonlinear, time):
    times, steps = torch.linspace(0, time, 65, dtype=torch.float64), 5
    step = float(times[1]) / steps
    half = torch.exp(linear * step / 2)

    def rate(h):
        return KEPT * torch.fft.fft(nonlinear(torch.fft.ifft(h).real, torch.fft.ifft(WAVE * h).real))

    h, out = torch.fft.fft(u.to(torch.complex128)), [u]
    for _ in range(64):
        for _ in range(steps):
            a = rate(h)
            b = rate(half * (h + step / 2 * a))
            c = rate(half * h + step / 2 * b)
            d = rate(half * half * h + step * half * c)
            h = half * half * h + step / 6 * (half * half * a + 2 * half * (b + c) + d)
        out.append(torch.fft.ifft(h).real)
    return times, torch.stack(out, 1)


def noisy(u, share, seed=5):
    return u + share * u.std() * torch.randn(u.shape, dtype=u.dtype, generator=torch.Generator().manual_seed(seed))


def kdv_term(v, vx):
    return -v * vx


SYSTEMS = {  # order, linear part, rest, size, duration, degree of the candidates, dimension, noise
    "KdV": (3, -(WAVE**3), kdv_term, 1.0, 2.0, 1, 4, 2e-3),
    "KdV, quadratic candidates": (3, -(WAVE**3), kdv_term, 1.0, 2.0, 2, 4, 3e-5),
    "heat": (2, WAVE**2, lambda v, vx: 0 * v, 1.0, 1.0, 2, 8, 3e-4),
    "Burgers": (2, 0.3 * WAVE**2, kdv_term, 0.5, 2.0, 2, 5, 3e-4),
    "KdV with damping": (3, -(WAVE**3) - 0.3, kdv_term, 1.0, 2.0, 1, 2, 3e-4),
}


@pytest.mark.parametrize(("name", "with_noise"), [("KdV", False), ("Burgers", False), *((n, True) for n in SYSTEMS)])
def test_symmetries_of_solutions(name, with_noise):
    order, linear, rest, size, time, degree, dimension, noise = SYSTEMS[name]
    times, u = solutions(linear, rest, time, size=size)
    found = discover.evolution_equation(
        noisy(u, noise * with_noise), order, candidates.polynomial(3, degree), grid=X, times=times, periodic=True
    )
    assert found.coverage.ok
    assert len(found.certified) == dimension
    if name == "KdV" and not with_noise:
        assert found.expressions()[1:] == ["t ∂x + ∂u", "∂x", "∂t"]
        assert found.coverage.numbers["coefficient of u·u_x"] == pytest.approx(-1, abs=1e-3)
    if name == "Burgers" and not with_noise:
        assert found.name == "sl(2) ⋉ R²"


BROKEN = {  # what the terms of degree two cannot say must be noticed, or nothing be claimed
    "speed depends on x": lambda v, vx: -v * vx * (1 + 0.1 * torch.cos(2 * math.pi * X / LENGTH)),
    "a cubic term": lambda v, vx: -v * vx - 0.1 * v**2 * vx,
    "a term that is not a polynomial": lambda v, vx: -v * vx + 0.2 * torch.sin(3 * v),
}


@pytest.mark.parametrize(("name", "share"), [*((name, 2e-3) for name in BROKEN), ("a cubic term", 0.0)])
def test_an_equation_out_of_class_is_noticed(name, share):
    times, u = solutions(-(WAVE**3), BROKEN[name])
    found = discover.evolution_equation(
        noisy(u, share), 3, candidates.polynomial(3, 1), grid=X, times=times, periodic=True
    )
    assert not found.certified
    assert not found.coverage.ok and {c.verdict for c in found.certificates} <= {"out of class"}


def test_a_soliton_alone_does_not_tell():
    times = torch.linspace(0, 2, 65, dtype=torch.float64)
    u = 3 / torch.cosh((X - 10 - times[:, None]) / 2) ** 2
    found = discover.evolution_equation(u, 3, candidates.polynomial(3, 1), grid=X, times=times)
    assert not found.certified and "do not tell the terms" in found.coverage.message


def test_much_noise_is_undetermined():
    times, u = solutions(-(WAVE**3), kdv_term)
    found = discover.evolution_equation(noisy(u, 0.1), 3, candidates.affine(3), grid=X, times=times, periodic=True)
    assert not found.certified
    assert {c.verdict for c in found.certificates} <= {"undetermined", "out of class"}


def test_a_library_and_a_grid_with_ends():
    times, u = solutions(WAVE**2, lambda v, vx: 0 * v, 1.0)
    terms = library.polynomial(5, 1, variables=["x", "t", "u", "ux", "uxx"])
    found = discover.evolution_equation(u, 2, candidates.affine(3), grid=X, times=times, library=terms)
    assert len(found.certified) == 6


def test_fields_of_a_system_in_the_plane():
    """Two heat equations that turn into one another: rotations of the plane and of the fields, scalings."""
    x = torch.arange(16, dtype=torch.float64) * 2 * math.pi / 16
    t = torch.linspace(0, 0.5, 24, dtype=torch.float64)
    g = torch.Generator().manual_seed(0)
    u = torch.zeros(3, 24, 16, 16, 2, dtype=torch.float64)
    for k in range(-3, 4):
        for l in range(-3, 4):
            phase = torch.rand(3, 1, 1, 1, generator=g, dtype=torch.float64) * 2 * math.pi
            decay = (
                torch.randn(3, 1, 1, 1, generator=g, dtype=torch.float64)
                * torch.exp(-(k * k + l * l) * t)[:, None, None]
            )
            angle = k * x[:, None] + l * x + phase + 0.7 * t[:, None, None]
            u += torch.stack([decay * angle.cos(), decay * angle.sin()], dim=-1)
    found = discover.evolution_equation(
        u, 2, candidates.affine(5), space=2, grid=(x, x), times=t, periodic=True, library=1
    )
    rhs = lambda jet: torch.stack([*(jet.u_xx + jet.u_yy + 0.7 * torch.stack([-jet.u[1], jet.u[0]]))])  # noqa: E731
    exact = discover.evolution_equation(rhs, 2, candidates.affine(5), space=2)
    assert len(found.certified) == exact.dimension


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grid": None}, "grid"),
        ({"times": None}, "times"),
        ({"grid": X[:-1]}, "rhs"),
        ({"grid": X**2}, "unequal"),
        ({"delta": 2}, "delta"),
        ({"library": "all"}, "library"),
        ({"times": torch.linspace(0, 1, 5)}, "12 points"),
    ],
)
def test_bad_input(change, message):
    times, u = torch.linspace(0, 1, 20, dtype=torch.float64), torch.zeros(20, 128, dtype=torch.float64)
    with pytest.raises(InputError, match=message):
        discover.evolution_equation(u, 2, candidates.affine(3), **({"grid": X, "times": times} | change))
