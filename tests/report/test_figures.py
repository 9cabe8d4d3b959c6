"""Figures: what is drawn is what the result says, on axes that are returned and never shown."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from symmetra import report
from symmetra.inputs import InputError
from symmetra.report._generators import affine_field, centre_of

from . import results


def _points(ax: Axes, label: str) -> np.ndarray:
    return next(c for c in ax.collections if c.get_label() == label).get_offsets().data


def test_spectrum_shows_every_value_and_the_gap():
    found = results.so3()
    ax = report.figure(found)
    assert isinstance(ax, Axes) and ax.get_yscale() == "log"
    null, rest = _points(ax, "symmetry"), _points(ax, "not a symmetry")
    assert np.allclose(np.concatenate([null[:, 1], rest[:, 1]]), found.spectrum)
    assert list(null[:, 0]) == [1, 2, 3]
    assert any("gap 3.2×10¹³" in t.get_text() for t in ax.texts)
    band = next(p for p in ax.patches)
    assert band.get_y() == pytest.approx(float(found.spectrum[2]))
    assert band.get_y() + band.get_height() == pytest.approx(float(found.spectrum[3]))


def test_values_that_are_zero_stand_on_the_floor_and_say_so():
    ax = report.figure(results.ellipse())
    clipped = _points(ax, "symmetry, zero")
    assert clipped.shape == (1, 2) and 0 < clipped[0, 1] <= 1e-16


def test_tolerance_line():
    ax = report.figure(results.so3())
    assert any(np.allclose(line.get_ydata(), 1e-10) for line in ax.lines)


def test_nothing_found_draws_no_gap():
    ax = report.figure(results.nothing())
    assert not ax.patches and not ax.texts[1:]


def test_arrows_are_those_of_the_field():
    ax = report.figure(results.ellipse(), "generator")
    arrows = ax.collections[0]
    x, y = arrows.X, arrows.Y
    # (x − 1)² + 4(y + 1)² is invariant along −4(y + 1) ∂x + (x − 1) ∂y, drawn around its fixed point.
    direction = np.stack([-4 * (y + 1), x - 1])
    drawn = np.stack([arrows.U, arrows.V])
    assert np.allclose(drawn[0] * direction[1], drawn[1] * direction[0])
    assert (drawn * direction).sum() > 0
    assert np.allclose([np.mean(ax.get_xlim()), np.mean(ax.get_ylim())], [1, -1])


def test_slices_show_what_points_out_of_the_plane():
    ax = report.figure(results.so3(), "generator", index=0, plane=(1, 2))
    assert not ax.collections, "x ∂y − y ∂x has no component in the plane of y and z at x = 0"
    filled = [line for line in ax.lines if line.get_marker() == "o"]
    assert filled, "its x-component is drawn as circles"


def test_matrix_writes_its_numbers():
    ax = report.figure(results.lorentz(), "matrix", index=0)
    assert sorted(t.get_text() for t in ax.texts) == ["−1", "−1"]


def test_terms_keep_those_that_matter():
    ax = report.figure(results.angular_momentum(), "terms")
    assert {"x·vy", "y·vx", "vx²", "vy²", "1/r"} == {t.get_text() for t in ax.get_yticklabels()}


def test_centre_is_the_fixed_point_where_there_is_one():
    assert np.allclose(centre_of(np.array([[0.0, -1.0, 2.0], [1.0, 0.0, 3.0]]), 2), [-3, 2])
    assert np.allclose(centre_of(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), 2), [0, 0])
    x = np.random.default_rng(0).normal(size=(5, 2))
    matrix = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert np.allclose(affine_field(matrix)(x), x @ matrix[:, :2].T + matrix[:, 2])


def test_figures_draw_on_given_axes_and_leave_pyplot_alone():
    axes = Figure().subplots()
    assert report.figure(results.so3(), ax=axes) is axes
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


@pytest.mark.parametrize(
    ("kind", "index", "words"),
    [("pie", 0, "one of spectrum"), ("generator", 3, "index: got 3"), ("generator", -1, "index: got -1")],
)
def test_what_cannot_be_drawn_is_told(kind, index, words):
    with pytest.raises(InputError, match=words):
        report.figure(results.so3(), kind, index=index)
    with pytest.raises(InputError, match="matrix"):
        report.figure(results.quadratic(), "matrix")


@pytest.mark.parametrize("size", [1, 16, 200])
def test_spectra_of_any_size(size):
    found = results.so3()
    values = torch.linspace(0.1, 1, size, dtype=torch.float64)
    from dataclasses import replace

    ax = report.figure(replace(found, spectrum=values, generators=found.generators[:0], certificates=()))
    assert len(ax.get_xticks()) <= 20
