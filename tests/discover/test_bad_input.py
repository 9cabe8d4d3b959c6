"""Fuzz: whatever array comes in, a result or one line comes out."""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from symmetra import discover
from symmetra.functions import candidates
from symmetra.inputs import InputError

ANY_ARRAY = arrays.arrays(
    dtype=st.sampled_from([np.float64, np.float32, np.int64, np.complex128, np.bool_]),
    shape=arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=12),
)


def one_line(call):
    try:
        return call()
    except InputError as error:
        assert "\n" not in str(error) and ": got " in str(error) and "; expected " in str(error)
        return None


@settings(max_examples=80)
@given(ANY_ARRAY, st.integers(1, 4))
def test_function(x, n):
    found = one_line(lambda: discover.function(lambda s: (s * s).sum(), x, candidates.affine(n)))
    assert found is None or found.candidates.n == x.shape[1] == n


@settings(max_examples=80)
@given(ANY_ARRAY, st.integers(1, 3))
def test_manifold(points, n):
    one_line(lambda: discover.manifold(points, candidates=candidates.linear(n)))


@settings(max_examples=60)
@given(ANY_ARRAY, ANY_ARRAY, st.integers(1, 3))
def test_dynamics_from_arrays(rates, x, n):
    one_line(lambda: discover.dynamics(rates, x, candidates.affine(n)))


@settings(max_examples=40)
@given(arrays.arrays(np.float64, (40, 3), elements=st.floats(-1e100, 1e100)))
def test_sizes_do_not_break_it(x):
    found = one_line(lambda: discover.function(lambda s: torch.tanh(s[0]) + s[1], x, candidates.affine(3)))
    assert found is None or torch.isfinite(found.generators).all()


@given(st.integers(0, 3), st.integers(1, 30))
def test_few_samples_are_never_certified_beyond_what_they_decide(n, count):
    x = torch.randn(count, n + 1, dtype=torch.float64)
    found = one_line(lambda: discover.function(lambda s: (s * s).sum(), x, candidates.affine(n + 1)))
    if found is not None and found.certified:
        assert found.dimension == (n + 1) * n // 2
