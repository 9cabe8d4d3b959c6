"""Interacting bodies: exact orbits, what is conserved, the order of the integrator, symmetry of data, files."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from symmetra.groups import O
from symmetra.inputs import InputError
from symmetra.nbody import Interacting, PairForces, interacting, kepler_orbit, read_interacting, write_interacting

KINDS = ["charged", "gravity", "springs"]
SHORT = {"settle": 0.3, "window": 0.3, "step": 5e-3}


def far(states: int = 4, bodies: int = 5, dims: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bodies that keep apart, so that errors of the integrator are small and regular."""
    source = torch.Generator().manual_seed(5)
    x = 3 * torch.randn(states, bodies, dims, generator=source, dtype=torch.float64)
    v = 0.3 * torch.randn(states, bodies, dims, generator=source, dtype=torch.float64)
    couplings = torch.randn(states, bodies, bodies, generator=source, dtype=torch.float64).triu(1)
    return x, v, couplings + couplings.mT


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dims", [1, 2, 3, 6])
def test_forces_are_minus_the_slope_of_the_potential(kind, dims):
    law, (x, _, c) = PairForces(kind), far(dims=dims)
    x = x / 5  # some pairs of charges come inside the cap
    slope = torch.func.vmap(torch.func.grad(law.potential))(x, c)
    torch.testing.assert_close(law.forces(x, c), -slope, rtol=1e-10, atol=1e-10)


def test_no_pair_of_charges_pulls_harder_than_the_cap_and_direction_does_not_matter():
    law = PairForces("charged", cap=4.0)
    c = torch.ones(1, 2, 2, dtype=torch.float64)
    sizes = []
    for angle in (0.0, 0.4, math.pi / 4):
        x = torch.tensor([[[0.0, 0.0], [1e-3 * math.cos(angle), 1e-3 * math.sin(angle)]]], dtype=torch.float64)
        sizes.append(float(law.forces(x, c)[0, 0].norm()))
    assert sizes == pytest.approx([4.0] * 3, rel=1e-12)


@pytest.mark.parametrize(("kind", "coupling"), [("charged", -1.0), ("gravity", 1.0)])
def test_two_bodies_run_on_keplers_ellipse(kind, coupling):
    law = PairForces(kind, softening=1e-9)
    # x_1 − x_2 obeys Kepler's law with GM = 2: two unit masses
    orbit = kepler_orbit(np.array([0.0, 2.0]), semi_major=1.2, eccentricity=0.3, gm=2.0, inclination=0.7, node=0.3)
    x, v = (torch.from_numpy(a[:1]) for a in (orbit.x, orbit.v))
    c = torch.full((1, 2, 2), coupling, dtype=torch.float64)
    pair = [torch.stack([a / 2, -a / 2], dim=1) for a in (x, v)]
    ends, _ = law.evolve(*pair, c, time=2.0, step=2e-4)
    apart = ends[0, 0] - ends[0, 1]
    torch.testing.assert_close(apart, torch.from_numpy(orbit.x[1]), rtol=0, atol=1e-6)


