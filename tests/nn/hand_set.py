"""Tiny equivariant networks whose weights are written down, not trained, and fields of which the answer is known.

Fields have the channels k_t, k_x, l_t, l_x. At the window p, …, p + (1, 1) of a 2 × 2 kernel the site in question is
q = p + (1, 1), all of whose links begin inside it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.nn import TranslationNetwork

DIVERGENCE = torch.tensor([[[0.0, -1.0], [0.0, 1.0]], [[0.0, 0.0], [-1.0, 1.0]]])  # of k_t and k_x, [2, 2, 2]


def ratios(count: int, eta: float = 4.01, lam: float = 1.0) -> Tensor:
    """W(2j + 2)/W(2j), downwards, where the recursion is stable."""
    r, found = 1.0, []
    for j in range(2000, -1, -1):
        r = (2 * j + 2) / (2 * eta + 4 * lam * r)
        found.append(r)
    return torch.tensor(found[::-1][:count], dtype=torch.float64)


def observables(count: int = 40) -> TranslationNetwork:
    """n and φ²: |k| from pairs of ReLU, f by one 2 × 2 convolution, R(f) as a polygon with a corner at every even f."""
    net = TranslationNetwork("EQ", 4, 2, convolutions=((6, 1), (count + 2, 2)), activation="relu").double()
    R = ratios(count + 1)
    slopes = R.diff() / 2
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        parts = torch.tensor([[1, 0, 0, 0], [-1, 0, 0, 0], [0, 1, 0, 0], [0, -1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
        net.convolution_1.weight[:, :, 0, 0] = parts
        time, space = torch.tensor([[0.0, 1.0], [0.0, 1.0]]), torch.tensor([[0.0, 0.0], [1.0, 1.0]])
        net.convolution_2.weight[:count] = torch.stack([time, time, space, space, 2 * time, 2 * space])
        net.convolution_2.bias[:count] = -2.0 * torch.arange(count)
        net.convolution_2.weight[count, 0, 0, 0] = net.convolution_2.weight[count + 1, 1, 0, 0] = 1
        net.output.weight[0, count:] = torch.tensor([1.0, -1.0])
        net.output.weight[1, :count] = torch.cat([slopes[:1], slopes.diff()])
        net.output.bias[1] = R[0]
    return net


def violations(pool: str, factor: float) -> TranslationNetwork:
    """``factor`` times the maximum or the sum of |div|."""
    net = TranslationNetwork("EQ", 4, 1, convolutions=((2, 2), (1, 1)), pool=pool, activation="relu").double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.zero_()
        net.convolution_1.weight[0, :2], net.convolution_1.weight[1, :2] = DIVERGENCE, -DIVERGENCE
        net.convolution_2.weight.fill_(1)
        net.output.weight.fill_(factor)
    return net


def configuration(extents: tuple[int, int], worms: int, seed: int) -> Tensor:
    """Random flux ``[4, *extents]`` that is conserved but for the ends of so many worms, all on sites of their own."""
    source = torch.Generator().manual_seed(seed)
    h = torch.randint(-1, 2, extents, generator=source)
    k = torch.stack([h - h.roll(1, 1), h.roll(1, 0) - h])
    k[0, :, 0] += 1  # one charge that goes around
    ends = torch.randperm(h.numel(), generator=source)[: 2 * worms].reshape(-1, 2).tolist()
    for tail, head in ends:
        (t, x), (t_end, x_end) = divmod(tail, extents[1]), divmod(head, extents[1])
        while t != t_end:  # forwards in time, then in space
            k[0, t, x] += 1
            t = (t + 1) % extents[0]
        while x != x_end:
            k[1, t, x] += 1
            x = (x + 1) % extents[1]
    return torch.cat([k, torch.randint(0, 3, (2, *extents), generator=source)]).double()


def exact(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """n, φ² and div of fields ``[batch, 4, *extents]``, site by site."""
    k, links = x[:, :2], x[:, :2].abs() + 2 * x[:, 2:]
    back = torch.stack([links[:, 0].roll(1, 1), links[:, 1].roll(1, 2)], 1)
    f = (links + back).sum(1)
    div = (k - torch.stack([k[:, 0].roll(1, 1), k[:, 1].roll(1, 2)], 1)).sum(1)
    return k[:, 0].mean((1, 2)), ratios(200)[(f / 2).long()].mean((1, 2)), div
