"""Every model of a molecule against what it claims: one table of symmetries, tried on energies and on forces."""

from __future__ import annotations

import copy
import functools
import itertools

import pytest
import torch
from torch import Tensor

from symmetra.groups import SO
from symmetra.molecules import EnergyModel, model

# what each is invariant under, for ammonia: rotations, parity, exchanges
CLAIMS = {
    "plain": (False, False, False),
    "plain-averaged": (False, False, True),
    "plain-augmented": (False, False, False),
    "rotation": (True, False, False),
    "rotation-permutation": (True, False, True),
    "graph": (True, True, True),
    "joint": (True, False, True),
    "joint-o3": (True, True, True),
    "mlp": (True, True, False),
    "mlp-small": (True, True, False),
    "egnn": (True, True, True),
    "replica-plain": (True, True, False),
    "replica-euler": (False, None, False),
    "replica-graph": (True, True, False),
}
NAMES = list(CLAIMS)
LIH_TURNED = {"replica-graph"}  # coordinates enter the published circuit of lithium hydride
ORDERS = [list(p) for p in itertools.permutations(range(3))]


def geometries(m: EnergyModel, count: int = 4) -> Tensor:
    minimum = m.molecule.minimum
    return minimum + 0.15 * torch.randn(count, *minimum.shape, dtype=torch.float64)


@functools.cache
def made(name: str, molecule: str) -> EnergyModel:
    return model(name, molecule, seed=3)


def trained(name: str, molecule: str) -> EnergyModel:
    """The model after some steps on made-up energies and forces."""
    m = copy.deepcopy(made(name, molecule))
    x = geometries(m, 16)
    E = m.molecule.energy + 0.3 * (x[:, 1:] - x[:, :1]).norm(dim=2).sub(m.molecule.bond).square().sum(1)
    m.standardise(E).train()
    optimiser = torch.optim.Adam(m.parameters(), lr=0.05)
    for _ in range(8):
        optimiser.zero_grad()
        energies, forces = m.energies_and_forces(x)
        ((energies - E).square().mean() + forces.square().mean()).backward()
        optimiser.step()
    return m.eval()


def error(found: Tensor, expected: Tensor) -> float:
    return float((found - expected).detach().abs().max())


@pytest.mark.parametrize("name", [n for n, (turned, *_) in CLAIMS.items() if turned and "mlp" not in n])
@pytest.mark.parametrize("training", [False, True], ids=["random", "trained"])
def test_energy_is_invariant_under_100_rotations(name: str, training: bool) -> None:
    m = trained(name, "NH3") if training else made(name, "NH3")
    x, R = geometries(m, 2), SO(3).sample(100, seed=5)
    turned = (x[None] @ R[:, None].mT).flatten(0, 1)
    with torch.no_grad():
        assert error(m(turned).unflatten(0, (100, 2)), m(x)) <= 1e-10


@pytest.mark.parametrize("molecule", ["NH3", "LiH"])
@pytest.mark.parametrize("name", NAMES)
def test_symmetries_are_those_claimed_and_no_others(name: str, molecule: str) -> None:
    m = made(name, molecule)
    turned, parity, exchanged = CLAIMS[name]
    x = geometries(m)
    E, F = (t.detach() for t in m.energies_and_forces(x))

    def compare(claim: bool | None, moved: Tensor, E_moved: Tensor, F_moved: Tensor) -> None:
        energies, forces = m.energies_and_forces(moved)
        worst = max(error(energies, E_moved), error(forces, F_moved))
        if claim is not None:
            assert worst <= 1e-10 if claim else worst > 1e-4

    if molecule == "LiH":
        turned = turned and name not in LIH_TURNED
        parity = None if not turned else True  # one vector has no handedness
    R = SO(3).sample(1, seed=6)[0]
    compare(turned, x @ R.mT, E, F @ R.mT)
    compare(parity, -x, E, -F)
    for order in ORDERS[1:] if molecule == "NH3" else []:
        places = [0, *(1 + k for k in order)]
        compare(exchanged, x[:, places], E, F[:, places])


