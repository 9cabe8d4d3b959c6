"""Part 3: where the promoted symmetry is wrong. An energy whose rotations are broken by 10 %, all but one of them.

f(x) = |x|² − 0.3 |x|⁴ + c (a·x + (a·x)²) on [−1, 1]³ with a random axis a; c makes the added term 10 % of the
isotropic scatter. The candidates are so(3), the library all polynomials of degree 4. Three models of the same samples:
plain (ridge, its weight by leave-one-out), enforced (so(3), which is wrong here), promoted. Then each model is asked
by discovery how far it is from each rotation. One unit is one number of samples, one noise and one seed.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from symmetra import Vector, discover, enforce, promote
from symmetra.functions import candidates, library
from symmetra.groups import SO
from symmetra.studies.runner import Unit
from symmetra.studies.unified.config import UnifiedConfig

BROKEN = 0.1
DEGREE = 4
SIZES = (15, 20, 30, 45, 80, 160)
NOISES = (0.0, 0.01, 0.1)
_EXACT = 1e-8  # errors below are rounding and count as this


def energy(x: Tensor, axis: Tensor, strength: float = BROKEN) -> tuple[Tensor, Tensor]:
    """The isotropic and the added term at x ``[N, 3]``, the latter of the given size relative to the former."""
    square, along = x.square().sum(1), x @ axis
    isotropic, added = square - 0.3 * square**2, along + along**2
    points = _cube(4096, 1)
    inside = points.square().sum(1)
    spread = (inside - 0.3 * inside**2).std() / (points @ axis + (points @ axis) ** 2).std()
    return isotropic, strength * spread * added


def comparison(samples: int, noise: float, seed: int) -> dict[str, Any]:
    """Test errors of the three models, and what discovery says of their rotations.

    Args:
        samples: N.
        noise: standard deviation of the values, relative to the scatter of f.
        seed: of axis, samples and noise.

    Returns:
        ``plain``, ``enforced``, ``promoted``: root-mean-square test errors relative to the scatter of f, errors below
        1e-8 counted as that; ``kept`` and ``determined`` of the promoted model with the ``angle`` of the kept rotation
        to the true axis (null unless one is determined); ``spectrum_plain`` and ``spectrum_promoted``: relative
        defects of rotations, ascending; ``defects_promoted``: of the rotations about the axis and about two across it.
    """
    source = torch.Generator().manual_seed(1000 * seed + samples)
    axis = torch.nn.functional.normalize(torch.randn(3, generator=source, dtype=torch.float64), dim=0)
    x = 2 * torch.rand(samples, 3, generator=source, dtype=torch.float64) - 1
    test = _cube(2048, 2)
    exact = sum(energy(test, axis))
    assert isinstance(exact, Tensor)
    scatter = float(exact.std())
    y = sum(energy(x, axis)) + noise * scatter * torch.randn(samples, generator=source, dtype=torch.float64)

    group, terms = SO(3), library.legendre(3, DEGREE)
    rotations = candidates.from_group(group)
    plain = _ridge(terms.values(x), y)
    enforced = enforce.SymmetricRegression(terms, Vector(group)).fit(x, y)
    found = promote.recover(
        library.polynomial(3, DEGREE), x, y, rotations, noise=noise * scatter, domain=(-1, 1), basis="legendre"
    )

    def miss(values: Tensor) -> float:
        return max(float((values - exact).square().mean().sqrt()) / scatter, _EXACT)

    def plain_model(point: Tensor) -> Tensor:
        return terms.values(point[None])[0] @ plain

    def promoted_model(point: Tensor) -> Tensor:
        return found.refit(point)

    across = torch.linalg.svd(axis[None]).Vh[1:]
    defects = [_defect(found.refit, test, direction) for direction in (axis, *across)]
    return {
        "plain": miss(terms.values(test) @ plain),
        "enforced": miss(enforced.predict(test)),
        "promoted": miss(found.refit(test)),
        "kept": found.dimension,
        "determined": found.determined,
        "angle": _angle(found.matrices[0, :, :3], axis) if found.determined and found.dimension == 1 else None,
        "spectrum_plain": discover.function(plain_model, test[:512], rotations).spectrum.tolist(),
        "spectrum_promoted": discover.function(promoted_model, test[:512], rotations).spectrum.tolist(),
        "defects_promoted": defects,
    }


def units(config: UnifiedConfig) -> list[Unit]:
    """All numbers of samples and noises with ten seeds; quick: one of each with three."""
    quick = config.scale == "quick"
    return [
        Unit(f"broken/n{n}-noise{noise:g}/seed{seed}", comparison, {"samples": n, "noise": noise, "seed": seed})
        for noise in (NOISES[1:2] if quick else NOISES)
        for n in (SIZES[2:3] if quick else SIZES)
        for seed in range(3 if quick else 10)
    ]


def _cube(count: int, seed: int) -> Tensor:
    """Points of [−1, 1]³ that are the same in every unit."""
    return 2 * torch.rand(count, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)) - 1


def _ridge(rows: Tensor, y: Tensor) -> Tensor:
    """Ridge with the weight of least leave-one-out error; the constant is not penalised but fitted."""
    centre, level = rows.mean(0), y.mean()
    u, s, vh = torch.linalg.svd(rows - centre, full_matrices=False)
    best, weights = math.inf, s
    for alpha in torch.logspace(-14, 2, 65, dtype=torch.float64) * s[0] ** 2:
        shrink = s**2 / (s**2 + alpha)
        left = 1 - (u**2 @ shrink) - 1 / len(y)
        residual = (y - level) - u @ (shrink * (u.mT @ (y - level)))
        error = float((residual / left.clamp(min=1e-12)).square().mean())
        if error < best:
            best, weights = error, shrink / s.clamp(min=1e-300)
    slopes = vh.mT @ (weights * (u.mT @ (y - level)))
    slopes[0] += level - centre @ slopes  # the first term is the constant 1
    return slopes


def _defect(model: promote.PolynomialModel, x: Tensor, direction: Tensor) -> float:
    """The root-mean-square cosine between ∇F and the rotation about a direction."""
    slopes = torch.func.vmap(torch.func.grad(lambda point: model(point)))(x)
    moved = torch.linalg.cross(direction.expand_as(x), x)
    return float(
        ((slopes * moved).sum(1).square().mean() / (slopes.norm(dim=1) * moved.norm(dim=1)).square().mean()) ** 0.5
    )


def _angle(rotation: Tensor, axis: Tensor) -> float:
    """Between the axis of an antisymmetric matrix and another, without direction."""
    own = torch.stack([rotation[2, 1], rotation[0, 2], rotation[1, 0]])
    own = own / own.norm()
    return math.asin(min(float(torch.linalg.cross(own, axis).norm()), 1.0))
