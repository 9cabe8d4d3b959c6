"""The name of a real Lie algebra, from its structure constants."""

from __future__ import annotations

import torch
from torch import Tensor

from symmetra.groups._block_names import block_name
from symmetra.groups._levi import casimir, levi_defect, levi_rows, trivial_projection
from symmetra.groups._roots import simple_ideals
from symmetra.groups._series import UndecidedError, centralizer, complement, radical, scale_of
from symmetra.groups._simple_names import semisimple_names
from symmetra.groups._solvable_names import real_space, solvable_name
from symmetra.groups._split import abelian_factor, centroid_split
from symmetra.groups._structure import adjoint_action, killing_form, restrict

_LEVI_DEFECT = 1e-5


def algebra_name(c: Tensor, tolerance: float, matrices: Tensor | None = None) -> str:
    """Name the algebra with structure constants ``c [k, k, k]`` (orthonormal basis, or a well-scaled one).

    Args:
        c: structure constants.
        tolerance: for rank decisions, relative to the size of the brackets.
        matrices: the basis as matrices ``[k, d, d]`` if there are any; they decide only between names of isomorphic
            algebras (so(3) or su(2), see ``_simple_names``) and whether a single generator is a rotation.

    Raises:
        UndecidedError: where the constants are too inaccurate for the decisions that the name needs.
    """
    k = c.shape[0]
    if k == 0:
        return "trivial"
    if scale_of(c) < tolerance:
        if k == 1 and matrices is not None and _is_rotation(matrices[0]):
            return "so(2)"
        return solvable_name(c, tolerance, short=False)
    free, rows = abelian_factor(c, tolerance)
    core = restrict(c, rows)
    units = None if matrices is None else _combine(rows, matrices)
    names: list[tuple[int, str]] = []
    parts = [torch.eye(len(rows), dtype=c.dtype)]
    if len(radical(core, tolerance)):
        parts = centroid_split(core, tolerance)
    alone = len(parts) == 1 and free == 0
    for part in parts:
        inside = None if units is None else _combine(part, units)
        names.extend(_indecomposable(restrict(core, part), tolerance, inside, alone))
    several = len(names) + (free > 0) > 1
    labels = [f"({name})" if several and " ⋉ " in name else name for _, name in sorted(names, key=_by_dimension)]
    return " ⊕ ".join(labels + ([real_space(free)] if free else []))


def _by_dimension(summand: tuple[int, str]) -> tuple[int, str]:
    return -summand[0], summand[1]


def _combine(rows: Tensor, matrices: Tensor) -> Tensor:
    return torch.einsum("rk,kij->rij", rows.to(matrices.dtype), matrices)


def _is_rotation(matrix: Tensor) -> bool:
    """Whether ``exp(t A)`` is a circle: diagonalisable with imaginary eigenvalues in small whole ratios."""
    values, vectors = torch.linalg.eig(matrix)
    size = float(values.abs().max())
    if size == 0 or float(torch.linalg.cond(vectors)) > 1e6 or float(values.real.abs().max()) > 1e-7 * size:
        return False
    frequencies = values.imag.abs() / size
    wholes = torch.arange(1, 13, dtype=frequencies.dtype)[:, None] * frequencies
    return bool(((wholes - wholes.round()).abs() < 1e-6).all(dim=1).any())


def _casimir_values(rows: Tensor, inverse_killing: Tensor, matrices: Tensor | None) -> Tensor | None:
    """Eigenvalues of the Casimir operator of a semisimple ideal on the space that the matrices act on."""
    if matrices is None:
        return None
    gamma = casimir(_combine(rows, matrices), inverse_killing.to(matrices.dtype))
    return torch.linalg.eigvals(gamma).real


