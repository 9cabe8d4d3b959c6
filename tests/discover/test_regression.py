"""Symmetries of a map from samples: polynomial models with certificates, other models without."""

from __future__ import annotations

import builtins

import numpy as np
import pytest
import torch

from symmetra.discover.samples._named import certify_generator
from symmetra.discover.samples._regression import regression
from symmetra.discover.samples._surrogate import fit_surrogate
from symmetra.functions import candidates
from symmetra.groups import SO
from symmetra.inputs import InputError, MissingExtra
from symmetra.representations import Vector


def samples(f, n=2, rows=300, noise=0.01, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (rows, n))
    y = f(x)
    return x, y + noise * y.std(0) * rng.normal(size=y.shape)


def radial(x):
    r = (x**2).sum(1)
    return r - 0.5 * r**2


CASES = [
    ("radial in the plane", radial, candidates.affine(2), 1),
    ("radial in space", radial, candidates.affine(3), 3),
    ("one variable of two", lambda x: x[:, 0] ** 3 + x[:, 0], candidates.affine(2), 3),
    ("Minkowski form", lambda x: x[:, 0] ** 2 - x[:, 1] ** 2 - x[:, 2] ** 2, candidates.affine(3), 3),
    ("difference", lambda x: (x[:, 0] - x[:, 1]) ** 2, candidates.affine(2), 3),
    ("no symmetry", lambda x: x[:, 0] ** 2 + 0.6 * x[:, 1] ** 2 - 0.3 * x[:, 0] ** 4, candidates.linear(2), 0),
    ("broken", lambda x: radial(x) + 0.3 * x[:, 0] ** 3, candidates.affine(2), 0),
]


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize(("name", "f", "space", "dimension"), CASES, ids=[c[0] for c in CASES])
def test_invariance(name, f, space, dimension, noise):
    found = regression(*samples(f, space.n, noise=noise), space)
    assert found.kind == "regression" and found.trivial == 0
    assert found.certified == tuple(range(dimension))
    assert found.outputs.shape == (found.dimension, 0)
    if noise == 0 and dimension:
        assert found.gap > 1e8


def test_vector_outputs_may_have_units_of_their_own():
    def f(x):
        return np.stack([radial(x), 1e6 * (x**2).sum(1) + 1e9], 1)

    x, y = samples(f)
    assert regression(x, y, candidates.affine(2)).certified == (0,)
    y[:, 1] += 5e5 * x[:, 0]
    assert regression(x, y, candidates.affine(2)).certified == ()


def test_outputs_that_move_with_the_inputs():
    def f(x):
        return x * (1 + (x**2).sum(1, keepdims=True))

    group = SO(3)
    x, y = samples(f, 3)
    space = candidates.from_group(group)
    assert regression(x, y, space, output=Vector(group)).certified == (0, 1, 2)
    assert regression(x, y, space).certified == ()  # equivariant, not invariant
    bent = y + 0.3 * x[:, :1] ** 2 * np.array([1.0, 0, 0])
    assert len(regression(x, bent, space, output=Vector(group)).certified) < 3


def test_output_action_found_together_with_the_generator():
    x, y = samples(lambda x: (x**2).sum(1))
    found = regression(x, y, candidates.linear(2), output=candidates.linear(1))
    assert found.certified == (0, 1) and found.outputs.shape == (2, 1)
    scaling = found.generators[found.outputs[:, 0].abs().argmax()]
    weight = found.outputs[:, 0].abs().max()
    # ξ = s x ∂x + … turns y = |x|² by 2 s
    assert float(weight / scaling[[0, 3]].mean().abs()) == pytest.approx(2.0, rel=0.05)
    x, y = samples(lambda x: x[:, 0] + 2 * x[:, 1])
    found = regression(x, y, candidates.polynomial(2, 0), output=candidates.polynomial(1, 0))
    assert found.certified == (0, 1)  # translations shift y by their slope
    slope = found.outputs[:, 0] - found.generators @ torch.tensor([1.0, 2.0], dtype=torch.float64)
    assert float(slope.abs().max()) < 0.05


def test_noisy_inputs():
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (800, 2))
    observed = x + 0.02 * rng.normal(size=x.shape)
    y = radial(x)
    assert regression(observed, y, candidates.affine(2)).certified == ()
    assert regression(observed, y, candidates.affine(2), state_error=None).certified == ()
    assert regression(observed, y, candidates.affine(2), state_error=0.02).certified == (0,)


