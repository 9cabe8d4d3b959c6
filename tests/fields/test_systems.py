"""The solvers commute with the group that each system claims, and with no more; what is generated is reproducible."""

from __future__ import annotations

import pytest
import torch

from symmetra.fields import SYSTEMS, Field, FieldLayout, allowed_group, curl, generate
from symmetra.fields._system import System
from symmetra.groups import D, Hyperoctahedral
from symmetra.inputs import InputError

from .reference import act

SMALL = {"electromagnetism": 9}
STEPS = 3
# The order of the group that each system claims, out of 8 or 48.
CLAIMS = {
    "gray_scott": 8,
    "navier_stokes": 8,
    "active_nematic": 8,
    "acoustics": 4,
    "buoyant_flow": 2,
    "electromagnetism": 48,
}


def beginning(name: str) -> tuple[System, torch.Tensor, torch.Tensor]:
    system = SYSTEMS[name]()
    extents = (SMALL.get(name, 16),) * len(system.extents)
    return system, *system.initial(2, extents, torch.Generator().manual_seed(1))


def gaps(name: str, elements: torch.Tensor) -> list[float]:
    """``|solve(g x) − g solve(x)| / |solve(x)|`` at the last step, for each element."""
    system, x, constants = beginning(name)
    layout, still = system.layout(), FieldLayout(system.constants or ["none"], len(system.extents))
    last = system.solve(x, STEPS, constants)[:, -1]
    found = []
    for g in elements:
        moved = act(g, constants, still) if system.constants else constants
        there = system.solve(act(g, x, layout.output), STEPS, moved)[:, -1]
        found.append(float((there - act(g, last, layout.output)).norm() / last.norm()))
    return found


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_solver_commutes_with_the_group_it_claims(name):
    system = SYSTEMS[name]
    data = generate(name, 1, extents=8, steps=1)
    group = allowed_group(data.metadata, system.veto).group
    assert group.order == CLAIMS[name]
    elements = group.elements if group.order <= 8 else group.elements[torch.randperm(48)[:6]]
    assert max(gaps(name, elements)) < 1e-9


def test_gravity_breaks_what_the_grid_has():
    claimed = allowed_group(generate("buoyant_flow", 1, extents=8, steps=1).metadata, "gravity y").group
    others = torch.stack([g for g in D(4).elements if not claimed.contains(g)])
    assert len(others) == 6 and min(gaps("buoyant_flow", others)) > 1e-2
    # Only together with b → −b is the flip of y a symmetry again.
    system, x, _ = beginning("buoyant_flow")
    flip = torch.diag(torch.tensor([1.0, -1.0], dtype=torch.float64))
    sign = torch.tensor([-1.0, 1.0, 1.0, 1.0], dtype=torch.float64)[:, None, None]
    last = system.solve(x, STEPS)[:, -1]
    there = system.solve(act(flip, x, system.layout()) * sign, STEPS)[:, -1]
    assert torch.allclose(there, act(flip, last, system.layout()) * sign, atol=1e-9)


def test_walls_and_open_ends_are_not_exchanged():
    quarter = torch.tensor([[[0.0, -1.0], [1.0, 0.0]]], dtype=torch.float64)
    assert min(gaps("acoustics", quarter)) > 1e-2


def test_constants_have_to_move_with_the_fields():
    system, x, constants = beginning("acoustics")
    flip = torch.diag(torch.tensor([-1.0, 1.0], dtype=torch.float64))
    layout = system.layout().output
    here, there = system.solve(x, STEPS, constants), system.solve(act(flip, x, layout), STEPS, constants)
    assert (there - act(flip, here, layout)).norm() > 1e-2 * here.norm()


def test_a_magnetic_field_taken_for_a_true_vector_breaks_on_every_mirror():
    """Not on the whole: B → −B with E → −E is a symmetry, B → −B alone is none."""
    system, x, constants = beginning("electromagnetism")
    wrong = FieldLayout([Field("electric_field", 1), Field("magnetic_field", 1)], dims=3)
    mirror = torch.diag(torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64))
    last = system.solve(x, STEPS, constants)[:, -1]
    there = system.solve(act(mirror, x, wrong), STEPS, act(mirror, constants, FieldLayout(["c"], 3)))[:, -1]
    assert (there - act(mirror, last, wrong)).norm() > 1e-1 * last.norm()


