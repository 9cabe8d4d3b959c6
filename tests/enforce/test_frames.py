"""Frames of point clouds and canonical places of fields: exact, batched, and honest about ties."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from symmetra.actions import AffineAction, Pytree, Rolls, SignedPermutation, Trivial
from symmetra.enforce import Canonical, average, canonicalise, frame_average
from symmetra.groups import SE, SO, E, Hyperoctahedral, Lorentz, O
from symmetra.inputs import InputError
from symmetra.measure import equivariance_error
from symmetra.representations import Scalar, Vector

from .average_nets import UNet


def numbers(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def turned(points: Tensor, count: int = 20, seed: int = 1) -> Tensor:
    d = points.shape[-1]
    return points @ O(d).sample(count, seed=seed).mT


CROSS = torch.cat([torch.eye(3), -torch.eye(3)]).double()
CUBE = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0], dtype=torch.float64)] * 3)
SIMPLEX = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], dtype=torch.float64)
PRISM = torch.tensor([[1.0, 1, 3], [1, -1, 3], [-1, 1, 3], [-1, -1, 3], [0.3, 0, -3]], dtype=torch.float64)
# clouds, and how many frames O(3) and SO(3) leave: the order of the symmetry group, times what fixes every point
CLOUDS = {
    "random": (numbers(20, 5, 3), 1, 1),
    "cross-polytope": (turned(CROSS), 48, 24),
    "near the cross-polytope": (turned(CROSS + 1e-3 * numbers(20, 6, 3)), 1, 1),
    "cube": (turned(CUBE), 48, 24),
    "simplex": (turned(SIMPLEX), 24, 12),
    "a square prism, marked": (turned(PRISM), 2, 1),
    "flat": (turned(numbers(20, 8, 3) * torch.tensor([1.0, 0.02, 3e-3])), 1, 1),
    "in a plane": (turned(numbers(20, 5, 3) * torch.tensor([1.0, 1, 0])), 2, 1),
    "on a line": (turned(numbers(20, 5, 3) * torch.tensor([1.0, 0, 0])), 8, 4),
    "in one place": (torch.zeros(20, 2, 3, dtype=torch.float64), 48, 24),
    "two points": (numbers(20, 2, 3), 2, 1),
    "on a sphere": (nn.functional.normalize(numbers(20, 30, 3), dim=-1), 1, 1),
}


def net(dtype: torch.dtype, d: int = 3) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(d, 32), nn.SiLU(), nn.Linear(32, d)).to(dtype)


@pytest.mark.parametrize("ordered", [False, True], ids=["sets", "ordered"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
@pytest.mark.parametrize("group", [O(3), SO(3)], ids=str)
@pytest.mark.parametrize("case", CLOUDS)
@torch.no_grad()
def test_rotations_of_any_cloud(case: str, group: object, dtype: torch.dtype, ordered: bool) -> None:
    x, *frames = CLOUDS[case]
    V = Vector(group)
    model = net(dtype)
    averaged = frame_average(model, V, V, ordered=ordered)
    x = x.to(dtype)
    size = float(model(x).abs().max())
    for seed in (2, 3):
        turn = group.sample(len(x), seed=seed).to(dtype).mT
        error = float((averaged(x @ turn) - averaged(x) @ turn).abs().max()) / size
        # axes in which a cloud is flat are known to rounding over its thickness
        assert error <= (1e-6 if dtype == torch.float32 else 1e-13) * (10 if case == "flat" else 1)
    most = frames[group == SO(3)]
    found = averaged.ambiguity(x)
    if case in ("on a sphere", "near the cross-polytope"):
        assert float(found.double().mean()) < 1.5
    elif not ordered or case in ("in a plane", "on a line", "in one place"):
        assert bool((found == most).all())
    else:
        assert bool((found <= 2).all())
    if not ordered:
        mixed = torch.randperm(x.shape[1], generator=torch.Generator().manual_seed(0))
        assert float((averaged(x[:, mixed]) - averaged(x)[:, mixed]).abs().max()) / size < 1e-6
        assert torch.equal(averaged.ambiguity(x[:, mixed]), found)


@pytest.mark.parametrize("ordered", [False, True], ids=["sets", "ordered"])
@pytest.mark.parametrize("group", [O(3), SO(3)], ids=str)
@torch.no_grad()
def test_never_silently_wrong(group: object, ordered: bool) -> None:
    """Thin clouds and lattice points, in single precision: what is not refused is right."""
    V, source = Vector(group), torch.Generator().manual_seed(0)
    averaged = frame_average(net(torch.float32), V, V, ordered=ordered, strict=False, limit=10_000)
    refused, count = 0, 0
    for n in range(2, 8):
        x = torch.randn(300, n, 3, generator=source) * 10 ** (-4 * torch.rand(300, 1, 3, generator=source))
        x[:100] = (2 * torch.randn(100, n, 3, generator=source)).round()
        x = x @ group.sample(300, seed=n).float().mT
        turn = group.sample(300, seed=n + 10).float().mT
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            open_ = averaged.frames(x).undecided | averaged.frames(x @ turn).undecided
            error = (averaged(x @ turn) - averaged(x) @ turn).abs().amax((1, 2)) / averaged.model(x).abs().max()
        assert float(error[~open_].max()) < 1e-3
        refused, count = refused + int(open_.sum()), count + 300
    assert refused < 0.02 * count


@pytest.mark.parametrize("group", [E(3), SE(3), SE(2), E(2)], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
@torch.no_grad()
def test_rigid_motions(group: object, dtype: torch.dtype) -> None:
    d = group.d - 1
    action = AffineAction(group)
    averaged = frame_average(net(dtype, d), action, action)
    limit = 3e-6 if dtype == torch.float32 else 1e-13
    for x in (numbers(20, 6, d), turned(torch.cat([torch.eye(d), -torch.eye(d)]).double()) + 3):
        x = x.to(dtype)
        assert equivariance_error(averaged, x, action, action, elements=group.sample(8, seed=1)).value < limit
    forces = frame_average(net(dtype, d), action, Trivial(group))  # what does not move is not moved back
    assert forces(x).shape == x.shape


@torch.no_grad()
def test_the_same_interface_as_an_average() -> None:
    V, x = (
        Vector(O(3)),
        torch.cat([numbers(3, 6, 3), turned(CROSS, 2), turned(numbers(2, 6, 3) * torch.tensor([1.0, 1, 0]), 2)]),
    )
    averaged, y = frame_average(net(torch.float64), V, V), numbers(7, 6, 3, seed=4)
    orbit, mean, spread = averaged.orbit(x), averaged(x), averaged.spread(x)
    assert orbit.shape == (48, 7, 6, 3) and torch.allclose(orbit.mean(0), mean, atol=1e-15)
    losses, after = ((t - y).square().flatten(-2).mean(-1) for t in (orbit, mean))
    assert torch.allclose(losses.mean(0), after + spread, rtol=1e-12)
    assert float(spread[:3].max()) < 1e-28 and bool((spread[3:] > 1e-4).all())
    rolled = averaged.rollout(x, 4, mode="trajectory")
    assert rolled.shape == (4, 7, 6, 3) and torch.allclose(rolled[0], mean)
    assert torch.allclose(averaged.rollout(x, 2)[1], averaged(mean))
    linear = nn.Linear(3, 3, bias=False).double()
    linear.weight.copy_(2.5 * torch.eye(3))
    assert torch.allclose(frame_average(linear, V, V)(x), 2.5 * x, atol=1e-14)  # equivariant models are unchanged


class Cloud(nn.Module):
    """The energy of a cloud with velocities and charges, and a moment: pooled over points."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.net = nn.Sequential(nn.Linear(7, 32), nn.Tanh(), nn.Linear(32, 1 + 9)).double()

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        y = self.net(torch.cat([x["positions"], x["velocities"], x["charges"]], -1)).sum(1)
        return y[:, :1], y[:, 1:]


