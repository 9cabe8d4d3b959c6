"""Regression and dynamics within equivariant functions: exact recovery, every method against its own optimum."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symmetra import library
from symmetra.actions import AffineAction, Diagonal, Pushforward
from symmetra.enforce import SymmetricDynamics, SymmetricRegression, library_constraint
from symmetra.groups import SE, SO, O
from symmetra.representations import Vector

F64 = torch.float64
V = Vector(SO(3))
CUBIC = library.polynomial(3, 3)
METHODS = [("least_squares", {}), ("ridge", {"alpha": 2.0}), ("stlsq", {"threshold": 0.3}), ("lasso", {"alpha": 0.05})]


def hopf(x: torch.Tensor) -> torch.Tensor:
    return x * (1 - x.square().sum(1, keepdim=True)) + 2 * torch.stack([-x[:, 1], x[:, 0]], 1)


def noisy(count: int = 60, noise: float = 0.1) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(count, 3, dtype=F64)
    return x, x * (1 - 0.5 * x.square().sum(1, keepdim=True)) + noise * torch.randn(count, 3, dtype=F64)


def test_exact_data_give_the_exact_function() -> None:
    x = torch.randn(12, 3, dtype=F64)
    model = SymmetricRegression(CUBIC, V).fit(x, (x.square().sum(1) - 3).numpy())
    assert model.expressions() == ["−3 + x² + y² + z²"] and model.score(x, x.square().sum(1) - 3) == pytest.approx(1.0)
    field = SymmetricRegression(CUBIC, V, V).fit(x, x * x.square().sum(1, keepdim=True))
    assert field.expressions() == ["x³ + x·y² + x·z²", "x²·y + y³ + y·z²", "x²·z + y²·z + z³"]


def test_tensor_targets_keep_their_shape() -> None:
    x = torch.randn(20, 3, dtype=F64)
    y = x[:, :, None] * x[:, None, :]
    model = SymmetricRegression(library.polynomial(3, 2), V, V**2).fit(x, y)
    torch.testing.assert_close(model.predict(x), y)
    assert isinstance(model.predict(x.numpy()), np.ndarray)


@pytest.mark.parametrize(("method", "options"), METHODS, ids=[m for m, _ in METHODS])
def test_every_model_is_equivariant(method: str, options: dict) -> None:
    x, y = noisy()
    model = SymmetricRegression(CUBIC, V, V, method=method, **options).fit(x, y)
    F, g = model.function_, O(3).sample(20, seed=0)
    for element in g:
        torch.testing.assert_close(F(x @ element.T), F(x) @ element.T, atol=1e-10, rtol=1e-10)
    readable = model.constraint_.readable
    torch.testing.assert_close(torch.einsum("k,kmt->mt", model.weights_, readable), model.coef_)


def test_least_squares_is_the_projection_of_plain_least_squares() -> None:
    """The optimum over C = Σ w_k basis_k: the residual is orthogonal to every equivariant function."""
    x, y = noisy()
    model = SymmetricRegression(CUBIC, V, V).fit(x, y)
    rest = y - model.predict(x)
    along = torch.einsum("kmt,nt,nm->k", model.constraint_.basis, CUBIC.values(x), rest)
    assert float(along.abs().max()) < 1e-9


def test_ridge_penalises_the_coefficients() -> None:
    x, y = noisy()
    model = SymmetricRegression(CUBIC, V, V, method="ridge", alpha=2.0).fit(x, y)
    along = torch.einsum("kmt,nt,nm->k", model.constraint_.basis, CUBIC.values(x), y - model.predict(x))
    torch.testing.assert_close(along, 2.0 * torch.einsum("kmt,mt->k", model.constraint_.basis, model.coef_))


def test_lasso_stops_at_its_optimum() -> None:
    """|gradient| = α where a weight is not zero, at most α where it is."""
    x, y = noisy(40, 0.3)
    terms = library.polynomial(3, 5)
    for alpha in (0.01, 0.3, 30.0):
        model = SymmetricRegression(terms, V, V, method="lasso", alpha=alpha).fit(x, y)
        rest = y - model.predict(x)
        gradient = torch.einsum("kmt,nt,nm->k", model.constraint_.readable, terms.values(x), rest) / len(x)
        on = model.weights_ != 0
        torch.testing.assert_close(gradient[on], alpha * model.weights_[on].sign(), atol=1e-8, rtol=0)
        assert bool((gradient[~on].abs() <= alpha + 1e-8).all())


def test_thresholding_drops_functions_not_terms() -> None:
    torch.manual_seed(1)
    x = torch.randn(80, 2, dtype=F64)
    rates = hopf(x) + 0.02 * torch.randn(80, 2, dtype=F64)
    model = SymmetricDynamics(library.polynomial(2, 5), Vector(SO(2)), method="stlsq", threshold=0.2).fit(x, rates)
    assert int((model.weights_ != 0).sum()) == 3 and model.constraint_.rank == 6
    assert [len(e.split("·")) for e in model.equations()] == [2, 2]
    empty = SymmetricDynamics(library.polynomial(2, 3), Vector(SO(2)), method="stlsq", threshold=50.0).fit(x, rates)
    assert not bool(empty.coef_.any())


def test_predicted_positions() -> None:
    pair = Diagonal(AffineAction(SE(2)), 2)
    x = torch.randn(30, 4, dtype=F64)
    y = 0.25 * x[:, :2] + 0.75 * x[:, 2:]
    model = SymmetricRegression(library.polynomial(4, 1), pair, AffineAction(SE(2))).fit(x, y)
    torch.testing.assert_close(model.predict(x + 100.0), y + 100.0)


def test_dynamics_from_trajectories() -> None:
    model = SymmetricDynamics(library.polynomial(2, 3), Vector(SO(2)))
    x = torch.randn(30, 2, dtype=F64)
    model.fit(x, hopf(x))
    assert model.equations() == ["x' = x − 2 y − x³ − x·y²", "y' = 2 x + y − x²·y − y³"]
    t = torch.linspace(0, 4, 400, dtype=F64)
    path = model.simulate(torch.tensor([[0.1, 0.0], [0.0, 2.0]], dtype=F64), t)
    assert path.shape == (400, 2, 2)
    radius = (0.01 * torch.exp(2 * t) / (1 - 0.01 + 0.01 * torch.exp(2 * t))).sqrt()  # r' = r − r³, solved
    torch.testing.assert_close(path[:, 0].norm(dim=1), radius, atol=1e-7, rtol=1e-7)
    again = SymmetricDynamics(library.polynomial(2, 3), Vector(SO(2)))
    for times in (t, 4 / 399):
        again.fit([path[:, 0].numpy(), path[:, 1].numpy()], t=[times, times])
        assert float((again.coef_ - model.coef_).abs().max()) < 1e-3
    assert again.score(x, hopf(x)) > 0.999999
    single = model.simulate([1.0, 0.0], [0.0, 1.0])
    np.testing.assert_allclose(single[-1], [np.cos(2), np.sin(2)], atol=1e-7)


def test_symmetry_saves_samples() -> None:
    """Plain least squares of 40 coefficients needs 20 states; 4 of them are enough for the 4 weights."""
    x = torch.randn(4, 2, dtype=F64)
    model = SymmetricDynamics(library.polynomial(2, 3), Vector(SO(2))).fit(x, hopf(x))
    assert model.equations()[0] == "x' = x − 2 y − x³ − x·y²"


def test_scikit_learn_takes_it() -> None:
    base = pytest.importorskip("sklearn.base")
    selection = pytest.importorskip("sklearn.model_selection")
    x, y = noisy(40)
    model = SymmetricRegression(library_constraint(CUBIC, V, Pushforward(V)), method="ridge", alpha=1.0)
    search = selection.GridSearchCV(model, {"alpha": [1e-3, 1e3]}, cv=3).fit(x.numpy(), y.numpy())
    assert search.best_params_ == {"alpha": 1e-3}
    assert base.clone(model).get_params()["alpha"] == 1.0 and base.is_regressor(model)
