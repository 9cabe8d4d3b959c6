"""Whitened coordinates of the states, and the measure over which defects are taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.functions import CandidateSpace, PolynomialFields
from symmetra.inputs import InputError, describe

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Frame:
    """Whitened states z = ``whiten`` (x − ``centre``) and outputs y_c = ``scale_c`` · (fitted y_c)."""

    centre: Array
    whiten: Array
    scale: Array

    @classmethod
    def of(cls, x: Array, y: Array, box: Array | None = None, centred: bool = False) -> Frame:
        """From samples ``[N, n]``, ``[N, c]``; with ``box [n, 2]`` that of the uniform measure on it."""
        peak = _positive(np.abs(y).max(0))
        size = peak * np.sqrt(((y / peak) ** 2).mean(0))
        spread = peak * (y / peak).std(0) if centred else size
        scale = _positive(np.where(spread > 1e-9 * size, spread, size))
        if box is not None:
            return cls(box.mean(1), np.diag(np.sqrt(12.0) / (box[:, 1] - box[:, 0])), scale)
        peak = _positive(np.abs(x).max(0))
        centre = peak * (x / peak).mean(0)
        unit = _positive(peak * (x / peak).std(0))
        sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(((x - centre) / unit).T)))
        top = sizes[-1] if sizes[-1] > 0 else 1.0
        sizes = np.where(sizes > 1e-10 * top, sizes, top)  # a flat direction gets the size of the largest one
        return cls(centre, (axes / np.sqrt(sizes)) @ axes.T / unit, scale)

    def states(self, x: Array) -> Array:
        """The whitened states ``[N, n]``."""
        return (x - self.centre) @ self.whiten.T

    def fields(self, candidates: CandidateSpace) -> Array:
        """Candidate fields as polynomials in z: ``[P, n, m]``."""
        if not isinstance(candidates, PolynomialFields):
            raise InputError(
                "candidates",
                describe(candidates),
                "polynomial fields where a model is fitted to data",
                "symmetra.candidates.affine(n)",
            )
        exponents = candidates.exponents.numpy()
        spread: Array = np.linalg.inv(self.whiten).astype(np.float64)
        shift = poly.substitution(exponents, self.centre, spread)
        theta = candidates.tensor.detach().cpu().double().numpy()
        return np.einsum("ij,pjM,Mm->pim", self.whiten, theta, shift, optimize=True)


def _positive(values: Array) -> Array:
    return np.where(values > 0, values, 1.0)


def moment_root(z: Array | None, n: int, degree: int, half_width: float = float(np.sqrt(3.0))) -> Array:
    """C with CᵀC the matrix of moments E z^a z^b: of samples, or of the uniform measure on |z_i| ≤ ``half_width``."""
    if z is not None:
        v = poly.values(z, degree)
        gram = v.T @ v / z.shape[0]
    else:
        index = poly.product_index(n, degree, degree)
        p = poly.powers(n, 2 * degree)
        moments = np.where(p % 2 == 0, half_width**p / (p + 1.0), 0.0).prod(1)
        gram = moments[index]
    sizes, axes = np.linalg.eigh(gram)
    return np.sqrt(np.maximum(sizes, 0.0))[:, None] * axes.T
