"""Symmetries of dynamical systems: the commutant where F is linear, the known algebras elsewhere, and nothing else."""

import pytest
import torch

from symmetra import discover
from symmetra.functions import candidates

F64 = torch.float64


def gaussian(n, count=600, seed=0):
    return torch.randn(count, n, dtype=F64, generator=torch.Generator().manual_seed(seed))


def linear(matrix):
    a = torch.tensor(matrix, dtype=F64)
    return lambda s: a @ s


def stack(*rows):
    return torch.stack(rows)


SYSTEMS = {  # n, F, dimension in affine candidates, in all quadratic ones, how many of each are F itself
    "planar rotation": (2, linear([[0, -1.0], [1, 0]]), (2, 2), (1, 1)),
    "Jordan block": (2, linear([[-1.0, 1], [0, -1]]), (2, 2), (1, 1)),
    "generic linear": (3, linear([[-1.0, 2, 0], [0, -3, 1], [1, 0, -2]]), (3, 3), (1, 1)),
    "minus identity": (3, lambda s: -s, (9, 9), (1, 1)),
    "resonant rates": (2, linear([[-1.0, 0], [0, -2]]), (2, 3), (1, 1)),  # y' = -2y: x² ∂y commutes, too
    "two frequencies": (
        4,
        linear([[0, -1.0, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1.7], [0, 0, 1.7, 0]]),
        (4, 4),
        (1, 1),
    ),
    "equal frequencies": (4, linear([[0, -1.0, 0, 0], [1, 0, 0, 0], [0, 0, 0, -1.0], [0, 0, 1.0, 0]]), (8, 8), (1, 1)),
    "Hopf": (2, lambda s: stack(s[0] - s[1] - s[0] * (s @ s), s[0] + s[1] - s[1] * (s @ s)), (1, 1), (0, 0)),
    "van der Pol": (2, lambda s: stack(s[1], -s[0] + s[1] - s[0] ** 2 * s[1]), (0, 0), (0, 0)),
    "Lorenz": (
        3,
        lambda s: stack(10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]),
        (0, 1),
        (0, 1),
    ),
    "asymmetric rigid body": (3, lambda s: stack(-s[1] * s[2], s[0] * s[2], -s[0] * s[1] / 3), (0, 1), (0, 1)),
    "symmetric rigid body": (
        3,
        lambda s: stack(-s[1] * s[2], s[0] * s[2], 0 * s[0]),
        (2, None),
        (0, None),
    ),  # the rotation is F/w₃
    "radial flow": (3, lambda s: s * (1 - s @ s), (3, 3), (0, 0)),
    "Kepler in 3-D": (6, lambda s: torch.cat([s[3:], -s[:3] / s[:3].norm() ** 3]), (3, None), (0, None)),
    "Lotka-Volterra": (2, lambda s: stack(s[0] - s[0] * s[1], -s[1] + s[0] * s[1]), (0, 1), (0, 1)),
    "cyclic coordinate": (2, lambda s: stack(torch.sin(s[0]), s[0] ** 2), (1, None), (0, None)),
}


EXACT = [(name, d) for name, (_, _, counts, _) in SYSTEMS.items() for d in (1, 2) if counts[d - 1] is not None]


@pytest.mark.parametrize(("name", "degree"), EXACT)
def test_algebra_is_exact(name, degree):
    n, field, dimensions, flows = SYSTEMS[name]
    space = candidates.affine(n) if degree == 1 else candidates.polynomial(n, 2)
    found = discover.dynamics(field, gaussian(n) * (20 if name == "Lorenz" else 1), space)
    assert found.dimension == dimensions[degree - 1]
    assert found.trivial == flows[degree - 1]
    assert found.gap >= 1e8
    assert found.closure_defect <= 1e-10
    assert len(found.certified) == found.dimension - found.trivial


def test_fields_proportional_to_the_flow_are_labelled():
    n, field, *_ = SYSTEMS["planar rotation"]
    found = discover.dynamics(field, gaussian(n), candidates.polynomial(n, 3))
    assert found.dimension == 4 and found.trivial == 1  # z, iz, |z|²z, |z|²iz: the flow is iz
    assert found.labels[2:] == ("proportional to F", "the flow of F itself") and len(found.certified) == 3


def test_discovered_flow_maps_solutions_to_solutions():
    n, field, *_ = SYSTEMS["Hopf"]
    found = discover.dynamics(field, gaussian(n), candidates.affine(n))
    action = found.action()
    x = gaussian(n, 20, seed=3)
    for g in action.group.sample(100, seed=0):
        moved = action.transform(g, x)
        pushed = action.transform(g, torch.func.vmap(field)(x))  # a linear action moves vectors like points
        torch.testing.assert_close(torch.func.vmap(field)(moved), pushed, atol=1e-10, rtol=1e-10)


def test_scaling_of_time():
    def kepler(s):
        return torch.cat([s[2:], -s[:2] / s[:2].norm() ** 3])

    x = gaussian(4)
    plain = discover.dynamics(kepler, x, candidates.linear(4))
    assert plain.dimension == 1 and plain.name == "so(2)"
    timed = discover.dynamics(kepler, x, candidates.linear(4), time_scaling=True)
    assert timed.dimension == 2
    i = int(timed.outputs[:, 0].abs().argmax())
    scaling = timed.matrices[i, :, :4] / timed.outputs[i, 0]
    rates = torch.diagonal(scaling)  # x → s x, t → s^{3/2} t: [ξ, F] = τ F with x: 2τ/3, v: −τ/3 up to sign
    torch.testing.assert_close(rates.abs(), torch.tensor([2 / 3, 2 / 3, 1 / 3, 1 / 3], dtype=F64), atol=1e-9, rtol=0)


def test_one_closed_orbit_certifies_nothing():
    angle = torch.linspace(0, 6.2, 200, dtype=F64)
    orbit = torch.stack([angle.cos(), angle.sin()], dim=1)
    found = discover.dynamics(SYSTEMS["Hopf"][1], orbit, candidates.affine(2))
    assert not found.coverage.ok and found.certified == ()
    assert all(c.verdict == "undetermined" for c in found.certificates)


def test_one_trajectory_on_the_van_der_pol_cycle_certifies_nothing():
    field = SYSTEMS["van der Pol"][1]
    s, orbit = torch.tensor([2.0, 0.0], dtype=F64), []
    for step in range(6000):  # classical Runge–Kutta; the last part is on the cycle
        k1 = field(s)
        k2 = field(s + 0.005 * k1)
        k3 = field(s + 0.005 * k2)
        k4 = field(s + 0.01 * k3)
        s = s + 0.01 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if step > 5000 and step % 5 == 0:
            orbit.append(s)
    found = discover.dynamics(field, torch.stack(orbit), candidates.polynomial(2, 2))
    assert found.certified == () and not found.coverage.ok


def test_noisy_rates_still_give_the_algebra_its_name():
    source = torch.Generator().manual_seed(0)
    x = 2 * torch.rand(800, 3, generator=source, dtype=F64) - 1
    rates = x * (1 - (x * x).sum(1, keepdim=True))
    rates = rates + 0.01 * rates.std(0) * torch.randn(800, 3, generator=source, dtype=F64)
    found = discover.dynamics(rates, x, candidates.affine(3))
    assert found.certified == (0, 1, 2) and found.name == "so(3)"
    assert 1e-6 < found.closure_defect < 0.02  # as far as the data know it
