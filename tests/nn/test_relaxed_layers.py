"""Layers that may leave a symmetry: relaxed group convolution and the residual pathway."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from symmetra.groups import SO, C, D, S
from symmetra.inputs import InputError
from symmetra.nn import RelaxedGroupConv, ResidualPathway

GROUPS = {"C(4)": C(4), "D(3)": D(3), "S(3)": S(3)}


def moved(group, f, u: int):
    """(u f)(h) = f(u⁻¹ h)."""
    return f[..., group.table[group.inverses[u]]]


@pytest.mark.parametrize("name", GROUPS)
def test_equivariant_as_made_and_not_when_weights_differ(name):
    group = GROUPS[name]
    layer = RelaxedGroupConv(group, 2, 3, banks=2).double().requires_grad_(False)
    f = torch.randn(4, 2, group.order, dtype=torch.float64)

    def worst() -> float:
        return max(
            float((layer(moved(group, f, u)) - moved(group, layer(f), u)).abs().max()) for u in range(group.order)
        )

    assert worst() < 1e-12
    assert float(layer.penalty()) == 0
    layer.mixture[0, 1] += 0.5
    assert worst() > 1e-2
    # the mean of |differences|: one of n weights of one of two banks differs, in 2 (n − 1) of n² pairs
    n = group.order
    assert float(layer.penalty()) == pytest.approx(0.5 * 0.5 * 2 * (n - 1) / n**2)


def test_it_is_the_sum_of_the_definition():
    group = D(3)
    layer = RelaxedGroupConv(group, 2, 3, banks=2).double().requires_grad_(False)
    layer.mixture.normal_()
    layer.bias.normal_()
    f = torch.randn(2, 6, dtype=torch.float64)
    for g in range(6):
        total = layer.bias.clone()
        for h in range(6):
            place = group.index(group.elements[g].inverse() @ group.elements[h])
            for bank in range(2):
                total += layer.mixture[bank, h] * layer.kernels[bank, ..., place] @ f[:, h]
        torch.testing.assert_close(layer(f)[:, g], total)


def test_with_as_many_banks_as_elements_it_is_any_linear_map():
    layer = RelaxedGroupConv(C(4), 1, 1, banks=4, bias=False).double()
    wanted = torch.randn(4, 4, dtype=torch.float64)
    # with w_l the indicator of l, ψ_l(g⁻¹l) = W[g, l] gives y(g) = Σ_h W[g, h] f(h)
    with torch.no_grad():
        layer.mixture.copy_(torch.eye(4))
        for bank in range(4):
            layer.kernels[bank, 0, 0, layer.quotient[:, bank]] = wanted[:, bank]
    f = torch.randn(3, 1, 4, dtype=torch.float64)
    torch.testing.assert_close(layer(f)[:, 0], f[:, 0] @ wanted.mT)


def test_the_residual_pathway_is_a_sum_with_two_priors():
    a, b = nn.Linear(3, 3), nn.Linear(3, 3)
    layer, x = ResidualPathway(a, b, weight_eq=0.5, weight_neq=4.0), torch.randn(5, 3)
    torch.testing.assert_close(layer(x), a(x) + b(x))
    penalty = layer.penalty()
    wanted = 0.25 * sum(p.square().sum() for p in a.parameters()) + 2.0 * sum(p.square().sum() for p in b.parameters())
    torch.testing.assert_close(penalty, wanted)
    penalty.backward()
    torch.testing.assert_close(b.weight.grad, 4.0 * b.weight.detach())
    assert float(ResidualPathway(nn.Tanh(), nn.ReLU()).penalty()) == 0


BAD = {
    "group": (lambda: RelaxedGroupConv(SO(3), 1, 1), "group: got LieGroup SO(3)"),
    "banks": (lambda: RelaxedGroupConv(C(4), 1, 1, banks=0), "banks: got int 0"),
    "shape": (lambda: RelaxedGroupConv(C(4), 2, 1)(torch.zeros(3, 1, 4)), "shape [..., 2, 4]"),
    "path": (lambda: ResidualPathway(torch.tanh, nn.Tanh()), "f_eq: got"),
    "weight": (lambda: ResidualPathway(nn.Tanh(), nn.Tanh(), weight_neq=-1.0), "weight_neq: got float -1.0"),
}


@pytest.mark.parametrize("name", BAD)
def test_one_line(name):
    call, words = BAD[name]
    with pytest.raises(InputError) as caught:
        call()
    text = str(caught.value)
    assert words in text
    assert "\n" not in text and "; expected " in text