def test_two_bodies_on_a_spring_swing_as_they_must():
    x = torch.tensor([[[1.0, 0.0], [-1.0, 0.0]]], dtype=torch.float64)
    ends, speed = PairForces("springs").evolve(x, 0 * x, torch.ones(1, 2, 2).double(), time=1.0, step=1e-4)
    omega = math.sqrt(2)
    torch.testing.assert_close(ends, math.cos(omega) * x, rtol=0, atol=1e-8)
    torch.testing.assert_close(speed, -omega * math.sin(omega) * x, rtol=0, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_energy_and_momenta_are_kept(kind):
    law, (x, v, c) = PairForces(kind), far()
    ends, speed = law.evolve(x, v, c, time=1.0, step=1e-3)
    assert float((ends - x).abs().max()) > 0.1
    before, after = law.energy(x, v, c), law.energy(ends, speed, c)
    torch.testing.assert_close(after, before, rtol=5e-4, atol=5e-4)
    torch.testing.assert_close(speed.sum(1), v.sum(1), rtol=0, atol=1e-11)
    turning = [torch.linalg.cross(a, b).sum(1) for a, b in ((x, v), (ends, speed))]
    torch.testing.assert_close(turning[0], turning[1], rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_integrator_is_of_second_order(kind):
    law, (x, v, c) = PairForces(kind), far()
    exact, _ = law.evolve(x, v, c, time=0.8, step=2.5e-4)
    errors = [float((law.evolve(x, v, c, time=0.8, step=h)[0] - exact).norm()) for h in (0.04, 0.02, 0.01)]
    orders = [math.log2(a / b) for a, b in pairwise(errors)]
    assert orders == pytest.approx([2.0, 2.0], abs=0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dims", [2, 3, 5])
def test_the_flow_commutes_with_rotations_reflections_and_shifts(kind, dims):
    data, law = interacting(kind, 20, dims=dims, **SHORT, seed=2), PairForces(kind)
    for g in O(dims).sample(3, seed=1):
        ends, _ = law.evolve(
            data.positions @ g.mT + 2.0, data.velocities @ g.mT, data.couplings, time=data.window, step=SHORT["step"]
        )
        torch.testing.assert_close(ends, data.targets @ g.mT + 2.0, rtol=0, atol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_the_field_acts_inside_the_window_only(kind):
    clean, moved = (interacting(kind, 30, **SHORT, seed=4, external=e) for e in (None, (0.0, 0.0, 2.0)))
    for name in ("positions", "velocities", "charges", "couplings"):
        torch.testing.assert_close(getattr(clean, name), getattr(moved, name), rtol=0, atol=0)
    shift = moved.targets - clean.targets
    # the sum over bodies falls freely: ½ E t² Σ q_i, to rounding, whatever the bodies do to one another
    wanted = torch.zeros(30, 3, dtype=torch.float64)
    wanted[:, 2] = 0.5 * 2.0 * clean.window**2 * clean.charges.sum(1)
    torch.testing.assert_close(shift.sum(1), wanted, rtol=0, atol=1e-10)
    assert float(shift.abs().max()) > 0.05
    turned = O(3).sample(1, seed=3)[0]
    falling = PairForces(kind).evolve(
        moved.positions @ turned.mT,
        moved.velocities @ turned.mT,
        moved.couplings,
        time=moved.window,
        step=SHORT["step"],
        push=moved.charges[..., None] * torch.tensor(moved.external),
    )
    assert float((falling[0] - moved.targets @ turned.mT).abs().max()) > 1e-2


def test_draws_are_those_of_the_task():
    data = interacting("charged", 2500, settle=0.0, window=0.01, seed=3)  # more than one chunk
    assert data.positions.shape == (2500, 5, 3)
    assert float(data.positions.std()) == pytest.approx(1.0, abs=0.02)
    torch.testing.assert_close(data.velocities.norm(dim=-1), torch.full((2500, 5), 0.5).double())
    assert set(data.charges.unique().tolist()) == {-1.0, 1.0}
    assert abs(float(data.charges.mean())) < 0.03
    outer = data.charges[:, :, None] * data.charges[:, None] * (1 - torch.eye(5).double())
    torch.testing.assert_close(data.couplings, outer)
    springs = interacting("springs", 500, settle=0.0, window=0.01)
    assert set(springs.couplings.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(springs.couplings, springs.couplings.mT)
    gravity = interacting("gravity", 50, settle=0.0, window=0.01)
    assert float(gravity.velocities.mean(1).abs().max()) < 1e-14


def test_a_seed_says_everything_and_files_keep_it(tmp_path):
    one, two, other = (interacting("charged", 10, **SHORT, seed=s, external=(1.0, 0.0, 0.0)) for s in (1, 1, 2))
    torch.testing.assert_close(one.targets, two.targets, rtol=0, atol=0)
    assert not torch.equal(one.targets, other.targets)
    path = tmp_path / "bodies.h5"
    write_interacting(path, one)
    back = read_interacting(path)
    assert isinstance(back, Interacting)
    assert (back.kind, back.external, back.window, len(back)) == ("charged", (1.0, 0.0, 0.0), 0.3, 10)
    for name in ("positions", "velocities", "targets", "target_velocities", "charges", "couplings"):
        torch.testing.assert_close(getattr(back, name), getattr(one, name), rtol=0, atol=0)
    assert torch.equal(back.take(slice(2, 5)).targets, one.targets[2:5])
    assert [p.name for p in tmp_path.iterdir()] == ["bodies.h5"]
    with pytest.raises(InputError, match="there already"):
        write_interacting(path, two)
    write_interacting(path, other, overwrite=True)
    assert torch.equal(read_interacting(path).targets, other.targets)


def _file(folder, content: bytes):
    path = folder / "x.h5"
    path.write_bytes(content)
    return read_interacting(path)


def _foreign(folder):
    import h5py

    with h5py.File(folder / "y.h5", "w") as file:
        file["a"] = 1
    return read_interacting(folder / "y.h5")


def _cut(folder):
    write_interacting(folder / "z.h5", interacting("gravity", 50, **SHORT))
    whole = (folder / "z.h5").read_bytes()
    return _file(folder, whole[: len(whole) // 2])


x = torch.zeros(2, 5, 3)
BAD = {
    "kind": (lambda _: interacting("charge", 3), "kind: got str 'charge'"),
    "samples": (lambda _: interacting("charged", 0), "samples: got int 0"),
    "one body": (lambda _: interacting("charged", 3, bodies=1), "bodies: got int 1"),
    "dims": (lambda _: interacting("charged", 3, dims=2.0), "dims: got float 2.0"),
    "window": (lambda _: interacting("charged", 3, window=-1.0), "window: got float -1.0"),
    "no step": (lambda _: interacting("charged", 3, step=0.0), "step: got float 0.0"),
    "field": (lambda _: interacting("charged", 3, external=(1.0, 0.0)), "external: got tuple"),
    "cap": (lambda _: PairForces("charged", cap=0), "cap: got int 0"),
    "shapes": (lambda _: PairForces("charged").evolve(x, x[:1], x, time=1.0), "positions: got"),
    "no file": (lambda folder: read_interacting(folder / "none.h5"), "which is no file"),
    "name": (lambda folder: write_interacting(folder / "a.txt", interacting("charged", 2, **SHORT)), "an HDF5 file"),
    "no data": (lambda folder: write_interacting(folder / "a.h5", x), "data: got a tensor"),
    "no folder": (
        lambda folder: write_interacting(folder / "no" / "a.h5", interacting("charged", 2, **SHORT)),
        "a place that can be written to",
    ),
    "text": (lambda folder: _file(folder, b"not hdf5"), "which is damaged"),
    "cut off": (_cut, "which is damaged"),
    "foreign": (_foreign, "which holds something else"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_told_in_one_line(name, tmp_path):
    call, words = BAD[name]
    with pytest.raises(InputError) as caught:
        call(tmp_path)
    text = str(caught.value)
    assert words in text
    assert "\n" not in text and "; expected " in text
