"""Predictions beside the truth: fields on a line, in the plane and in space, whatever their order and their values."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from symmetra import report


@pytest.mark.parametrize("extents", [(16,), (12, 16), (8, 6, 4)], ids=["line", "plane", "space"])
@pytest.mark.parametrize("components", [1, 2, 9])
def test_truth_predictions_and_errors(extents, components):
    truth = np.random.default_rng(0).normal(size=(components, *extents))
    figure = report.field_panels(truth, {"plain": truth + 1, "averaged": truth}, "speed")
    assert isinstance(figure, Figure)
    text = report.render(report.Document("A page", [report.Section("Fields", [report.Picture(figure, "", "speed")])]))
    assert ">nan" not in text.lower()
    if len(extents) > 1:
        names = [ax.get_title() for ax in figure.axes]
        assert names[:3] == ["truth", "plain", "averaged"] and ">speed<" in text and ">size of the error<" in text
        images = [ax.images[0].get_array() for ax in figure.axes if ax.images]
        # Five pictures: three fields, two errors; the error of one everywhere has the length √components.
        assert len(images) == 5 and np.allclose(images[3], np.sqrt(components)) and np.allclose(images[4], 0)
        assert images[0].shape == extents[1::-1]  # x to the right, y upwards
        field = truth if len(extents) == 2 else truth[..., extents[2] // 2]
        shown = field[0] if components == 1 else np.sqrt((field**2).sum(0))
        assert np.allclose(images[0], shown.T)
    else:
        assert len(figure.axes[0].lines) == 3 and np.allclose(figure.axes[1].lines[0].get_ydata(), np.sqrt(components))


@pytest.mark.parametrize("value", [0.0, 3.0, -2.0])
def test_uniform_fields_and_rollouts_that_blew_up(value):
    truth = np.full((1, 8, 8), value)
    lost = np.full((1, 8, 8), np.inf)
    figure = report.field_panels(truth, {"plain": lost, "averaged": truth})
    assert "<svg" in report.render(report.Document("t", [report.Section("s", [report.Picture(figure, "", "")])]))
