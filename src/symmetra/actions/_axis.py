"""One axis of a grid: n basis functions, and the matrices that interpolate and differentiate along it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

import torch
from torch import Tensor


class Axis(ABC):
    """n points along an axis and the n functions that interpolate between them.

    Attributes:
        low: Where the axis begins.
        length: Its length.
        spacing: The distance of neighbouring points.
        coordinates: The points ``[n]``, float64.
        periodic: Whether it closes upon itself.
    """

    low: float
    length: float
    spacing: float
    coordinates: Tensor
    periodic: bool

    @abstractmethod
    def basis(self, points: Tensor) -> Tensor:
        """The n basis functions at points ``[M]``: ``[M, n]``, differentiable."""

    @property
    @abstractmethod
    def uncertainty(self) -> Tensor:
        """``[n, n]``: takes values to what the points leave open about the derivative, up to a factor of order 1."""

    @property
    def falloff(self) -> Tensor | None:
        """``[n, n]``: the same one level less fine, where the ratio of the two tells how the unseen falls off."""
        return None

    @cached_property
    def inverse(self) -> Tensor:
        """From values at the points to coefficients, ``[n, n]``."""
        return torch.linalg.inv(self.basis(self.coordinates))

    @cached_property
    def derivative(self) -> Tensor:
        """From values to the derivative of their interpolant at the points, ``[n, n]``."""
        slope = torch.func.jvp(self.basis, (self.coordinates,), (torch.ones_like(self.coordinates),))[1]
        return slope @ self.inverse

    def weights(self, points: Tensor) -> Tensor:
        """The interpolant at points ``[M]`` as a matrix ``[M, n]`` on the values."""
        return self.basis(points) @ self.inverse.to(points)
