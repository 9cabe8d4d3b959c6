"""The graph network on points: equivariant in any dimension and precision, and a twin that is not."""

from __future__ import annotations

import copy

import pytest
import torch

from symmetra.groups import O
from symmetra.inputs import InputError
from symmetra.nn import EGNN, PlainGNN

SETTINGS = {
    "plain": {},
    "velocities": {"velocities": True},
    "edges": {"edge_features": 2},
    "all, normalised": {"velocities": True, "edge_features": 1, "normalise": True},
}


def lively(net):
    """Random parameters of a size at which every path matters."""
    with torch.no_grad():
        for layer in net.layers:
            layer.push[-1].weight.mul_(100.0)
    return net


def inputs(net, dims: int, bodies: int = 5, batch=(4,), dtype=torch.float64):
    def draw(*shape):
        return torch.randn(*batch, *shape, dtype=dtype)

    velocities = draw(bodies, dims) if net.velocities else None
    edges = draw(bodies, bodies, net.edge_features) if net.edge_features else None
    return draw(bodies, net.features_in), draw(bodies, dims), velocities, edges


def moved(given, g, shift, order):
    h, x, v, e = given
    x, v = (None if a is None else (a @ g.mT)[..., order, :] for a in (x, v))
    return h[..., order, :], x + shift, v, None if e is None else e[..., order, :, :][..., order, :]


@torch.no_grad()
def defect(net, dims: int, dtype=torch.float64, turn: bool = True, shift: float = 1.0) -> float:
    net, worst = net.to(dtype), 0.0
    given = inputs(net, dims, dtype=dtype)
    h, x = net(*given)
    for g in O(dims).sample(3, seed=7).to(dtype):
        g = g if turn else torch.eye(dims, dtype=dtype)
        t, order = shift * torch.randn(dims, dtype=dtype), torch.randperm(5)
        features, positions = net(*moved(given, g, t, order))
        wanted = (x @ g.mT)[..., order, :] + t
        for a, b in ((features, h[..., order, :]), (positions, wanted)):
            worst = max(worst, float((a - b).norm() / b.norm()))
    return worst


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
@pytest.mark.parametrize("dims", [1, 2, 3, 7])
def test_rotations_reflections_shifts_and_permutations(settings, dims):
    net = lively(EGNN(3, 2, hidden=16, layers=3, **settings))
    assert defect(net, dims, torch.float32) < 1e-5
    assert defect(net, dims) < 1e-12


def test_the_twin_sees_directions_but_not_places_or_names():
    for settings in ({}, {"velocities": True, "edge_features": 1}):
        net = lively(PlainGNN(3, 2, dims=3, hidden=16, layers=3, **settings))
        assert defect(net, 3) > 1e-2
        assert defect(net, 3, turn=False) < 1e-12  # shifts and permutations


def test_the_twin_is_of_the_same_size():
    settings = {"hidden": 32, "layers": 4, "velocities": True, "edge_features": 1}
    sizes = [sum(p.numel() for p in net.parameters()) for net in (EGNN(2, 1, **settings), PlainGNN(2, 1, **settings))]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.05)


@pytest.mark.parametrize("make", [EGNN, PlainGNN])
def test_gradients_reach_every_parameter_and_the_state_is_the_function(make):
    net = make(3, 2, hidden=8, layers=2, velocities=True, edge_features=1).double()
    given = inputs(net, 3)
    h, x = net(*given)
    (h.square().sum() + x.square().sum()).backward()
    assert all(p.grad is not None and float(p.grad.abs().max()) > 0 for p in net.parameters())
    other = make(3, 2, hidden=8, layers=2, velocities=True, edge_features=1).double()
    other.load_state_dict(copy.deepcopy(net.state_dict()))
    torch.testing.assert_close(other(*given)[1], x, rtol=0, atol=0)


def test_messages_are_those_of_the_definition():
    """The sum over pairs written as loops."""
    net = lively(EGNN(2, 1, hidden=8, layers=1, velocities=True, edge_features=1)).double()
    h, x, v, e = inputs(net, 3, bodies=4, batch=())
    layer, state = net.layers[0], net.embed(h)
    for i in range(4):
        total, push = torch.zeros(8).double(), torch.zeros(3).double()
        for j in range(4):
            if j != i:
                apart = x[i] - x[j]
                seen = torch.cat([apart.square().sum()[None], e[i, j]])
                m = layer.message(layer.receiver(state[i]) + layer.sender(state[j]) + layer.edge(seen))
                total, push = total + m, push + apart * layer.push(m) / 3
        wanted = torch.cat([state[i] + layer.update(torch.cat([state[i], total])), x[i]])
        wanted[8:] += push + layer.drift(state[i]) * v[i]
        features, positions = net(h, x, v, e)
        torch.testing.assert_close(positions[i], wanted[8:])
        torch.testing.assert_close(features[i], net.readout(wanted[:8]))


@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_any_batch_and_one_point_alone(batch):
    net = EGNN(3, 2, hidden=8, layers=2)
    assert net(*inputs(net, 3, batch=batch, dtype=torch.float32))[1].shape == (*batch, 5, 3)
    h, x, *_ = inputs(net, 3, bodies=1, batch=batch, dtype=torch.float32)
    torch.testing.assert_close(net(h, x)[1], x)  # nobody pulls


def test_whole_graph_is_compiled_and_exported():
    net = EGNN(3, 2, hidden=8, layers=2, velocities=True, edge_features=1)
    given = inputs(net, 3, dtype=torch.float32)
    compiled = torch.compile(net, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(*given), net(*given))
    exported = torch.export.export(net, given).module()
    torch.testing.assert_close(exported(*given), net(*given))


net, twin = EGNN(3, 2, hidden=8, layers=1), PlainGNN(3, 2, dims=2, hidden=8, layers=1, velocities=True)
h, x = torch.zeros(2, 5, 3), torch.zeros(2, 5, 3)
BAD = {
    "features_in": (lambda: EGNN(0, 1), "features_in: got int 0"),
    "hidden": (lambda: EGNN(1, 1, hidden=8.0), "hidden: got float 8.0"),
    "layers": (lambda: EGNN(1, 1, layers=True), "layers: got bool True"),
    "edge_features": (lambda: EGNN(1, 1, edge_features=-1), "edge_features: got int -1"),
    "dims": (lambda: PlainGNN(1, 1, dims=0), "dims: got int 0"),
    "shape": (lambda: net(h[..., :2], x), "features: got a tensor of shape (2, 5, 2)"),
    "bodies": (lambda: net(h[:, :4], x), "features: got a tensor of shape (2, 4, 3)"),
    "made without": (lambda: net(h, x, x), "velocities: got a tensor"),
    "other space": (lambda: twin(h, x, x), "positions: got a tensor of shape (2, 5, 3)"),
    "missing": (lambda: twin(h, x[..., :2]), "velocities: got NoneType"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_line(name):
    call, words = BAD[name]
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert words in text
    assert "\n" not in text and "; expected " in text
