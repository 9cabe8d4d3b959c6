"""The spring pendulum: Hamilton's equations, what is conserved, and which affine fields are its symmetries."""

import pytest
import torch

from symmetra import Scalar, Vector, candidates, discover
from symmetra.groups import O
from symmetra.inputs import InputError
from symmetra.linalg import principal_angles
from symmetra.nbody import SpringPendulum

CHAINS = [SpringPendulum(), SpringPendulum((1.0, 2.0, 0.5), (3.0, 1.0, 2.0), (1.0, 0.5, 0.8), 0.7)]


def states(chain: SpringPendulum, count: int = 20) -> torch.Tensor:
    source = torch.Generator().manual_seed(3)
    q = torch.randn(count, chain.bodies, 3, generator=source, dtype=torch.float64) * 0.3
    q[..., 2] -= 1.5 * torch.arange(1, chain.bodies + 1)
    p = 0.4 * torch.randn(count, chain.bodies, 3, generator=source, dtype=torch.float64)
    return torch.cat([q, p], dim=1).flatten(1)


@pytest.mark.parametrize("chain", CHAINS, ids=["double", "triple"])
def test_rates_are_hamiltons_equations(chain):
    x = states(chain)
    slope = torch.func.vmap(torch.func.grad(chain.energy))(x)
    half = slope.shape[1] // 2
    expected = torch.cat([slope[:, half:], -slope[:, :half]], dim=1)
    torch.testing.assert_close(chain.rates(x), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("chain", CHAINS, ids=["double", "triple"])
def test_energy_and_vertical_angular_momentum_are_kept(chain):
    path = chain.trajectories(states(chain, 5), 25)
    assert path.shape == (5, 26, 6 * chain.bodies)
    for values in (chain.energy(path), chain.angular_momentum(path)[..., 2]):
        assert float((values - values[:, :1]).abs().max()) <= 1e-8
    others = chain.angular_momentum(path)[..., :2]
    assert float((others - others[:, :1]).abs().max()) > 0.1  # gravity turns it


def test_reflections_and_rotations_about_the_vertical_commute_with_the_flow():
    chain, group = CHAINS[0], O(2)
    action = 4 * (Vector(group) + Scalar(group))
    x = states(chain, 5)
    for g in group.sample(5, seed=1):
        moved = chain.trajectories(action.transform(g, x), 5)
        torch.testing.assert_close(moved, action.transform(g, chain.trajectories(x, 5)), rtol=0, atol=1e-9)


def test_the_rotation_about_the_vertical_is_the_only_affine_symmetry():
    chain = CHAINS[0]
    found = discover.dynamics(chain.rates, states(chain, 400), candidates.affine(12), batched=True)
    vertical = torch.zeros(12, 13, dtype=torch.float64)
    for block in range(0, 12, 3):
        vertical[block, block + 1], vertical[block + 1, block] = 1.0, -1.0
    assert found.dimension == 1
    assert float(principal_angles(found.generators, vertical.reshape(1, -1))[0]) < 1e-8


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: SpringPendulum(masses=(1.0,)), "masses"),
        (lambda: SpringPendulum(masses=(1.0, 0.0)), "masses"),
        (lambda: SpringPendulum().rates(torch.zeros(3, 6)), "state"),
        (lambda: SpringPendulum().energy([0.0] * 12), "state"),
        (lambda: SpringPendulum().trajectories(torch.zeros(12), 3), "start"),
    ],
)
def test_bad_input_is_told_in_one_line(call, word):
    with pytest.raises(InputError, match=word) as error:
        call()
    assert "\n" not in str(error.value)
