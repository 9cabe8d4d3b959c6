"""The Lie derivative of a polynomial model as a bilinear map of (model coefficients, generator coefficients).

A model F_c(x) = Σ_m β_cm z^m, in whitened states z = W (x − x₀), has for every generator ξ_θ = Σ_p θ_p ζ_p a Lie
derivative whose coefficients are Σ_{q,p} T[k,q,p] β_q θ_p with q = (c, m). With the index k multiplied by a root of the
moment matrix of a measure ν, lengths of such vectors are L²(ν) norms. Numerator L and size M of a defect are two such
tensors, and the defect is ρ = |L β θ| / |M β θ|: it depends neither on units nor on axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symmetra.discover import _powers as poly
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
    def of(cls, x: Array, y: Array, box: Array | None = None) -> Frame:
        """From samples ``[N, n]``, ``[N, c]``; with ``box [n, 2]`` the frame of the uniform measure on it."""
        scale = np.sqrt((y**2).mean(0))
        scale[scale == 0.0] = 1.0
        if box is not None:
            return cls(box.mean(1), np.diag(np.sqrt(12.0) / (box[:, 1] - box[:, 0])), scale)
        centre = x.mean(0)
        sizes, axes = np.linalg.eigh(np.atleast_2d(np.cov(x.T)))
        top = sizes[-1] if sizes[-1] > 0 else 1.0
        sizes = np.where(sizes > 1e-10 * top, sizes, top)  # a flat direction gets the size of the largest one
        return cls(centre, (axes / np.sqrt(sizes)) @ axes.T, scale)

    def states(self, x: Array) -> Array:
        """z ``[N, n]``."""
        return (x - self.centre) @ self.whiten.T

    def fields(self, candidates: CandidateSpace) -> Array:
        """Candidate fields as polynomials in z: ``[P, n, m]``."""
        if not isinstance(candidates, PolynomialFields):
            raise InputError("candidates", describe(candidates), "polynomial fields where a model is fitted to data",
                             "symmetra.candidates.affine(n)")
        exponents = candidates.exponents.numpy()
        shift = poly.substitution(exponents, self.centre, np.linalg.inv(self.whiten))
        theta = candidates.tensor.detach().cpu().double().numpy()
        return np.einsum("ij,pjM,Mm->pim", self.whiten, theta, shift, optimize=True)


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


@lru_cache(maxsize=64)
def _advection(n: int, degree: int, field_degree: int) -> Array:
    """A ``[r, m, j, μ]``: z^r in (∂_j z^m) z^μ."""
    d = poly.derivative(n, degree)
    top = max(degree + field_degree - 1, 0)
    index = poly.product_index(n, degree, field_degree)
    out = np.zeros((poly.count(n, degree + field_degree), *d.shape[1:2], n, index.shape[1]))
    for j, m, b in zip(*np.nonzero(d), strict=True):
        for mu in range(index.shape[1]):
            out[index[b, mu], m, j, mu] += d[j, m, b]
    return out[: poly.count(n, top)]


@lru_cache(maxsize=64)
def _stretching(n: int, degree: int, field_degree: int) -> Array:
    """B ``[r, m, i, μ]``: z^r in z^m ∂_i z^μ."""
    d = poly.derivative(n, field_degree)
    top = max(degree + field_degree - 1, 0)
    index = poly.product_index(n, degree, field_degree)
    out = np.zeros((poly.count(n, degree + field_degree), index.shape[0], n, d.shape[1]))
    for i, mu, b in zip(*np.nonzero(d), strict=True):
        for m in range(index.shape[0]):
            out[index[m, b], m, i, mu] += d[i, mu, b]
    return out[: poly.count(n, top)]


class Question:
    """What is asked of a model: the tensors of a defect, in a frame.

    Where both terms of a bracket vanish separately (a translation that F does not feel, say) the relative defect is 0/0;
    such generators are measured by |M θ| / |S θ| with the extent S = |DF| |ξ| instead.

    Args:
        candidates: polynomial fields.
        columns: number of outputs of the model.
    """

    def __init__(self, candidates: CandidateSpace, columns: int) -> None:
        self.candidates, self.columns = candidates, columns

    def tensors(self, degree: int, frame: Frame, z: Array | None) -> tuple[Array, Array]:
        """Numerator L and size M, ``[K, Q, P]`` each; z are samples of ν, None for the box."""
        raise NotImplementedError

    def turn(self, frame: Frame) -> Array:
        """From fitted outputs to those in whose length defects are measured, ``[c', c]``."""
        raise NotImplementedError

    def extent(self, degree: int, frame: Frame, z: Array | None, space: Array, model: Array | None = None) -> Array:
        """S for the fields in the columns of ``space [P, d]``: ``[K, Q, d]``, or ``[K, d]`` for a given model [Q]."""
        zeta = np.einsum("pjm,pd->djm", frame.fields(self.candidates), space)
        n, field_degree = zeta.shape[1], _degree(zeta)
        advection = _advection(n, degree, field_degree)
        root = moment_root(z, n, max(degree + field_degree - 1, 0))
        one = np.tensordot(root, advection, 1)  # [r, m, k, μ]
        turn = self.turn(frame)
        if model is not None:
            slopes = np.tensordot(turn @ model.reshape(turn.shape[1], -1), one, (1, 1))  # [c, r, k, μ]
            return np.einsum("crku,pju->ckjrp", slopes, zeta, optimize=True).reshape(-1, zeta.shape[0])
        out = np.einsum("cd,rmku,pju->ckjrdmp", turn, one, zeta, optimize=True)
        return out.reshape(-1, turn.shape[1] * one.shape[1], zeta.shape[0])


class Bracket(Question):
    """[ξ, F] = DF ξ − Dξ F, measured against (DF ξ, Dξ F), for x' = F(x)."""

    def __init__(self, candidates: CandidateSpace) -> None:
        super().__init__(candidates, candidates.n)

    def turn(self, frame: Frame) -> Array:
        return frame.whiten * frame.scale  # F in z from the fitted columns

    def tensors(self, degree: int, frame: Frame, z: Array | None) -> tuple[Array, Array]:
        zeta = frame.fields(self.candidates)
        n, field_degree = zeta.shape[1], _degree(zeta)
        turn = self.turn(frame)
        root = moment_root(z, n, max(degree + field_degree - 1, 0))
        along = _contract(root, _advection(n, degree, field_degree), zeta)
        along = np.einsum("ic,rmp->ircmp", turn, along)
        spread = np.tensordot(root, _stretching(n, degree, field_degree), 1)  # [r, m, j, μ]
        spread = np.einsum("rmju,jc->rmcu", spread, turn)
        back = np.einsum("rmcu,piu->ircmp", spread, zeta, optimize=True)
        k, q, p = n * root.shape[0], n * poly.count(n, degree), zeta.shape[0]
        along, back = along.reshape(k, q, p), back.reshape(k, q, p)
        return along - back, np.concatenate([along, back])


class Equivariance(Question):
    """Df ξ, measured against |Df| |ξ|; with output matrices B, Df ξ − B f, measured against (Df ξ, B f).

    Args:
        candidates: polynomial fields.
        columns: number of outputs.
        output: B, ``[P, c, c]``, or None if f is to be invariant.
    """

    def __init__(self, candidates: CandidateSpace, columns: int, output: Array | None = None) -> None:
        super().__init__(candidates, columns)
        self.output = output

    def turn(self, frame: Frame) -> Array:
        return np.eye(self.columns) if self.output is None else np.diag(frame.scale)

    def tensors(self, degree: int, frame: Frame, z: Array | None) -> tuple[Array, Array]:
        zeta = frame.fields(self.candidates)
        n, field_degree = zeta.shape[1], _degree(zeta)
        advection = _advection(n, degree, field_degree)
        if self.output is None:
            root = moment_root(z, n, max(degree + field_degree - 1, 0))
            along = _contract(root, advection, zeta)
            along = np.einsum("cd,rmp->crdmp", np.eye(self.columns), along)
            along = along.reshape(-1, self.columns * poly.count(n, degree), zeta.shape[0])
            return along, self.extent(degree, frame, z, np.eye(zeta.shape[0]))
        root = moment_root(z, n, max(degree + field_degree - 1, degree))
        along = _contract(root[:, : advection.shape[0]], advection, zeta)
        along = np.einsum("cd,rmp->crdmp", self.turn(frame), along)
        embed = root[:, : poly.count(n, degree)]
        turned = np.einsum("pcd,d,rm->crdmp", self.output, frame.scale, embed, optimize=True)
        shape = (-1, self.columns * poly.count(n, degree), zeta.shape[0])
        along, turned = along.reshape(shape), turned.reshape(shape)
        return along - turned, np.concatenate([along, turned])


def _degree(zeta: Array) -> int:
    n = zeta.shape[1]
    return next(d for d in range(zeta.shape[2]) if poly.count(n, d) == zeta.shape[2])


def _contract(root: Array, advection: Array, zeta: Array) -> Array:
    """Σ over directions and field monomials, in the metric: ``[r, m, P]``."""
    r, m = advection.shape[:2]
    flat = advection.reshape(r, m, -1) @ zeta.reshape(zeta.shape[0], -1).T
    return np.tensordot(root, flat, 1)
