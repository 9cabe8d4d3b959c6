"""The acceleration reaches the same fixed points in fewer steps, and a wrong extrapolation costs one step."""

from __future__ import annotations

import torch

from symmetra.linalg import Anderson

GENERATOR = torch.Generator().manual_seed(0)
STEEP = torch.linspace(0.05, 0.999, 30, dtype=torch.float64)
TURN = torch.linalg.qr(torch.randn(30, 30, dtype=torch.float64, generator=GENERATOR)).Q
MATRIX, SHIFT = TURN * STEEP @ TURN.mT, torch.randn(30, dtype=torch.float64, generator=GENERATOR)
FIXED = torch.linalg.solve(torch.eye(30, dtype=torch.float64) - MATRIX, SHIFT)


def steps(image, x, fixed, accelerated, most=20_000):
    """The number of steps to within 1e-8 of the fixed point."""
    acceleration = Anderson()
    for count in range(1, most):
        new = image(x)
        x = acceleration.next(x, new) if accelerated else new
        if float((x - fixed).norm()) <= 1e-8 * float(fixed.norm()):
            return count
    return most


def test_slow_affine_iterations_become_fast() -> None:
    def image(x):
        return MATRIX @ x + SHIFT

    start = torch.zeros(30, dtype=torch.float64)
    assert steps(image, start, FIXED, True) < 0.05 * steps(image, start, FIXED, False)


def test_kinks_do_no_harm() -> None:
    """Projected gradient on a box: affine in pieces, and the right piece is not known at first."""

    def image(x):
        return (MATRIX @ x + SHIFT).clamp(-0.5, 2.0)

    x = torch.zeros(30, dtype=torch.float64)
    for _ in range(40_000):
        x = image(x)
    start = torch.zeros(30, dtype=torch.float64)
    assert steps(image, start, x, True) <= steps(image, start, x, False)


def test_a_wrong_extrapolation_is_taken_back() -> None:
    calls: list[torch.Tensor] = []

    def image(x):
        calls.append(x)
        # A jump where extrapolation leads: residuals grow there.
        return 0.5 * x if float(x.norm()) > 1e-2 else x + 1.0

    acceleration = Anderson(every=2)
    x = torch.full((3,), 8.0, dtype=torch.float64)
    before = []
    for _ in range(6):
        before.append(x)
        x = acceleration.next(x, image(x))
    # The iteration is linear: the second difference is extrapolated to zero, which is refused.
    jumped = next(place for place, y in enumerate(before) if float(y.norm()) <= 1e-2)
    assert torch.equal(before[jumped + 1], 0.5 * before[jumped - 1])


def test_shapes_and_points_are_kept() -> None:
    acceleration = Anderson(every=1)
    x = torch.ones(4, 5, dtype=torch.float64)
    kept = x.clone()
    for _ in range(5):
        y = acceleration.next(x, 0.3 * x + 1.0)
        assert y.shape == x.shape and torch.equal(x, kept)
        x, kept = y, y.clone()
    torch.testing.assert_close(x, torch.full_like(x, 1 / 0.7))
