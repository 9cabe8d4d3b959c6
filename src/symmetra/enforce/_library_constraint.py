"""``library_constraint``: the equivariant functions in the span of a library."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from symmetra.actions import as_fibre_action
from symmetra.actions._base import ConstantFibre, InvariantFibre
from symmetra.enforce._library_action import Moves, moves
from symmetra.enforce._library_check import check_invariance, violation
from symmetra.enforce._library_representation import OnFibre, OnMonomials, Substitution
from symmetra.enforce._library_result import LibraryConstraint
from symmetra.enforce._library_rows import from_matrices, from_samples, solve
from symmetra.enforce._linear_basis import linear_basis
from symmetra.functions import Library
from symmetra.groups import Group
from symmetra.inputs import InputError, as_samples, describe
from symmetra.representations import Representation, Scalar

_SHIFT = 1e-13  # a translation of this relative size is rounding: degrees do not mix


def library_constraint(
    library: Any,
    action_in: Any,
    action_out: Any = None,
    *,
    outputs: Any = None,
    rtol: Any = 1e-8,
    partial: Any = False,
    x: Any = None,
) -> LibraryConstraint:
    """All F = C φ with F(g x) = g F(x), for the whole group: every generator and every component representative.

    Polynomial libraries under affine actions are moved exactly: φ(g x) = Φ_g φ(x) is a representation, C a map from it
    to the outputs, found by :func:`linear_basis`. Everything else (named terms, products with them, flows that are not
    affine, fibres that look at x) is a null space over samples, checked on samples held out.

    Args:
        library: the terms φ, such as ``symmetra.library.polynomial(n, degree)``; named terms and products may be in it.
        action_in: how inputs move: a representation, ``AffineAction``, ``Diagonal``, ``Flow``, …
        action_out: how outputs move: None for invariants, a representation, an action, or a fibre action;
            ``Pushforward(action_in)`` makes F a vector field, the rates of a symmetric dynamical system.
        outputs: m where ``action_out`` does not tell it; 1 by default.
        rtol: relative size taken as zero.
        partial: also accept a library that the group leads out of; the result is what is equivariant in its span.
        x: samples ``[N, n]`` on which named terms are tried, in their domain; standard normal by default.

    Returns:
        An orthonormal basis of the coefficients C, with its evidence.

    Raises:
        InputError: the library is not mapped into itself (the message says which term leaves it, what it becomes and
            what to add), its terms are linearly dependent, or the arguments do not fit together.

    Example:
        >>> from symmetra import Vector, actions, groups, library
        >>> V = Vector(groups.SO(2))
        >>> library_constraint(library.polynomial(2, 3), V, actions.Pushforward(V)).rank
        4
        >>> library_constraint(library.polynomial(2, 2), V).expressions()
        ['x² + y²', '1']
    """
    if outputs is not None and (isinstance(outputs, bool) or not isinstance(outputs, int) or outputs < 1):
        raise InputError("outputs", describe(outputs), "a whole number of at least 1", "outputs=None")
    if isinstance(rtol, bool) or not isinstance(rtol, int | float) or not 0 < rtol < 1:
        raise InputError("rtol", describe(rtol), "a relative tolerance between 0 and 1", "rtol=1e-8")
    fibre = as_fibre_action(action_out, action_in)
    samples = None if x is None else as_samples(x, "x", minimum=2).to(torch.float64)
    both = moves(library, action_in, fibre, samples, outputs)
    found = None if partial else _exactly(library, both, float(rtol))
    if found is None:
        return _from_samples(library, both, float(rtol), bool(partial), samples)
    return found


def _exactly(library: Library, moves: Moves, rtol: float) -> LibraryConstraint | None:
    """By the algebra of coefficients; None if the terms are not all polynomials or something is not affine."""
    form = library.in_monomials()
    if form is None:
        return None
    powers, matrix = form
    maps = []
    for infinitesimal, element in moves.elements():
        affine, constant = moves.affine(infinitesimal, element), moves.constant_fibre(infinitesimal, element)
        if affine is None or constant is None:
            return None
        maps.append((infinitesimal, affine, constant))
    independent = matrix.shape[0] == matrix.shape[1] and float(torch.linalg.cond(matrix)) < 1e12
    if not independent:
        return None
    substitution = Substitution(powers)
    check_invariance(library, powers, substitution, maps, moves)
    shifts = any(float(constant[:, -1].abs().max()) > _SHIFT for _, _, constant in maps)
    if isinstance(moves.action.group, Group) and not shifts:
        linear = all(float(a[:, -1].abs().max()) <= _SHIFT * (1 + float(a.abs().max())) for _, a, _ in maps)
        C, spectrum, gap, engine = _by_linear_basis(moves, powers, linear, rtol)
        offset = torch.zeros(moves.m, len(powers), dtype=torch.float64)
    else:
        null, flat = solve(from_matrices(moves, powers, substitution), rtol, repr(moves.action.group))
        C, offset = (v.unflatten(-1, (moves.m, len(powers))) for v in (null.basis, flat))
        spectrum, gap, engine = null.spectrum, null.gap, "rows"
    if float((matrix - torch.eye(len(matrix))).abs().max()) > 0:  # C φ = (C matrix) monomials
        C, offset = (torch.linalg.solve(matrix.mT, v.mT).mT for v in (C, offset))
    return _result(library, moves, C, offset, spectrum, gap, rtol, engine)


def _by_linear_basis(moves: Moves, powers: Tensor, linear: bool, rtol: float) -> tuple[Tensor, Tensor, float, str]:
    """C ``[r, m, T]`` in monomials: maps from the representation on monomials to that on outputs."""
    group, fibre = moves.action.group, moves.fibre
    degrees = powers.sum(1)
    parts = [torch.nonzero(degrees == k)[:, 0] for k in degrees.unique()] if linear else [torch.arange(len(powers))]
    sides = [OnMonomials(moves, powers[part]) for part in parts]
    V_in: Representation = sides[0]
    for side in sides[1:]:
        V_in = V_in + side
    if isinstance(fibre, InvariantFibre):
        V_out: Representation = moves.m * Scalar(group)
    elif isinstance(fibre, ConstantFibre) and isinstance(fibre.action, Representation):
        V_out = fibre.action
    else:
        V_out = OnFibre(moves)
    try:
        found = linear_basis(V_in, V_out, rtol)
    except InputError as error:
        error.args = (str(error).replace("V_in:", "action_in:").replace("V_out:", "action_out:"),)
        raise
    scaled = found.vectors.reshape(moves.m, len(powers), found.rank) * torch.cat([s.scale for s in sides])[:, None]
    order = torch.argsort(torch.cat(parts))
    return scaled[:, order].permute(2, 0, 1), found.spectrum, found.gap, found.engine


def _from_samples(library: Library, moves: Moves, rtol: float, partial: bool, x: Tensor | None) -> LibraryConstraint:
    if x is None:
        source = torch.Generator().manual_seed(2)
        x = torch.randn(8 * library.size + 100, moves.n, dtype=torch.float64, generator=source)
    elif len(x) < 2 * library.size + 10:
        raise InputError("x", f"{len(x)} samples", f"at least {2 * library.size + 10}, two a term", "more samples")
    factor, scale, leaving = from_samples(library, moves, x, partial)
    null, flat = solve(factor, rtol, repr(moves.action.group))
    C, offset = (v.unflatten(-1, (moves.m, library.size)) / scale for v in (null.basis, flat))
    return _result(library, moves, C, offset, null.spectrum, null.gap, rtol, "samples", tuple(leaving), x[1::2])


def _result(
    library: Library,
    moves: Moves,
    C: Tensor,
    offset: Tensor,
    spectrum: Tensor,
    gap: float,
    rtol: float,
    engine: str,
    leaving: tuple[str, ...] = (),
    x: Tensor | None = None,
) -> LibraryConstraint:
    """Orthonormal coefficients, and how well finite elements confirm them."""
    flat = torch.linalg.qr(C.flatten(1).mT).Q
    basis = flat.mT.reshape(C.shape)
    offset = offset - torch.einsum("kmt,k->mt", basis, torch.einsum("kmt,mt->k", basis, offset))
    if x is None:
        x = torch.randn(30, moves.n, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    residual = violation(library, moves, basis, offset, x[:30])
    return LibraryConstraint(
        library, moves.action, moves.fibre, basis, offset, spectrum, gap, rtol, residual, engine, leaving
    )
