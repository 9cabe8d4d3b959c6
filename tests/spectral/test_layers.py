"""Sign equivariance to the last bit, what the layers can express, and stacks of twenty."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable
from math import comb

import pytest
import torch
from torch import Tensor, nn

from symmetra.inputs import InputError
from symmetra.spectral import (
    BasisEquivariantLayer,
    SignEquivariantGate,
    SignEquivariantGraphLayer,
    SignEquivariantLayer,
    SignEquivariantNetwork,
    SignInvariantNet,
    eigenpairs,
)
from symmetra.spectral.polynomials import sign_equivariant_basis

from .graphs import GRAPHS, MIRRORS, cube, random, ring

N, K = 40, 6
A = random(N, 6)
FEATURES = A.sum(1, keepdim=True)


class Flat(nn.Module):
    """A net of ``V ⊙ (1 + net(|V|))``, entry by entry: the common short cut."""

    def __init__(self, rows: int, k: int) -> None:
        super().__init__()
        self.gate = SignEquivariantGate(rows * k, width=128)

    def forward(self, V: Tensor) -> Tensor:
        return self.gate(V.flatten(-2)).unflatten(-1, V.shape[-2:])


def on_nodes(net: nn.Module, adjacency: Tensor | None, features: bool) -> Callable[[Tensor], Tensor]:
    def f(V: Tensor) -> Tensor:
        move = (lambda a: a.to(V.dtype)) if adjacency is not None else (lambda a: a)
        return net(V, move(adjacency), FEATURES.to(V.dtype) if features else None)

    return f


LAYERS: dict[str, Callable[[], tuple[nn.Module, Callable[[Tensor], Tensor]]]] = {
    "gate": lambda: (net := SignEquivariantGate(K, activation="tanh"), net),
    "gate with features": lambda: (
        net := SignEquivariantGate(K, features=1, gate_activation="relu"),
        lambda x: net(x, FEATURES.to(x.dtype)),
    ),
    "layer": lambda: (net := SignEquivariantLayer(N, N, K), net),
    "layer to fewer rows": lambda: (net := SignEquivariantLayer(N, 5, K, activation="asinh"), net),
    "one row": lambda: (net := SignEquivariantLayer(1, 7, K), lambda x: net(x[:, None])),
    "network on a graph": lambda: (net := SignEquivariantNetwork(K, features=1), on_nodes(net, A, True)),
    "network on a sparse graph": lambda: (
        net := SignEquivariantNetwork(K, channels=3),
        on_nodes(net, A.to_sparse_coo(), False),
    ),
    "network on points": lambda: (net := SignEquivariantNetwork(K, scaled=False), on_nodes(net, None, False)),
    "network of pairs": lambda: (
        net := SignEquivariantNetwork(K, layers=2, features=1, pairs=True),
        on_nodes(net, A, True),
    ),
}


def inputs(dtype: torch.dtype) -> Tensor:
    V = torch.randn(N, K, dtype=dtype)
    V[:, 2], V[7] = 0, 0
    return V


def signs(dtype: torch.dtype) -> Tensor:
    return 1 - 2 * torch.randint(0, 2, (K,)).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", LAYERS)
def test_equivariant_to_the_last_bit(name: str, dtype: torch.dtype) -> None:
    net, f = LAYERS[name]()
    net.to(dtype)
    V = inputs(dtype)
    out = f(V)
    assert out.isfinite().all() and float(out.detach().std()) > 0
    assert not bool(out[..., 2].any())  # a column that is zero stays zero
    for _ in range(20):
        S = signs(dtype)
        assert torch.equal(f(V * S), out * S)


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_are_finite_at_zero_and_reach_every_parameter(name: str) -> None:
    net, f = LAYERS[name]()
    for V in (inputs(torch.float32), torch.zeros(N, K)):
        V.requires_grad_()
        (gradient,) = torch.autograd.grad(f(V).sum(), V)
        assert gradient.isfinite().all()
    f(torch.randn(N, K)).square().sum().backward()
    missing = [key for key, p in net.named_parameters() if p.grad is None or not bool(p.grad.any())]
    assert not missing and all(p.grad.isfinite().all() for p in net.parameters())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_invariant_net_sees_no_sign(dtype: torch.dtype) -> None:
    net, V = SignInvariantNet(K, 5, width=16, features=1).to(dtype), inputs(dtype)
    f = on_nodes(net, A, True)
    for _ in range(20):
        assert torch.equal(f(V * signs(dtype)), f(V))


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("graph", [True, False])
def test_permuted_nodes_and_padding_change_nothing(graph: bool, pairs: bool) -> None:
    sizes, order = (7, 12, 9), torch.randperm(12)
    net = SignEquivariantNetwork(K, layers=2, features=1, pairs=pairs).double()
    invariant = SignInvariantNet(K, 3, width=16, features=1).double()
    V, features = torch.randn(3, 12, K).double(), torch.randn(3, 12, 1).double()
    mask = torch.arange(12) < torch.tensor(sizes)[:, None]
    V, adjacency = (
        V * mask[..., None],
        torch.stack([nn.functional.pad(random(n, 4, n), (0, 12 - n) * 2) for n in sizes]),
    )
    for f in (net, invariant):
        batch = f(V, adjacency if graph else None, features, mask)
        moved = f(V[:, order], adjacency[:, order][:, :, order] if graph else None, features[:, order], mask[:, order])
        assert torch.allclose(batch[:, order], moved, atol=1e-12)
        assert not bool(batch[~mask].any())
        for i, n in enumerate(sizes):
            alone = f(V[i, :n], adjacency[i, :n, :n] if graph else None, features[i, :n])
            assert torch.allclose(batch[i, :n], alone, atol=1e-12)


STACKS: dict[str, Callable[[], tuple[nn.Module, Callable[[Tensor], Tensor]]]] = {
    "gates": lambda: (net := nn.Sequential(*(SignEquivariantGate(K) for _ in range(20))), net),
    "layers": lambda: (net := nn.Sequential(*(SignEquivariantLayer(N, N, K) for _ in range(20))), net),
    "layers of one row": lambda: (
        net := nn.Sequential(*(SignEquivariantLayer(1, 1, K) for _ in range(20))),
        lambda V: net(V[:, None])[:, 0],
    ),
    "graph layers": lambda: graph_stack(False),
    "layers of pairs": lambda: graph_stack(True),
    "basis layers": lambda: (
        net := nn.ModuleList(BasisEquivariantLayer(1, 1) for _ in range(20)),
        lambda V: basis_stack(net, V),
    ),
}


def graph_stack(pairs: bool) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    layers = nn.ModuleList(SignEquivariantGraphLayer(1, 1, K, pairs=pairs) for _ in range(20))

    def f(V: Tensor) -> Tensor:
        V = V[:, None]
        for layer in layers:
            V = layer(V, A.to(V.dtype))
        return V[:, 0]

    return layers, f


def basis_stack(layers: nn.ModuleList, V: Tensor) -> Tensor:
    V = V[:, None]
    for layer in layers:
        V = layer(V, torch.linspace(0, 1.5, K))
    return V[:, 0]


@pytest.mark.parametrize("name", STACKS)
def test_twenty_layers_neither_blow_up_nor_die_out(name: str) -> None:
    V = eigenpairs(A, K).vectors.float() * N**0.5
    for _ in range(3):
        net, f = STACKS[name]()
        x = V.clone().requires_grad_()
        y = f(x)
        (gradient,) = torch.autograd.grad(y, x, torch.randn_like(y))
        for size in (y.detach().square().mean().sqrt(), gradient.square().mean().sqrt()):
            assert 0.1 < float(size) < 10
        assert net is not None


@pytest.mark.parametrize(
    "wrong",
    ["relu", torch.abs, nn.Sigmoid(), nn.ReLU(), torch.cos, nn.Dropout(0.5)],
    ids=["name", "abs", "sigmoid", "relu", "cos", "dropout"],
)
@pytest.mark.parametrize(
    "layer",
    [
        lambda f: SignEquivariantGate(3, activation=f),
        lambda f: SignEquivariantLayer(2, 2, 3, activation=f),
        lambda f: SignEquivariantGraphLayer(2, 2, 3, activation=f),
        lambda f: SignEquivariantNetwork(3, activation=f),
    ],
    ids=["gate", "layer", "graph layer", "network"],
)
def test_activations_that_are_not_odd_are_refused(layer: Callable[[object], nn.Module], wrong: object) -> None:
    with pytest.raises(InputError, match=r"activation: got .*odd"):
        layer(wrong)


def fitted(net: nn.Module, draw: Callable[[int], tuple[Tensor, Tensor]], steps: int) -> float:
    """The error on fresh samples, relative to the mean square."""
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 1e-2, total_steps=steps)
    for _ in range(steps):
        x, y = draw(512)
        loss = (net(x) - y).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    x, y = draw(20_000)
    with torch.no_grad():
        return float((net(x) - y).square().mean() / y.square().mean())


def cyclic(count: int) -> tuple[Tensor, Tensor]:
    x = torch.randn(count, 4)
    return x, x * x.roll(-1, 1) ** 2


class Separable(nn.Module):
    """Odd, and every number by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))

    def forward(self, x: Tensor) -> Tensor:
        return (self.one(x[..., None]) - self.one(-x[..., None]))[..., 0]