@pytest.mark.parametrize("molecule", ["NH3", "LiH"])
@pytest.mark.parametrize("name", NAMES)
def test_forces_are_the_gradient_and_sum_to_nothing(name: str, molecule: str) -> None:
    m, h = made(name, molecule), 1e-4
    x = geometries(m, 1)
    steps = h * torch.eye(x[0].numel(), dtype=torch.float64).unflatten(1, x.shape[1:])
    with torch.no_grad():
        slope = (m(x + steps) - m(x - steps)) / (2 * h)
        F = m.forces(x)
    assert error(F.flatten(), -slope) <= 1e-6
    assert error(F.sum(1), torch.zeros(3).to(F)) <= 1e-10
    turned = CLAIMS[name][0] and not (molecule == "LiH" and name in LIH_TURNED)
    torque = torch.linalg.cross(x - x[:, :1], F).sum(1)
    assert (error(torque, torch.zeros_like(torque)) <= 1e-10) == turned


@pytest.mark.parametrize("name", ["rotation", "rotation-permutation", "joint", "joint-o3", "graph"])
def test_trained_forces_turn_and_exchange_with_the_atoms(name: str) -> None:
    m = trained(name, "NH3")
    x, R = geometries(m), SO(3).sample(1, seed=7)[0]
    F = m.forces(x)
    assert error(m.forces(x @ R.mT), F @ R.mT) <= 1e-10
    assert error(torch.linalg.cross(x, F).sum(1), torch.zeros(1).to(F)) <= 1e-10
    if name != "rotation":
        assert error(m.forces(x[:, [0, 3, 1, 2]]), F[:, [0, 3, 1, 2]]) <= 1e-10


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_learns_from_energies_and_forces(name: str) -> None:
    m = model(name, "NH3", seed=1)
    x = geometries(m)
    energies, forces = m.energies_and_forces(x)
    (energies.square().mean() + forces.square().mean()).backward()
    for parameter, p in m.named_parameters():
        if name == "egnn" and p.grad is None:
            assert ".push." in parameter or "drift" in parameter or parameter.startswith("net.layers.2")
            continue  # the last layer moves points that nobody looks at
        assert p.grad is not None, parameter
        assert torch.isfinite(p.grad).all(), parameter
    assert sum(float(p.grad.abs().sum()) for p in m.parameters() if p.grad is not None) > 0


@pytest.mark.parametrize("name", NAMES)
def test_copies_are_equal_and_dtypes_kept(name: str) -> None:
    m, again = model(name, "NH3", seed=2), model(name, "NH3", seed=2)
    other = model(name, "NH3", seed=4)
    x = geometries(m)
    assert torch.equal(m(x), again(x))
    assert error(other(x), m(x)) > 1e-6
    other.load_state_dict(m.state_dict())
    assert error(other(x), m(x)) <= 1e-12
    assert m(x.float()).dtype == m.forces(x.float()).dtype == torch.float32
    single = m.float()
    assert single(x).dtype == torch.float64
    assert error(single(x), again(x)) <= 1e-4


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [(n, 78, 91) for n in ("plain", "rotation", "rotation-permutation", "graph", "joint", "joint-o3", "mlp-small")]
    + [("mlp", 27_000, 30_000)],
)
@pytest.mark.parametrize("molecule", ["NH3", "LiH"])
def test_sizes_are_matched(name: str, least: int, most: int, molecule: str) -> None:
    assert least <= sum(p.numel() for p in made(name, molecule).parameters()) <= most


def test_augmentation_moves_geometries_in_training_only() -> None:
    m = model("plain-augmented", "NH3", seed=0)
    x = geometries(m)
    assert torch.equal(m(x), model("plain", "NH3", seed=0)(x))
    m.train()
    assert error(m(x), m(x)) > 1e-4
    assert error(m.forces(x).sum(1), torch.zeros(3).to(x)) <= 1e-10


def test_average_is_exact_on_its_group() -> None:
    m = made("plain-averaged", "NH3")
    x = geometries(m)
    quarter = torch.tensor([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]], dtype=torch.float64)
    assert error(m(x @ quarter.mT), m(x)) <= 1e-12


def test_forces_can_be_had_without_gradients_and_differentiated_with() -> None:
    m = made("joint", "NH3")
    x = geometries(m).requires_grad_()
    with torch.no_grad():
        assert not m.forces(x).requires_grad
    stiffness = torch.autograd.grad(m.forces(x)[:, 1].sum(), x)[0]
    assert torch.isfinite(stiffness).all()
    assert not torch.equal(stiffness, torch.zeros_like(stiffness))