@torch.no_grad()
def test_points_with_features_and_tensors_out() -> None:
    group = O(3)
    V = Vector(group)
    action_in = Pytree({"positions": V, "velocities": V, "charges": Scalar(group)})
    action_out = Pytree((Scalar(group), V**2))
    x = {"positions": numbers(6, 5, 3), "velocities": numbers(6, 5, 3, seed=1), "charges": numbers(6, 5, 1, seed=2)}
    x["positions"][3:] *= torch.tensor([1.0, 0, 0])  # on a line: the tensor is averaged over turns about it
    averaged = frame_average(Cloud(), action_in, action_out, points=lambda x: x["positions"])
    still = {**x, "velocities": x["positions"] * 0.3}  # what turns about the line must not see is not there
    assert equivariance_error(averaged, still, action_in, action_out, elements=group.sample(6, seed=1)).value < 1e-13
    with pytest.raises(InputError, match="points on a line"):
        averaged(x)


BAD = [
    (lambda: frame_average(net(torch.float64), Vector(Lorentz()), None), "expected SO(d), O(d), SE(d) or E(d)"),
    (lambda: frame_average(net(torch.float64), Vector(SO(3)), None, limit=0), "limit: got int 0"),
    (lambda: frame_average(net(torch.float64), Vector(SO(3)), None, points=3), "points: got int 3"),
    (lambda: frame_average(net(torch.float64), Vector(SO(3)), None)(numbers(5, 3)), "finite points [batch, n, 3]"),
    (lambda: frame_average(net(torch.float64), Vector(SO(3)), None)(numbers(5, 2, 3) * torch.nan), "got NaN or infin"),
    (lambda: frame_average(net(torch.float64), Vector(O(3)), None, limit=47)(CROSS[None]),
     "cloud 0 with 48 equivalent frames; expected at most 47; write ordered=True"),
    (lambda: frame_average(net(torch.float64), AffineAction(SE(3)), None)(numbers(2, 4, 3) + 1e14), "times as far"),
    (lambda: frame_average(net(torch.float64), Vector(O(3)), None)(tied()), "whose frames rounding could change"),
    (lambda: canonicalise(nn.Identity(), Vector(O(3))), "action_in: got"),
    (lambda: canonicalise(nn.Identity(), grid("D4"), elements=Hyperoctahedral(2).elements[:3]), "3 that are no group"),
    (lambda: canonicalise(nn.Identity(), grid("D4"))(numbers(2, 1, 4, 5)), "expected equal extents"),
    (lambda: canonicalise(nn.Identity(), grid("D4"))(numbers(2, 1, 4, 4) / 0), "fields of finite numbers"),
]  # fmt: skip


