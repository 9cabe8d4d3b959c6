"""The Lie derivative of a polynomial model as a bilinear map of (model coefficients, generator coefficients).

A model F_c(x) = Σ_m β_cm z^m, in whitened states z = W (x − x₀), has for every generator ξ_θ = Σ_p θ_p ζ_p a Lie
derivative whose coefficients are Σ_{q,p} T[k,q,p] β_q θ_p with q = (c, m). With the index k multiplied by a root of the
moment matrix of a measure ν, lengths of such vectors are L²(ν) norms. Numerator L and size M of a defect are two such
tensors, and the defect is ρ = |L β θ| / |M β θ|: it depends neither on units nor on axes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symmetra.discover.samples import _powers as poly
from symmetra.discover.samples._frame import Frame, moment_root
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


class Question(ABC):
    """What is asked of a model: a defect |L β θ| / |M β θ|, in a frame.

    Where both terms of a bracket vanish separately (a translation that F does not feel, say) the relative defect is
    0/0; such generators are measured by |M β θ| / |S β θ| with the extent S = |DF| |ξ| instead.

    Args:
        candidates: polynomial fields.
        columns: number of outputs of the model.

    Attributes:
        size: P, the number of unknowns θ.
        known: coefficients with the value 1 appended to those of the model.
        centred: whether a constant in an output does not matter, so that its size is its standard deviation.
    """

    def __init__(self, candidates: CandidateSpace, columns: int) -> None:
        self.candidates, self.columns = candidates, columns
        self.size, self.known, self.centred = candidates.size, 0, False

    @abstractmethod
    def forms(self, degree: int, frame: Frame, z: Array | None, model: Array) -> tuple[Array, Array, Array]:
        """L β, M β and S β for a model β ``[Q]``, as matrices ``[K, P]`` over all θ.

        Args:
            degree: of the model.
            frame: its coordinates.
            z: samples of the measure, None for the box.
            model: β.
        """

    @abstractmethod
    def tensors(self, degree: int, frame: Frame, z: Array | None, space: Array) -> tuple[Array, Array]:
        """L and M, ``[K, Q, d]`` each, for the generators in the columns of ``space [P, d]``."""

    def extent(self, degree: int, frame: Frame, z: Array | None, space: Array) -> Array:
        """S, ``[K, Q, d]``, for the generators in the columns of ``space [P, d]``."""
        zeta = self._fields(frame, space)
        one = self._slopes(degree, zeta, z)
        turn = self.turn(frame)
        out = np.einsum("cd,rmku,pju->ckjrdmp", turn, one, zeta, optimize=True)
        return out.reshape(-1, turn.shape[1] * one.shape[1], zeta.shape[0])

    @abstractmethod
    def turn(self, frame: Frame) -> Array:
        """From fitted outputs to those in whose length defects are measured, ``[c', c]``."""

    def _fields(self, frame: Frame, space: Array | None = None) -> Array:
        zeta = frame.fields(self.candidates)
        return zeta if space is None else np.einsum("pjm,pd->djm", zeta, space)

    def _root(self, degree: int, zeta: Array, z: Array | None) -> Array:
        """C, so that |C a| is the length of the polynomial with coefficients a: ``[r, r']``."""
        return moment_root(z, zeta.shape[1], max(degree + _degree(zeta) - 1, 0))

    def _slopes(self, degree: int, zeta: Array, z: Array | None) -> Array:
        """(∂_k z^m) z^μ in the metric: ``[r, m, k, μ]``."""
        advection = _advection(zeta.shape[1], degree, _degree(zeta))
        return np.tensordot(self._root(degree, zeta, z)[:, : advection.shape[0]], advection, 1)

    def _along(self, slopes: Array, zeta: Array) -> tuple[Array, Array]:
        """Df ξ and |Df| |ξ| for the slopes ``[c, r, k, μ]`` of a model: ``[c r, P]`` and ``[c k j r, P]``."""
        along = np.einsum("crku,pku->crp", slopes, zeta, optimize=True)
        extent = np.einsum("crku,pju->ckjrp", slopes, zeta, optimize=True)
        return along.reshape(-1, zeta.shape[0]), extent.reshape(-1, zeta.shape[0])


class Bracket(Question):
    """[ξ, F] = DF ξ − Dξ F, measured against (DF ξ, Dξ F), for x' = F(x)."""

    def __init__(self, candidates: CandidateSpace) -> None:
        super().__init__(candidates, candidates.n)

    def turn(self, frame: Frame) -> Array:
        return frame.whiten * frame.scale  # F in z from the fitted columns

    def _stretches(self, degree: int, zeta: Array, z: Array | None) -> Array:
        """z^m ∂_j z^μ in the same metric: ``[r, m, j, μ]``."""
        return np.tensordot(self._root(degree, zeta, z), _stretching(zeta.shape[1], degree, _degree(zeta)), 1)

    def forms(self, degree: int, frame: Frame, z: Array | None, model: Array) -> tuple[Array, Array, Array]:
        zeta = self._fields(frame)
        turned = self.turn(frame) @ model.reshape(self.columns, -1)  # [c, m]
        along, extent = self._along(np.tensordot(turned, self._slopes(degree, zeta, z), (1, 1)), zeta)
        moved = np.einsum("rmju,jm->ru", self._stretches(degree, zeta, z), turned)
        back = np.einsum("ru,piu->irp", moved, zeta).reshape(along.shape)
        return along - back, np.concatenate([along, back]), extent

    def tensors(self, degree: int, frame: Frame, z: Array | None, space: Array) -> tuple[Array, Array]:
        zeta, turn = self._fields(frame, space), self.turn(frame)
        one = np.einsum("rmku,pku->rmp", self._slopes(degree, zeta, z), zeta, optimize=True)
        along = np.einsum("ic,rmp->ircmp", turn, one)
        spread = np.einsum("rmju,jc->rmcu", self._stretches(degree, zeta, z), turn)
        back = np.einsum("rmcu,piu->ircmp", spread, zeta, optimize=True)
        shape = (zeta.shape[1] * one.shape[0], zeta.shape[1] * one.shape[1], zeta.shape[0])
        along, back = along.reshape(shape), back.reshape(shape)
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
            linear, constant = _affine_parts(output)
            self.size += output.size
            self.known = 1
            self._free = (linear, constant)

    def turn(self, frame: Frame) -> Array:
        return np.eye(self.columns) if self.output is None else np.diag(frame.scale)

    def _root(self, degree: int, zeta: Array, z: Array | None) -> Array:
        return moment_root(z, zeta.shape[1], max(degree + _degree(zeta) - 1, 0 if self.output is None else degree))

    def forms(self, degree: int, frame: Frame, z: Array | None, model: Array) -> tuple[Array, Array, Array]:
        zeta = self._fields(frame)
        turned = self.turn(frame) @ model[: model.size - self.known].reshape(self.columns, -1)
        along, extent = self._along(np.tensordot(turned, self._slopes(degree, zeta, z), (1, 1)), zeta)
        if self.output is None:
            return along, extent, extent
        root = self._root(degree, zeta, z)[:, : turned.shape[1]]
        values = turned @ root.T  # [c, r]
        if isinstance(self.output, np.ndarray):
            back = np.einsum("pcd,dr->crp", self.output, values)
        else:
            linear, constant = self._free
            back = np.einsum("pcd,dr->crp", linear, values) + np.einsum("pc,r->crp", constant, root[:, 0])
            back = np.pad(back, ((0, 0), (0, 0), (zeta.shape[0], 0)))
            along, extent = (np.pad(a, ((0, 0), (0, linear.shape[0]))) for a in (along, extent))
            extent = np.concatenate([extent, back.reshape(-1, self.size)])
        back = back.reshape(along.shape)
        return along - back, np.concatenate([along, back]), extent

    def tensors(self, degree: int, frame: Frame, z: Array | None, space: Array) -> tuple[Array, Array]:
        inner = self.candidates.size
        zeta = self._fields(frame, space[:inner])
        one = np.einsum("rmku,pku->rmp", self._slopes(degree, zeta, z), zeta, optimize=True)
        along = np.einsum("cd,rmp->crdmp", self.turn(frame), one)
        q = self.columns * one.shape[1]
        if self.output is None:
            return along.reshape(-1, q, zeta.shape[0]), self.extent(degree, frame, z, space)
        root = self._root(degree, zeta, z)[:, : one.shape[1]]
        matrices = self.output if isinstance(self.output, np.ndarray) else self._free[0]
        weights = space if isinstance(self.output, np.ndarray) else space[inner:]
        back = np.einsum("pk,pcd,d,rm->crdmk", weights, matrices, frame.scale, root, optimize=True)
        along, back = (a.reshape(-1, q, space.shape[1]) for a in (along, back))
        if self.known:
            offset = np.einsum("pk,pc,r->crk", weights, self._free[1], root[:, 0]).reshape(-1, 1, space.shape[1])
            along, back = np.pad(along, ((0, 0), (0, 1), (0, 0))), np.concatenate([back, offset], axis=1)
        return along - back, np.concatenate([along, back])

    def extent(self, degree: int, frame: Frame, z: Array | None, space: Array) -> Array:
        out = super().extent(degree, frame, z, space[: self.candidates.size])
        if not self.known:
            return out
        back = self.tensors(degree, frame, z, space)[1]
        return np.concatenate([np.pad(out, ((0, 0), (0, 1), (0, 0))), back[back.shape[0] // 2 :]])


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
