"""Our constraints in pysindy's optimisers: the models are symmetric, and without a threshold they are ours."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from pysindy import PolynomialLibrary, SINDy
from pysindy.optimizers import ConstrainedSR3, StableLinearSR3

from symmetra import library
from symmetra.actions import Pushforward
from symmetra.enforce import SymmetricDynamics, library_constraint
from symmetra.groups import SO, FiniteGroup, LieGroup
from symmetra.representations import Vector

pytestmark = pytest.mark.interop


def hopf(x: np.ndarray) -> np.ndarray:
    return x * (1 - (x**2).sum(1, keepdims=True)) + 2 * np.stack([-x[:, 1], x[:, 0]], 1)


def lorenz(x: np.ndarray) -> np.ndarray:
    u, v, w = x.T
    return np.stack([10 * (v - u), u * (28 - w) - v, u * v - 8 / 3 * w], 1)


def top(x: np.ndarray) -> np.ndarray:
    u, v, w = x.T
    return np.stack([0.7 * v * w - 0.1 * u, -0.7 * u * w - 0.1 * v, -0.2 * w], 1)


AXIAL = LieGroup(torch.tensor([[[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]], dtype=torch.float64))
HALF_TURN = FiniteGroup(torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64))[None])
# rates, group, degree, size of the states
SYSTEMS = {
    "Hopf": (hopf, SO(2), 3, 1.0),
    "symmetric top with friction": (top, AXIAL, 2, 1.0),
    "Lorenz": (lorenz, HALF_TURN, 2, 5.0),
}


def problem(name: str, noise: float = 0.1, seed: int = 0):
    """States, noisy rates, pysindy's features of them, the constraint, and the true coefficients."""
    rates, group, degree, size = SYSTEMS[name]
    source = np.random.default_rng(seed)
    x = size * source.standard_normal((80, group.d))
    exact = rates(x)
    y = exact + noise * exact.std() * source.standard_normal(x.shape)
    theirs = PolynomialLibrary(degree=degree).fit(x)
    features = np.asarray(theirs.transform(x))
    V = Vector(group)
    constraint = library_constraint(library.polynomial(group.d, degree), V, Pushforward(V))
    true = np.linalg.lstsq(features, exact, rcond=None)[0].T
    return x, y, features, constraint, true


def solved(optimiser, features: np.ndarray, y: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optimiser.fit(features, y).coef_full_


def defect(constraint, C: np.ndarray) -> float:
    return float(np.abs(C - constraint.project(C).numpy()).max() / np.abs(C).max())


def test_terms_stand_in_the_same_order() -> None:
    for n, degree in ((2, 3), (3, 2), (3, 4)):
        x = np.random.default_rng(0).standard_normal((7, n))
        theirs = PolynomialLibrary(degree=degree).fit(x).transform(x)
        ours = library.polynomial(n, degree).values(torch.from_numpy(x))
        np.testing.assert_allclose(np.asarray(theirs), ours, atol=1e-12)


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_without_threshold_it_is_our_least_squares(name: str) -> None:
    x, y, features, constraint, _ = problem(name)
    optimiser = ConstrainedSR3(
        reg_weight_lam=0.0, relax_coeff_nu=1e8, max_iter=200, tol=1e-12, **constraint.for_pysindy()
    )
    theirs = solved(optimiser, features, y)
    ours = SymmetricDynamics(constraint).fit(x, y)
    assert defect(constraint, theirs) < 1e-8
    np.testing.assert_allclose(theirs, ours.coef_, atol=1e-6 * np.abs(theirs).max())


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_a_regularised_model_is_symmetric(name: str) -> None:
    _, y, features, constraint, _ = problem(name)
    optimiser = ConstrainedSR3(reg_weight_lam=0.05, relax_coeff_nu=1.0, max_iter=500, **constraint.for_pysindy())
    assert defect(constraint, solved(optimiser, features, y)) < 1e-8


def test_the_convex_solver() -> None:
    """With cvxpy the constraints stand beside an l1 penalty on all terms."""
    _, y, features, constraint, _ = problem("Hopf")
    options = constraint.for_pysindy() | {"inequality_constraints": True, "constraint_separation_index": 0}
    optimiser = ConstrainedSR3(reg_weight_lam=0.01, regularizer="l1", max_iter=20_000, tol=1e-9, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        C = optimiser.fit(features, y).coef_
    assert defect(constraint, C) < 1e-5 and np.abs(C).max() > 1.0


def test_the_stable_optimiser() -> None:
    """It fits stable linear systems; the constraint makes them commute with rotations about the axis."""
    x = np.random.default_rng(0).standard_normal((80, 3))
    V = Vector(AXIAL)
    constraint = library_constraint(library.polynomial(3, 1, constant=False), V, Pushforward(V))
    rates = x @ np.array([[-0.1, 0.5, 0.0], [-0.5, -0.1, 0.0], [0.0, 0.0, -0.2]])
    y = rates + 0.05 * np.random.default_rng(1).standard_normal(x.shape)
    optimiser = StableLinearSR3(reg_weight_lam=0.0, relax_coeff_nu=1e8, max_iter=50, **constraint.for_pysindy())
    assert constraint.rank == 3 and defect(constraint, solved(optimiser, x, y)) < 1e-8


def test_a_whole_sindy_model_from_a_trajectory() -> None:
    constraint = problem("Hopf")[3]
    exact = SymmetricDynamics(constraint).fit(*(lambda x: (x, hopf(x)))(np.random.default_rng(0).normal(size=(30, 2))))
    t = np.linspace(0, 6, 1200)
    path = exact.simulate(np.array([0.05, 0.0]), t)
    optimiser = ConstrainedSR3(reg_weight_lam=0.0, relax_coeff_nu=1e8, tol=1e-10, **constraint.for_pysindy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SINDy(optimizer=optimiser, feature_library=PolynomialLibrary(degree=3)).fit(path, t=t)
    np.testing.assert_allclose(model.coefficients(), exact.coef_, atol=2e-2)


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_symmetry_makes_noisy_coefficients_better(name: str) -> None:
    """Median over 20 draws of the error of the coefficients, against pysindy's own without a constraint."""
    plain, symmetric = [], []
    for seed in range(20):
        _, y, features, constraint, true = problem(name, seed=seed)
        size = np.linalg.norm(true)
        free = np.linalg.lstsq(features, y, rcond=None)[0].T
        tied = solved(ConstrainedSR3(reg_weight_lam=0.0, relax_coeff_nu=1e8, **constraint.for_pysindy()), features, y)
        plain.append(np.linalg.norm(free - true) / size)
        symmetric.append(np.linalg.norm(tied - true) / size)
    print(f"{name}: error of the coefficients, plain {np.median(plain):.3f}, symmetric {np.median(symmetric):.3f}")
    assert np.median(symmetric) < 0.85 * np.median(plain)
