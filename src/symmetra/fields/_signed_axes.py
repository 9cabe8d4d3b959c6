"""Elements of the symmetry group of a grid as what they do to the axes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np


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


def of_matrix(matrix: np.ndarray) -> SignedAxes:
    """From a signed permutation ``[d, d]``."""
    to = np.abs(matrix).argmax(0)
    return SignedAxes(tuple(map(int, to)), tuple(int(matrix[b, a]) for a, b in enumerate(to)))


def everything(d: int) -> list[SignedAxes]:
    """All ``2^d d!``, the identity first."""
    signs = list(itertools.product((1, -1), repeat=d))
    return [SignedAxes(to, sign) for to in itertools.permutations(range(d)) for sign in signs]


def flip(a: int, d: int) -> SignedAxes:
    """One axis reversed."""
    return SignedAxes(tuple(range(d)), tuple(-1 if i == a else 1 for i in range(d)))


def swap(a: int, b: int, d: int) -> SignedAxes:
    """Two axes exchanged."""
    to = list(range(d))
    to[a], to[b] = b, a
    return SignedAxes(tuple(to), (1,) * d)
