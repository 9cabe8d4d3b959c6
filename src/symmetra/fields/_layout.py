"""Which channel of an array is which component of which physical field."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from symmetra.inputs import InputError, describe

if TYPE_CHECKING:
    from symmetra.actions import SignedPermutation

AXES = ("x", "y", "z")


@dataclass(frozen=True)
class Field:
    """One physical field: its name, and how a rotation or a mirror moves its components.

    Attributes:
        name: as in the file.
        order: of the tensor: 0 a scalar, 1 a vector, 2 a matrix, ….
        parity: −1 for pseudo-fields, which change their sign in a mirror besides (vorticity, a magnetic field).
        symmetric: an order-2 field that equals its transpose; all components are stored nevertheless.

    Raises:
        InputError: an order that is no whole number ≥ 0, a parity other than ±1, symmetric for another order than 2.

    Example:
        >>> Field("vorticity", parity=-1).components(("x", "y"))
        ('vorticity',)
        >>> Field("velocity", 1).components(("x", "y"))
        ('velocity_x', 'velocity_y')
    """

    name: str
    order: int = 0
    parity: int = 1
    symmetric: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise InputError("name", describe(self.name), "the name of a field", 'Field("velocity", order=1)')
        if isinstance(self.order, bool) or not isinstance(self.order, int) or self.order < 0:
            raise InputError(
                f"order of {self.name}", describe(self.order), "a whole number ≥ 0", "order=1 for a vector"
            )
        if isinstance(self.parity, bool) or not isinstance(self.parity, int) or self.parity not in (1, -1):
            raise InputError(f"parity of {self.name}", describe(self.parity), "1 or −1", "parity=-1 for a pseudo-field")
        if self.symmetric and self.order != 2:
            raise InputError(
                f"symmetric of {self.name}", f"order {self.order}", "a field of order 2", "symmetric=False"
            )

    def components(self, axes: tuple[str, ...]) -> tuple[str, ...]:
        """Names of the channels, the last index fastest: ``T_xx, T_xy, T_yx, T_yy``."""
        if not self.order:
            return (self.name,)
        return tuple(f"{self.name}_{''.join(index)}" for index in itertools.product(axes, repeat=self.order))


@dataclass(frozen=True)
class FieldLayout:
    """The channels of an array of fields on a grid: the steps of the history one after the other, then the constants.

    Channels stand first, ``[..., channels, *extents]``, or last, ``[..., *extents, channels]``. Coordinates that a
    model is given are a constant vector field: measure them from the middle of the grid.

    Args:
        fields: :class:`Field`, or names of scalars, in the order of the channels of one step.
        dims: dimensions of space, 1 to 3.
        history: steps that are stacked, the oldest first.
        constants: fields that do not change in time, once after all steps.
        channels_last: where the channels stand.
        axes: names of the axes; x, y, z by default.

    Raises:
        InputError: for anything that is not as above, two fields of one name included.

    Example:
        >>> layout = FieldLayout([Field("tracer"), Field("velocity", 1)], dims=2, history=2, constants=["depth"])
        >>> layout.names
        ('tracer', 'velocity_x', 'velocity_y', 'tracer', 'velocity_x', 'velocity_y', 'depth')
        >>> layout.output.channels
        3
    """

    fields: Any
    dims: Any
    history: Any = 1
    constants: Any = ()
    channels_last: bool = False
    axes: Any = None

    def __post_init__(self) -> None:
        for name in ("dims", "history"):
            value, limit = getattr(self, name), 3 if name == "dims" else None
            if isinstance(value, bool) or not isinstance(value, int) or value < 1 or (limit and value > limit):
                raise InputError(name, describe(value), f"a whole number from 1{' to 3' if limit else ''}", f"{name}=2")
        axes = AXES[: self.dims] if self.axes is None else tuple(self.axes)
        if len(axes) != self.dims or len(set(axes)) != self.dims:
            raise InputError(
                "axes", describe(self.axes), f"{self.dims} names, one for each axis", str(AXES[: self.dims])
            )
        fields, constants = _as_fields(self.fields, "fields"), _as_fields(self.constants, "constants")
        names = [field.name for field in (*fields, *constants)]
        if not names:
            raise InputError("fields", "none", "at least one field", 'FieldLayout([Field("tracer")], dims=2)')
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InputError("fields", f"{twice[0]} twice", "one field of each name", "other names")
        for name, value in (("axes", axes), ("fields", fields), ("constants", constants)):
            object.__setattr__(self, name, value)

    @classmethod
    def from_metadata(
        cls, metadata: Any, history: Any = 1, channels_last: bool = False, parity: Any = None
    ) -> FieldLayout:
        """The layout that the metadata of a data set tell: our own, or those of The Well's ``WellDataset``.

        Args:
            metadata: :class:`Metadata`, The Well's ``dataset.metadata``, or the path of a file.
            history: steps that are stacked.
            channels_last: where the channels stand.
            parity: ``{"vorticity": -1}``, for the pseudo-fields: files of The Well do not say which fields are.
        """
        from symmetra.fields._metadata import as_metadata

        known = as_metadata(metadata, parity)
        return cls(known.fields, len(known.axes), history, known.constants, channels_last, known.axes)

    @classmethod
    def from_file(cls, path: Any, history: Any = 1, channels_last: bool = False, parity: Any = None) -> FieldLayout:
        """The layout of an HDF5 file in The Well's format; see :meth:`from_metadata`."""
        from symmetra.fields._header import read_metadata

        return cls.from_metadata(read_metadata(path, parity), history, channels_last)

    @property
    def stack(self) -> tuple[Field, ...]:
        """The fields of all channels, in order: every step of the history, then the constants."""
        return self.fields * self.history + self.constants

    @property
    def names(self) -> tuple[str, ...]:
        """Of all channels."""
        return tuple(name for field in self.stack for name in field.components(self.axes))

    @property
    def channels(self) -> int:
        """How many there are."""
        return len(self.names)

    @property
    def blocks(self) -> tuple[tuple[slice, int, int], ...]:
        """What an action needs to know: the channels, the order and the parity of each field."""
        ends = list(itertools.accumulate((self.dims**field.order for field in self.stack), initial=0))
        return tuple(
            (slice(start, stop), field.order, field.parity)
            for field, start, stop in zip(self.stack, ends, ends[1:], strict=False)
        )

    @property
    def output(self) -> FieldLayout:
        """The layout of one predicted step: no history, no constants."""
        return replace(self, history=1, constants=())

    @property
    def last(self) -> slice:
        """The channels of the latest step of the history."""
        step = self.output.channels
        return slice((self.history - 1) * step, self.history * step)

    def advance(self, x: Tensor, y: Tensor) -> Tensor:
        """The next input, of the last one and what follows it: the oldest step leaves, constants stay.

        Args:
            x: of this layout.
            y: one step, of the layout ``output``.
        """
        axis = -1 if self.channels_last else -1 - self.dims
        step = y.shape[axis]
        parts = x.split([step, (self.history - 1) * step, x.shape[axis] - self.history * step], axis)
        return torch.cat([parts[1], y, parts[2]], axis)

    def action(self, group: Any, rolls: Any = None, strides: Any = 1) -> SignedPermutation:
        """How the symmetries of the grid move arrays of this layout.

        Args:
            group: of matrices ``[dims, dims]`` that permute and flip the axes: ``Hyperoctahedral(2)``, a subgroup of
                it, its name, or what :func:`allowed_group` gave.
            rolls: the points of each axis that may be shifted, ``(64, None)``.
            strides: the shifts are multiples of this.

        Raises:
            InputError: see :class:`symmetra.actions.SignedPermutation`.
        """
        from symmetra.actions import SignedPermutation
        from symmetra.fields._allowed import AllowedGroup

        group = group.group if isinstance(group, AllowedGroup) else group
        channel_axis = -1 if self.channels_last else -1 - self.dims
        return SignedPermutation(group, list(self.blocks), self.dims, channel_axis, rolls, strides)


def _as_fields(value: Any, argument: str) -> tuple[Field, ...]:
    """Fields as given; a name alone is a scalar."""
    if isinstance(value, str | Field) or not hasattr(value, "__iter__"):
        raise InputError(argument, describe(value), "a list of fields", f'{argument}=[Field("tracer")]')
    fields = tuple(Field(field) if isinstance(field, str) else field for field in value)
    if wrong := [field for field in fields if not isinstance(field, Field)]:
        raise InputError(argument, describe(wrong[0]), "fields", 'Field("velocity", order=1)')
    return fields
