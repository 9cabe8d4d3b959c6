"""Mean, deviation and root mean square of every field and of its changes, as The Well's ``stats.yaml`` has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.fields._folder import data_files, stream
from symmetra.fields._layout import Field, FieldLayout
from symmetra.fields._trajectories import Trajectories
from symmetra.inputs import InputError, MissingExtra, describe

if TYPE_CHECKING:
    from symmetra.enforce import PhysicalUnits

NAMES = ("mean", "std", "rms")
# The Well's own readers clip deviations at it.
LEAST = 1e-4


@dataclass(frozen=True, eq=False)
class Statistics:
    """Moments of each component of each field, over all points, steps and trajectories.

    Attributes:
        values: ``{"mean": {"velocity": [2], …}, "std": …, "rms": …}``, and for fields that change in time the same of
            their differences from one step to the next, ``"mean_delta"``, ``"std_delta"``, ``"rms_delta"``. A tensor
            of order r has ``[d] · r`` of them. Deviations are those of the population.
    """

    values: Mapping[str, Mapping[str, Tensor]]

    def of(self, name: str, fields: Iterable[Field], dims: int) -> Tensor:
        """One moment of each channel of these fields, ``[channels]``.

        Raises:
            InputError: a field that is not known, or of another order.
        """
        found = []
        for field in fields:
            value = self.values.get(name, {}).get(field.name)
            if value is None:
                known = ", ".join(self.values.get(name, {})) or "none"
                raise InputError("stats", f"no {name} of {field.name}", f"that of every field; there are {known}")
            if value.numel() != dims**field.order:
                expected = f"{dims**field.order} of them, for order {field.order} in {dims} dimensions"
                raise InputError("stats", f"a {name} of {field.name} with {value.numel()} numbers", expected)
            found.append(value.reshape(-1))
        return torch.cat(found) if found else torch.zeros(0, dtype=torch.float64)

    def units(self, model: Any, layout: Any, kind: Any = "zscore", delta: Any = False) -> PhysicalUnits:
        """A model of normalised fields as one of physical units.

        Args:
            model: takes and gives normalised fields, channels first.
            layout: of its inputs.
            kind: ``"zscore"``, ``(x − mean) / std``; or ``"rms"``, ``x / rms``.
            delta: whether it gives changes from the last step, in their own units.

        Raises:
            InputError: fields without statistics.
        """
        from symmetra.enforce import PhysicalUnits

        if kind not in ("zscore", "rms"):
            raise InputError("kind", describe(kind), "'zscore' or 'rms'", "kind='zscore'")
        numbers: dict[str, Tensor] = {}
        for side, fields, suffix in (("in", layout.stack, ""), ("out", layout.fields, "_delta" if delta else "")):
            scale = self.of(("std" if kind == "zscore" else "rms") + suffix, fields, layout.dims).clamp_min(LEAST)
            centre = self.of(f"mean{suffix}", fields, layout.dims) if kind == "zscore" else torch.zeros_like(scale)
            numbers |= {f"mean_{side}": centre, f"std_{side}": scale}
        return PhysicalUnits(model, **numbers, channels_last=layout.channels_last)

    def symmetric(self, layout: Any, group: Any) -> Statistics:
        """The same for a group of the grid: a z-score with these commutes with it, so a model may be averaged inside.

        Args:
            layout: of the data.
            group: of signed permutations, or its name.
        """
        from symmetra.enforce import symmetric_statistics

        found: dict[str, dict[str, Tensor]] = {name: {} for name in self.values}
        for suffix, fields in (("", (*layout.fields, *layout.constants)), ("_delta", layout.fields)):
            for field in fields if self.values.get(f"mean{suffix}") else ():
                action = FieldLayout([field], layout.dims, axes=layout.axes).action(group)
                mean, std, rms = (self.of(name + suffix, [field], layout.dims) for name in NAMES)
                even = *symmetric_statistics(mean, std, action), symmetric_statistics(mean, rms, action)[1]
                for name, value in zip(NAMES, even):
                    found[name + suffix][field.name] = value.reshape((layout.dims,) * field.order)
        return Statistics(found)

    def write(self, path: Any, overwrite: bool = False) -> None:
        """Write a ``stats.yaml`` that The Well's normalisations read; a file that is there is whole.

        Raises:
            InputError: a file that is there already, or a place that cannot be written to.
        """
        yaml = _yaml()
        from symmetra.report import write_text

        if Path(path).exists() and not overwrite:
            raise InputError("path", f"{path}, which is there already", "a new file", "overwrite=True")
        plain = {name: {field: value.tolist() for field, value in of.items()} for name, of in self.values.items()}
        write_text(path, yaml.safe_dump(plain, default_flow_style=False))


def statistics(data: Any) -> Statistics:
    """The statistics of a data set, read one trajectory at a time.

    Args:
        data: :class:`Trajectories`, the path of a file, of a folder of files, or of a folder with ``data/train``.

    Example:
        >>> from symmetra.fields import generate
        >>> statistics(generate("gray_scott", 1, extents=8, steps=2)).values["mean"]["A"].shape
        torch.Size([])
    """
    parts = [data] if isinstance(data, Trajectories) else stream(data_files(data, "train"))
    sums: dict[tuple[str, str], _Moments] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for part in parts:
        d = len(part.metadata.axes)
        for fields, values in ((part.metadata.fields, part.values), (part.metadata.constants, part.constants[:, None])):
            start = 0
            for field in fields:
                stop = start + d**field.order
                rows = values[:, :, start:stop].double().movedim(2, 0)
                start, shapes[field.name] = stop, (d,) * field.order
                sums.setdefault(("", field.name), _Moments()).add(rows)
                if fields is part.metadata.fields and rows.shape[2] > 1:
                    sums.setdefault(("_delta", field.name), _Moments()).add(rows.diff(dim=2))
    found: dict[str, dict[str, Tensor]] = {f"{name}{suffix}": {} for suffix in ("", "_delta") for name in NAMES}
    for (suffix, name), moments in sums.items():
        for kind, value in zip(NAMES, moments.all):
            found[kind + suffix][name] = value.reshape(shapes[name])
    return Statistics(found)


def read_statistics(path: Any) -> Statistics:
    """The statistics in a ``stats.yaml``.

    Raises:
        InputError: no such file, no YAML, or not of this form.
    """
    yaml = _yaml()
    expected = "The Well's stats.yaml: mean, std or rms of each field"
    if not isinstance(path, str | os.PathLike) or not Path(path).is_file():
        raise InputError("stats", f"{path}, which is no file", expected)
    try:
        told = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        values = {
            name: {field: torch.tensor(value, dtype=torch.float64) for field, value in told[name].items()}
            for name in (f"{n}{suffix}" for suffix in ("", "_delta") for n in NAMES)
            if name in told
        }
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError, ValueError) as error:
        raise InputError("stats", f"{path}, which does not read ({type(error).__name__})", expected) from error
    if not values or any(not bool(v.isfinite().all()) for of in values.values() for v in of.values()):
        raise InputError("stats", f"{path} without such numbers, or with some that are not finite", expected)
    return Statistics(values)


class _Moments:
    """Running count, mean and sum of squared deviations of components ``[components, …]``, merged batch by batch."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, torch.zeros(()), torch.zeros(())

    def add(self, rows: Tensor) -> None:
        rows = rows.flatten(1)
        n, mean = rows.shape[1], rows.mean(1)
        squares = (rows - mean[:, None]).square().sum(1)
        shift, total = mean - self.mean, self.count + n
        self.squares = self.squares + squares + shift.square() * self.count * n / total
        self.mean = self.mean + shift * n / total
        self.count = total

    @property
    def all(self) -> tuple[Tensor, Tensor, Tensor]:
        """Mean, deviation, root mean square."""
        variance = self.squares / self.count
        return self.mean, variance.sqrt(), (variance + self.mean.square()).sqrt()


def _yaml() -> Any:
    try:
        import yaml
    except ModuleNotFoundError as error:
        raise MissingExtra("yaml", "data") from error
    return yaml
