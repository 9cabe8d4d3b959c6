"""Symmetries of the law of force, for a law that is fitted without assuming isotropy.

The law. r² a / GM_b is fitted, per component, by functions that single out no symmetry: all products x̂^α of degree d
and d − 1 of the direction (so every angular dependence up to degree d), x̂^α of degree 2 over r (a centre that is not
the Sun), x̂_i log r (an exponent that is not −2, and differs with direction). To first order this contains every law
that any linear map or translation makes out of Kepler's, so rotations have no advantage over stretches or shears.
r = |x| only marks the degree of homogeneity. Each body has one strength GM_b and one weight, from its own data.

The symmetries. Candidates are the affine fields x → A x + t with a scaling of time dt = τ t, 13 in all. They move
accelerations by A − 2τ, so the law is symmetric if L = Da(x)[A x + t] − A a + 2τ a vanishes. Defects are scale-free:
|L| over the root of |Da[A x + t]|² + |A a − 2τ a|², in units of GM_b/r², rms over the data, every body alike.

What near-planar orbits can say. All positions lie close to one plane, so a field that vanishes on it (the stretch along
its normal) hardly moves anything and has a small defect *even for Kepler's law exactly*. That value is computed, too:
the fifth of the spectrum must be compared with it, and it must exceed the tolerance by more than its error.

Bounds. Coefficients are linear in the data and L is linear in the coefficients, so for a field named beforehand
|L β*| ≤ |L β̂| + t · |L Σ^½| with Σ from the jackknife over time spans and Student's t (one-dimensional bound of the
certificates under noise; conditional on the class of laws). The denominator is bounded from below in the same way.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch

from symmetra.groups import Algebra
from symmetra.linalg import principal_angles, relative_null_space
from symmetra.nbody import States, strength
from symmetra.studies.planets.data import time_blocks
from symmetra.studies.planets.jackknife import Jackknife, jackknife

NAMED = ("rotation about e1", "rotation about e2", "rotation about the pole", "Kepler's scaling")


@dataclass(frozen=True, eq=False)
class LawSymmetry:
    """Symmetries of the law of force.

    Attributes:
        axes: ``[3, 3]``, rows e1, e2 and the pole of the mean plane of the orbits, in the axes of the data.
        spectrum: the 13 relative defects, ascending, with jackknife errors.
        exact: ``[13]``, the same for Kepler's law exactly, on the same positions.
        generators: ``[4, 13]``, the first four directions found: A row by row, then t (in units of ``length``), then τ.
        length: unit of the translations, au.
        angle: largest angle between these and so(3) with Kepler's scaling, in the metric of the denominators.
        closure_defect: how far their brackets leave their span.
        algebra: name of the algebra of the four named fields, when the angle is within tolerance.
        defects: ``[4]``, of the named fields.
        upper: ``[4]``, upper bounds at joint error rate alpha.
        latitude: rms sine of the angle between positions and the plane.
        residual: rms residual of the fitted law for each body, relative to the acceleration.
        others: spectra for other degrees of the angular dependence, by degree.
    """

    axes: np.ndarray
    spectrum: Jackknife
    exact: np.ndarray
    generators: np.ndarray
    length: float
    angle: float
    closure_defect: float
    algebra: str
    defects: np.ndarray
    upper: np.ndarray
    latitude: float
    residual: dict[str, float]
    others: dict[int, np.ndarray]


def terms(degree: int) -> list[tuple[tuple[int, ...], int, bool]]:
    """The functions x̂^α r^(−2−s) (log r)^l as (α, s, l)."""
    powers = list(itertools.product(range(degree + 1), repeat=3))
    return (
        [(a, 0, False) for a in powers if sum(a) in (degree, degree - 1)]
        + [(a, 1, False) for a in powers if sum(a) == 2]
        + [(a, 0, True) for a in powers if sum(a) == 1]
    )


def evaluate(x: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Values ``[N, M]`` and gradients ``[N, M, 3]`` of the functions at x ``[N, 3]``."""
    r = np.linalg.norm(x, axis=1)
    values, gradients = [], []
    for alpha, s, log in terms(degree):
        e = -(2 + s + sum(alpha))
        product = np.prod(x ** np.array(alpha), axis=1)
        radial = r**e * (np.log(r) if log else 1.0)
        slope = e * r ** (e - 1) * (np.log(r) if log else 1.0) + (r ** (e - 1) if log else 0.0)
        lowered = []
        for i in range(3):
            less = np.array(alpha)
            less[i] = max(less[i] - 1, 0)
            lowered.append(alpha[i] * np.prod(x**less, axis=1))
        values.append(product * radial)
        gradients.append(np.stack(lowered, 1) * radial[:, None] + (product * slope / r)[:, None] * x)
    return np.stack(values, 1), np.stack(gradients, 1)


