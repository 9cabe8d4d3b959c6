"""What is known of a data set without its values: axes, fields, boundaries, points."""

from __future__ import annotations

import itertools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symmetra.fields._layout import AXES, Field
from symmetra.inputs import InputError, describe

BOUNDARIES = ("wall", "open", "periodic")


@dataclass(frozen=True, eq=False)
class Metadata:
    """A data set on a grid, in a file of The Well or about to become one.

    Attributes:
        name: of the data set.
        axes: names of the axes of space.
        extents: points along each.
        fields: that change in time, in the order of the channels: scalars, then vectors, then tensors.
        constants: those that do not.
        boundaries: "wall", "open" or "periodic" at the (low, high) end of each axis; ``None`` if it is not known
            which lies where.
        boundary_types: the kinds of boundaries that occur.
        coordinates: of the points, ``[N]`` of each axis, or ``[trajectories, N]``; ``None`` if not known.
        masks: boundaries inside the box that are the same in all trajectories: of what kind, and where, a boolean
            array that broadcasts to the extents.
        grid_type: "cartesian", or another one, of which only the name is known.
        trajectories: how many.
        steps: in each.
        parameters: of the simulation.

    Raises:
        InputError: an axis that is periodic at one of its ends only; boundaries that are none of the three.
    """

    name: str
    axes: tuple[str, ...]
    extents: tuple[int, ...]
    fields: tuple[Field, ...]
    constants: tuple[Field, ...] = ()
    boundaries: tuple[tuple[str, str], ...] | None = None
    boundary_types: tuple[str, ...] = ()
    coordinates: tuple[np.ndarray, ...] | None = None
    masks: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    grid_type: str = "cartesian"
    trajectories: int = 0
    steps: int = 0
    parameters: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in (*self.boundary_types, *itertools.chain(*(self.boundaries or ()))):
            if kind not in BOUNDARIES:
                raise InputError("boundaries", repr(kind), f"one of {', '.join(BOUNDARIES)}")
        for axis, ends in zip(self.axes, self.boundaries or (), strict=False):
            if ends.count("periodic") == 1:
                raise InputError(
                    "boundaries", f"{axis} that ends at ({', '.join(ends)})", "an axis periodic at both ends"
                )
        if self.boundaries is not None and len(self.boundaries) != len(self.axes):
            raise InputError("boundaries", f"{len(self.boundaries)} pairs", f"one for each of {len(self.axes)} axes")

    @property
    def periodic(self) -> tuple[str, ...]:
        """The axes that close on themselves."""
        if self.boundaries is None:
            return ()
        return tuple(axis for axis, ends in zip(self.axes, self.boundaries, strict=True) if ends[0] == "periodic")


def as_metadata(value: Any, parity: Any = None) -> Metadata:
    """Our own metadata, those of The Well, or those of the file at a path, with the parities that the user gives.

    Raises:
        InputError: anything else; a parity of a field that is not there.
    """
    if isinstance(value, str | os.PathLike):
        from symmetra.fields._header import read_metadata

        value = read_metadata(value)
    value = getattr(value, "metadata", value)
    return with_parity(value if isinstance(value, Metadata) else _from_the_well(value), parity)


def with_parity(known: Metadata, parity: Any) -> Metadata:
    """The same with the parities of some fields, ``{"vorticity": -1}``."""
    if not parity:
        return known
    names = [field.name for field in (*known.fields, *known.constants)]
    if not isinstance(parity, Mapping) or not set(parity) <= set(names):
        raise InputError("parity", describe(parity), f"a parity for some of {', '.join(names)}", '{"vorticity": -1}')

    def told(fields: tuple[Field, ...]) -> tuple[Field, ...]:
        return tuple(replace(field, parity=parity.get(field.name, field.parity)) for field in fields)

    return replace(known, fields=told(known.fields), constants=told(known.constants))


def _from_the_well(value: Any) -> Metadata:
    """From a ``WellMetadata``, or a mapping of the same names: no parities, no spacing, no places of boundaries."""
    get = value.get if isinstance(value, Mapping) else lambda name, default=None: getattr(value, name, default)
    dims, extents = get("n_spatial_dims"), get("spatial_resolution")
    if dims is None or extents is None or get("field_names") is None:
        expected = "a path, symmetra.fields.Metadata or The Well's dataset.metadata"
        raise InputError("metadata", describe(value), expected, "allowed_group(path)")
    if len(tuple(extents)) != dims:
        raise InputError("metadata", f"spatial_resolution {tuple(extents)}", f"{dims} extents")
    types = tuple(str(kind).lower() for kind in get("boundary_condition_types") or ())
    names = [_by_order(get(name) or {}) for name in ("field_names", "constant_field_names")]
    axes = _axes(names[0] | names[1], dims)
    return Metadata(
        name=get("dataset_name") or "",
        axes=axes,
        extents=tuple(int(n) for n in extents),
        fields=_fields(names[0], axes),
        constants=_fields(names[1], axes),
        boundaries=((types[0],) * 2,) * dims if len(types) == 1 else None,
        boundary_types=types,
        grid_type=get("grid_type") or "cartesian",
        trajectories=sum(get("n_trajectories_per_file") or ()),
        steps=min(get("n_steps_per_trajectory") or (0,)),
    )


def _by_order(names: Any) -> dict[int, list[str]]:
    return {int(order): list(found) for order, found in names.items()}


def _axes(names: dict[int, list[str]], dims: int) -> tuple[str, ...]:
    """The axes as the components of the first vector call them."""
    vector = names.get(1, [])[:dims]
    return tuple(name.rpartition("_")[2] for name in vector) if len(vector) == dims else AXES[:dims]


def _fields(names: dict[int, list[str]], axes: tuple[str, ...]) -> tuple[Field, ...]:
    """Fields from the names of their components, which come in runs of ``dims ** order``."""
    fields = []
    for order, found in sorted(names.items()):
        run = len(axes) ** order
        for first in range(0, len(found), run):
            name = found[first].rpartition("_")[0] if order else found[first]
            field = Field(name or found[first], order)
            if tuple(found[first : first + run]) != field.components(axes):
                expected = f"the components {', '.join(field.components(axes))}"
                raise InputError("metadata", f"{', '.join(found[first : first + run])} of order {order}", expected)
            fields.append(field)
    return tuple(fields)
