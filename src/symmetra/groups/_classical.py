"""The classical linear groups: orthogonal, linear, symplectic, unitary, scalings."""

from __future__ import annotations

from functools import partial

import torch

from symmetra.groups import _bases as bases
from symmetra.groups._lie import LieGroup
from symmetra.groups._membership import has_determinant, is_positive_scalar, preserves_form
from symmetra.groups._sampling import haar_unitary
from symmetra.inputs import InputError


def _orthogonal(p: int, q: int, special: bool) -> LieGroup:
    p, q = bases.size(p, "p", 0 if q else 1), bases.size(q, "q", 0)
    n, kind = p + q, "SO" if special else "O"
    if special:
        components = [bases.flip(n, 0, p)] if p and q else []
    else:
        components = [bases.flip(n, axis) for axis, count in ((0, p), (p, q)) if count]
    compact = p == 0 or q == 0
    return LieGroup(
        bases.pseudo_orthogonal(p, q),
        bases.stack(components, n),
        name=f"{kind}({n})" if q == 0 else f"{kind}({p},{q})",
        _sampler=partial(_haar, d=n, is_complex=False, special=True) if compact else None,
        _membership=partial(preserves_form, form=bases.metric(p, q), special=special),
    )


def _haar(n: int, source: torch.Generator | None, d: int, is_complex: bool, special: bool) -> torch.Tensor:
    return haar_unitary(n, d, source, is_complex, special)


def SO(p: int, q: int = 0) -> LieGroup:
    """``SO(n)`` on Rⁿ, or ``SO(p, q)`` on R^{p+q}: determinant 1, preserving η = diag(+1 × p, −1 × q).

    Generators ``L_ij = e_i e_jᵀ − η_i η_j e_j e_iᵀ``, i < j, lexicographic: among axes of one sign a rotation
    (``exp(t L_ij)`` turns axis j towards axis i), among axes of different sign a boost. For p, q >= 1 the group has
    two components, the second represented by the flip of the first axis of each sign; ``.identity_component`` is
    SO⁺(p, q).
    """
    return _orthogonal(p, q, True)


def O(p: int, q: int = 0) -> LieGroup:  # noqa: E743
    """``O(n)`` or ``O(p, q)``: :func:`SO` with any determinant; components: the flip of the first axis of each sign."""
    return _orthogonal(p, q, False)


def Lorentz() -> LieGroup:
    """The full Lorentz group O(1, 3) on (t, x, y, z), metric signature (+, −, −, −), c = 1.

    Generators: boosts L_tx, L_ty, L_tz and rotations L_xy, L_xz, L_yz as in :func:`SO`, in the order tx, ty, tz, xy,
    xz, yz. Components: time reversal and the flip of x. ``Lorentz() == O(1, 3)``.
    """
    group = O(1, 3)
    group.__dict__["name"] = "Lorentz"
    return group


def GL(n: int) -> LieGroup:
    """Invertible real matrices; generators E_ij row by row; components: the flip of the first axis (sign of det)."""
    n = bases.size(n, "n")
    return LieGroup(
        bases.general_linear(n),
        bases.flip(n, 0)[None],
        name=f"GL({n})",
        _membership=partial(has_determinant, special=False),
    )


def SL(n: int) -> LieGroup:
    """Real matrices of determinant 1; generators E_ij (i ≠ j) row by row, then ``E_ii − E_{i+1,i+1}``."""
    n = bases.size(n, "n")
    return LieGroup(bases.special_linear(n), name=f"SL({n})", _membership=partial(has_determinant, special=True))


def Sp(d: int) -> LieGroup:
    """The real symplectic group on R^d, d even: ``gᵀ J g = J``, ``J = [[0, 1], [−1, 0]]``, coordinates (q, p).

    Generators ``[[A, B], [C, −Aᵀ]]`` with B, C symmetric: those of A = E_ij, of B, of C. ``Sp(4)`` acts on R⁴ and has
    dimension 10.
    """
    d = bases.size(d, "d", 2)
    if d % 2:
        raise InputError("d", str(d), "an even dimension (Sp(4) acts on R⁴)", f"Sp({d + 1})")
    form = bases.symplectic_form(d)
    return LieGroup(bases.symplectic(d), name=f"Sp({d})", _membership=partial(preserves_form, form=form, special=False))


def U(n: int) -> LieGroup:
    """Unitary ``n × n`` matrices (complex, dimension n²); generators: see :func:`SU`, the diagonal ones ``i E_jj``."""
    n = bases.size(n, "n")
    return LieGroup(
        bases.unitary(n, special=False),
        name=f"U({n})",
        _sampler=partial(_haar, d=n, is_complex=True, special=False),
        _membership=partial(preserves_form, form=torch.eye(n, dtype=torch.complex128), special=False, hermitian=True),
    )


def SU(n: int) -> LieGroup:
    """Unitary matrices of determinant 1 (complex, dimension n² − 1).

    Generators, anti-Hermitian: ``E_jk − E_kj``, then ``i (E_jk + E_kj)`` (j < k), then ``i (E_jj − E_{j+1,j+1})``.
    """
    n = bases.size(n, "n")
    return LieGroup(
        bases.unitary(n, special=True),
        name=f"SU({n})",
        _sampler=partial(_haar, d=n, is_complex=True, special=True),
        _membership=partial(preserves_form, form=torch.eye(n, dtype=torch.complex128), special=True, hermitian=True),
    )


def Scaling(n: int) -> LieGroup:
    """``x -> s x``, s > 0, on Rⁿ; the generator is the unit matrix."""
    n = bases.size(n, "n")
    generator = torch.eye(n, dtype=torch.float64)[None]
    return LieGroup(generator, name=f"Scaling({n})", _membership=is_positive_scalar)
