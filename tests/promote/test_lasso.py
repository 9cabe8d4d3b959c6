"""The group lasso over elements, against differences written out."""

import math

import pytest
import torch
from torch import nn

import symmetra
from symmetra import promote
from symmetra.functions import library
from symmetra.groups import SO, C, D, S
from symmetra.inputs import InputError
from symmetra.lie_derivative import group_difference


def points(n, m, seed=0):
    return torch.randn(n, m, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def net(n, m):
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(n, 8), nn.Tanh(), nn.Linear(8, m)).double()


@pytest.mark.parametrize(("group", "power"), [(D(4), None), (C(3), 1), (S(3), 2)])
def test_norms_are_those_of_the_differences(group, power):
    V = symmetra.Vector(group)
    out = None if power is None else V**power
    model, x = net(V.dimension, 1 if out is None else out.dimension), points(13, V.dimension)
    lasso = promote.GroupLassoPenalty(model, V, out, x)
    with torch.no_grad():
        change = group_difference(model, V, out)(x, lasso.elements).square().flatten(1).sum(1)
        y = model(x)
        size = (y.roll(1, 0) - y).square().sum()
        if out is not None:
            still = torch.stack([out.transform(group.inverse(g), y) - y for g in lasso.elements])
            size = size + still.square().sum() / len(still)
    assert len(lasso.elements) == group.order - 1
    assert torch.allclose(lasso.spectrum(), (change / size).sqrt(), rtol=1e-9)
    exact = ((change / size + 1e-6).sqrt() - 1e-3).sum()
    assert math.isclose(lasso().item(), float(exact), rel_tol=1e-9)
    lasso().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)


def test_what_is_kept():
    """|x₁| + x₂ keeps one reflection of the eight elements of the square."""
    V = symmetra.Vector(D(4))
    lasso = promote.GroupLassoPenalty(lambda s: s[0].abs() + s[1], V, None, points(50, 2))
    kept = lasso.kept(1e-9)
    assert len(kept) == 1 and torch.allclose(kept[0], torch.diag(torch.tensor([-1.0, 1.0])).to(kept))
    weighted = promote.GroupLassoPenalty(lambda s: s[0].abs() + s[1], V, None, points(50, 2), kept, [2.0])
    assert weighted().item() < 1e-9


class Polynomial(nn.Module):
    """Polynomials of degree up to 4, from zero."""

    def __init__(self):
        super().__init__()
        self.terms = library.legendre(2, 4)
        self.weights = nn.Parameter(torch.zeros(self.terms.size, 1).double())

    def forward(self, x):
        return self.terms.values(x) @ self.weights


def test_training_switches_off_whole_elements():
    """Fewer values than coefficients of a function with a mirror: the mirror is found among the square's elements."""
    x, far, anywhere = (torch.tanh(points(n, 2, seed)) for n, seed in ((12, 0), (200, 5), (60, 3)))

    def truth(s):
        return (s[:, 0] ** 2 + s[:, 1] - s[:, 1] ** 3)[:, None]

    errors = {}
    for weight in (0.0, 0.01):
        model = Polynomial()
        lasso = promote.GroupLassoPenalty(model, symmetra.Vector(D(4)), None, anywhere, scale=1.0)
        optimiser = torch.optim.Adam(model.parameters(), 2e-2)
        for _ in range(400):
            optimiser.zero_grad()
            ((model(x) - truth(x)).square().mean() + weight * lasso()).backward()
            optimiser.step()
        errors[weight] = (model(far) - truth(far)).square().mean().item()
        kept = lasso.kept(0.4)
    assert errors[0.01] < 0.5 * errors[0.0]
    assert len(kept) == 1 and torch.allclose(kept[0], torch.diag(torch.tensor([-1.0, 1.0])).to(kept))


def test_ensembles():
    models, V = [net(2, 2), net(2, 2)], symmetra.Vector(C(4))
    lasso = promote.GroupLassoPenalty(models[0], V, V, points(6, 2))
    stacked, _ = torch.func.stack_module_state(models)
    values = torch.func.vmap(lambda p: lasso(parameters=p))(stacked)
    assert torch.allclose(values, lasso().expand(2))


BAD = [
    ("elements", {"elements": torch.zeros(0, 2, 2)}),
    ("elements", {"elements": torch.zeros(2, 3, 3)}),
    ("elements", {"action_in": symmetra.Vector(SO(2))}),
    ("weights", {"weights": [1.0, 2.0]}),
    ("weights", {"weights": [-1.0] * 7}),
    ("smooth", {"smooth": 2.0}),
    ("points", {"points": None}),
]


@pytest.mark.parametrize(("argument", "change"), BAD)
def test_bad_input(argument, change):
    given = {"model": net(2, 1), "action_in": symmetra.Vector(D(4)), "points": points(5, 2)} | change
    with pytest.raises(InputError) as caught:
        promote.GroupLassoPenalty(**given)
    assert str(caught.value).startswith(f"{argument}: got ") and "\n" not in str(caught.value)
