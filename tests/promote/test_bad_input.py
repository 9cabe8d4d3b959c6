"""Wrong arguments: one line that says what to write instead."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from symmetra import promote
from symmetra.functions import PolynomialFields, candidates, library
from symmetra.groups import SE, Translation
from symmetra.inputs import InputError

X = 2 * torch.rand(12, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
Y = (X[:, 0] + 1) ** 2
TERMS, SPACE = library.polynomial(3, 2), candidates.from_group(Translation(3))
LINE = torch.outer(torch.linspace(-1, 1, 12, dtype=torch.float64), torch.ones(3, dtype=torch.float64))
TWICE = PolynomialFields(3, SPACE.exponents, torch.cat([SPACE.tensor, SPACE.tensor[:1]]))
NOTHING = PolynomialFields(3, SPACE.exponents, 0 * SPACE.tensor)
CALLABLE = candidates.fields([lambda s: s], 3)

CASES = [
    ("library", {"library": TERMS + library.named("sin x", lambda s: torch.sin(s[0]))}),
    ("library", {"library": library.named("r", lambda s: s.norm())}),
    ("library", {"library": TERMS + library.named("x again", lambda s: s[0])}),
    ("x", {"x": X[:, :2]}),
    ("x", {"x": X[:, 0]}),
    ("x", {"x": X[:1], "y": Y[:1]}),
    ("x", {"x": X.clone().fill_(math.nan)}),
    ("x", {"x": X * torch.tensor([1.0, 0.0, 1.0])}),
    ("x", {"x": LINE, "y": LINE[:, 0]}),
    ("y", {"y": Y[:5]}),
    ("y", {"y": Y.reshape(3, 2, 2)}),
    ("y", {"y": Y + 1j}),
    ("y", {"x": torch.cat([X, X]), "y": torch.cat([Y, Y + 1])}),
    ("y", {"x": X.repeat(1, 1), "y": torch.exp(3 * X[:, 0]), "library": library.polynomial(3, 1)}),
    ("candidates", {"candidates": candidates.from_group(SE(2))}),
    ("candidates", {"candidates": candidates.polynomial(3, 2)}),
    ("candidates", {"candidates": CALLABLE}),
    ("candidates", {"candidates": TWICE}),
    ("candidates", {"candidates": NOTHING}),
    ("basis", {"basis": "fourier"}),
    ("domain", {"domain": (1, -1)}),
    ("domain", {"domain": (1, 2, 3)}),
    ("noise", {"noise": -1.0}),
    ("noise", {"x": torch.cat([X, X]), "y": torch.cat([Y, Y + 1]), "noise": 1e-3}),
    ("gap", {"gap": 0.0}),
    ("tolerance", {"tolerance": math.nan}),
    ("iterations", {"iterations": 0}),
]


@pytest.mark.parametrize(("argument", "change"), CASES)
def test_one_line(argument, change):
    arguments = {"library": TERMS, "x": X, "y": Y, "candidates": SPACE} | change
    with pytest.raises(InputError) as caught:
        promote.recover(**arguments)
    message = str(caught.value)
    assert message.startswith(f"{argument}: got ") and "; expected " in message and "\n" not in message


def test_what_is_accepted():
    """Arrays, lists, integers and float32 are all samples."""
    for x, y in ((X.numpy(), Y.numpy()), (X.tolist(), Y.tolist()), (X.float(), ((X.float()[:, 0] + 1) ** 2).double())):
        found = promote.recover(TERMS, x, y, SPACE, domain=(-1, 1))
        assert found.model.coefficients.dtype == torch.float64 and found.rank == 1
    corners = np.array([[i, j, k] for i in range(3) for j in range(3) for k in range(3)])
    assert promote.recover(TERMS, corners, corners[:, 0] ** 2, SPACE).rank == 1


ANY = arrays.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.complex128]),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=8),
)


@settings(max_examples=150)
@given(ANY, ANY, st.sampled_from([0.0, 1e-3, 10.0]))
def test_fuzz(x, y, noise):
    """Whatever array comes in, a result or one line comes out."""
    try:
        found = promote.recover(library.polynomial(2, 2), x, y, candidates.affine(2), noise=noise)
    except InputError as problem:
        assert "\n" not in str(problem)
    else:
        assert found.lower_bound <= found.objective * (1 + 1e-9) and math.isfinite(found.objective)


@settings(max_examples=60)
@given(st.integers(2, 12), st.integers(0, 10**6), st.sampled_from([0.0, 1e-3, 0.3]), st.sampled_from([1e-8, 1.0, 1e8]))
def test_fuzz_of_the_right_shape(n, seed, noise, unit):
    """Few samples, also fewer than the coefficients that cost nothing, and values that are noise alone."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(n, k, generator=generator, dtype=torch.float64) for k in (2, 1))
    try:
        found = promote.recover(library.polynomial(2, 2), x, unit * y, candidates.linear(2), noise=noise * unit)
    except InputError as problem:
        assert "\n" not in str(problem) and n > 5
    else:
        assert found.duality_gap <= 1e-5 and found.lower_bound <= found.objective * (1 + 1e-9)
        assert found.spectrum.shape == (4,) and found.generators.shape[1] == 4
