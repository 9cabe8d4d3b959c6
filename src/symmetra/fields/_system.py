"""What every generator has: physical fields to modes, steps in time, modes to physical fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from symmetra.fields._layout import AXES, Field, FieldLayout
from symmetra.fields._spectral_grid import SpectralGrid
from symmetra.inputs import InputError, as_tensor, describe


@dataclass(frozen=True, kw_only=True)
class System(ABC):
    """An evolution equation of fields in a box, solved in float64 for a batch of trajectories at once.

    The part of it that is diagonal in the modes is solved exactly (an integrating factor), the rest by Runge–Kutta of
    fourth order: the solver is exact in the linear limit and commutes with every symmetry of the grid that the
    equation has.

    Attributes:
        interval: of time between two saved steps.
        dt: of the solver, at most; ``interval`` is divided into equal parts.
    """

    interval: float = 1.0
    dt: float = 0.1

    name: ClassVar[str]
    fields: ClassVar[tuple[Field, ...]]
    constants: ClassVar[tuple[Field, ...]] = ()
    extents: ClassVar[tuple[int, ...]] = (64, 64)
    boundaries: ClassVar[tuple[str, ...]] = ("periodic", "periodic")
    veto: ClassVar[tuple[str, ...]] = ()

    @property
    def lengths(self) -> tuple[float, ...]:
        """Of the box."""
        return (float(getattr(self, "size", 1.0)),) * len(self.extents)

    def layout(self, history: int = 1) -> FieldLayout:
        """The channels of its fields."""
        return FieldLayout(self.fields, len(self.extents), history, self.constants, axes=AXES[: len(self.extents)])

    def grid(self, extents: tuple[int, ...], device: Any = None) -> SpectralGrid:
        """Where the modes live."""
        return SpectralGrid(extents, self.lengths, device)

    @abstractmethod
    def initial(self, count: int, extents: tuple[int, ...], source: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """Random states ``[count, channels, *extents]`` and constants ``[count, constants, *extents]``."""

    @abstractmethod
    def enter(self, grid: SpectralGrid, x: Tensor) -> Tensor:
        """The state that is stepped, from the fields ``[batch, channels, *extents]``."""

    @abstractmethod
    def leave(self, grid: SpectralGrid, y: Tensor) -> Tensor:
        """The fields of a state, those included that follow from others (a pressure)."""

    @abstractmethod
    def rate(self, grid: SpectralGrid, y: Tensor, constants: Tensor) -> Tensor:
        """The part of dy/dt that is not ``decay · y``."""

    def decay(self, grid: SpectralGrid) -> Tensor:
        """What multiplies each mode in dy/dt; broadcasts against the state."""
        return torch.zeros((), dtype=torch.float64, device=grid.device)

    def solve(self, fields: Any, steps: int, constants: Any = None) -> Tensor:
        """The fields at ``steps`` further times, on the device of those at the beginning.

        Args:
            fields: ``[batch, channels, *extents]`` at the beginning.
            steps: how many times ``interval``.
            constants: ``[batch, channels, *extents]`` of the systems that have some.

        Returns:
            ``[batch, steps + 1, channels, *extents]``, float64, the beginning first.

        Raises:
            InputError: another number of channels or axes; a step of the solver that is too long, after which the
                fields are no longer finite.
        """
        x = as_tensor(fields, "fields").to(torch.float64)
        d, channels = len(self.extents), self.layout().output.channels
        if x.ndim != d + 2 or x.shape[1] != channels:
            raise InputError("fields", describe(x), f"[batch, {channels}, {', '.join('N' * d)}]", "layout().names")
        known = x[:, :0] if constants is None else as_tensor(constants, "constants").to(torch.float64)
        if known.shape != (len(x), self.layout().channels - channels, *x.shape[2:]):
            raise InputError(
                "constants", describe(known), f"{', '.join(f.name for f in self.constants)} of each sample"
            )
        grid = self.grid(tuple(x.shape[2:]), x.device)
        parts = max(1, -(-self.interval // self.dt))
        h = self.interval / parts
        half = torch.exp(self.decay(grid) * (h / 2))
        y = self.enter(grid, x)
        saved = [self.leave(grid, y)]
        for _ in range(steps):
            for _ in range(int(parts)):
                y = self._step(grid, y, known, half, h)
            saved.append(self.leave(grid, y))
            if not torch.isfinite(saved[-1]).all():
                raise InputError(
                    "dt", f"{self.dt}, with which the solution blows up", "a shorter step", f"dt={h / 2:.3g}"
                )
        return torch.stack(saved, 1)

    def _step(self, grid: SpectralGrid, y: Tensor, constants: Tensor, half: Tensor, h: float) -> Tensor:
        """Runge–Kutta of fourth order for ``exp(−t · decay) y`` (Lawson 1967)."""
        k1 = self.rate(grid, y, constants)
        k2 = self.rate(grid, half * (y + h / 2 * k1), constants)
        k3 = self.rate(grid, half * y + h / 2 * k2, constants)
        k4 = self.rate(grid, half * (half * y + h * k3), constants)
        return half * (half * (y + h / 6 * k1) + h / 3 * (k2 + k3)) + h / 6 * k4
