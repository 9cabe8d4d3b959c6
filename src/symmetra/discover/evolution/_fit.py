"""The right-hand side of u_t = K fitted to fields on a grid, how far it may be wrong, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from symmetra.discover.evolution._grid import Sampler
from symmetra.functions import Library
from symmetra.linalg._distributions import f_tail

REPEATS = 40  # times that noise is added to the data again
_THIN = 1e-6  # relative singular value of the terms below which solutions do not tell them apart
SLIGHT = 1e-3  # residuals this small beside the rates hide nothing that could break a symmetry noticeably
_LEVEL = 1e-6  # of the test for missing terms, whose errors are only roughly known
_INFLATE = 2.0  # an error bar is doubled before it is believed


@dataclass(frozen=True)
class Fit:
    """A fitted right-hand side.

    Attributes:
        coefficients: of the terms of the library, ``[L, m]``.
        deviations: ``[D, L, m]``: coefficients + Σ_i g_i deviations_i, g standard normal, are what they may be.
        jets: the jets it was fitted on, ``[N, w]``.
        thin: the smallest relative singular value of the terms on them.
        residual: relative size of the residuals.
        reasons: what speaks against the fit, in words.
        refuted: whether one of them is that the terms are not enough.
    """

    coefficients: Tensor
    deviations: Tensor
    jets: Tensor
    thin: float
    residual: float
    reasons: tuple[str, ...]
    refuted: bool

    @property
    def determined(self) -> bool:
        """Whether the solutions tell all terms apart."""
        return self.thin >= _THIN


def fit(library: Library, space: int, sample: Sampler, u: Tensor, noise: float, seed: int) -> Fit:
    """Least squares for u_t over the terms of a library, with the errors of the derivatives propagated.

    Noise enters the terms as well as u_t, and derivatives amplify it, so least squares is biased and its own error bars
    are worthless. Instead the noise is added to the data once more, many times: the coefficients move by as much again
    as they are wrong, bias and scatter alike (Cook and Stefanski, J. Am. Stat. Assoc. 89, 1314, 1994). A second way to
    take every derivative shows the error of discretisation, and enters in the same way.

    Args:
        library: the terms, functions of a jet ``[w]``.
        space: number of space dimensions.
        sample: how jets and rates come from the data.
        u: fields ``[R, T, *S, m]``.
        noise: their standard deviation.
        seed: of the repeats.
    """
    jets, rate = sample(u)
    coefficients, thin = _least_squares(library, jets, rate)
    residual = rate - library.values(jets) @ coefficients
    generator = torch.Generator().manual_seed(seed)
    again = [sample(u + noise * torch.randn(u.shape, dtype=u.dtype, generator=generator)) for _ in range(REPEATS)]
    others = [sample(u, other_time=True), sample(u, other_space=True)]
    moved = [_least_squares(library, *pair)[0] - coefficients for pair in (*again, *others)]
    weights = torch.tensor([REPEATS**-0.5] * REPEATS + [1.0] * len(others), dtype=u.dtype)[:, None, None]
    changes = torch.stack([new - library.values(rows) @ coefficients - residual for rows, new in (*again, *others)])
    changes = changes * weights  # the sum of their squares is what errors of the derivatives make of residuals
    size = rate.square().mean(0).sqrt()
    reasons = _misfit(residual, changes, size) + _missing(library, jets, space, residual, changes, size)
    return Fit(
        coefficients,
        _INFLATE * weights * torch.stack(moved),
        jets,
        thin,
        float((residual.square().mean(0).sqrt() / size).max()),
        tuple(reasons),
        bool(reasons),
    )


def _misfit(residual: Tensor, changes: Tensor, size: Tensor) -> list[str]:
    """Whether the residuals are larger than errors of the derivatives make them."""
    expected = (changes.square().sum(0).mean(0) + (SLIGHT * size) ** 2).sqrt()
    ratio = float((residual.square().mean(0).sqrt() / expected).max())
    return [] if ratio <= 1.5 else [f"the residuals are {ratio:.2g} times as large as errors of the derivatives"]


def _missing(library: Library, jets: Tensor, space: int, residual: Tensor, changes: Tensor, size: Tensor) -> list[str]:
    """Whether a further term is needed: one of the library times a coordinate, or times a wave over the domain."""
    terms = library.values(jets)
    centred = (jets - jets.mean(0)) / jets.std(0).clamp(min=1e-300)
    phase = 2 * torch.pi * (jets - jets.amin(0))[:, :space] / (jets.amax(0) - jets.amin(0))[:space]
    factors = torch.cat([centred, phase.cos(), phase.sin()], dim=1)
    more = _unit((_unit(terms)[:, :, None] * factors[:, None]).flatten(1))
    known = torch.linalg.svd(_unit(terms), full_matrices=False)[0]
    rest = more - known @ (known.T @ more)
    rest = _unit(rest[:, torch.linalg.vector_norm(rest, dim=0) > 1e-6])
    slight = (SLIGHT * size).square() * len(jets) / 100  # in one direction among many
    taken = (rest.T @ residual).square()
    given = torch.einsum("nq,dna->dqa", rest, changes).square().sum(0) + slight
    p = min(1.0, taken.numel() * float(f_tail((taken / given).flatten().numpy(), 1, REPEATS).min()))
    return [] if p >= _LEVEL else [f"terms beyond the library are needed (lack of fit, p = {p:.1g})"]


def _least_squares(library: Library, jets: Tensor, rate: Tensor) -> tuple[Tensor, float]:
    terms = library.values(jets)
    scale = torch.linalg.vector_norm(terms, dim=0)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    w, s, vh = torch.linalg.svd(terms / scale, full_matrices=False)
    safe = torch.where(s > 1e-13 * s[0], 1 / s, torch.zeros_like(s))
    return vh.T @ (safe[:, None] * (w.T @ rate)) / scale[:, None], float(s[-1] / s[0])


def _unit(matrix: Tensor) -> Tensor:
    sizes = torch.linalg.vector_norm(matrix, dim=0)
    return matrix / torch.where(sizes > 0, sizes, torch.ones_like(sizes))
