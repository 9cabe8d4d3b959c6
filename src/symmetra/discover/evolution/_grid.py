"""Derivatives of noisy fields on a uniform grid, as linear maps of the data, each with a second opinion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, factorial

import torch
from torch import Tensor

from symmetra.discover.evolution._jets import JetSpace

_LINES = 2000  # lines of the grid from which the smoothing of an axis is chosen


@dataclass(frozen=True)
class Axis:
    """Derivatives 0 … k along one axis at some of its points: matrices ``[k + 1, N', N]``, by two methods."""

    matrices: Tensor
    others: Tensor


@dataclass(frozen=True)
class Sampler:
    """Jets and rates at chosen grid points, linear in the data.

    Attributes:
        jets: the jets wanted.
        space: one axis a space dimension.
        time: the axis of time.
        base: (x, t) of the chosen points, ``[N, d + 1]``, for one solution.
    """

    jets: JetSpace
    space: tuple[Axis, ...]
    time: Axis
    base: Tensor

    def __call__(self, u: Tensor, other_time: bool = False, other_space: bool = False) -> tuple[Tensor, Tensor]:
        """Jets ``[R N, w]`` and rates ``[R N, m]`` of fields ``[R, T, *S, m]``."""
        clock = self.time.others if other_time else self.time.matrices
        rulers = [axis.others if other_space else axis.matrices for axis in self.space]
        still, moving = (_applied(clock[k], u, 1) for k in (0, 1))
        parts = [self._differentiated(still, rulers, index) for index in self.jets.indices.tolist()]
        rate = self._differentiated(moving, rulers, [0] * self.jets.space).reshape(-1, self.jets.fibre)
        rows = torch.stack([part.reshape(-1, self.jets.fibre) for part in parts], dim=1).flatten(1)
        return torch.cat([self.base.repeat(u.shape[0], 1), rows], dim=1), rate

    def _differentiated(self, u: Tensor, rulers: Sequence[Tensor], index: Sequence[int]) -> Tensor:
        for i, k in enumerate(index):
            u = _applied(rulers[i][k], u, 2 + i)
        return u


def sampler(
    jets: JetSpace, u: Tensor, grid: Sequence[Tensor], times: Tensor, periodic: bool, noise: float, rows: int
) -> Sampler:
    """How to differentiate these fields ``[R, T, *S, m]``, at about ``rows`` points in all."""
    share = (rows / u.shape[0]) ** (1 / (jets.space + 1))
    wanted = max(4, round(share))
    space, kept = [], []
    for i, points in enumerate(grid):
        lines = u.movedim(2 + i, -1).reshape(-1, len(points))
        axis, chosen = (_fourier if periodic else _stencils)(points, lines, jets.order, noise, wanted)
        space.append(axis)
        kept.append(points[chosen])
    time, chosen = _stencils(times, u.movedim(1, -1).reshape(-1, len(times)), 1, noise, wanted)
    mesh = torch.meshgrid(times[chosen], *kept, indexing="ij")
    return Sampler(jets, tuple(space), time, torch.stack([*mesh[1:], mesh[0]], dim=-1).reshape(-1, jets.space + 1))


def noise_level(u: Tensor, axes: Sequence[int]) -> float:
    """The standard deviation of white noise on smooth fields: the smallest that high differences show."""
    found = [float(u.abs().max()) * 1e-16]
    for axis in axes:
        for k in range(3, 9):
            if u.shape[axis] > 2 * k:
                found.append(float(torch.diff(u, k, dim=axis).square().mean().sqrt()) / comb(2 * k, k) ** 0.5)
    return max(found[0], min(found[1:]))


def _applied(matrix: Tensor, u: Tensor, axis: int) -> Tensor:
    return torch.tensordot(matrix, u, dims=([1], [axis])).movedim(0, axis)


def _spread(first: int, last: int, wanted: int) -> Tensor:
    return torch.linspace(first, last, min(wanted, last - first + 1)).round().to(torch.int64)


def _fourier(points: Tensor, lines: Tensor, order: int, noise: float, wanted: int) -> tuple[Axis, Tensor]:
    """Trigonometric interpolation up to the last wave number that stands out of the noise."""
    count = len(points)
    step = float(points[1] - points[0])
    power = torch.fft.rfft(lines, dim=1).abs().square().mean(0)
    power = power[: (count - 1) // 2 + 1] / (count * noise**2)
    loud = max([1, *(power > 4).nonzero().flatten().tolist()])
    cuts = (loud, min(len(power) - 1, loud + loud // 4 + 2))  # the second shows the signal that the first leaves out
    chosen = _spread(0, count - 1 if wanted >= count else count - count // wanted, wanted)
    matrices = [_waves(count, step, chosen, order, top) for top in cuts]
    return Axis(*matrices), chosen


def _waves(count: int, step: float, chosen: Tensor, order: int, top: int) -> Tensor:
    lag = (chosen[:, None] - torch.arange(count)).to(torch.float64)
    wave = torch.arange(1, top + 1, dtype=torch.float64) * (2 * torch.pi / count)
    angle = lag[..., None] * wave
    out = []
    for k in range(order + 1):
        turned = torch.cos(angle + k * torch.pi / 2) * (wave / step) ** k
        out.append((2 * turned.sum(-1) + float(k == 0)) / count)
    return torch.stack(out)


def _stencils(points: Tensor, lines: Tensor, order: int, noise: float, wanted: int) -> tuple[Axis, Tensor]:
    """Least-squares polynomials in a window; its width and degree balance noise against truncation."""
    count, step = len(points), float(points[1] - points[0])
    lines = lines[torch.linspace(0, len(lines) - 1, min(len(lines), _LINES)).to(torch.int64)]
    best: tuple[float, int, int] | None = None
    for half in sorted({h for h in (2, 3, 4, 5, 6, 8, 11, 15, 20, 28, 40) if 8 * h <= 3 * count} | {2}):
        for degree in range(order + 2 - order % 2, min(2 * half - 1, 12), 2):
            weights, finer = (_window(half, step, order, d)[order] for d in (degree, degree + 2))
            centre = lines.unfold(1, 2 * half + 1, max(1, (count - 2 * half) // 12))
            error = float((centre @ (weights - finer)).square().mean()) + noise**2 * float(weights.square().sum())
            if best is None or error < best[0]:
                best = (error, half, degree)
    _, half, degree = best or (0.0, (order + 3) // 2 + 1, order + 1)
    chosen = _spread(half, count - 1 - half, wanted)
    return Axis(*(_banded(count, chosen, _window(half, step, order, d)) for d in (degree, degree + 2))), chosen


def _window(half: int, step: float, order: int, degree: int) -> Tensor:
    """Weights ``[order + 1, 2 half + 1]`` of the derivatives in the middle of a window."""
    offsets = torch.arange(-half, half + 1, dtype=torch.float64) / half
    vandermonde = offsets[:, None] ** torch.arange(degree + 1)
    weights = torch.linalg.pinv(vandermonde)[: order + 1]
    sizes = torch.tensor([factorial(k) / (half * step) ** k for k in range(order + 1)], dtype=torch.float64)
    return weights * sizes[:, None]


def _banded(count: int, chosen: Tensor, weights: Tensor) -> Tensor:
    half = weights.shape[1] // 2
    out = weights.new_zeros(weights.shape[0], len(chosen), count)
    columns = chosen[:, None] + torch.arange(-half, half + 1)
    out.scatter_(2, columns.expand(len(weights), -1, -1), weights[:, None].expand(-1, len(chosen), -1))
    return out
