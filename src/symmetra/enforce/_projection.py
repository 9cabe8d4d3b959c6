"""Projection on the intertwiners of two lists of matrices, by conjugate gradients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Gram = Callable[[Tensor], Tensor]  # X [k, m, n] to Σ_a A_aᴴ (A_a X − X B_a) − (A_a X − X B_a) B_aᴴ
_TOGETHER = 30_000  # numbers up to which all constraints are made at once: few calls count for more than memory


def constraint_gram(X: Tensor, left: Tensor, right: Tensor) -> Tensor:
    """``Σ_a A_aᴴ Y_a − Y_a B_aᴴ`` with ``Y_a = A_a X − X B_a``: the normal operator of the constraints Y = 0.

    Args:
        X: matrices ``[k, m, n]``.
        left: the A_a, ``[g, m, m]``.
        right: the B_a, ``[g, n, n]``.
    """
    if left.shape[0] * X.numel() <= _TOGETHER:
        Y = left[:, None] @ X - X @ right[:, None]
        return (left.mH[:, None] @ Y - Y @ right.mH[:, None]).sum(0)
    total = torch.zeros_like(X)
    for A, B in zip(left, right):
        Y = A @ X - X @ B
        total += A.mH @ Y - Y @ B.mH
    return total


def project(X: Tensor, left: Tensor, right: Tensor, gram: Gram | None = None, iterations: int = 5_000) -> Tensor:
    """The orthogonal projection of every ``X[i] [m, n]`` on ``{X : A_a X = X B_a for all a}``.

    The projection is ``X − Y`` with Y the smallest solution of ``L Y = L X``, L the positive semidefinite operator of
    :func:`constraint_gram`. The system is consistent, so conjugate gradients from 0 stay orthogonal to the kernel and
    end after as many steps as L has distinct eigenvalues; for an orthonormal basis of a reductive algebra L is a sum of
    Casimir operators and those are few. Nothing has to be known about the gap. A second pass removes the rounding of
    the first.

    Args:
        X: matrices ``[k, m, n]``.
        left: the A_a, ``[g, m, m]``.
        right: the B_a, ``[g, n, n]``.
        gram: :func:`constraint_gram` of these matrices, where their structure makes it cheaper.
        iterations: the largest number of steps; the caller checks what came out.
    """
    if not left.shape[0]:
        return X
    size = torch.linalg.vector_norm(X).clamp(min=1e-300)
    # Generators are of unit size: operators far below it are the rounding of zero (the trivial representation) and
    # must not be resolved on a scale of their own.
    strength = (torch.linalg.vector_norm(left) ** 2 + torch.linalg.vector_norm(right) ** 2) / left.shape[-1]
    stop = 1e-15 * max(1.0, float(strength))
    L = gram or (lambda Z: constraint_gram(Z, left, right))
    for _ in range(2):
        X = X - solve(L(X), L, float(stop * size), iterations)
    return X


def solve(b: Tensor, L: Gram, stop: float, iterations: int) -> Tensor:
    """Conjugate gradients for ``L Y = b`` with all matrices as one vector: their spectra are the same."""
    Y, r, p = torch.zeros_like(b), b.clone(), b.clone()
    rr = float(torch.linalg.vector_norm(r)) ** 2
    for _ in range(iterations):
        if rr <= stop**2:
            break
        q = L(p)
        curvature = float(torch.vdot(p.flatten(), q.flatten()).real)
        if curvature <= 0.0:  # p is in the kernel to rounding: nothing is left to be removed
            break
        step = rr / curvature
        Y += step * p
        r -= step * q
        before, rr = rr, float(torch.linalg.vector_norm(r)) ** 2
        p = r + (rr / before) * p
    return Y
