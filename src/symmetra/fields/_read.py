"""Values out of an HDF5 file in The Well's format."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from symmetra.fields._header import attribute, fields, group, header, opened, wrong
from symmetra.fields._layout import Field
from symmetra.fields._metadata import with_parity
from symmetra.fields._trajectories import Trajectories
from symmetra.inputs import InputError, describe


def read(path: Any, trajectories: Any = None, steps: Any = None, parity: Any = None) -> Trajectories:
    """The trajectories in an HDF5 file in The Well's format.

    Args:
        path: of the file.
        trajectories: a slice of them; all by default. No more than these are read.
        steps: a slice of the steps; all by default.
        parity: ``{"vorticity": -1}``, for pseudo-fields that the file does not know to be such.

    Returns:
        The values in the precision of the file, channels first: scalars, then vectors, then tensors, as The Well's
        own reader orders them.

    Raises:
        InputError: no such file, cut off, not of the format, NaN or infinite values, or slices that leave nothing.
    """
    with opened(path) as file:
        known = with_parity(header(file), parity)
        chosen = [_chosen(trajectories, known.trajectories, "trajectories"), _chosen(steps, known.steps, "steps")]
        count, length = (len(range(*part.indices(n))) for part, n in zip(chosen, (known.trajectories, known.steps)))
        shape = (count, length)
        values: dict[bool, list[np.ndarray]] = {True: [], False: []}
        for field, dataset in fields(file):
            array = _values(dataset, field, chosen, shape, known.extents)
            if not np.isfinite(array).all():
                raise wrong(file, f"{field.name} that is NaN or infinite in places", "finite values")
            values[bool(attribute(dataset, "time_varying"))].append(array)
        time = group(file, "dimensions/time")
        time = time[tuple(chosen)] if time.ndim == 2 else time[chosen[1]]
    varying = np.concatenate(values[True] or [np.zeros((*shape, 0, *known.extents), np.float32)], 2)
    constant = np.concatenate(values[False] or [np.zeros((count, 0, *known.extents), np.float32)], 1)
    known = replace(known, trajectories=count, steps=length)
    return Trajectories(known, *(torch.from_numpy(np.ascontiguousarray(a)) for a in (varying, constant, time)))


def _chosen(part: Any, count: int, argument: str) -> slice:
    chosen = slice(None) if part is None else part
    if not isinstance(chosen, slice) or not len(range(*chosen.indices(count))) or chosen.indices(count)[2] < 1:
        raise InputError(argument, describe(part), f"a slice that takes some of {count}", f"{argument}=slice(0, 8)")
    return chosen


def _values(
    dataset: Any, field: Field, chosen: list[slice], shape: tuple[int, int], extents: tuple[int, ...]
) -> np.ndarray:
    """One field as ``[trajectories, (steps,) components, *extents]``, spread over whatever it does not vary along."""
    varies = [bool(attribute(dataset, "sample_varying")), bool(attribute(dataset, "time_varying"))]
    along = np.asarray(attribute(dataset, "dim_varying"), bool)
    array = dataset[tuple(part for part, does in zip(chosen, varies, strict=True) if does)]
    lead = [n for n, does in zip(shape, varies, strict=True) if does]
    space = [n if does else 1 for n, does in zip(extents, along, strict=True)]
    array = np.moveaxis(array.reshape(*lead, *space, -1), -1, len(lead))
    array = array if varies[0] else array[None]
    return np.broadcast_to(array, (shape[0], *array.shape[1 : -len(extents)], *extents))
