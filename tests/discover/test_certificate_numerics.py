"""The parts of a certificate against exact oracles."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f as f_distribution

from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._bracket import Bracket, Equivariance
from symmetra.discover.samples._confidence import joint_radius, least_squares
from symmetra.discover.samples._frame import Frame, moment_root
from symmetra.discover.samples._split_bound import largest_slice
from symmetra.functions import candidates, monomials
from symmetra.linalg._trust_region import largest_norm, largest_quadratic, smallest_norm


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


# ---- trust region ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("h", "c", "k", "radius", "expected"),
    [
        (np.diag([1.0, 3.0]), np.zeros(2), 2.0, 2.0, 14.0),  # hard case: any sign along the top axis
        (np.diag([-1.0, -3.0]), np.zeros(2), 2.0, 2.0, 2.0),  # maximum inside
        (np.diag([-2.0, -2.0]), np.array([2.0, 0.0]), 0.0, 5.0, 2.0),  # inside, at u = (1, 0)
        (np.diag([-2.0, -2.0]), np.array([2.0, 0.0]), 0.0, 0.5, 1.5),  # the same, cut off by the ball
        (np.zeros((2, 2)), np.array([3.0, 4.0]), 1.0, 2.0, 21.0),  # linear
        (np.diag([2.0, 1.0]), np.array([0.0, 1.0]), 0.0, 2.0, 2.0 * 3.0 + 1.0 + 2.0),  # hard case with a linear part
        (np.eye(2), np.ones(2), 0.5, 0.0, 0.5),
    ],
)
def test_largest_quadratic_on_a_ball(h, c, k, radius, expected):
    assert largest_quadratic(h, c, k, radius) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(-3, 3), st.floats(-8, 8))
@settings(max_examples=60, deadline=None)
def test_extremes_bound_every_point_of_the_ball_at_any_scale(seed, q, log_radius, log_scale):
    g = rng(seed)
    scale, radius = 10.0**log_scale, 10.0**log_radius
    a, b = scale * g.normal(size=4), scale * g.normal(size=(4, q))
    u = g.normal(size=(500, q))
    u *= radius * g.random((500, 1)) ** 0.2 / np.linalg.norm(u, axis=1, keepdims=True)
    lengths = np.linalg.norm(a + u @ b.T, axis=1)
    high, low = largest_norm(a, b, radius), smallest_norm(a, b, radius)
    assert lengths.max() <= high * (1 + 1e-9) and lengths.min() >= low * (1 - 1e-6) - 1e-7 * high
    assert largest_norm(a / scale, b / scale, radius) * scale == pytest.approx(high, rel=1e-9)


def test_extremes_are_attained():
    g = rng(1)
    a, b, radius = g.normal(size=5), g.normal(size=(5, 2)), 0.7
    angle = np.linspace(0, 2 * np.pi, 20_001)
    circle = radius * np.stack([np.cos(angle), np.sin(angle)], 1)
    assert largest_norm(a, b, radius) == pytest.approx(np.linalg.norm(a + circle @ b.T, axis=1).max(), rel=1e-6)
    inside = -np.linalg.lstsq(b, a, rcond=None)[0]
    assert np.linalg.norm(inside) < radius  # then the minimum over the ball is the distance to the range of b
    assert smallest_norm(a, b, radius) == pytest.approx(np.linalg.norm(a + b @ inside), rel=1e-9)
    far = a + 10 * b[:, 0]
    assert smallest_norm(far, b, radius) == pytest.approx(np.linalg.norm(far + circle @ b.T, axis=1).min(), rel=1e-6)


def test_largest_slice_is_an_upper_bound_and_exact_for_one():
    g = rng(2)
    for d in (1, 2, 3, 5):
        tensor = g.normal(size=(6, 4, d))
        theta = g.normal(size=(3000, d))
        theta /= np.linalg.norm(theta, axis=1, keepdims=True)
        seen = max(np.linalg.norm(tensor @ t, 2) for t in theta)
        bound = largest_slice(tensor)
        assert seen <= bound * (1 + 1e-12)
        assert bound <= seen * {1: 1 + 1e-12, 2: 1.006}.get(d, np.sqrt(d))


# ---- polynomials ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "degree"), [(1, 5), (2, 4), (3, 3)])
def test_monomials_products_derivatives_and_substitution(n, degree):
    g = rng(3)
    z = g.normal(size=(7, n))
    values = poly.values(z, degree)
    oracle = monomials(torch.from_numpy(z), torch.from_numpy(poly.powers(n, degree)))
    assert np.allclose(values, oracle.numpy(), atol=1e-12)
    squares = poly.values(z, 2 * degree)[:, poly.product_index(n, degree, degree)]
    assert np.allclose(squares, values[:, :, None] * values[:, None, :], atol=1e-9)
    step = 1e-6
    for i, d in enumerate(poly.derivative(n, degree)):
        shift = step * np.eye(n)[i]
        slopes = (poly.values(z + shift, degree) - poly.values(z - shift, degree)) / (2 * step)
        assert np.allclose(values @ d.T, slopes, atol=1e-6)
    centre, spread = g.normal(size=n), g.normal(size=(n, n))
    table = poly.substitution(poly.powers(n, degree), centre, spread)
    assert np.allclose(values @ table.T, poly.values(centre + z @ spread.T, degree), atol=1e-9)


def test_unsmoothing_undoes_gaussian_errors_exactly():
    # the oracle is Gauss–Hermite quadrature, which is exact for these polynomials
    covariance = np.array([[0.3, 0.1], [0.1, 0.2]])
    nodes, weights = np.polynomial.hermite_e.hermegauss(8)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2) @ np.linalg.cholesky(covariance).T
    mass = np.outer(weights, weights).reshape(-1) / (2 * np.pi)
    point = np.array([0.4, -1.1])
    corrected = poly.values(point + grid, 6) @ poly.unsmoothing(2, 6, covariance).T
    assert np.allclose(mass @ corrected, poly.values(point[None], 6)[0], atol=1e-10)


def test_box_moments_are_those_of_quadrature():
    nodes, weights = np.polynomial.legendre.leggauss(10)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), -1).reshape(-1, 2) * np.sqrt(3)
    v = poly.values(grid, 4)
    root = moment_root(None, 2, 4)
    assert np.allclose(root.T @ root, v.T @ (np.outer(weights, weights).reshape(-1, 1) / 4 * v), atol=1e-10)


# ---- the bilinear tensors against the operator of the library -------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "degree", "space"), [(2, 3, "affine"), (3, 2, "affine"), (2, 2, "quadratic"), (2, 0, "affine")]
)
def test_bracket_tensors_are_the_lie_bracket(n, degree, space):
    g = rng(4)
    x = g.normal(size=(60, n)) * np.arange(1, n + 1) + 2.0
    fields = candidates.affine(n) if space == "affine" else candidates.polynomial(n, 2)
    powers = torch.from_numpy(poly.powers(n, degree))
    weights = torch.from_numpy(g.normal(size=(n, len(powers))))
    theta = torch.from_numpy(g.normal(size=fields.size))

    def field(state):
        return weights @ monomials(state, powers)

    states = torch.from_numpy(x)
    rates = torch.func.vmap(field)(states)
    xi = fields.vector_field(theta)
    along = torch.func.vmap(lambda s, v: torch.func.jvp(field, (s,), (v,))[1])(states, xi(states))
    back = torch.func.vmap(lambda s, v: torch.func.jvp(xi, (s,), (v,))[1])(states, rates)
    frame = Frame.of(x, rates.numpy())
    z = frame.states(x)
    fit = least_squares(z, rates.numpy() / frame.scale, degree)
    question = Bracket(fields)
    l, m = question.tensors(degree, frame, z, np.eye(fields.size))

    def rms(values):
        return float(np.sqrt(((values.numpy() @ frame.whiten.T) ** 2).sum(1).mean()))

    assert np.linalg.norm(l @ theta.numpy() @ fit.coefficients) == pytest.approx(rms(along - back), rel=1e-8, abs=1e-9)
    size = np.hypot(rms(along), rms(back))
    assert np.linalg.norm(m @ theta.numpy() @ fit.coefficients) == pytest.approx(size, rel=1e-8)
    jac = torch.func.vmap(torch.func.jacfwd(field))(states)
    slope = torch.linalg.matrix_norm(
        torch.from_numpy(frame.whiten) @ jac @ torch.from_numpy(np.linalg.inv(frame.whiten))
    )
    reach = slope * torch.linalg.vector_norm(xi(states) @ torch.from_numpy(frame.whiten.T), dim=1)
    extent = question.extent(degree, frame, z, theta.numpy()[:, None])[:, :, 0] @ fit.coefficients
    for form, tensor in zip(question.forms(degree, frame, z, fit.coefficients), (l, m), strict=False):
        assert np.allclose(form, np.einsum("kqp,q->kp", tensor, fit.coefficients), atol=1e-10)
    whole = question.extent(degree, frame, z, np.eye(fields.size))
    form = question.forms(degree, frame, z, fit.coefficients)[2]
    assert np.allclose(form, np.einsum("kqp,q->kp", whole, fit.coefficients), atol=1e-10)
    assert np.linalg.norm(extent) == pytest.approx(float(reach.square().mean().sqrt()), rel=1e-8, abs=1e-12)


def test_equivariance_tensors_with_matrices_and_with_candidates_on_the_outputs():
    g = rng(5)
    x = g.normal(size=(80, 2))
    y = np.stack([x[:, 0] ** 2 - x[:, 1], 0.5 + x[:, 0] * x[:, 1]], 1)
    fields, outputs = candidates.affine(2), candidates.affine(2)
    theta, eta = g.normal(size=fields.size), g.normal(size=outputs.size)
    xi = fields.vector_field(torch.from_numpy(theta))(torch.from_numpy(x)).numpy()
    moved = np.stack([2 * x[:, 0] * xi[:, 0] - xi[:, 1], x[:, 1] * xi[:, 0] + x[:, 0] * xi[:, 1]], 1)
    turned = outputs.vector_field(torch.from_numpy(eta))(torch.from_numpy(y)).numpy()
    frame = Frame.of(x, y)
    z = frame.states(x)
    beta = least_squares(z, y / frame.scale, 2).coefficients
    joint = Equivariance(fields, 2, outputs)
    l, m = joint.tensors(2, frame, z, np.eye(joint.size))
    model, both = np.append(beta, 1.0), np.concatenate([theta, eta])
    assert np.linalg.norm(l @ both @ model) == pytest.approx(np.sqrt(((moved - turned) ** 2).sum(1).mean()), rel=1e-9)
    size = np.sqrt((moved**2 + turned**2).sum(1).mean())
    assert np.linalg.norm(m @ both @ model) == pytest.approx(size, rel=1e-9)
    tied = g.normal(size=(fields.size, 2, 2))
    fixed = Equivariance(fields, 2, tied)
    l, _ = fixed.tensors(2, frame, z, np.eye(fields.size))
    for question, coefficients in ((joint, model), (fixed, beta), (Equivariance(fields, 2), beta)):
        all_of_it = np.eye(question.size)
        tensors = (*question.tensors(2, frame, z, all_of_it), question.extent(2, frame, z, all_of_it))
        for form, tensor in zip(question.forms(2, frame, z, coefficients), tensors, strict=True):
            assert np.allclose(form, np.einsum("kqp,q->kp", tensor, coefficients), atol=1e-9)
    turned = y @ np.einsum("p,pij->ij", theta, tied).T
    assert np.linalg.norm(l @ theta @ beta) == pytest.approx(np.sqrt(((moved - turned) ** 2).sum(1).mean()), rel=1e-9)


# ---- the confidence region ------------------------------------------------------------------------------------------


def test_joint_radius_is_the_f_quantile_for_one_output_and_conservative_for_more():
    assert joint_radius(10, 50, 1, 0.05) == pytest.approx(np.sqrt(10 * f_distribution.isf(0.05, 10, 50)))
    g = rng(6)
    for size, dof, columns, alpha in ((6, 20, 2, 0.05), (10, 90, 3, 0.01), (3, 8, 2, 0.05)):
        draws = size * f_distribution.rvs(size, dof, size=(400_000, columns), random_state=g).sum(1)
        radius = joint_radius(size, dof, columns, alpha)
        exceeding = (draws > radius**2).mean()
        sd = np.sqrt(alpha * (1 - alpha) / len(draws))
        assert alpha * 0.93 - 4 * sd < exceeding < alpha + 4 * sd


def test_region_covers_as_often_as_it_says_with_unequal_noise():
    g = rng(7)
    x = g.uniform(-1, 1, (40, 2))
    design = poly.values(x, 2)
    truth = g.normal(size=(6, 2))
    radius, inside, runs = joint_radius(6, 34, 2, 0.1), 0, 3000
    for _ in range(runs):
        y = design @ truth + g.normal(size=(40, 2)) * [0.01, 1.0]
        fit = least_squares(x, y, 2)
        inside += np.linalg.norm(np.linalg.solve(fit.root, fit.coefficients - truth.T.reshape(-1))) <= radius
    assert abs(inside / runs - 0.9) < 4 * np.sqrt(0.09 / runs) + 0.003
