"""The Well's error, by its formula; its median; and the convexity that averaging rests on."""

from __future__ import annotations

import pytest
import torch

from symmetra.fields import median_vrmse, vrmse
from symmetra.inputs import InputError


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_by_its_formula(dims):
    x, y = torch.randn(2, 5, 4, 3, *(6,) * dims, dtype=torch.float64)
    found = vrmse(x, y, dims)
    assert found.shape == (5, 4, 3)
    points = y[1, 2, 0].flatten()
    mse = (x[1, 2, 0].flatten() - points).square().sum() / 6**dims
    variance = (points - points.mean()).square().sum() / (6**dims - 1)
    assert found[1, 2, 0] == pytest.approx(float((mse / (variance + 1e-7)).sqrt()), rel=1e-12)
    last = vrmse(x.movedim(2, -1), y.movedim(2, -1), dims, channels_last=True)
    assert torch.allclose(last, found) and vrmse(x.float(), y.float(), dims).dtype == torch.float64


def test_median():
    y = torch.randn(6, 3, 8, 8)
    x = y + torch.arange(1.0, 7.0)[:, None, None, None] * 0.1 * torch.randn_like(y)
    assert median_vrmse(x, y).tolist() == pytest.approx(vrmse(x, y).quantile(0.5, dim=0).tolist())
    assert median_vrmse(x[:5], y[:5]).tolist() == vrmse(x[:5], y[:5]).median(0).values.tolist()
    with pytest.raises(InputError, match="at least one sample"):
        median_vrmse(x[:0], y[:0])


def test_the_mean_of_predictions_is_no_worse_than_the_mean_of_errors():
    predictions, y = torch.randn(8, 5, 3, 8, 8), torch.randn(5, 3, 8, 8)
    each = torch.stack([vrmse(x, y) for x in predictions])
    assert (vrmse(predictions.mean(0), y) <= each.mean(0)).all()


def test_what_is_wrong_is_said_in_one_line():
    y = torch.zeros(2, 3, 8, 8)
    for x, more in ((y[:1], {}), (y, {"dims": 4}), (y, {"dims": True}), (y[0, 0], {"dims": 2}), (y * float("nan"), {})):
        with pytest.raises(InputError) as error:
            vrmse(x, y if x.shape != (8, 8) else x, **more)
        assert "\n" not in str(error.value)
