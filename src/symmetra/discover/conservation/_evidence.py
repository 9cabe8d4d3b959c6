"""The two kinds of evidence that a function is conserved: its rate of change, and its drift along trajectories.

Both are generalised problems in the coefficients c of h = Σ_j c_j φ_j, kept as triangular factors (no Gram matrix):

    rates, samples alone      |∇h·F|                            against  |∇h| |F|, each column in units of its sd
    drift along trajectories  h − (its mean on the trajectory)  against  h − (its mean over all samples)
    rates along trajectories  ∇h·F / ω_b                        against  h − (its mean over all samples)

ω_b is the rms relative speed |F_i / sd_b(x_i)| on trajectory b, so the third one is the change of h in one radian of
motion: a quantity that oscillates with amplitude ε has ε there, however the samples fall in its period.
Every trajectory counts equally. Between k trajectories a function has k − 1 degrees of freedom, so at most k − 1
values of the drift problem are below 1, whatever is conserved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from symmetra.functions import Library
from symmetra.inputs import InputError
from symmetra.linalg import NullSpace, StreamingQR, relative_null_space

_ENTRIES = 4_000_000  # numbers of gradients held at a time


@dataclass(frozen=True)
class Problem:
    """|A c| against |M c|: the factors of numerator and denominator, per sample, and the rms value of each term."""

    numerator: Tensor
    denominator: Tensor
    sizes: Tensor

    def solve(self, tolerance: float) -> NullSpace:
        """The generalised problem, with every term in units of its own size: x⁴ in micrometres is not nothing."""
        units = torch.where(self.sizes > 0, self.sizes, torch.ones_like(self.sizes))
        found = relative_null_space(self.numerator / units, self.denominator / units, tolerance)
        return replace(
            found, basis=found.basis / units, vanishing=found.vanishing / units, vectors=found.vectors / units
        )

    def on(self, kept: Tensor) -> Problem:
        """The same problem with some of the terms."""
        return Problem(self.numerator[:, kept], self.denominator[:, kept], self.sizes[kept])


def column_scale(x: Tensor) -> Tensor:
    """The unit of each column: its standard deviation, its size where it is constant, 1 where it is zero."""
    sd = x.std(dim=0, correction=0)
    size = x.square().mean(0).sqrt()
    sd = torch.where(sd > 1e-12 * size, sd, size)
    return torch.where(sd > 0, sd, torch.ones_like(sd))


def library_values(library: Library, x: Tensor) -> Tensor:
    """Values ``[N, T]`` in float64, finite or refused."""
    values = torch.cat([library.values(rows).to(torch.float64) for rows in x.split(_rows(library.size, 1))])
    if values.ndim != 2 or values.shape != (x.shape[0], library.size):
        raise InputError("library", f"values of shape {tuple(values.shape)}", f"[{x.shape[0]}, {library.size}]")
    _refuse(values, library, "values")
    return values


def _refuse(values: Tensor, library: Library, what: str) -> None:
    bad = ~torch.isfinite(values).flatten(2).all(-1).all(0) if values.ndim > 2 else ~torch.isfinite(values).all(0)
    if bad.any():
        term = library.terms[int(bad.nonzero()[0])]
        raise InputError(
            "library",
            f"NaN or infinite {what} of the term {term} on x",
            "terms finite on x",
            "x without the samples at their singularities",
        )


def _rows(terms: int, n: int) -> int:
    return max(64, _ENTRIES // (terms * n))


def flow_derivatives(library: Library, x: Tensor, rate: Tensor) -> Tensor:
    """∇φ_j(x)·F(x), ``[N, T]``."""
    parts = []
    step = _rows(library.size, x.shape[1])
    for rows, rates in zip(x.split(step), rate.split(step), strict=True):
        gradients = library.gradients(rows).to(torch.float64)
        _refuse(gradients, library, "derivatives")
        parts.append(torch.einsum("ntk,nk->nt", gradients, rates))
    return torch.cat(parts)


def rate_problem(library: Library, x: Tensor, rate: Tensor, scale: Tensor) -> Problem:
    """|∇h·F| against |∇h| |F| with columns in units of ``scale``, streamed over the samples."""
    numerator, denominator = StreamingQR(library.size), StreamingQR(library.size)
    square = torch.zeros(library.size, dtype=torch.float64)
    step = _rows(library.size, x.shape[1])
    for rows, rates in zip(x.split(step), rate.split(step), strict=True):
        gradients = library.gradients(rows).to(torch.float64)
        _refuse(gradients, library, "derivatives")
        numerator.update(torch.einsum("ntk,nk->nt", gradients, rates))
        square += library_values(library, rows).square().sum(0)
        speed = torch.linalg.vector_norm(rates / scale, dim=1)
        weighted = gradients * scale * speed[:, None, None]
        denominator.update(weighted.movedim(2, 1).reshape(-1, library.size))
    root = x.shape[0] ** 0.5
    return Problem(numerator.R / root, denominator.R / root, (square / x.shape[0]).sqrt())


def gradient_problem(library: Library, x: Tensor, scale: Tensor) -> Problem:
    """The spread of h over the samples against its gradient: near 0 for what is constant on the samples."""
    values = library_values(library, x)
    spread, slope = StreamingQR(library.size), StreamingQR(library.size)
    spread.update(values - values.mean(0))
    for rows in x.split(_rows(library.size, x.shape[1])):
        slope.update((library.gradients(rows).to(torch.float64) * scale).movedim(2, 1).reshape(-1, library.size))
    root = x.shape[0] ** 0.5
    return Problem(spread.R / root, slope.R / root, values.square().mean(0).sqrt())


class Scatter:
    """Values of the library on labelled trajectories: means, weights and the scatter about them."""

    def __init__(self, values: Tensor, labels: Tensor, count: int) -> None:
        one_hot = torch.nn.functional.one_hot(labels, count).to(values)
        sizes = one_hot.sum(0)
        self.means = (one_hot.mT @ values) / sizes[:, None]
        self.weights = (1.0 / (count * sizes))[labels]
        self.labels, self.values = labels, values
        self.sizes = values.square().mean(0).sqrt()

    def drift(self) -> Problem:
        """Scatter within trajectories against the scatter over all samples."""
        root = self.weights.sqrt()[:, None]
        within = (self.values - self.means[self.labels]) * root
        total = (self.values - self.means.mean(0)) * root
        return Problem(_factor(within), _factor(total), self.sizes)

    def rates(self, derivatives: Tensor, omega: Tensor) -> Problem:
        """Change in one radian of motion against the scatter over all samples."""
        root = self.weights.sqrt()[:, None]
        change = derivatives * (root / omega[self.labels][:, None])
        return Problem(_factor(change), self.drift().denominator, self.sizes)


def _factor(rows: Tensor) -> Tensor:
    return StreamingQR(rows.shape[1]).update(rows).R


def angular_speeds(x: Tensor, rate: Tensor, labels: Tensor, count: int) -> Tensor:
    """ω_b: rms over samples and moving columns of |F_i| over the sd of x_i on the trajectory; infinite at rest."""
    speeds = []
    for b in range(count):
        rows, rates = x[labels == b], rate[labels == b]
        sd = rows.std(dim=0, correction=0)
        moving = sd > 1e-12 * rows.square().mean(0).sqrt()
        ratio = (rates[:, moving] / sd[moving]).square().mean().sqrt() if moving.any() else rows.new_tensor(0.0)
        speeds.append(ratio if ratio > 0 else rows.new_tensor(torch.inf))
    return torch.stack(speeds)
