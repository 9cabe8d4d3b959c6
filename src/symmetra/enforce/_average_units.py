"""A model of normalised data as one of physical units, where a group acts as it does in physics."""

from __future__ import annotations

import warnings
from typing import Any

import torch
from torch import Tensor

from symmetra.actions import SignedPermutation
from symmetra.enforce._average_base import Averaging, Wrapping
from symmetra.inputs import InputError, as_tensor, describe

_SAME = 1e-6


class PhysicalUnits(Wrapping):
    """``x ↦ std_out · f((x − mean_in) / std_in) + mean_out``: a model of z-scores as one of physical units.

    Statistics of single components (a mean wind along x, another spread along y) do not commute with rotations and
    flips. Averaged in physical units, ``average(PhysicalUnits(f, …), …)``, any statistics give an equivariant model;
    the other way round, ``PhysicalUnits(average(f, …), …)`` warns unless they are symmetric.

    Args:
        model: takes and gives normalised fields.
        mean_in: of each channel ``[C]``, or anything that broadcasts against a sample.
        std_in: likewise, positive.
        mean_out: of each channel of the outputs.
        std_out: likewise, positive.
        channels_last: whether channels ``[C]`` are the last axis; else they come after the batch.
    """

    mean_in: Tensor
    std_in: Tensor
    mean_out: Tensor
    std_out: Tensor

    def __init__(
        self, model: Any, mean_in: Any, std_in: Any, mean_out: Any, std_out: Any, channels_last: bool = False
    ) -> None:
        super().__init__(model)
        self.channels_last = channels_last
        given = {"mean_in": mean_in, "std_in": std_in, "mean_out": mean_out, "std_out": std_out}
        for name, value in given.items():
            tensor = as_tensor(value, name)
            if name.startswith("std") and bool((tensor <= 0).any()):
                got = f"{int((tensor <= 0).sum())} that are not positive"
                raise InputError(name, got, "standard deviations above 0", f"{name}.clamp_min(1e-6)")
            self.register_buffer(name, tensor.clone())
        if isinstance(model, Averaging):
            sides = {"inputs": (model.action_in, "in"), "outputs": (model.action_out, "out")}
            broken = [
                name
                for name, (action, side) in sides.items()
                if isinstance(action, SignedPermutation)
                and not _symmetric(getattr(self, f"mean_{side}"), getattr(self, f"std_{side}"), action)
            ]
            if broken:
                warnings.warn(
                    f"statistics of the {' and '.join(broken)} that {model.action_in.group} does not keep: averaged "
                    "inside of them, the model is not equivariant in physical units; "
                    "write average(PhysicalUnits(model, …), …)",
                    stacklevel=2,
                )

    def _beside(self, statistic: Tensor, x: Tensor) -> Tensor:
        statistic = statistic.to(x.dtype)
        if statistic.ndim == 1 and not self.channels_last:
            statistic = statistic.reshape(-1, *(1,) * (x.ndim - 2))
        return statistic

    def forward(self, x: Tensor) -> Tensor:
        """Outputs in physical units, for inputs in physical units."""
        y = self.model((x - self._beside(self.mean_in, x)) / self._beside(self.std_in, x))
        return y * self._beside(self.std_out, y) + self._beside(self.mean_out, y)


def symmetric_statistics(mean: Any, std: Any, action: Any) -> tuple[Tensor, Tensor]:
    """The statistics of channels ``[C]``, made symmetric: a z-score with these commutes with the group.

    Means keep the part that no element moves (none of a vector, under D4), variances become the mean over the group.

    Args:
        mean: of each channel ``[C]``.
        std: of each channel ``[C]``.
        action: how the channels move.

    Example:
        >>> wind = SignedPermutation("D4", [(slice(0, 2), 1, 1)], dims=2)
        >>> [s.tolist() for s in symmetric_statistics([0.5, 0.0], [7.0, 1.0], wind)]
        [[0.0, 0.0], [5.0, 5.0]]
    """
    if not isinstance(action, SignedPermutation):
        raise InputError("action", describe(action), "a SignedPermutation", "layout.action(group)")
    found = []
    for name, value in (("mean", mean), ("std", std)):
        tensor = as_tensor(value, name, torch.float64)
        if tensor.shape != (action.channels,):
            raise InputError(name, describe(tensor), f"one number for each of {action.channels} channels")
        found.append(tensor)
    centre, scale = (_moved(tensor, action) for tensor in found)
    return centre.mean(0), scale.square().mean(0).sqrt()


def _moved(statistic: Tensor, action: SignedPermutation) -> Tensor:
    """A statistic of each channel ``[C]`` moved by every element of the point group, as a uniform field is."""
    still = SignedPermutation(action.point_group, [(slice(a, b), r, q) for a, b, r, q in action.blocks], action.dims)
    field = statistic.reshape(-1, *(1,) * action.dims)
    return torch.stack([still.transform(g, field).flatten() for g in still.group.elements])


def _symmetric(mean: Tensor, std: Tensor, action: SignedPermutation) -> bool:
    """Whether a z-score commutes with the action, to rounding."""
    if mean.numel() == 1 and std.numel() == 1:
        mean, std = (t.reshape(1).expand(action.channels) for t in (mean, std))
    if mean.numel() != action.channels or std.numel() != action.channels:
        return False
    mean, std = mean.flatten().double(), std.flatten().double()
    shifts = (_moved(mean, action) - mean).abs() / std
    scales = (_moved(std, action).abs() - std).abs() / std
    return float(shifts.max()) < _SAME and float(scales.max()) < _SAME