@pytest.mark.parametrize("dims", [2, 3])
def test_curl_is_a_pseudo_field(dims):
    velocity = FieldLayout([Field("u", 1)], dims)
    u = torch.randn(2, dims, *(6,) * dims, dtype=torch.float64)
    order = 0 if dims == 2 else 1
    right, wrong = (FieldLayout([Field("w", order, parity)], dims) for parity in (-1, 1))
    for g in Hyperoctahedral(dims).elements:
        w = curl(act(g, u, velocity))
        assert torch.allclose(w, act(g, curl(u), right), atol=1e-10)
        # Taken for a true field it fails for every mirror, and for no turn.
        mirrors = bool(torch.linalg.det(g) < 0)
        assert torch.allclose(w, act(g, curl(u), wrong), atol=1e-10) is not mirrors


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("name", SYSTEMS)
def test_on_a_gpu_the_numbers_are_the_same(name):
    here, there = (generate(name, 2, extents=8, steps=2, device=device) for device in ("cpu", "cuda"))
    assert torch.allclose(here.values, there.values, atol=1e-6) and there.values.device.type == "cpu"


def test_shifts_commute_where_all_is_periodic():
    for name in ("navier_stokes", "active_nematic"):
        system, x, _ = beginning(name)
        there = system.solve(x.roll((3, 5), (-2, -1)), STEPS)
        assert torch.allclose(there, system.solve(x, STEPS).roll((3, 5), (-2, -1)), atol=1e-9)


def test_the_same_seed_gives_the_same_trajectories_whatever_the_batch():
    one = generate("navier_stokes", 3, extents=16, steps=2, seed=5, batch=1)
    three = generate("navier_stokes", 3, extents=16, steps=2, seed=5, batch=2)
    assert torch.allclose(one.values, three.values, atol=1e-6) and one.values.dtype == torch.float32
    assert torch.equal(generate("navier_stokes", 2, extents=16, steps=2, seed=5).values, three.values[:2])
    assert not torch.allclose(one.values, generate("navier_stokes", 3, extents=16, steps=2, seed=6).values)
    later = generate("navier_stokes", 3, extents=16, steps=1, warmup=1, seed=5)
    assert torch.allclose(later.values, one.values[:, 1:], atol=1e-6)
    assert later.metadata.parameters["viscosity"] == 0.01 and later.time.tolist() == pytest.approx([0, 0.2])
    chosen = generate(SYSTEMS["gray_scott"](feed=0.03), 1, extents=(8, 16), steps=1)
    assert chosen.metadata.parameters["feed"] == 0.03 and chosen.metadata.extents == (8, 16)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: generate("weather"), "one of gray_scott, navier_stokes"),
        (lambda: generate("gray_scott", 0), "trajectories: got int 0"),
        (lambda: generate("gray_scott", extents=2), "2 whole numbers"),
        (lambda: generate("gray_scott", extents=(8, 8, 8)), "2 whole numbers"),
        (lambda: generate("gray_scott", steps=-1), "steps"),
        (lambda: generate("gray_scott", viscosity=0.1), "parameters: got viscosity"),
        (lambda: generate("navier_stokes", dt=-1.0), "dt: got float -1.0; expected a positive number"),
        (lambda: generate(SYSTEMS["gray_scott"](), feed=0.1), "them in the system"),
        (lambda: generate("navier_stokes", 1, extents=32, steps=30, interval=2.0, dt=2.0, speed=20.0), "blows up"),
        (lambda: SYSTEMS["gray_scott"]().solve(torch.zeros(1, 3, 8, 8), 1), r"fields: .*\[batch, 2, N, N\]"),
        (lambda: SYSTEMS["acoustics"]().solve(torch.zeros(1, 3, 8, 8), 1), "density, speed_of_sound of each sample"),
        (lambda: curl(torch.zeros(4, 8, 8)), "velocity"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(make, words):
    with pytest.raises(InputError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