def test_a_named_generator_of_a_map():
    rotation = [0.0, -1, 0, 1, 0, 0]
    x, y = samples(radial, noise=0.03)
    sure = certify_generator(rotation, x, candidates.affine(2), y=y)
    assert sure.verdict == "symmetric"
    x, y = samples(lambda x: radial(x) + 0.3 * x[:, 0] ** 3, noise=0.03)
    assert certify_generator(rotation, x, candidates.affine(2), y=y).verdict == "broken"
    group = SO(3)
    x, y = samples(lambda x: x * (1 + (x**2).sum(1, keepdims=True)), 3)
    space = candidates.from_group(group)
    assert certify_generator([0.0, 0, 1], x, space, y=y, output=Vector(group)).verdict == "symmetric"
    assert certify_generator([0.0, 0, 1], x, space, y=y).verdict == "broken"


@pytest.mark.parametrize("y", [0.0, 1.0, 1e300, -1e-300])
@pytest.mark.parametrize("rows", [4, 6, 20, 200])
def test_values_that_do_not_vary(y, rows):
    x, _ = samples(radial, rows=rows)
    found = regression(x, np.full(rows, y), candidates.affine(2), surrogate="polynomial")
    assert found.certified == () and found.certificates == ()
    assert not found.coverage.ok or rows < 20
    named = certify_generator([0.0, -1, 0, 1, 0, 0], x, candidates.affine(2), y=np.full(rows, y))
    assert named.verdict == "undetermined"


def test_models_without_a_certificate_of_the_system():
    pytest.importorskip("sklearn")
    x, y = samples(lambda x: np.sin(3 * np.hypot(x[:, 0], x[:, 1]) ** 2), rows=250)
    for kind in ("kernel ridge", "gaussian process"):
        found = regression(x, y, candidates.affine(2), surrogate=kind)
        assert found.dimension == 1 and found.certified == ()
        assert found.certificates[0].verdict == "undetermined"
        assert "not of the system" in found.certificates[0].reasons[-1]
        rotation = found.generators[0] / found.generators[0, 1]
        assert torch.allclose(rotation, torch.tensor([0, 1.0, 0, -1, 0, 0], dtype=torch.float64), atol=0.1)
        assert float(found.spectrum[1]) > 5 * float(found.spectrum[0])


def test_a_refuted_polynomial_gives_way_to_a_kernel_model():
    pytest.importorskip("sklearn")
    x, y = samples(lambda x: np.sin(3 * np.hypot(x[:, 0], x[:, 1]) ** 2), rows=250)
    found = regression(x, y, candidates.affine(2))
    assert found.dimension == 1 and found.certificates[0].verdict == "out of class"
    plain = regression(x, y, candidates.affine(2), surrogate="polynomial")
    assert plain.certified == ()


def test_surrogate_predicts_and_says_how_well():
    pytest.importorskip("sklearn")
    x, y = samples(lambda x: np.sin(2 * x), rows=200)
    fresh = np.random.default_rng(9).uniform(-0.9, 0.9, (200, 2))
    for kind in ("kernel ridge", "gaussian process"):
        model = fit_surrogate(kind, x, y, 0)
        values = torch.func.vmap(model.function)(torch.from_numpy(fresh)).numpy()
        error = np.sqrt(((values - np.sin(2 * fresh)) ** 2).mean()) / np.sin(2 * fresh).std()
        assert error < 0.03 and 0.005 < model.error < 0.1


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    true_import = builtins.__import__

    def refuse(name, *rest, **named):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return true_import(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", refuse)
    x, y = samples(lambda x: np.sin(3 * np.hypot(x[:, 0], x[:, 1]) ** 2), rows=120)
    with pytest.raises(MissingExtra, match=r"symmetra\[learn\]"):
        regression(x, y, candidates.affine(2), surrogate="kernel ridge")
    assert regression(x, y, candidates.affine(2)).certified == ()  # the polynomial is kept


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"y": np.ones(7)}, "y"),
        ({"y": np.full(60, np.nan)}, "y"),
        ({"x": np.ones((60, 3))}, "x"),
        ({"x": np.ones(60)}, "x"),
        ({"surrogate": "magic"}, "surrogate"),
        ({"output": np.ones(3)}, "output"),
        ({"output": torch.zeros(6, 2, 2)}, "output"),
        ({"output": candidates.polynomial(1, 2)}, "output"),
        ({"delta": 1.5}, "delta"),
    ],
)
def test_bad_input_is_told_in_one_line(change, word):
    x, y = samples(radial, rows=60)
    with pytest.raises(InputError) as error:
        regression(**({"x": x, "y": y, "candidates": candidates.affine(2)} | change))
    assert str(error.value).startswith(word) and "\n" not in str(error.value)
