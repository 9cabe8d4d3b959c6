"""The solver against an independent path-following method, and against published optimal values."""

import math

import numpy as np
import pytest
import torch

from symmetra import promote
from symmetra.functions import candidates, exponents, library, monomials
from symmetra.functions._orthonormal import OrthonormalBasis
from symmetra.groups import SE, Affine, Translation
from symmetra.promote._library import LibraryMap, monomial_exponents
from symmetra.promote._operator import lie_operator
from symmetra.promote._problem import reduced


def ridge_function(m, r, seed, d=2):
    """(samples, values) of f = p(Wx), the published recipe."""
    rng = np.random.RandomState(seed)
    powers = exponents(r, d)
    p = torch.tensor(rng.rand(len(powers)))
    w = torch.tensor(np.linalg.svd(rng.randn(m, r))[0][:r])
    x = torch.tensor(rng.uniform(-1, 1, (len(exponents(m, d)) + 1, m)))
    return x, monomials(x @ w.T, powers) @ p


def referee(tensor, rows, values, accuracy=1e-8):
    """min ‖L(v)‖_* subject to A v = b by Newton's method on tr (L Lᵀ + μ²)^½, μ → 0: (upper, lower).

    The gradient B⁻¹L, B = (L Lᵀ + μ²)^½, has norm below 1, so at a stationary point it is dual feasible and
    ⟨b, multiplier⟩ = ⟨B⁻¹L, L⟩ is a lower bound.

    Args:
        tensor: L as ``[q, rows, p]``.
        rows, values: A ``[n, p]``, b ``[n]``.
        accuracy: relative gap.
    """
    v = np.linalg.lstsq(rows, values, rcond=None)[0]
    free = np.linalg.svd(rows)[2][len(rows) :].T
    moves = np.moveaxis(tensor @ free, 2, 0)  # [f, q, rows]
    mu = np.linalg.svd(tensor @ v, compute_uv=False).mean()

    def smooth(point):
        return np.sqrt(np.linalg.svd(tensor @ point, compute_uv=False) ** 2 + mu**2).sum() + mu * max(0, zero)

    zero = tensor.shape[0] - min(tensor.shape[:2])
    for _ in range(200):
        for _ in range(50):
            image = tensor @ v
            squares, q = np.linalg.eigh(image @ image.T)
            root = np.sqrt(np.maximum(squares, 0) + mu**2)
            here = q.T @ image  # in the eigenbasis of B
            turned = np.einsum("qa,fab->fqb", q.T, moves)
            slope = np.einsum("fqb,qb->f", turned, here / root[:, None])
            change = np.einsum("faB,bB->fab", turned, here)
            change = (change + change.transpose(0, 2, 1)) / (root[:, None] + root[None, :])  # dB
            inverse = -change / (root[:, None] * root[None, :])
            second = np.einsum("fab,bB->faB", inverse, here) + turned / root[:, None]
            hessian = np.einsum("faB,gaB->fg", turned, second)
            step = -np.linalg.solve(hessian + 1e-15 * np.trace(hessian) * np.eye(len(slope)), slope)
            decrement = -slope @ step
            if decrement < 1e-13 * root.sum():
                break
            length, now = 1.0, smooth(v)
            while smooth(v + length * (free @ step)) > now - 0.1 * length * decrement and length > 1e-8:
                length /= 2
            v = v + length * (free @ step)
        upper = np.linalg.svd(tensor @ v, compute_uv=False).sum()
        lower = (here**2 / root[:, None]).sum()
        if upper - lower < accuracy * upper:
            break
        mu /= 3
    return upper, lower


def case(group, m, d, n, seed, r=1):
    x, y = ridge_function(m, r, seed, d)
    space = candidates.from_group(group)
    basis = OrthonormalBasis("legendre", m, d)
    operator = lie_operator(basis, space, np.zeros(m), np.ones(m), torch.device("cpu"))
    terms = library.polynomial(m, d)
    through = LibraryMap(monomial_exponents(terms), basis, np.zeros(m), np.ones(m))
    problem = reduced(operator, through, basis, x[:n], y[:n, None], exact=True)
    q, rows, p = problem.operator.shape
    tensor = problem.operator.matrix.toarray().reshape(q, rows, p)
    return (terms, x[:n], y[:n], space), tensor, problem.rows.numpy(), problem.values[:, 0].numpy()


