"""One call, any dimension: rotations, reflections and translations of clouds, symmetric ones and flat ones included."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from symmetra.inputs import InputError
from symmetra.spectral import OrthogonalModel, SignEquivariantNetwork


class Counted(nn.Module):
    """A backbone that counts its calls, and what they were given."""

    def __init__(self, h: Any) -> None:
        super().__init__()
        self.h, self.calls, self.clouds = h, 0, 0

    def forward(self, x: Tensor, **words: Any) -> Any:
        self.calls, self.clouds = self.calls + 1, len(x)
        return self.h(x, **words)


def rotation(d: int, proper: bool = False) -> Tensor:
    Q = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64)).Q
    if proper and float(torch.linalg.det(Q)) < 0:
        Q[:, 0] = -Q[:, 0]
    return Q


def backbone(d: int, **words: Any) -> SignEquivariantNetwork:
    return SignEquivariantNetwork(d, scaled=False, layers=2, **words)


@pytest.mark.parametrize(
    ("dtype", "d", "n", "bar"),
    [(torch.float64, d, n, 1e-13) for d, n in ((2, 7), (3, 8), (5, 12), (5, 4))]
    + [(torch.float64, 20, 30, 1e-12), (torch.float64, 20, 8, 1e-12)]
    + [(torch.float32, d, n, 5e-6) for d, n in ((3, 8), (5, 12), (10, 20), (10, 6))],
    ids=str,
)
def test_moves_with_the_cloud(dtype: torch.dtype, d: int, n: int, bar: float) -> None:
    h = Counted(backbone(d).to(dtype))
    f = OrthogonalModel(h)
    count = 200 if d <= 5 else 60
    X, Q = torch.randn(count, n, d, dtype=torch.float64), torch.stack([rotation(d) for _ in range(count)])
    t = torch.randn(count, 1, d, dtype=torch.float64)
    with torch.no_grad():
        there, back = f((X @ Q + t).to(dtype)), f(X.to(dtype)).double() @ Q
    assert h.calls == 2 and h.clouds == count
    error = (there - t - back).abs().amax((1, 2)) / back.abs().amax((1, 2))
    assert float(error.max()) <= bar


@pytest.mark.parametrize("d", range(3, 11))
def test_one_call_is_the_mean_over_all_signs(d: int) -> None:
    """What frame averaging takes 2^d calls for."""
    h, X = Counted(backbone(d).double()), torch.randn(1, 2 * d, d).double()
    f = OrthogonalModel(h, translations=False, gap=1e-6)
    with torch.no_grad():
        one = f(X)
        assert h.calls == 1 and h.clouds == 1
        axes = f.axes(X).axes[0]
        signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=d)), dtype=torch.float64)
        frames = axes * signs[:, None]
        mean = (h.h(X @ frames) @ frames.mT).mean(0)
    covariance = axes.mT @ X[0].mT @ X[0] @ axes
    assert float((covariance - covariance.diagonal().diag()).abs().max()) < 1e-12 * float(covariance.max())
    assert len(signs) == 2**d
    assert float((one[0] - mean).abs().max()) < 1e-13 * float(mean.abs().max())


def icosahedron() -> Tensor:
    golden = (1 + 5**0.5) / 2
    sides = itertools.product((-1.0, 1.0), (-golden, golden))
    return torch.tensor([p for a, b in sides for p in ([0, a, b], [a, b, 0], [b, 0, a])], dtype=torch.float64)


def near(gap: float) -> Tensor:
    """A cloud two of whose singular values are as close as said, relative to the largest."""
    X = torch.randn(12, 5).double()
    U, _, V = torch.linalg.svd(X - X.mean(0), full_matrices=False)
    return U @ torch.tensor([3.0, 2 + 3 * gap, 2.0, 1.0, 0.4]).double().diag() @ V


SYMMETRIC = {
    **{f"cross-polytope, d = {d}": torch.cat([torch.eye(d), -torch.eye(d)]).double() for d in (2, 3, 4)},
    "cube": torch.tensor(list(itertools.product((-1.0, 1.0), repeat=3)), dtype=torch.float64),
    "simplex": torch.eye(4, dtype=torch.float64) - 0.25,
    "icosahedron": icosahedron(),
    "square in space": torch.tensor([[1.0, 1, 0], [1, -1, 0], [-1, 1, 0], [-1, -1, 0]], dtype=torch.float64),
    **{f"gap {gap:g}": near(gap) for gap in (1e-6, 1e-9, 1e-12, 0.0)},
}


@pytest.mark.parametrize("proper", [False, True])
@pytest.mark.parametrize("name", SYMMETRIC)
def test_symmetric_clouds_are_told_of_and_right(name: str, proper: bool) -> None:
    X = SYMMETRIC[name]
    X, d = X @ rotation(X.shape[1]), X.shape[1]
    h = Counted(backbone(d, features=1).double())
    f, features = OrthogonalModel(h, proper=proper), torch.ones(len(X), 1).double()
    for _ in range(3):
        Q, t, order = rotation(d, proper), torch.randn(d).double(), torch.randperm(len(X))
        with torch.no_grad(), pytest.warns(UserWarning, match="degenerate principal axes"):
            h.calls = 0
            one, two = f(X, scalars=features), f((X @ Q + t)[order], scalars=features)
        assert h.calls == 2
        assert float((two - one[order] @ Q - t).abs().max()) <= 1e-6 * float(one.abs().max())


def test_frames_that_differ_by_signs_alone_are_one() -> None:
    f = OrthogonalModel(backbone(3))
    octahedron, generic = SYMMETRIC["cross-polytope, d = 3"], torch.randn(6, 3).double()
    with pytest.warns(UserWarning, match=r"clouds \[0\] of 2"):
        assert f.axes(torch.stack([octahedron, generic])).counts.tolist() == [6, 1]


@pytest.mark.parametrize("proper", [False, True])
@pytest.mark.parametrize("rank", [0, 1, 2, 4])
def test_flat_clouds_have_no_components_outside(rank: int, proper: bool) -> None:
    """Also where h is no sign-equivariant function of what it is given there."""
    X = torch.randn(7, rank).double() @ torch.randn(rank, 6).double() if rank else torch.ones(7, 6).double()
    h = Counted(lambda x: x + x.abs() * x.mean(1, keepdim=True) ** 2 + 1.0) if proper else Counted(backbone(6).double())
    f = OrthogonalModel(h, proper=proper, translations="invariant")
    Q, t = rotation(6, proper), torch.randn(6).double()
    with torch.no_grad():
        one, two = f(X), f(X @ Q + t)
    assert float((two - one @ Q).abs().max()) < 1e-12 * max(1.0, float(one.abs().max()))
    inside = torch.linalg.svd(X - X.mean(0)).Vh[:rank]
    assert float((one - one @ inside.mT @ inside).abs().max()) < 1e-12


def test_rotations_alone_take_any_function_and_need_not_keep_reflections() -> None:
    net = nn.Sequential(nn.Linear(3, 32), nn.SiLU(), nn.Linear(32, 3)).double()
    f, X = OrthogonalModel(net, proper=True), torch.randn(50, 6, 3).double()
    Q, mirror = rotation(3, proper=True), torch.diag(torch.tensor([-1.0, 1.0, 1.0])).double()
    with torch.no_grad():
        assert float((f(X @ Q) - f(X) @ Q).abs().max()) < 1e-12
        assert float((f(X @ mirror) - f(X) @ mirror).abs().max()) > 1e-2


def test_vectors_turn_scalars_do_not_and_padding_is_nothing() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = backbone(4, rows=2, rows_out=2, features=2)

        def forward(self, x: Tensor, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
            y = self.net(x, None, features, mask)
            return y[:, :, 1], y.square().sum((1, 2, 3))

    f = OrthogonalModel(Model().double())
    X, v, s = torch.randn(5, 6, 4).double(), torch.randn(5, 6, 1, 4).double(), torch.randn(5, 6, 2).double()
    mask = torch.arange(6) < torch.tensor([6, 3, 4, 5, 6])[:, None]
    Q, t = rotation(4), torch.randn(4).double()
    with torch.no_grad():
        y, invariant = f(X, v, s, mask)
        z, same = f(X @ Q + t, v @ Q, s, mask)
        short, _ = f(X[1, :3], v[1, :3], s[1, :3], mask[1, :3])
    assert torch.allclose(z[mask], (y @ Q + t)[mask], atol=1e-12) and torch.allclose(same, invariant, rtol=1e-12)
    assert torch.allclose(short, y[1, :3], atol=1e-12)


def test_gradients_reach_the_backbone_and_the_points() -> None:
    h, X = backbone(3), torch.randn(4, 5, 3, requires_grad=True)
    OrthogonalModel(h)(X).square().sum().backward()
    assert X.grad is not None and bool(X.grad.isfinite().all()) and bool(X.grad.any())
    assert all(p.grad is not None and bool(p.grad.isfinite().all()) for p in h.parameters())


def test_a_tie_that_rounding_decides_is_told() -> None:
    """A square one corner of which reaches farther, by what is or is not rounding."""
    square = torch.tensor([[1.0, 0], [0, 1], [-1, 0], [0, -1]]).double()
    told = set()
    f = OrthogonalModel(backbone(2).double(), translations=False)
    for excess in (0.0, 4.6e-13, 1e-9):
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            f(square * torch.tensor([1 + excess, 1, 1, 1], dtype=torch.float64)[:, None])
        told |= {"tie" if "tie that rounding decides" in str(w.message) else "degenerate" for w in found}
    assert told == {"tie", "degenerate"}


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((torch.ones(3, dtype=torch.long),), "points: got a tensor"),
        ((torch.randn(4),), "points: got a tensor"),
        ((torch.tensor([[1.0, float("nan")], [0, 1]]),), "points: got NaN"),
        ((torch.randn(2, 4, 3), torch.randn(2, 4, 3)), "vectors: got a tensor"),
        ((torch.randn(1, 5, 3) + 1e5,), "points: got cloud 0, far away"),
    ],
)
def test_bad_clouds(arguments: tuple[Any, ...], match: str) -> None:
    with pytest.raises(InputError, match=match):
        OrthogonalModel(lambda x: x)(*arguments)


def test_bad_settings() -> None:
    for words in ({"h": 3}, {"gap": 2}, {"limit": 0}, {"translations": "both"}):
        with pytest.raises(InputError, match=next(iter(words))):
            OrthogonalModel(**({"h": backbone(2)} | words))
    with pytest.raises(InputError, match="h: got an output"):
        OrthogonalModel(lambda x: x.sum())(torch.randn(2, 4, 3))
    with pytest.raises(InputError, match="at most 3"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        OrthogonalModel(backbone(3), limit=3)(SYMMETRIC["cross-polytope, d = 3"].float())
