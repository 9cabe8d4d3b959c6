"""Does a matrix belong to a group? Defining equations for the named groups, a search for the others."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._sampling import bounded, haar_walk
from symmetra.groups._span import from_real_rows, orthonormal_rows, real_rows
from symmetra.linalg import matrix_exponential


def preserves_form(g: Tensor, tolerance: float, form: Tensor, special: bool, hermitian: bool = False) -> bool:
    """``gᵀ F g = F`` (``gᴴ F g = F`` if ``hermitian``), and ``det g = 1`` if ``special``."""
    image = (g.mH if hermitian else g.T) @ form @ g
    scale = max(1.0, float(torch.linalg.matrix_norm(g)) ** 2)
    if float((image - form).abs().max()) > tolerance * scale:
        return False
    return not special or abs(complex(torch.linalg.det(g)) - 1) <= tolerance * scale


def has_determinant(g: Tensor, tolerance: float, special: bool) -> bool:
    """``det g ≠ 0``, and ``det g = 1`` if ``special``."""
    determinant = float(torch.linalg.det(g))
    if special:
        return abs(determinant - 1) <= tolerance * max(1.0, float(torch.linalg.matrix_norm(g)) ** g.shape[-1])
    return float(torch.linalg.svdvals(g)[-1]) > 0


def is_positive_scalar(g: Tensor, tolerance: float) -> bool:
    """``g = s 1`` with s > 0."""
    s = float(torch.diagonal(g).mean())
    return s > 0 and float((g - s * torch.eye(len(g), dtype=g.dtype)).abs().max()) <= tolerance * s


def is_signed_permutation(g: Tensor, tolerance: float, permute: bool, signs: bool) -> bool:
    """One entry ±1 a row and a column; without ``signs`` only +1, without ``permute`` only on the diagonal."""
    rounded = g.round()
    size = rounded.abs()
    fits = float((g - rounded).abs().max()) <= tolerance and bool((size.sum(0) == 1).all() and (size.sum(1) == 1).all())
    if not fits or (not signs and float(rounded.min()) < 0):
        return False
    return permute or bool((torch.diagonal(size) == 1).all())


def _near_logarithm(g: Tensor, rows: Tensor, is_complex: bool) -> Tensor | None:
    """The projection on the algebra of log g; None where the principal logarithm does not exist."""
    from scipy.linalg import logm

    values = torch.linalg.eigvals(g)
    if bool(((values.real <= 0) & (values.imag.abs() < 1e-12 * values.abs().max())).any()):
        return None
    log = torch.as_tensor(logm(g.numpy()))
    log = log.to(torch.complex128) if is_complex else log.real.to(torch.float64)
    if not bool(torch.isfinite(real_rows(log)).all()):
        return None
    return from_real_rows((real_rows(log) @ rows.T) @ rows, g.shape[-1], is_complex)


def in_identity_component(g: Tensor, basis: Tensor, compact: bool, tolerance: float, starts: int = 12) -> bool:
    """Search the connected group with the algebra ``basis [r, d, d]`` for g: ``h <- h exp(P log(h⁻¹ g))``.

    P projects on the algebra, so a fixed point with zero remainder is g itself and proves membership. Started at the
    unit and at random elements h. A negative answer means: not found from any start.
    """
    d, is_complex = g.shape[-1], basis.is_complex()
    rows = orthonormal_rows(real_rows(basis))
    units = from_real_rows(rows, d, is_complex)
    source = torch.Generator().manual_seed(0)
    draws = haar_walk(starts, units, source) if compact else bounded(starts, units, source)
    scale = max(1.0, float(torch.linalg.matrix_norm(g)))
    for h in [torch.eye(d, dtype=basis.dtype), *draws]:
        for _ in range(25):
            if float(torch.linalg.matrix_norm(h - g)) <= tolerance * scale:
                return True
            step = _near_logarithm(torch.linalg.solve(h, g), rows, is_complex)
            if step is None or float(torch.linalg.matrix_norm(step)) < 1e-14:
                break
            h = h @ matrix_exponential(step)
    return False