class Invariant(nn.Module):
    """A function of the absolute values."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(4, 64), nn.SiLU(), nn.Linear(64, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x.abs())


def test_floors_of_the_cyclic_product() -> None:
    """E y² = 3; what is separable and odd misses 2 of it, what is invariant all."""
    assert fitted(SignEquivariantGate(4), cyclic, 500) <= 0.005
    assert 0.65 <= fitted(Separable(), cyclic, 200) <= 0.70
    assert fitted(Invariant(), cyclic, 200) >= 0.98


def test_whole_columns_are_seen_where_entries_alone_are_not_enough() -> None:
    """A relative sign inside of a column decides: the layer fits what V ⊙ net(|V|) cannot."""

    def draw(count: int) -> tuple[Tensor, Tensor]:
        V = torch.randn(count, 2, 2)
        return V, V.flip(1) * (1 + torch.tanh(V[:, :1] * V[:, 1:]).flip(2))

    whole, entries = fitted(SignEquivariantLayer(2, 2, 2), draw, 500), fitted(Flat(2, 2), draw, 500)
    assert entries > 0.5 and whole <= entries / 100


@pytest.mark.parametrize("name", MIRRORS)
def test_automorphic_nodes(name: str) -> None:
    """Equal invariant embeddings, different scores: node 0 and its image, seen from a neighbour of node 0."""
    graph, image = MIRRORS[name]
    assert torch.equal(graph[image][:, image], graph)
    found = eigenpairs(graph, 4)
    assert set(found.multiplicities) == {1} and not found.cut
    near = int(graph[0].nonzero()[0])
    for seed in range(3):
        torch.manual_seed(seed)
        z = SignInvariantNet(4, 8).double()(found.vectors, graph).detach()
        assert float((z[0] - z[image[0]]).norm() / z[0].norm()) <= 1e-12
        net = SignEquivariantNetwork(4).double()
        z = net(found.vectors, graph).detach()
        here, there = float(z[0] @ z[near]), float(z[image[0]] @ z[near])
        assert abs(here - there) / abs(here) >= 0.5 and here > there
        for S in itertools.product((-1.0, 1.0), repeat=4):
            flipped = net(found.vectors * torch.tensor(S).double(), graph)
            assert torch.equal((flipped[0] * flipped[near]).sum(), (z[0] * z[near]).sum())


@pytest.mark.parametrize("degree", range(1, 6))
@pytest.mark.parametrize("k", range(1, 5))
def test_characterisation_of_the_polynomials(k: int, degree: int) -> None:
    found = sign_equivariant_basis(k, degree)
    powers = found.library.in_monomials()
    assert powers is not None
    for i in range(k):
        there = powers[0][(found.basis[:, i].abs() > 1e-9).any(0)]
        assert len(there) == comb(k + (degree - 1) // 2, k)
        odd = torch.zeros(k, dtype=torch.long)
        odd[i] = 1
        assert bool((there % 2 == odd).all())
    assert found.rank == k * comb(k + (degree - 1) // 2, k) and found.residual < 1e-10


@pytest.mark.parametrize("graph", [ring(10), cube(3), GRAPHS["three components"]], ids=["ring", "cube", "components"])
def test_basis_layer_commutes_with_rotations_of_eigenspaces(graph: Tensor) -> None:
    n, k = len(graph), 1 + int((eigenpairs(graph, 9).values < 1.01).sum())
    k = next(j for j in range(k, 1, -1) if not eigenpairs(graph, j).cut)
    found = eigenpairs(graph, k)
    assert max(found.multiplicities) > 1
    layers = nn.ModuleList([BasisEquivariantLayer(1, 3, features=1), BasisEquivariantLayer(3, 3, features=1)]).double()
    signs_only = SignEquivariantNetwork(k).double()
    features = graph.sum(1, keepdim=True)

    def f(V: Tensor) -> Tensor:
        V = (V * n**0.5).unsqueeze(1)
        for layer in layers:
            V = layer(V, found.values, features)
        return V.detach()

    for seed in range(5):
        drawn = found.redrawn(seed).vectors
        turn = found.vectors.mT @ drawn  # what took one basis to the other
        out = f(found.vectors)
        assert float((f(drawn) - out @ turn).abs().max()) < 1e-12 * float(out.abs().max())
        order = torch.randperm(n)
        features = features[order]
        assert float((f(found.vectors[order]) - out[order]).abs().max()) < 1e-12 * float(out.abs().max())
        features = graph.sum(1, keepdim=True)
        plain = signs_only(found.vectors, graph).detach()
        assert float((signs_only(drawn, graph).detach() - plain @ turn).abs().max()) > 1e-3 * float(plain.abs().max())


def test_basis_layer_leaves_padding_alone() -> None:
    batch = eigenpairs([ring(8), cube(3), random(13, 4)], 5)
    layer = BasisEquivariantLayer(1, 2).double()
    out = layer(batch.vectors[:, :, None] * 3, batch.values, mask=batch.mask)
    assert not bool(out[~batch.mask].any())
    alone = layer(batch.vectors[0, :8, None] * 3, batch.values[0])
    assert torch.allclose(out[0, :8], alone, atol=1e-13)


def test_layers_go_through_state_dicts() -> None:
    one, two = SignEquivariantNetwork(K), SignEquivariantNetwork(K)
    V = torch.randn(N, K)
    two.load_state_dict(one.state_dict())
    assert torch.equal(one(V, A.float()), two(V, A.float()))


COMPILED = """
import torch
from symmetra.spectral import SignEquivariantNetwork, SignInvariantNet
torch.manual_seed(0)
V, graph = torch.randn(10, 4), (torch.rand(10, 10) < 0.5).float()
for net in (SignEquivariantNetwork(4, layers=1), SignInvariantNet(4, 3, width=8)):
    compiled = torch.compile(net, fullgraph=True, backend="eager")
    exported = torch.export.export(net, (V, graph)).module()
    print(torch.equal(compiled(V, graph), net(V, graph)), torch.allclose(exported(V, graph), net(V, graph), atol=1e-6))
"""


def test_networks_compile_and_export_as_one_graph() -> None:
    """In another process: here, annotations are checked at every call, which is nothing to compile."""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", COMPILED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"] * 4
