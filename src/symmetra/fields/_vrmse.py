"""The error that The Well's tables show."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from symmetra.inputs import InputError, as_tensor, describe


def vrmse(prediction: Any, target: Any, dims: Any = 2, channels_last: bool = False, eps: float = 1e-7) -> Tensor:
    """Root mean square error in units of the deviation of the target over space, as in The Well (arXiv 2412.00568).

    ``sqrt(mean (x − y)² / (std(y)² + eps))`` over the points, for every sample, step and channel, with the unbiased
    deviation. 1 is the error of predicting the mean of the field. It is a norm of the error that depends on the target
    alone, hence convex in the prediction. Where a target is nearly uniform it is huge: show :func:`median_vrmse` beside
    its mean.

    Args:
        prediction: ``[..., channels, *extents]``.
        target: the same shape.
        dims: dimensions of space.
        channels_last: for ``[..., *extents, channels]``.
        eps: keeps uniform targets finite.

    Returns:
        ``[..., channels]``, float64; average it over whatever is wanted.

    Raises:
        InputError: shapes that differ, too few axes, or nothing at all.

    Example:
        >>> import torch
        >>> y = torch.tensor([[0.0, 1.0], [2.0, 3.0]])[None]
        >>> vrmse(y.mean() + 0 * y, y).tolist()
        [0.866...]
    """
    x, y = as_tensor(prediction, "prediction"), as_tensor(target, "target")
    if isinstance(dims, bool) or not isinstance(dims, int) or not 1 <= dims <= 3:
        raise InputError("dims", describe(dims), "dimensions of space, 1 to 3", "dims=2")
    if x.shape != y.shape or y.ndim <= dims:
        raise InputError("prediction", describe(x), f"the shape of the target, {tuple(y.shape)}", "[..., C, *extents]")
    if not y.numel():
        raise InputError("target", describe(y), "at least one sample")
    axes = tuple(range(-dims - 1, -1)) if channels_last else tuple(range(-dims, 0))
    x, y = x.double(), y.double()
    return ((x - y).square().mean(axes) / (y.var(axes) + eps)).sqrt()


def median_vrmse(prediction: Any, target: Any, dims: Any = 2, channels_last: bool = False, eps: float = 1e-7) -> Tensor:
    """The median of :func:`vrmse` over samples and steps, for every channel: ``[channels]``.

    Of an even number of values it is the mean of the two in the middle.
    """
    return median(vrmse(prediction, target, dims, channels_last, eps))


def median(errors: Tensor) -> Tensor:
    """Of errors ``[..., channels]``, for every channel."""
    ordered = errors.reshape(-1, errors.shape[-1]).sort(0).values
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
