"""Elements of the symmetry group of a grid as what they do to the axes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch

from symmetra.groups import FiniteGroup, Hyperoctahedral


@dataclass(frozen=True)
class SignedAxes:
    """The matrix with ``e_a → sign[a] · e_to[a]``.

    Attributes:
        to: the axis that each axis becomes.
        sign: −1 where it is reversed on the way.
    """

    to: tuple[int, ...]
    sign: tuple[int, ...]

    @property
    def determinant(self) -> int:
        """1 for turns, −1 for mirrors."""
        return round(np.linalg.det(self.matrix))

    @property
    def matrix(self) -> np.ndarray:
        """``[d, d]``."""
        matrix = np.zeros((len(self.to),) * 2)
        matrix[self.to, range(len(self.to))] = self.sign
        return matrix

    def move(self, grid: np.ndarray) -> np.ndarray:
        """Values on a grid, moved."""
        moved = grid.transpose(np.argsort(self.to))
        return np.flip(moved, tuple(b for b, s in zip(self.to, self.sign, strict=True) if s < 0))

    def words(self, axes: tuple[str, ...]) -> str:
        """Where the axes go, ``x → −y, y → x``."""
        images = zip(axes, self.to, self.sign, strict=True)
        return ", ".join(f"{axis} → {'−' * (s < 0)}{axes[b]}" for axis, b, s in images)


def of_matrix(matrix: np.ndarray) -> SignedAxes:
    """From a signed permutation ``[d, d]``."""
    to = np.abs(matrix).argmax(0)
    return SignedAxes(tuple(map(int, to)), tuple(int(matrix[b, a]) for a, b in enumerate(to)))


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


def group(elements: list[SignedAxes], axes: tuple[str, ...]) -> FiniteGroup:
    """The group they make, from few generators that are its name: the simple moves first."""
    d = len(axes)
    if len(elements) == len(everything(d)):
        return Hyperoctahedral(d)
    simple = {g: name for name, g in moves(axes).items() if g in elements}
    chosen: list[SignedAxes] = []
    found = FiniteGroup(torch.zeros(0, d, d, dtype=torch.float64), name="trivial")
    for g in [*simple, *elements]:
        if not found.contains(torch.from_numpy(g.matrix)):
            chosen.append(g)
            name = ", ".join(simple.get(h) or h.words(axes) for h in chosen)
            found = FiniteGroup(torch.stack([torch.from_numpy(h.matrix) for h in chosen]), name=name)
    return found