class _Law:
    """Fits of the law on one set of positions, and the two terms of L for every candidate."""

    def __init__(self, states: States, axes: np.ndarray, degree: int, gm: float | None) -> None:
        self.x = states.x @ axes.T
        self.r = np.linalg.norm(self.x, axis=1)
        a = states.a @ axes.T
        strengths, weight = np.empty(len(states)), np.empty(len(states))
        own = strength(states.x, states.a)
        for name in states.bodies:
            mask = states.body == name
            strengths[mask] = own[mask].mean() if gm is None else gm
            departure = a[mask] * (self.r[mask] ** 2 / strengths[mask])[:, None] + self.x[mask] / self.r[mask, None]
            weight[mask] = 1.0 / max(np.sqrt((departure**2).sum(1).mean()), 1e-14)
        self.y = a * (self.r**2 / strengths)[:, None]
        self.weight = weight
        self.length = float(np.median(self.r))
        self.values, self.gradients = evaluate(self.x, degree)
        self.degree = degree

    def fit(self, keep: np.ndarray) -> np.ndarray:
        """Coefficients ``[M, 3]``."""
        rows = self.values * (self.r**2)[:, None]
        scale = np.sqrt((rows**2).mean(0))
        weight = self.weight[keep, None]
        return np.linalg.lstsq(rows[keep] / scale * weight, self.y[keep] * weight, rcond=None)[0] / scale[:, None]

    def kepler(self) -> np.ndarray:
        """The coefficients of −x/r³ ``[M, 3]``: −x̂_i |x̂|^(2k), expanded in products of the odd one of the degrees."""
        beta = np.zeros((self.values.shape[1], 3))
        for m, (alpha, s, log) in enumerate(terms(self.degree)):
            if s or log or sum(alpha) % 2 == 0:
                continue
            for i in range(3):
                rest = np.array(alpha)
                rest[i] -= 1
                if (rest >= 0).all() and (rest % 2 == 0).all():
                    beta[m, i] = -_multinomial(rest // 2)
        return beta

    def blocks(self, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Da[A x + t] and A a − 2τ a for the 13 candidates, rms-normalised columns ``[3N, 13]`` each."""
        law = self.values @ beta
        jacobian = np.einsum("nmk,mi->nik", self.gradients, beta)
        first, second = [], []
        for i, j in itertools.product(range(3), repeat=2):
            first.append(jacobian[:, :, i] * self.x[:, [j]])
            second.append(np.eye(3)[i] * law[:, [j]])
        for i in range(3):
            first.append(self.length * jacobian[:, :, i])
            second.append(np.zeros_like(law))
        first.append(np.zeros_like(law))
        second.append(-2.0 * law)
        unit = (self.r**2)[:, None] / np.sqrt(len(self.r))
        return (np.stack([(f * unit).ravel() for f in first], 1), np.stack([(s * unit).ravel() for s in second], 1))


def _multinomial(parts: np.ndarray) -> int:
    """(Σ parts)! / Π parts!, the coefficient in the expansion of |x̂|^(2k)."""
    total, out = 0, 1
    for part in parts.tolist():
        for k in range(1, part + 1):
            total += 1
            out = out * total // k
    return out


def mean_plane(states: States) -> np.ndarray:
    """Principal axes of the directions, every body alike: rows e1, e2, pole (pointing north)."""
    moment = np.zeros((3, 3))
    for name in states.bodies:
        unit = states.x[states.body == name]
        unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
        moment += unit.T @ unit / len(unit)
    axes = np.linalg.eigh(moment)[1][:, ::-1].T
    axes[2] *= np.sign(axes[2, 2]) or 1.0
    axes[1] = np.cross(axes[2], axes[0])
    return axes


def named_fields() -> np.ndarray:
    """The three rotations and Kepler's scaling (A = 1, τ = 3/2) as candidate coefficients, ``[4, 13]``."""
    fields = np.zeros((4, 13))
    for row, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
        fields[row, 3 * i + j], fields[row, 3 * j + i] = -1.0, 1.0
    fields[3, [0, 4, 8, 12]] = 1.0, 1.0, 1.0, 1.5
    return fields


def spectrum(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Relative defects, ascending ``[13]``, and their directions ``[13, 13]``."""
    denominator = torch.from_numpy(np.concatenate([first, second]))
    found = relative_null_space(torch.from_numpy(first - second), denominator, 0.0)
    return found.spectrum.numpy(), found.vectors.numpy()


def law_symmetry(
    states: States, blocks: int, degrees: tuple[int, ...], alpha: float, gm: float | None = None
) -> LawSymmetry:
    """Fits the law, finds the symmetries and bounds the defects of the named ones.

    Args:
        states: of the bodies whose law is sought.
        blocks: time spans of the jackknife.
        degrees: of the angular dependence; the first one counts.
        alpha: joint error rate of the four upper bounds.
        gm: one strength for all bodies; None gives each its own, from its own data.
    """
    axes = mean_plane(states)
    law = _Law(states, axes, degrees[0], gm)
    spans = time_blocks(states, blocks)
    beta = jackknife(law.fit, spans)
    values = jackknife(lambda keep: spectrum(*law.blocks(law.fit(keep)))[0], spans)
    first, second = law.blocks(beta.value)
    _, directions = spectrum(first, second)
    fields = named_fields()
    metric = np.asarray(np.linalg.qr(np.concatenate([first, second]), mode="r"))
    angle = principal_angles(torch.from_numpy(directions[:4] @ metric.T), torch.from_numpy(fields @ metric.T))
    defects, upper = [], []
    moved = [law.blocks(deviation) for deviation in beta.deviations]
    for field in fields:
        one, two = first @ field, second @ field
        change = np.stack([(f - s) @ field for f, s in moved], 1)
        sizes = np.stack([np.concatenate([f @ field, s @ field]) for f, s in moved], 1)
        size = np.sqrt(one @ one + two @ two)
        level = alpha / len(fields)
        top = np.linalg.norm(one - two) + beta.factor(0.9 * level) * np.linalg.norm(change, 2)
        bottom = size - beta.factor(0.1 * level) * np.linalg.norm(sizes, 2)
        defects.append(np.linalg.norm(one - two) / size)
        upper.append(top / bottom if bottom > 0 else np.inf)
    residual = law.y - law.values @ beta.value * (law.r**2)[:, None]
    return LawSymmetry(
        axes=axes,
        spectrum=values,
        exact=spectrum(*law.blocks(law.kepler()))[0],
        generators=directions[:4],
        length=law.length,
        angle=float(angle.max()),
        closure_defect=Algebra(_matrices(directions[:4], law.length)).closure_defect,
        algebra=Algebra(_matrices(fields, law.length)).name,
        defects=np.array(defects),
        upper=np.array(upper),
        latitude=float(np.sqrt(((law.x[:, 2] / law.r) ** 2).mean())),
        residual={name: float(np.sqrt((residual[states.body == name] ** 2).sum(1).mean())) for name in states.bodies},
        others={d: _spectrum_at(_Law(states, axes, d, gm)) for d in degrees[1:]},
    )


def _spectrum_at(law: _Law) -> np.ndarray:
    return spectrum(*law.blocks(law.fit(np.ones(len(law.r), dtype=bool))))[0]


def _matrices(fields: np.ndarray, length: float) -> torch.Tensor:
    """The fields as matrices on (x, 1, log-time): affine block and the scaling of time."""
    out = np.zeros((len(fields), 5, 5))
    out[:, :3, :3] = fields[:, :9].reshape(-1, 3, 3)
    out[:, :3, 3] = fields[:, 9:12] * length
    out[:, 4, 4] = fields[:, 12]
    return torch.from_numpy(out)
