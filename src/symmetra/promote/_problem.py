"""From a library, samples and candidates to the reduced problem: min ‖L(v)‖_* subject to A v = b, A of full rank.

Functions that every candidate kills (constants; all functions of |x|² for rotations) cost nothing, so they are fitted
exactly whatever v is: with Θ = [Θ_v, Θ_k] and N an orthonormal basis of the complement of the range of Θ_k, what
remains for v is Nᵀ Θ_v v = Nᵀ y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from symmetra.functions._orthonormal import OrthonormalBasis
from symmetra.inputs import InputError
from symmetra.promote._library import LibraryMap
from symmetra.promote._operator import LieOperator

_RANK = 1e-11  # singular values of the features below this share of the largest are dependent equations
_ROUNDING = 1e-13  # share of y that is rounding
_MISFIT = 1e-7  # relative residual from which on exact data contradict themselves or the library


@dataclass(frozen=True, eq=False)
class Problem:
    """The reduced problem.

    Attributes:
        live, kernel: orthonormal bases ``[P, p]``, ``[P, k]`` of the coefficients; w = live v + kernel c.
        operator: L on v.
        rows, values: A ``[r, p]`` and b ``[r, c]``.
        features: Θ at the samples, ``[N, P]``.
        y: ``[N, c]``.
        equations: the number of independent equations that the data are, those for the kernel included.
        floor: the least residual norm that any coefficients have.
        scale: the norm of what the kernel leaves of y, or rounding of y if that is larger.
    """

    live: Tensor
    kernel: Tensor
    operator: LieOperator
    rows: Tensor
    values: Tensor
    features: Tensor
    y: Tensor
    equations: int
    floor: float
    scale: float

    def complete(self, v: Tensor) -> Tensor:
        """All coefficients w ``[P, c]``: the kernel part fitted to what v leaves."""
        w = self.live @ v
        if self.kernel.shape[1] == 0:
            return w
        return w + self.kernel @ (torch.linalg.pinv(self.features @ self.kernel) @ (self.y - self.features @ w))

    @property
    def unique(self) -> bool:
        """Whether the data alone determine v."""
        return self.rows.shape[0] == self.rows.shape[1]


def reduced(
    operator: LieOperator,
    library: LibraryMap,
    basis: OrthonormalBasis,
    z: Tensor,
    y: Tensor,
    exact: bool,
    outputs: int = 1,
) -> Problem:
    """The problem for samples z ``[N, n]`` in the coordinates of the basis and values y ``[N, c]``.

    With ``outputs`` above 1 the operator acts on one vector of all coefficients, and y is ``[N · outputs, 1]``.

    Raises:
        InputError: exact data that contradict each other or the library, or that are rank-deficient.
    """
    live, kernel = _split(operator, library, outputs)
    whole = operator.restricted(live)
    left, right = (torch.as_tensor(part.toarray(), device=z.device) for part in (live, kernel))
    theta = torch.kron(basis.values(z).contiguous(), torch.eye(outputs).to(z))
    size = left.shape[1] + right.shape[1]
    q, s, _ = torch.linalg.svd(theta @ right, full_matrices=True)
    known = int((s > _RANK * s.max()).sum()) if s.numel() else 0
    rest = q[:, known:]
    a, b = rest.mT @ (theta @ left), rest.mT @ y
    if float(b.norm()) <= _ROUNDING * float(y.norm()):
        b = torch.zeros_like(b)  # the kernel alone fits
    u, s, vh = torch.linalg.svd(a, full_matrices=False)
    rank = int((s > _RANK * s[0]).sum()) if s.numel() and s[0] > 0 else 0
    inside = u[:, :rank].mT @ b
    floor = float((b - u[:, :rank] @ inside).norm())
    scale = max(float(b.norm()), 1e-7 * float(y.norm()))
    if exact:
        _check(rank + known, floor, scale, z, size, outputs)
        rows, values = vh[:rank], inside / s[:rank, None]
    else:
        rows, values = s[:rank, None] * vh[:rank], inside
    return Problem(left, right, whole, rows, values, theta, y, rank + known, floor, scale)


def _check(rank: int, floor: float, scale: float, z: Tensor, size: int, outputs: int) -> None:
    count = z.shape[0]
    different = torch.unique(z, dim=0).shape[0]
    if floor > _MISFIT * max(scale, 1e-300):
        got = f"{count} samples that no polynomial of the library fits exactly (relative residual {floor / scale:.1e})"
        instead = "noise=standard deviation of y, or a larger library"
        raise InputError("y", got, "exact values of one function in the span of the library", instead)
    if rank < min(different * outputs, size):
        got = f"{different} different samples that are only {rank} independent equations for {size} coefficients"
        expected = "samples in general position, of full rank in the library"
        raise InputError("x", got, expected, "samples off the set they lie on, or a smaller library")


def _split(operator: LieOperator, library: LibraryMap, outputs: int) -> tuple[sp.csr_array, sp.csr_array]:
    """Sparse bases of the coefficients that the operator sees and of those it kills."""
    gram = operator.gram.cpu().numpy()
    start = sp.csr_array(sp.eye_array(gram.shape[0]))
    if library.span is not None:
        span = np.kron(library.span, np.eye(outputs))
        start = sp.csr_array(span)
        gram = span.T @ gram @ span
    size = np.diagonal(gram)
    seen = size > 1e-24 * size.max()
    factor, info = torch.linalg.cholesky_ex(torch.as_tensor(gram[np.ix_(seen, seen)]))
    pivots = factor.diagonal() ** 2 / torch.as_tensor(size[seen])
    if not int(info) and bool((pivots > 1e-10).all()):  # only coordinate directions are killed
        return sp.csr_array(start[:, np.nonzero(seen)[0]]), sp.csr_array(start[:, np.nonzero(~seen)[0]])
    values, vectors = np.linalg.eigh(gram)
    seen = values > 1e-12 * values[-1]
    return sp.csr_array(start @ vectors[:, seen]), sp.csr_array(start @ vectors[:, ~seen])
