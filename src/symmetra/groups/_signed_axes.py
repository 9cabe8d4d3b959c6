"""One signed permutation as what it does to the axes of a grid: the only place where such matrices are decoded."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class SignedAxes:
    """The matrix with ``e_a → sign[a] · e_to[a]``.

    Attributes:
        to: the axis that each axis becomes.
        sign: −1 where it is reversed on the way.
    """

    to: tuple[int, ...]
    sign: tuple[int, ...]

    @staticmethod
    def of_matrix(matrix: Tensor) -> SignedAxes:
        """From a signed permutation ``[d, d]``, exact or rounded."""
        to = matrix.abs().argmax(0).tolist()
        return SignedAxes(tuple(to), tuple(round(float(matrix[b, a])) for a, b in enumerate(to)))

    @staticmethod
    def of_images(words: str, axes: tuple[str, ...] | str = "xyz") -> SignedAxes:
        """From the image of each axis: ``"-y x z"`` sends e_x to −e_y, e_y to e_x.

        Raises:
            ValueError: words that are no images of all axes.
        """
        images = words.split()
        to = tuple(axes.index(word.removeprefix("-")) for word in images)
        if sorted(to) != list(range(len(to))):
            raise ValueError(words)
        return SignedAxes(to, tuple(-1 if word.startswith("-") else 1 for word in images))

    def images(self, axes: tuple[str, ...] | str = "xyz") -> str:
        """What :meth:`of_images` reads."""
        return " ".join(f"{'-' * (s < 0)}{axes[b]}" for b, s in zip(self.to, self.sign))

    @cached_property
    def source(self) -> tuple[int, ...]:
        """The axis that becomes each axis: the inverse of ``to``."""
        return tuple(self.to.index(b) for b in range(len(self.to)))

    @property
    def determinant(self) -> int:
        """1 for turns, −1 for mirrors."""
        crossings = sum(a > b for a, b in itertools.combinations(self.to, 2))
        return math.prod(self.sign) * (-1) ** crossings

    @property
    def matrix(self) -> Tensor:
        """``[d, d]``, float64."""
        matrix = torch.zeros(len(self.to), len(self.to), dtype=torch.float64)
        matrix[list(self.to), range(len(self.to))] = torch.tensor(self.sign, dtype=torch.float64)
        return matrix

    def words(self, axes: tuple[str, ...] | str = "xyz") -> str:
        """Where the axes go, ``x → −y, y → x``."""
        images = zip(axes, self.to, self.sign)
        return ", ".join(f"{axis} → {'−' * (s < 0)}{axes[b]}" for axis, b, s in images)
