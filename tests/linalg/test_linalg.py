"""Streaming QR, null spaces and angles against exact or independent answers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from symmetra.linalg import StreamingQR, null_space, orthonormal_rows, outside, principal_angles, relative_null_space

F64 = torch.float64


def matrix(rows, columns, seed=0):
    return torch.randn(rows, columns, dtype=F64, generator=torch.Generator().manual_seed(seed))


@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(1, 12))
def test_streaming_keeps_the_gram_matrix(sizes, columns):
    blocks = [matrix(size, columns, seed=i) for i, size in enumerate(sizes)]
    stream = StreamingQR(columns)
    for block in blocks:
        stream.update(block)
    whole = torch.cat(blocks)
    torch.testing.assert_close(stream.R.T @ stream.R, whole.T @ whole, atol=1e-10, rtol=1e-10)
    assert stream.count == len(whole) and stream.R.shape[0] <= max(columns, len(whole))


def test_merged_states_equal_one_state():
    a, b = matrix(900, 7), matrix(500, 7, seed=1)
    merged = StreamingQR(7).update(a).merge(StreamingQR(7).update(b))
    alone = StreamingQR(7).update(torch.cat([a, b]))
    torch.testing.assert_close(merged.R.abs(), alone.R.abs(), atol=1e-10, rtol=1e-10)
    assert merged.count == 1400


def test_small_singular_values_survive_what_a_gram_matrix_loses():
    q = torch.linalg.qr(matrix(5000, 4)).Q
    v = torch.linalg.qr(matrix(4, 4, seed=2)).Q
    sizes = torch.tensor([1.0, 1e-3, 1e-9, 1e-13], dtype=F64)
    a = (q * sizes) @ v
    kept = torch.linalg.svdvals(StreamingQR(4).update(a).R)
    torch.testing.assert_close(kept, sizes, rtol=1e-2, atol=0)
    gram = torch.linalg.eigvalsh(a.T @ a).abs().sqrt()
    assert (gram[0] - 1e-13).abs() > 1e-10  # what the squared condition number does


def test_float32_rows_are_promoted():
    assert StreamingQR(3).update(matrix(10, 3).float()).R.dtype == F64


def test_relative_spectrum_is_free_of_scale_and_basis():
    a, m = matrix(50, 5), matrix(60, 5, seed=1)
    a[:, 0] = a[:, 1]  # one null direction: e0 − e1
    found = relative_null_space(a, m, 1e-9)
    assert found.dimension == 1 and found.gap > 1e10
    units = torch.diag(torch.tensor([1e-8, 1.0, 1e6, 3.0, 1e-3], dtype=F64)) @ torch.linalg.qr(matrix(5, 5, seed=3)).R
    other = relative_null_space(a @ units, m @ units, 1e-7)
    torch.testing.assert_close(other.spectrum[1:], found.spectrum[1:], rtol=1e-6, atol=0)
    assert outside(other.basis @ units.T, orthonormal_rows(found.basis)).max() < 1e-8


def test_directions_that_the_denominator_does_not_see():
    a, m = matrix(50, 4), matrix(50, 4, seed=1)
    a[:, 2] = m[:, 2] = 0
    a[:, 3], m[:, 3] = a[:, 0] - a[:, 1], m[:, 0] - m[:, 1]  # seen only in combination
    found = relative_null_space(a, m, 1e-9)
    assert found.dimension == 2 and found.vanishing.shape[0] == 2


def test_a_wide_matrix_has_all_its_null_directions():
    assert null_space(matrix(2, 5)).dimension == 3
    assert null_space(torch.zeros(0, 4, dtype=F64)).dimension == 4


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.3, math.pi / 2 - 1e-9, math.pi / 2])
def test_angles_are_exact_near_zero_and_near_a_right_angle(angle):
    a = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]], dtype=F64)
    b = torch.tensor([[math.cos(angle), 0, math.sin(angle), 0], [0, 1, 0, 0]], dtype=F64)
    found = principal_angles(a, b)
    torch.testing.assert_close(found, torch.tensor([0.0, angle], dtype=F64), atol=1e-15, rtol=1e-7)
