"""Random group elements: Haar measure on compact groups, bounded sets elsewhere."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._span import from_real_rows, orthonormal_rows, real_rows
from symmetra.linalg import matrix_exponential

_STEPS = 32
_SPREAD = 10.0


def normal(shape: tuple[int, ...], source: torch.Generator | None, is_complex: bool = False) -> Tensor:
    """Standard normal numbers; complex ones have independent parts of variance 1/2."""
    dtype = torch.complex128 if is_complex else torch.float64
    return torch.randn(shape, generator=source, dtype=dtype)


def box(shape: tuple[int, ...], source: torch.Generator | None) -> Tensor:
    """Uniform numbers in [−1, 1]."""
    return 2 * torch.rand(shape, generator=source, dtype=torch.float64) - 1


def haar_unitary(n: int, d: int, source: torch.Generator | None, is_complex: bool, special: bool) -> Tensor:
    """Haar-distributed O(d), SO(d), U(d) or SU(d) matrices ``[n, d, d]``.

    QR of a Gaussian matrix with the phases of R's diagonal moved into Q, which makes the factorisation unique and
    therefore equivariant (arXiv math-ph/0609050). ``special`` divides one column by the determinant.
    """
    q, r = torch.linalg.qr(normal((n, d, d), source, is_complex))
    diagonal = torch.diagonal(r, dim1=-2, dim2=-1)
    q = q * (diagonal / diagonal.abs())[:, None, :]
    if special and n:
        q[:, :, 0] = q[:, :, 0] / torch.linalg.det(q)[:, None]
    return q


def haar_walk(n: int, basis: Tensor, source: torch.Generator | None) -> Tensor:
    """Haar-distributed elements of a connected group of orthogonal or unitary matrices, by a random walk.

    ``basis [r, d, d]`` is orthonormal and anti-Hermitian, so that the walk's steps are isotropic within every ideal.

    A product of 32 exponentials of wide normal algebra elements. One such factor averages an irreducible
    representation to about (multiplicity of the weight 0) / (its dimension), 1/3 for the vectors of SO(3), and circles
    to exp(−50 k²/…), so that after 32 factors no moment differs from Haar's above rounding.
    """
    d = basis.shape[-1]
    result = torch.eye(d, dtype=basis.dtype).expand(n, d, d)
    if basis.shape[0] == 0 or n == 0:
        return result.clone()
    for _ in range(_STEPS):
        weights = _SPREAD * normal((n, basis.shape[0]), source)
        result = result @ matrix_exponential(torch.einsum("nr,rij->nij", weights.to(basis.dtype), basis))
    return result


def haar_compact(n: int, basis: Tensor, form: Tensor, source: torch.Generator | None) -> Tensor:
    """Haar-distributed elements of a compact connected group that preserves the positive ``form [d, d]``.

    The walk is made after a change of coordinates by ``form^{1/2}``, where the matrices are unitary. Without it steps
    in a skew basis would nearly share one axis, and would hardly mix.
    """
    values, vectors = torch.linalg.eigh(form)
    root = (vectors * values.sqrt()) @ vectors.mH
    back = (vectors / values.sqrt()) @ vectors.mH
    d, is_complex = basis.shape[-1], basis.is_complex()
    units = from_real_rows(orthonormal_rows(real_rows(root @ basis @ back)), d, is_complex)
    return back @ haar_walk(n, units, source) @ root


def bounded(n: int, basis: Tensor, source: torch.Generator | None) -> Tensor:
    """A product of two exponentials with coefficients in [−1, 1] of the basis ``[r, d, d]``."""
    d = basis.shape[-1]
    if basis.shape[0] == 0:
        return torch.eye(d, dtype=basis.dtype).expand(n, d, d).clone()
    algebra = torch.einsum("tnr,rij->tnij", box((2, n, basis.shape[0]), source).to(basis.dtype), basis)
    first, second = matrix_exponential(algebra)
    return first @ second


def polar_parts(basis: Tensor, tolerance: float = 1e-8) -> tuple[Tensor, Tensor] | None:
    """Split an algebra that is closed under conjugate transposition: (skew part, self-adjoint part); else None.

    Such a group has the polar decomposition ``K exp(p)`` with K compact, the exponential of the skew part.
    """
    d, is_complex = basis.shape[-1], basis.is_complex()
    rows = orthonormal_rows(real_rows(basis))
    adjoint = real_rows(basis.mH)
    outside = adjoint - (adjoint @ rows.T) @ rows
    if bool((outside.norm(dim=1) > tolerance * adjoint.norm(dim=1)).any()):
        return None
    skew, even = (real_rows((basis + sign * basis.mH) / 2) for sign in (-1, 1))
    size = real_rows(basis).norm(dim=1).max() if basis.shape[0] else 1.0
    parts = []
    for part in (skew, even):
        kept = part[part.norm(dim=1) > tolerance * size]
        parts.append(from_real_rows(orthonormal_rows(kept), d, is_complex))
    return parts[0], parts[1]


def polar(n: int, compact: Tensor, even: Tensor, source: torch.Generator | None) -> Tensor:
    """Haar on the maximal compact subgroup times ``exp`` of the self-adjoint part, its coefficients in [−1, 1].

    The coefficients refer to an orthonormal basis of the self-adjoint part.
    """
    d = compact.shape[-1]
    result = haar_walk(n, compact, source)
    if even.shape[0] == 0:
        return result
    weights = box((n, even.shape[0]), source).to(even.dtype)
    return result @ matrix_exponential(torch.einsum("nr,rij->nij", weights, even).reshape(n, d, d))
