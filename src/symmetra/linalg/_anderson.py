"""Anderson acceleration of a fixed-point iteration x ← T(x), with a safeguard.

From the last m steps the combination of them is taken whose residual T(x) − x would be the least if T were affine
(type II; D. G. Anderson, Journal of the ACM 12, 1965). Near a solution the splitting methods of convex optimisation
are affine but for rounding, and slow; this is what makes them fast there. An extrapolated point is kept only if its
residual is no larger than that of the point it came from, so that a wrong one costs one step and no more.
"""

from __future__ import annotations

import torch
from torch import Tensor

_RIDGE = 1e-10  # of the trace of the normal matrix


class Anderson:
    """The acceleration of one iteration: ``x = step.next(x, T(x))``.

    Args:
        memory: differences kept.
        every: plain steps between two extrapolations.
    """

    def __init__(self, memory: int = 10, every: int = 5) -> None:
        self._memory, self._every = memory, every
        self._safe: Tensor | None = None  # where to go on if the last extrapolation was no good
        self._allowed = 0.0
        self._last: tuple[Tensor, Tensor] | None = None
        self._residuals: list[Tensor] = []
        self._images: list[Tensor] = []
        self._count = 0

    def next(self, x: Tensor, image: Tensor) -> Tensor:
        """The point to go on from, of the shape of x.

        Args:
            x: the point.
            image: T(x).
        """
        residual = image - x
        size = float(residual.norm())
        if self._safe is not None:
            safe, self._safe = self._safe, None
            if size > self._allowed:
                self._forget()
                return safe
        self._record(residual.flatten(), image.flatten())
        self._count += 1
        if self._count % self._every or len(self._residuals) < 2:
            return image
        self._safe, self._allowed = image, size
        slopes = torch.stack(self._residuals)
        normal = slopes @ slopes.mT
        normal.diagonal().add_(_RIDGE * normal.trace())
        weights = torch.linalg.lstsq(normal, slopes @ residual.flatten()[:, None]).solution[:, 0]
        return image - (weights @ torch.stack(self._images)).reshape(x.shape)

    def _record(self, residual: Tensor, image: Tensor) -> None:
        if self._last is not None:
            self._residuals = [*self._residuals, residual - self._last[0]][-self._memory :]
            self._images = [*self._images, image - self._last[1]][-self._memory :]
        self._last = (residual, image)

    def _forget(self) -> None:
        self._last, self._residuals, self._images, self._count = None, [], [], 0