def tied() -> Tensor:
    """Two singular values that differ by what decides whether they are taken together."""
    return torch.diag(torch.tensor([1.0, 0.95, 0.3], dtype=torch.float64))[None]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input(call: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_tie_that_rounding_decides_can_be_let_pass_with_a_warning() -> None:
    V = Vector(O(3))
    with pytest.warns(UserWarning, match="rounding could change"):
        frame_average(net(torch.float64), V, V, strict=False)(tied())


def grid(name: str, order: int = 0, **more: object) -> SignedPermutation:
    return SignedPermutation(name, [(slice(0, 2**order), order, 1)], 2, **more)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["single", "double"])
@torch.no_grad()
def test_fields_in_a_canonical_place(dtype: torch.dtype) -> None:
    action = SignedPermutation("D4", [(slice(0, 1), 0, 1), (slice(1, 3), 1, 1)], 2)
    x = numbers(6, 3, 8, 8, dtype=dtype)
    whole = (8 * x[3]).round()  # sums of whole numbers are exact
    x[3] = torch.stack([action.transform(g, whole) for g in action.group.elements]).sum(0)
    x[4] = (x[4] + action.transform(action.group.elements[1], x[4])) / 2
    x[5] = 0
    model = UNet(3, 3, 2).to(dtype).eval()
    placed = canonicalise(model, action, action)
    y, ties = placed(x), placed.ambiguity(x).tolist()
    assert ties == [1, 1, 1, 8, 2, 8]
    for g in action.group.elements:
        moved = placed(action.transform(g, x)) - action.transform(g, y)
        assert float(moved.norm() / y.norm()) <= (1e-6 if dtype == torch.float32 else 1e-13)
        assert torch.equal(placed.canonical(action.transform(g, x))[0], placed.canonical(x)[0])
        assert (
            torch.equal(action.transform(g, y)[3], y[3]) or float((action.transform(g, y)[3] - y[3]).abs().max()) < 1e-6
        )
    assert placed.orbit(x).shape == (8, 6, 3, 8, 8) and float(placed.spread(x)[:3].max()) < 1e-12
    assert bool((average(placed, action, action).spread(x) < 1e-12).all())
    assert torch.equal(placed(x[1:2].flip(0)), placed(x[1:2]))


@torch.no_grad()
def test_shifts_and_their_canonical_place() -> None:
    torch.manual_seed(0)
    shifts = Rolls((4, 4))
    x, model = numbers(3, 2, 4, 4), nn.Sequential(nn.Flatten(), nn.Linear(32, 1)).double()
    placed = canonicalise(model, shifts, None)
    assert isinstance(placed, Canonical)
    for g in shifts.group.elements:
        assert torch.equal(placed(shifts.transform(g, x)), placed(x))
    wallpaper = grid("D4", 1, rolls=(4, 4))
    full = canonicalise(nn.Conv2d(2, 2, 3, padding=1).double(), wallpaper, wallpaper)
    uniform = torch.ones(1, 2, 4, 4, dtype=torch.float64)
    assert equivariance_error(full, x, wallpaper, wallpaper, elements=wallpaper.group.sample(8, seed=0)).value < 1e-13
    assert full.ambiguity(torch.cat([x, uniform])).tolist() == [1, 1, 1, 32]
