"""The largest group of grid symmetries that a data set admits, and why no larger one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from symmetra.actions._signed_permutation_move import made
from symmetra.fields._metadata import Metadata, as_metadata
from symmetra.fields._moves import everything, moves, named
from symmetra.fields._veto import Constraint, constraints
from symmetra.groups import FiniteGroup
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

# Relative to the mean spacing: coordinates in files are float32, sometimes far from zero.
SPACING = 1e-3


@dataclass(frozen=True, eq=False)
class AllowedGroup:
    """The symmetries of the grid that a data set admits; :meth:`FieldLayout.action` takes it like a group.

    Attributes:
        group: of signed permutations of the axes.
        rolls: axes that may be shifted by whole points.
        excluded: every flip, swap and roll that is not admitted, with the reason in words.
        axes: of the data set.
    """

    group: FiniteGroup
    rolls: tuple[str, ...]
    excluded: dict[str, str]
    axes: tuple[str, ...]
    _constraints: tuple[Constraint, ...] = field(default=(), repr=False)

    @property
    def order(self) -> int:
        """Of the group, shifts not counted."""
        return self.group.order

    def why_not(self, g: Any) -> tuple[str, ...]:
        """The reasons against an element ``[d, d]``; none if it is admitted."""
        element = SignedAxes.of_matrix(torch.as_tensor(g))
        found = (constraint(element) for constraint in self._constraints)
        return tuple(dict.fromkeys(reason for reason in found if reason))

    def require(self, group: Any, override: Any = ()) -> FiniteGroup:
        """A group that someone asks for, if the data admit it.

        Args:
            group: of signed permutations ``[d, d]``.
            override: the moves that are wanted in spite of what is known, by name: ``"flip y, swap x y"``.

        Raises:
            InputError: the group has elements that are not admitted; the reasons, and what to write to have them.
        """
        if not isinstance(group, FiniteGroup) or group.d != len(self.axes):
            raise InputError("group", describe(group), f"a finite group that acts on {', '.join(self.axes)}")
        known = moves(self.axes)
        items = [override] if isinstance(override, str) else override
        extra = [" ".join(name.split()) for item in items for name in item.split(",")]
        if unknown := [name for name in extra if name not in known]:
            raise InputError("override", describe(unknown[0]), f"moves among {', '.join(known)}", '"flip y"')
        matrices = [*self.group.elements, *(known[name].matrix for name in extra)]
        admitted = FiniteGroup(torch.stack(matrices))
        wrong = [g for g in group.elements if not admitted.contains(g)]
        if wrong:
            reasons = dict.fromkeys(reason for g in wrong for reason in self.why_not(g))
            wanted = [name for name in self.excluded if name in known]
            inside = [name for name in wanted if group.contains(known[name].matrix)]
            got = f"{group}, which the data do not admit: {'; '.join(reasons)}"
            instead = f'override "{", ".join(inside or wanted)}" to have it all the same'
            raise InputError("group", got, f"a group inside {self.group}, order {self.order}", instead)
        return group

    def rows(self) -> list[dict[str, str]]:
        """Every flip, swap and roll: whether it is admitted, and why not."""
        d = len(self.axes)
        names = [*moves(self.axes), *(f"roll {axis}" for axis in self.axes)] if d else []
        return [
            {"move": move, "admitted": "no" if move in self.excluded else "yes", "why not": self.excluded.get(move, "")}
            for move in names
        ]

    def __str__(self) -> str:
        count = f"{self.order} element{'s' * (self.order != 1)}"
        first = f"{self.group}, {count}; rolls along {', '.join(self.rolls) or 'none'}"
        return "\n".join([first, *(f"  no {move}: {reason}" for move, reason in self.excluded.items())])


def allowed_group(file_or_metadata: Any, veto: Any = (), parity: Any = None) -> AllowedGroup:
    """The largest group of axis permutations and flips that a data set admits, with the reason for every exclusion.

    An element is admitted if it maps the extents, the spacing of the points, the kinds of boundaries at the ends, and
    boundaries inside the box, to themselves. What metadata cannot tell is vetoed in words:

    * ``"flip y"``, ``"swap x y"``, ``"roll x"``: the move is none;
    * ``"gravity y"``, any words before an axis: a direction along it stays as it is;
    * ``"mean field ±x"``: a direction stays up to its sign;
    * ``"magnetic_field x"``, the name of a field of the data: the same, with the parity of that field.

    Args:
        file_or_metadata: the path of a file in The Well's format, :class:`Metadata`, or The Well's own.
        veto: one or several of the above.
        parity: ``{"magnetic_field": -1}``, of pseudo-fields that the data do not know to be such.

    Raises:
        InputError: a grid that is not cartesian, axes that are periodic at one end, vetoes that name nothing, or that
            leave no single largest group.
    """
    known = as_metadata(file_or_metadata, parity)
    if known.grid_type.lower() != "cartesian":
        raise InputError("grid_type", known.grid_type, "a cartesian grid, whose axes can be exchanged and reversed")
    d = len(known.axes)
    vetoes, vetoed_rolls = constraints(veto, known)
    rules: tuple[Constraint, ...] = (_extents(known), _ends(known), _spacing(known), *_masks(known), *vetoes)
    elements = [g for g in everything(d) if not any(rule(g) for rule in rules)]
    group = named(elements, known.axes)
    if group.order != len(elements):
        expected = "vetoes that leave one largest group: axes that are like a third one are like each other"
        raise InputError("veto", describe(veto), expected, "a swap with the third axis, too")
    excluded = {name: reason for name, g in moves(known.axes).items() if (reason := _first(rules, g))}
    rolls = {axis: vetoed_rolls.get(axis) or _no_roll(known, a) for a, axis in enumerate(known.axes)}
    excluded |= {f"roll {axis}": reason for axis, reason in rolls.items() if reason}
    return AllowedGroup(group, tuple(a for a in known.axes if not rolls[a]), excluded, known.axes, rules)


def _first(rules: Iterable[Constraint], g: SignedAxes) -> str | None:
    return next((reason for rule in rules if (reason := rule(g))), None)


def _extents(known: Metadata) -> Constraint:
    def broken(g: SignedAxes) -> str | None:
        for a, b in enumerate(g.to):
            if known.extents[a] != known.extents[b]:
                return f"{known.axes[a]} has {known.extents[a]} points and {known.axes[b]} {known.extents[b]}"
        return None

    return broken


def _ends(known: Metadata) -> Constraint:
    """The table of boundaries maps to itself; without a table, only what holds for every one with these kinds."""

    def words(a: int) -> str:
        assert known.boundaries is not None
        low, high = known.boundaries[a]
        return f"{known.axes[a]} ends at {low if low == high else f'({low}, {high})'}"

    def broken(g: SignedAxes) -> str | None:
        if known.boundaries is None:
            kinds = set(known.boundary_types) or {"any"}
            fixed = g.to == tuple(range(len(g.to)))
            if fixed and (min(g.sign) > 0 or (len(kinds - {"periodic"}) == 1 and "any" not in kinds)):
                return None
            return f"the metadata do not say which boundary lies where ({', '.join(sorted(kinds))})"
        for a, b in enumerate(g.to):
            if known.boundaries[b] != known.boundaries[a][:: g.sign[a]]:
                return words(a) if a == b else f"{words(a)} and {words(b)}"
        return None

    return broken


def _spacing(known: Metadata) -> Constraint:
    gaps = [np.diff(points, axis=-1) for points in known.coordinates or ()]

    def broken(g: SignedAxes) -> str | None:
        for a, b in enumerate(g.to if gaps else ()):
            there, here = gaps[a][..., :: g.sign[a]], gaps[b]
            if there.shape != here.shape or np.abs(there - here).max(initial=0) > SPACING * np.abs(here).mean():
                if a == b:
                    return f"the points of {known.axes[a]} are not spaced evenly"
                means = f"{np.abs(gaps[a]).mean():.3g} and those of {known.axes[b]} {np.abs(here).mean():.3g}"
                return f"the points of {known.axes[a]} are spaced by {means}"
        return None

    return broken


def _masks(known: Metadata) -> list[Constraint]:
    def one(name: str, mask: np.ndarray) -> Constraint:
        full = torch.from_numpy(np.broadcast_to(mask, known.extents).copy())[None]
        d = full.ndim - 1

        def broken(g: SignedAxes) -> str | None:
            same = torch.equal(made(g, (0,) * d, (1,) * d, ((0, 1, 0, 1),))(full), full)
            return None if same else f"the boundary {name} inside the box is not symmetric"

        return broken

    return [one(name, mask) for name, (_, mask) in known.masks.items()]


def _no_roll(known: Metadata, a: int) -> str | None:
    axis = known.axes[a]
    if known.boundaries is None:
        return f"the metadata do not say whether {axis} is periodic"
    if axis not in known.periodic:
        return f"{axis} is not periodic, it ends at ({', '.join(known.boundaries[a])})"
    gaps = np.diff(known.coordinates[a], axis=-1) if known.coordinates else np.ones(1)
    if gaps.size and np.abs(gaps - gaps.mean()).max() > SPACING * np.abs(gaps).mean():
        return f"the points of {axis} are not spaced evenly"
    if any((mask.any(a) != mask.all(a)).any() for _, mask in known.masks.values()):
        return f"a boundary inside the box changes along {axis}"
    return None
