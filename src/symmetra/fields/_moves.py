"""The symmetries of a grid by the names that people say: flips and swaps of axes, and the groups they make."""

from __future__ import annotations

import itertools
from functools import cache

import torch

from symmetra.groups import FiniteGroup, Hyperoctahedral, grid_group
from symmetra.groups._signed_axes import SignedAxes
from symmetra.inputs import InputError

# Groups that no flips and swaps of axes make, and their names in the catalogue.
_TITLES = {2: ("C2", "C4"), 3: ("Ci", "D2", "T", "Th", "Td", "O")}
_TITLES[3] += tuple(f"{name} {axis}" for name in ("C2", "C2h", "C4", "C4v", "C4h", "D4", "D4h") for axis in "xyz")


def everything(d: int) -> list[SignedAxes]:
    """All ``2^d d!``, the identity first."""
    signs = list(itertools.product((1, -1), repeat=d))
    return [SignedAxes(to, sign) for to in itertools.permutations(range(d)) for sign in signs]


def moves(axes: tuple[str, ...]) -> dict[str, SignedAxes]:
    """The simple ones by name: each axis reversed, each pair exchanged."""
    d, same = len(axes), tuple(range(len(axes)))
    flips = {f"flip {axis}": SignedAxes(same, tuple(-1 if i == a else 1 for i in same)) for a, axis in enumerate(axes)}
    pairs = itertools.combinations(same, 2)
    to = {(a, b): tuple({a: b, b: a}.get(i, i) for i in same) for a, b in pairs}
    return flips | {f"swap {axes[a]} {axes[b]}": SignedAxes(images, (1,) * d) for (a, b), images in to.items()}


def named(elements: list[SignedAxes], axes: tuple[str, ...]) -> FiniteGroup:
    """The group they make. Its name: few moves that make it, the simple ones first, or that of the catalogue."""
    d = len(axes)
    if len(elements) == 2**d * len(list(itertools.permutations(range(d)))):
        return Hyperoctahedral(d)
    simple = {g: name for name, g in moves(axes).items() if g in elements}
    chosen: list[SignedAxes] = []
    found = FiniteGroup(torch.zeros(0, d, d, dtype=torch.float64), name="trivial")
    for g in [*simple, *elements]:
        if not found.contains(g.matrix):
            chosen.append(g)
            name = ", ".join(simple.get(h) or f"({h.images(axes)})" for h in chosen)
            found = FiniteGroup(torch.stack([h.matrix for h in chosen]), name=name)
    if all(g in simple for g in chosen) or axes != ("x", "y", "z")[:d]:
        return found
    return next((group for group in _catalogue(d) if _same(group, found)), found)


def group_of(words: str, axes: tuple[str, ...]) -> FiniteGroup:
    """The group that moves generate, ``"flip x, swap x y"``, or that of the catalogue, ``"C4"``.

    Other moves are told by the images of the axes: ``"(-y x)"`` sends x to −y and y to x.

    Raises:
        InputError: words that are neither.
    """
    known = moves(axes)
    parts = [" ".join(part.split()) for part in words.split(",")]
    try:
        if all(part in known or part.startswith("(") for part in parts):
            chosen = [known.get(part) or SignedAxes.of_images(part.strip("()"), axes) for part in parts]
            if any(len(g.to) != len(axes) for g in chosen):
                raise ValueError(words)
            return FiniteGroup(torch.stack([g.matrix for g in chosen]), name=", ".join(parts))
        return FiniteGroup(grid_group(words.strip(), len(axes)).components, name=words.strip())
    except ValueError:  # what grid_group says of a wrong name is one, too
        titles = ", ".join(("D2", "D4") if len(axes) == 2 else ("D2h", "Oh") if len(axes) == 3 else ())
        expected = ", ".join((*known, *_TITLES.get(len(axes), ()), titles))
        raise InputError("group", repr(words), f"moves or a group among {expected}", '"flip x, (-y x)"') from None


@cache
def _catalogue(d: int) -> tuple[FiniteGroup, ...]:
    titles = _TITLES.get(d, ())
    return tuple(FiniteGroup(grid_group(title, d).components, name=title) for title in titles)


def _same(a: FiniteGroup, b: FiniteGroup) -> bool:
    return a.order == b.order and all(a.contains(g) for g in b.elements)