CASES = [
    (Translation(5), 5, 2, 9, 0),
    (Translation(5), 5, 2, 15, 1),
    (SE(4), 4, 2, 8, 2),
    (SE(4), 4, 2, 12, 3),
    (SE(3), 3, 3, 11, 4),
    (Affine(2), 2, 4, 9, 5),
    (Translation(10), 10, 2, 22, 0),
]


@pytest.mark.parametrize(("group", "m", "d", "n", "seed"), CASES)
def test_the_optimum_is_that_of_an_independent_method(group, m, d, n, seed):
    arguments, tensor, rows, values = case(group, m, d, n, seed)
    upper, lower = referee(tensor, rows, values)
    assert upper - lower < 1e-7 * upper
    found = promote.recover(*arguments, domain=(-1, 1))
    assert 0 <= found.duality_gap <= 1e-5
    assert found.lower_bound <= upper * (1 + 1e-12)  # both are bounds, of either method
    assert found.objective >= lower * (1 - 1e-12)
    assert math.isclose(found.objective, upper, rel_tol=1.1e-5)


VALUES = [
    (Translation(10), 10, 15, 0.905519),
    (Translation(10), 10, 22, 0.982637),
    (Translation(10), 10, 28, 0.997962),
    (SE(10), 10, 15, 4.098448),
    (SE(10), 10, 22, 4.412205),
    (SE(10), 10, 28, 4.566516),
]


@pytest.mark.parametrize(("group", "m", "n", "value"), VALUES)
def test_known_optimal_values(group, m, n, value):
    x, y = ridge_function(m, 1, 0)
    found = promote.recover(library.polynomial(m, 2), x[:n], y[:n], candidates.from_group(group), domain=(-1, 1))
    assert found.lower_bound <= value * (1 + 1e-6) and math.isclose(found.objective, value, rel_tol=1.1e-5)


FIRST = [
    (Translation(10), 10, (26, 17, 28, 29, 27, 15, 19, 23, 24, 23)),
    (SE(5), 5, (13, 13, 15, 15, 11, 19, 11, 16, 19, 13)),
    (SE(10), 10, (26, 27, 28)),
]


@pytest.mark.parametrize(("group", "m", "first"), FIRST)
def test_recovery_needs_as_many_samples_as_the_exact_minimiser(group, m, first):
    """Numbers of samples at which an interior-point method recovers the targets of seeds 0, 1, …; not before."""
    terms, every = library.polynomial(m, 2), exponents(m, 2)
    for seed, n in enumerate(first):
        x, y = ridge_function(m, 1, seed)
        truth = torch.linalg.solve(monomials(x[:-1], every), y[:-1])
        for count, recovered in ((n - 1, False), (n, True)):
            space = candidates.from_group(group)
            found = promote.recover(terms, x[:count], y[:count], space, domain=(-1, 1)).model.coefficients
            assert (float((found - truth).abs().max()) <= 5e-3 * float(truth.abs().max())) is recovered


@pytest.mark.parametrize("n", [12, 14, 20])
def test_units_do_not_matter(n):
    """y and x in other units (one for all axes, as SE mixes them), and another origin: the same problem."""
    x, y = ridge_function(5, 1, 3)
    terms, space = library.polynomial(5, 2), candidates.from_group(SE(5))
    base = promote.recover(terms, x[:n], y[:n], space)
    other = promote.recover(terms, 1e3 * x[:n] + 40.0, 1e-6 * y[:n], space)
    assert math.isclose(1e6 * other.objective, base.objective, rel_tol=2e-5)
    assert (other.rank, other.determined, other.name) == (base.rank, base.determined, base.name)
    # for translations every axis may have a unit of its own
    space, unit = candidates.from_group(Translation(5)), torch.tensor([1.0, 10.0, 1e-3, 7.0, 0.5], dtype=x.dtype)
    base = promote.recover(terms, x[:n], y[:n], space)
    other = promote.recover(terms, x[:n] * unit, y[:n], space)
    assert math.isclose(other.objective, base.objective, rel_tol=2e-5) and other.rank == base.rank


def test_a_stopped_solver_says_so():
    x, y = ridge_function(10, 1, 0)
    found = promote.recover(
        library.polynomial(10, 2), x[:22], y[:22], candidates.from_group(SE(10)), domain=(-1, 1), iterations=40
    )
    assert found.iterations == 40 and found.duality_gap > 1e-5 and not found.determined
    assert "the solver stopped at a duality gap" in found.reason
    assert found.lower_bound <= 4.412205 * (1 + 1e-6) <= found.objective * (1 + 2e-6)
