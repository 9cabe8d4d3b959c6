"""What the study of signs is made of: graphs, scores, encoders, models of bodies, each against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symmetra.studies.runner.intervals import mean, paired_difference
from symmetra.studies.sign import bodies, clusters, links, many
from symmetra.studies.sign.automorphic import HALVES, mirrored
from symmetra.studies.sign.bodies_models import network
from symmetra.studies.sign.encoders import encoder
from symmetra.studies.sign.graphs import (
    barabasi_albert,
    blocks,
    erdos_renyi,
    hidden,
    no_links,
    two_copies,
    union,
)
from symmetra.studies.sign.scores import area


def test_random_graphs_have_the_sizes_of_the_protocol() -> None:
    links_er = erdos_renyi(400, 0.05, 0)
    assert abs(len(links_er) - 0.05 * 400 * 399 / 2) < 5 * np.sqrt(0.05 * 0.95 * 400 * 399 / 2)
    links_ba = barabasi_albert(100, 20, 0)
    assert len(links_ba) == 80 * 20 - 20 + 20 and len(links_ba.sort(1).values.unique(dim=0)) == len(links_ba)
    graph = two_copies(links_ba, 100, 100, 0)
    twice = torch.cat([links_ba, links_ba + 100]).sort(1).values
    assert graph.linked[twice[:, 0], twice[:, 1]].all() and len(graph.links) <= 2 * len(links_ba) + 100


def test_parts_of_the_links_and_pairs_without_one() -> None:
    graph = two_copies(erdos_renyi(60, 0.2, 1), 60, 60, 1)
    parts = hidden(graph, (0.1, 0.1), 1)
    together = torch.cat(parts)
    assert len(parts[1]) == len(parts[2]) == len(graph.links) // 10
    assert torch.equal(together.unique(dim=0), graph.links.unique(dim=0)) and len(together) == len(graph.links)
    pairs = no_links(graph, 500, np.random.default_rng(0))
    assert len(pairs) == 500 and not graph.linked[pairs[:, 0], pairs[:, 1]].any()


def test_blocks_and_unions() -> None:
    graph, member = blocks([30, 40], torch.tensor([[0.5, 0.0], [0.0, 0.5]]), 0)
    assert (member[graph.links[:, 0]] == member[graph.links[:, 1]]).all() and (graph.degrees > 0).all()
    alone, _ = blocks([5, 5], torch.zeros(2, 2), 0)
    assert (alone.degrees > 0).all()  # nodes without a link are given one
    whole, which = union([graph, alone])
    assert whole.nodes == 80 and (which[whole.links[:, 0]] == which[whole.links[:, 1]]).all()


def test_sparse_products_with_their_gradients() -> None:
    graph = mirrored("twins")
    matrix = torch.zeros(graph.nodes, graph.nodes, dtype=torch.float64)
    matrix[graph.places[0], graph.places[1]] = 1
    matrix += torch.eye(graph.nodes)
    root = matrix.sum(1).rsqrt()
    dense = root[:, None] * matrix * root
    x = torch.randn(graph.nodes, 3, dtype=torch.float64, requires_grad=True)
    weight = torch.randn_like(x)
    ours, theirs = (torch.autograd.grad((y * weight).sum(), x)[0] for y in (graph.normalised(x), dense @ x))
    assert torch.allclose(graph.normalised(x), dense @ x, atol=1e-6) and torch.allclose(ours, theirs, atol=1e-6)


def test_the_area_under_the_curve_counts_pairs() -> None:
    high, low = torch.randint(5, (40,)).float(), torch.randint(4, (30,)).float()
    pairs = (high[:, None] > low).double() + (high[:, None] == low).double() / 2
    assert area(high, low) == pytest.approx(float(pairs.mean()), abs=1e-12)


def test_intervals() -> None:
    assert mean([0.5])[1:] == (-float("inf"), float("inf"))
    middle, low, high = paired_difference([1.0, 2.0, 4.0], [0.0, 1.0, 2.0])
    assert middle == pytest.approx(4 / 3) and low < middle < high
    covered = 0
    source = np.random.default_rng(0)
    for _ in range(400):
        _, low, high = mean(source.standard_normal(3).tolist())
        covered += low < 0 < high
    assert 0.91 < covered / 400 < 0.985


@pytest.mark.parametrize("arm", ["equivariant", "equivariant+degree", "equivariant perceptron", "general"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equivariant_encoders_to_the_bit(arm: str, dtype: torch.dtype) -> None:
    graph = two_copies(erdos_renyi(30, 0.3, 2), 30, 20, 2)
    vectors, net = graph.eigenvectors(6).to(dtype), encoder(arm, 6, 0, 16).to(dtype)
    flips = torch.tensor([1, -1, -1, 1, 1, -1], dtype=dtype)
    assert torch.equal(net(graph, vectors * flips), net(graph, vectors) * flips)


@pytest.mark.parametrize(("arm", "apart"), [("signnet", False), ("signnet perceptron", False), ("raw", True)])
def test_encoders_of_both_other_kinds(arm: str, apart: bool) -> None:
    graph = two_copies(erdos_renyi(30, 0.3, 2), 30, 20, 2)
    vectors, net = graph.eigenvectors(6), encoder(arm, 6, 0, 16).double().requires_grad_(False)
    flips = torch.tensor([1.0, -1, -1, 1, 1, -1], dtype=torch.float64)
    change = float((net(graph, vectors * flips) - net(graph, vectors)).abs().max())
    assert change > 1e-3 if apart else change < 1e-12


def test_encoders_have_the_published_sizes() -> None:
    counts = {
        arm: sum(p.numel() for p in encoder(arm, 16, 0).parameters()) for arm in ("gcn", "signnet", "equivariant")
    }
    assert counts["gcn"] == 25_024 and counts["signnet"] == 26_056
    assert abs(counts["equivariant"] - 24_544) < 200


@pytest.mark.parametrize("name", list(HALVES))
def test_mirrors_are_automorphisms(name: str) -> None:
    graph = mirrored(name)
    image = (graph.nodes - 1 - graph.links).sort(1).values
    assert torch.equal(image.unique(dim=0), graph.links.sort(1).values.unique(dim=0))
    assert graph.linked[0, 1] and float(graph.spectrum(graph.nodes - 1).values.diff().min()) > 0.01


def test_what_the_copy_is_worth() -> None:
    found = links.oracles("er", 3, 1000)
    assert found["copy"] == pytest.approx(found["expected"], abs=0.012) and found["correlation"] > 0.99
    assert found["expected"] == pytest.approx(0.752, abs=0.003) and found["twin"] > 0.9
    assert abs(found["degree"] - 0.5) < 0.03


def test_collections_hide_links_and_draw_signs() -> None:
    data = many.collection(3, 5)
    hiding = [not data.graph.linked[pairs[:, 0], pairs[:, 1]].any() for both in data.pairs for pairs in both]
    signed = data.signed(np.random.default_rng(0)) / data.vectors
    assert all(hiding) and torch.equal(signed.abs(), torch.ones_like(signed))
    for graph in range(3):
        assert (signed[data.which == graph] == signed[data.which == graph][0]).all()
    lengths = torch.stack([data.vectors[data.which == graph].square().mean(0) for graph in range(3)])
    assert torch.allclose(lengths, torch.ones_like(lengths), atol=1e-4)


def test_balanced_accuracy_leaves_the_known_nodes_out() -> None:
    data = clusters.drawn(2, 0)
    right = torch.nn.functional.one_hot(data.labels, clusters.BLOCKS).float()
    assert data.accuracy(right) == 1.0 and data.accuracy(torch.zeros_like(right) + right[:1]) == pytest.approx(1 / 6)
    assert (data.labels[data.known] == torch.arange(clusters.BLOCKS)).all()


@pytest.mark.parametrize("arm", bodies.ARMS)
def test_models_of_bodies_turn_with_them(arm: str) -> None:
    model = network(arm, 3, 0).double().eval()
    x, v = torch.randn(4, 5, 3, dtype=torch.float64), torch.randn(4, 5, 3, dtype=torch.float64)
    q, turn = (
        torch.randn(4, 5, 1, dtype=torch.float64).sign(),
        torch.linalg.qr(torch.randn(3, 3, dtype=torch.float64)).Q,
    )
    with torch.no_grad():
        error = float((model(x @ turn + 1, v @ turn, q) - model(x, v, q) @ turn - 1).abs().max())
    assert error > 1e-3 if arm == "plain" else error < 1e-10


def test_training_in_the_frames_is_training_the_model() -> None:
    """The error of the network inside, in the frames, is that of the model."""
    part = bodies.states(3, 40, 0)[0]
    for arm in ("equivariant", "average", "frames"):
        model = network(arm, 3, 0).eval()
        *inputs, target = bodies.framed(model, part)
        with torch.no_grad():
            inside = (model.h(*inputs) - target).square().mean()
            outside = (model(*part[:3]) - part[3]).square().mean()
        assert torch.allclose(inside, outside, rtol=1e-4), arm
