"""The Lie derivative of a polynomial model as a bilinear map of (model coefficients, generator coefficients).

A model F_c(x) = Σ_m β_cm z^m, in whitened states z = W (x − x₀), has for every generator ξ_θ = Σ_p θ_p ζ_p a Lie
derivative whose coefficients are Σ_{q,p} T[k,q,p] β_q θ_p with q = (c, m). With the index k multiplied by a root of the
moment matrix of a measure ν, lengths of such vectors are L²(ν) norms. Numerator L and size M of a defect are two such
tensors, and the defect is ρ = |L β θ| / |M β θ|: it depends neither on units nor on axes.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symmetra.discover import _powers as poly
from symmetra.discover._frame import Frame, moment_root
from symmetra.functions import CandidateSpace, PolynomialFields
from symmetra.inputs import InputError

Array = NDArray[np.float64]


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

    Where both terms of a bracket vanish separately (a translation that F does not feel, say) the relative defect is
    0/0; such generators are measured by |M θ| / |S θ| with the extent S = |DF| |ξ| instead.

    Args:
        candidates: polynomial fields.
        columns: number of outputs of the model.

    Attributes:
        size: number of unknowns θ.
        known: coefficients with the value 1 appended to those of the model.
        centred: whether a constant in an output does not matter, so that its size is its standard deviation.
    """

    def __init__(self, candidates: CandidateSpace, columns: int) -> None:
        self.candidates, self.columns = candidates, columns
        self.size, self.known, self.centred = candidates.size, 0, False

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
    """Df ξ, measured against |Df| |ξ|; with an output action B, Df ξ − B f, measured against (Df ξ, B f).

    Args:
        candidates: polynomial fields.
        columns: number of outputs.
        output: None if f is to be invariant; B ``[P, c, c]``, one a candidate; or linear or affine candidates on the
            outputs, whose coefficients are then looked for together with ξ (an affine one needs the constant 1,
            which is appended to the model coefficients as a known one).
    """

    def __init__(
        self, candidates: CandidateSpace, columns: int, output: Array | PolynomialFields | None = None
    ) -> None:
        super().__init__(candidates, columns)
        self.output, self.centred = output, output is None
        if isinstance(output, PolynomialFields):
            self.size += output.size
            self.known = 1

    def turn(self, frame: Frame) -> Array:
        return np.eye(self.columns) if self.output is None else np.diag(frame.scale)

    def extent(self, degree: int, frame: Frame, z: Array | None, space: Array, model: Array | None = None) -> Array:
        inner = self.candidates.size
        known = None if model is None else model[: model.size - self.known]
        out = super().extent(degree, frame, z, space[:inner], known)
        if not self.known:
            return out
        if model is None:
            out = np.pad(out, ((0, 0), (0, 1), (0, 0)))
        turned = self.tensors(degree, frame, z)[1][-self._rows(degree, frame) :] @ space
        return np.concatenate([out, turned if model is None else np.einsum("kqd,q->kd", turned, model)])

    def _rows(self, degree: int, frame: Frame) -> int:
        n, field_degree = frame.centre.size, _degree(frame.fields(self.candidates))
        return self.columns * poly.count(n, max(degree + field_degree - 1, degree))

    def tensors(self, degree: int, frame: Frame, z: Array | None) -> tuple[Array, Array]:
        zeta = frame.fields(self.candidates)
        n, field_degree = zeta.shape[1], _degree(zeta)
        advection = _advection(n, degree, field_degree)
        q = self.columns * poly.count(n, degree)
        if self.output is None:
            root = moment_root(z, n, max(degree + field_degree - 1, 0))
            along = _contract(root, advection, zeta)
            along = np.einsum("cd,rmp->crdmp", np.eye(self.columns), along)
            return along.reshape(-1, q, zeta.shape[0]), self.extent(degree, frame, z, np.eye(zeta.shape[0]))
        root = moment_root(z, n, max(degree + field_degree - 1, degree))
        along = _contract(root[:, : advection.shape[0]], advection, zeta)
        along = np.einsum("cd,rmp->crdmp", self.turn(frame), along).reshape(-1, q, zeta.shape[0])
        embed = root[:, : poly.count(n, degree)]
        if isinstance(self.output, np.ndarray):
            turned = np.einsum("pcd,d,rm->crdmp", self.output, frame.scale, embed, optimize=True)
            turned = turned.reshape(-1, q, zeta.shape[0])
            return along - turned, np.concatenate([along, turned])
        linear, constant = _affine_parts(self.output)
        turned = np.einsum("pcd,d,rm->crdmp", linear, frame.scale, embed, optimize=True).reshape(along.shape[0], q, -1)
        offset = np.einsum("pc,r->crp", constant, root[:, 0]).reshape(along.shape[0], 1, -1)
        turned = np.concatenate([turned, offset], axis=1)
        along = np.pad(along, ((0, 0), (0, 1), (0, turned.shape[2])))
        turned = np.pad(turned, ((0, 0), (0, 0), (zeta.shape[0], 0)))
        return along - turned, np.concatenate([along, turned])


def _affine_parts(fields: PolynomialFields) -> tuple[Array, Array]:
    """Matrices ``[P, c, c]`` and translations ``[P, c]``."""
    exponents, theta = fields.exponents.numpy(), fields.tensor.numpy()
    if exponents.sum(1).max() > 1:
        raise InputError(
            "output",
            "candidates of degree above 1",
            "linear or affine output candidates",
            "symmetra.candidates.affine(m)",
        )
    linear, constant = np.zeros((len(theta), fields.n, fields.n)), np.zeros((len(theta), fields.n))
    for k, row in enumerate(exponents):
        if row.sum():
            linear[:, :, int(row.argmax())] += theta[:, :, k]
        else:
            constant += theta[:, :, k]
    return linear, constant


def _degree(zeta: Array) -> int:
    n = zeta.shape[1]
    return next(d for d in range(zeta.shape[2]) if poly.count(n, d) == zeta.shape[2])


def _contract(root: Array, advection: Array, zeta: Array) -> Array:
    """Σ over directions and field monomials, in the metric: ``[r, m, P]``."""
    r, m = advection.shape[:2]
    flat = advection.reshape(r, m, -1) @ zeta.reshape(zeta.shape[0], -1).T
    return np.tensordot(root, flat, 1)
