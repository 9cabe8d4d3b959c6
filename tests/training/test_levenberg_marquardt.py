"""Levenberg and Marquardt: the derivatives, both forms of the step, problems with a known end, bad input."""

from itertools import product

import pytest
import torch

from symmetra.inputs import InputError
from symmetra.nn import TranslationNetwork
from symmetra.training import _levenberg_marquardt as second
from symmetra.training import refine


def network():
    return TranslationNetwork("EQ", 4, 2, convolutions=((4, 2), (4, 1)), activation="gelu")


def test_derivatives_are_those_of_autograd():
    net, x = network().double(), torch.randn(3, 4, 6, 4, dtype=torch.float64)
    out, J = second.derivatives(net, x)
    torch.testing.assert_close(out, net(x))
    for sample, output in product(range(3), range(2)):
        rows = torch.autograd.grad(net(x)[sample, output], list(net.parameters()))
        torch.testing.assert_close(J[sample, output], torch.cat([row.flatten() for row in rows]))


@pytest.mark.parametrize("samples", [3, 40], ids=["fewer rows than parameters", "more"])
def test_one_step_solves_a_linear_problem(samples):
    torch.manual_seed(0)
    net, x = torch.nn.Linear(12, 2), torch.randn(samples, 12)
    y = (x @ torch.randn(12, 2)).double() + 1
    history = refine(net, x, y, iterations=12, validate=lambda net: second.squares(net, x, y))
    assert history[-1] < 1e-9 < 1e-3 < history[0] and history == sorted(history, reverse=True)


def test_both_matrices_give_the_same_step():
    torch.manual_seed(0)
    net, x, y = (item.double() for item in (network(), torch.randn(60, 4, 6, 4), torch.randn(60, 2)))
    J = torch.cat(list(second.derivatives(net, x)[1]))
    r = (net(x) - y).flatten().detach()
    for rows in (torch.arange(8), torch.arange(60)):
        count = J.shape[1]
        step = second._normal(net, x, y, rows, count)(0.1)
        own = J[: 2 * len(rows)]
        size = own.square().sum(0)
        matrix = own.mT @ own + torch.diag(0.1 * (size + 1e-9 * size.max()))
        expected = torch.linalg.solve(matrix, own.mT @ r[: 2 * len(rows)])
        torch.testing.assert_close(step, expected, rtol=1e-8, atol=1e-9 * float(expected.abs().max()))


def test_the_work_of_a_step_is_bounded():
    for count in (40, 600, 3000, 20000):
        rows = second._samples(count)
        assert 0.3 * second.WORK <= rows * count * min(rows, count) <= second.WORK


def test_the_best_by_validation_is_kept():
    torch.manual_seed(0)
    net, x, y = torch.nn.Linear(3, 1), torch.randn(9, 3), torch.randn(9, 1).double()
    start = [p.clone() for p in net.parameters()]
    values = iter(range(100))
    refine(net, x, y, iterations=5, validate=lambda net: float(next(values)), patience=3)
    assert all(torch.equal(a, b) for a, b in zip(start, net.parameters())) and next(values) == 4


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"y": torch.zeros(3, 2)}, "y"),
        ({"x": torch.full((5, 12), torch.nan)}, "x"),
        ({"iterations": -1}, "iterations"),
    ],
)
def test_bad_input(change, words):
    own = {"x": torch.zeros(5, 12), "y": torch.zeros(5, 2), "iterations": 2} | change
    net = torch.nn.Linear(12, 2)
    with pytest.raises(InputError, match=words):
        refine(net, own.pop("x"), own.pop("y"), validate=lambda net: 0.0, **own)