def _indecomposable(c: Tensor, tolerance: float, matrices: Tensor | None, alone: bool) -> list[tuple[int, str]]:
    """Dimensions and names of the direct summands of an algebra without abelian factor."""
    solvable = radical(c, tolerance)
    if len(solvable) == len(c):
        return [(len(c), solvable_name(c, tolerance, short=not alone))]
    levi = torch.linalg.qr(levi_rows(c, solvable, tolerance).T).Q.T
    if levi_defect(c, levi) > max(_LEVI_DEFECT, 10 * tolerance) * scale_of(c):
        raise UndecidedError("no Levi subalgebra to the accuracy needed")
    ideals = simple_ideals(restrict(c, levi))
    spans = [ideal.rows @ levi for ideal in ideals]
    inverses = [torch.linalg.inv(killing_form(restrict(c, span))) for span in spans]
    values = [_casimir_values(span, inv, matrices) for span, inv in zip(spans, inverses, strict=True)]

    def named(members: list[int]) -> list[tuple[int, str]]:
        joint = None
        if matrices is not None and members:
            rows = torch.cat([spans[i] for i in members])
            joint = _casimir_values(rows, torch.block_diag(*(inverses[i] for i in members)), matrices)
        return semisimple_names([ideals[i] for i in members], [values[i] for i in members], joint)

    if len(solvable) == 0:
        return named(list(range(len(ideals))))
    moved = []
    for span, inverse in zip(spans, inverses, strict=True):
        actions = adjoint_action(c, span, solvable)
        moved.append(torch.eye(len(solvable), dtype=c.dtype) - trivial_projection(casimir(actions, inverse)))
    acting = [i for i in range(len(ideals)) if float(moved[i].abs().max()) > 1e-6]
    inert = [i for i in range(len(ideals)) if i not in acting]
    names: list[tuple[int, str]] = []
    abelian = scale_of(restrict(c, solvable)) <= tolerance * scale_of(c)
    blocks = _linked(acting, moved) if abelian else [acting]
    if not acting:
        # a direct sum of a solvable and a semisimple algebra too large for the centroid
        return [(len(solvable), solvable_name(restrict(c, solvable), tolerance, short=True)), *named(inert)]
    for members in blocks:
        rows = _moved_part([moved[i] for i in members]) @ solvable if abelian else solvable
        semisimple = torch.linalg.qr(torch.cat([spans[i] for i in members]).T).Q.T
        labels = [label for _, label in sorted(named(members), key=_by_dimension)]
        label = labels[0] if len(labels) == 1 else f"({' ⊕ '.join(labels)})"
        name = block_name(c, semisimple, rows, [ideals[i] for i in members], label, tolerance)
        name = _with_mass(c, tolerance, name) if not inert and len(blocks) == 1 else name
        names.append((len(semisimple) + len(rows), name))
    return names + named(inert)


def _linked(acting: list[int], moved: list[Tensor]) -> list[list[int]]:
    """Group the simple ideals that move a common part of an abelian radical."""
    groups: list[list[int]] = []
    for i in acting:
        touching = [group for group in groups if any(float((moved[i] @ moved[j]).abs().max()) > 1e-6 for j in group)]
        groups = [group for group in groups if group not in touching] + [[i, *(j for group in touching for j in group)]]
    return [sorted(group) for group in groups]


def _moved_part(projections: list[Tensor]) -> Tensor:
    """Orthonormal rows of the sum of the images."""
    _, s, vh = torch.linalg.svd(torch.cat([projection.T for projection in projections]))
    return vh[: int((s > 1e-6).sum())]


def _with_mass(c: Tensor, tolerance: float, name: str) -> str:
    """Recognise the Bargmann algebra: a one-dimensional centre with the Galilei algebra as quotient."""
    whole = torch.eye(len(c), dtype=c.dtype)
    centre = centralizer(c, whole, tolerance * scale_of(c))
    if len(centre) != 1 or ("h(" not in name and "nilpotent" not in name):
        return name
    quotient = algebra_name(restrict(c, complement(centre, whole)), tolerance)
    return quotient.replace("gal(", "bargmann(").replace("Galilei", "Galilei with mass") if "gal(" in quotient else name
