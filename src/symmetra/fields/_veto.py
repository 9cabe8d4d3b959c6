"""What the metadata of a data set cannot tell: gravity, a mean flow, axes that differ. The user says it in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from symmetra.fields._metadata import Metadata
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError, describe

Constraint = Callable[[SignedAxes], str | None]

FORMS = '"flip y", "swap x y", "roll x", "gravity y" (a direction), "mean field ±x" (a direction up to its sign)'


def constraints(veto: Any, known: Metadata) -> tuple[list[Constraint], dict[str, str]]:
    """Constraints on elements, which return a reason where they are broken, and the axes that must not be rolled.

    Raises:
        InputError: words that are none of the forms, or that name no axis of the data.
    """
    items = [veto] if isinstance(veto, str) else veto
    if not hasattr(items, "__iter__") or any(not isinstance(item, str) for item in items):
        raise InputError("veto", describe(veto), f"words such as {FORMS}", 'veto=("gravity y",)')
    found: list[Constraint] = []
    rolls: dict[str, str] = {}
    flips: dict[int, str] = {}
    for item in items:
        words = [word for word in re.split(r"[\s_:]+", item.strip().replace("+-", "±")) if word]
        reason = f'"{item}", your veto'
        a = _axis(words[-1], known, item) if words else 0
        if len(words) == 2 and words[0] == "flip":
            flips[a] = reason
        elif len(words) == 3 and words[0] == "swap":
            found.append(_distinct(_axis(words[1], known, item), a, reason))
        elif len(words) == 2 and words[0] == "roll":
            rolls[known.axes[a]] = reason
        elif len(words) > 1 and words[0] not in ("flip", "swap", "roll"):
            name = re.sub(r"[\s_:]+[±]?\S+$", "", item.strip())
            parity = {field.name: field.parity for field in (*known.fields, *known.constants)}.get(name, 1)
            found.append(_direction(a, parity, "±" in words[-1], reason))
        else:
            raise InputError("veto", repr(item), f"one of {FORMS}")
    if flips:
        found.append(_upright(flips))
    return found, rolls


def _axis(word: str, known: Metadata, item: str) -> int:
    name = word.lstrip("±+-")
    if name not in known.axes:
        raise InputError("veto", repr(item), f"{FORMS}, with axes {', '.join(known.axes)}")
    return known.axes.index(name)


def _upright(flips: dict[int, str]) -> Constraint:
    """The directions of these axes are only ever exchanged with one another."""

    def broken(g: SignedAxes) -> str | None:
        moved = [a for a in flips if g.sign[a] < 0 or g.to[a] not in flips]
        return flips[moved[0]] if moved else None

    return broken


def _distinct(a: int, b: int, reason: str) -> Constraint:
    """Neither axis becomes the other."""
    return lambda g: reason if g.to[a] == b or g.to[b] == a else None


def _direction(a: int, parity: int, line: bool, reason: str) -> Constraint:
    """A vector along the axis, or a pseudovector, stays as it is, or goes to its opposite."""

    def broken(g: SignedAxes) -> str | None:
        same = line or g.sign[a] * (g.determinant if parity < 0 else 1) == 1
        return None if g.to[a] == a and same else reason

    return broken
