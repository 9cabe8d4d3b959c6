"""The constraints as rows on vec(C), for what is no pair of representations: flows, fibres over x, named terms.

For F = C φ the condition on an algebra element is  C dφ[ξ] − B_ξ(x) C φ = b_ξ(x)  and on a group element
C φ(g x) − Θ_g(x) C φ(x) = b_g(x); b = 0 unless outputs are translated (a predicted position).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.enforce._library_action import Moves
from symmetra.enforce._library_representation import Substitution
from symmetra.functions import Library
from symmetra.inputs import InputError
from symmetra.linalg import ROUNDING, NullSpace, StreamingQR, null_space

ROW_LIMIT = 3_000  # unknowns m·T of a dense null space: about half a minute
_LEAVES = 1e-7  # relative residual on held-out samples of a change that is a combination of the terms: about 1e-13


def guard(unknowns: int) -> None:
    if unknowns > ROW_LIMIT:
        got = f"{unknowns:,} coefficients to be constrained by a dense null space"
        raise InputError("library", got, f"at most {ROW_LIMIT:,}", "a lower degree, or one output at a time")


def from_matrices(moves: Moves, powers: Tensor, substitution: Substitution) -> Tensor:
    """Factor ``[r, m·T + 1]`` of the exact rows for monomials, fibres that do not look at x; the last column is b."""
    m, size = moves.m, len(powers)
    guard(m * size)
    stream, one, two = StreamingQR(m * size + 1), torch.eye(m).double(), torch.eye(size).double()
    constant = (powers.sum(1) == 0).double()
    for infinitesimal, element in moves.elements():
        affine, fibre = moves.affine(infinitesimal, element), moves.constant_fibre(infinitesimal, element)
        assert affine is not None and fibre is not None
        change = substitution.infinitesimal(affine) if infinitesimal else substitution.finite(affine)
        phi = change[substitution.place][:, substitution.place]
        rows = torch.kron(one, phi.mT.contiguous()) - torch.kron(fibre[:, :-1].contiguous(), two)
        whole = torch.cat([rows, torch.kron(fibre[:, -1], constant)[:, None]], dim=1)
        stream.update(_unit(whole, (m**0.5 * phi.norm() + size**0.5 * fibre.norm())))
    return stream.R


def from_samples(library: Library, moves: Moves, x: Tensor, partial: bool) -> tuple[Tensor, Tensor, list[str]]:
    """The factor of the rows at the samples, the scale ``[T]`` of the terms, and the terms that leave the library."""
    m, size = moves.m, library.size
    guard(m * size)
    fit, held = x[::2], x[1::2]
    values, scale = _values(library, fit)
    stream, leaving = StreamingQR(m * size + 1), dict[str, None]()
    for number, (infinitesimal, element) in enumerate(moves.elements()):
        rows, change, size_of_rows = _rows(library, moves, fit, scale, infinitesimal, element)
        stream.update(_unit(rows.flatten(0, 1), size_of_rows))
        held_values = library.values(held) / scale
        _, held_change, _ = _rows(library, moves, held, scale, infinitesimal, element)
        solution = torch.linalg.lstsq(values, change).solution
        residual = torch.linalg.vector_norm(held_values @ solution - held_change, dim=0)
        size_of = torch.linalg.vector_norm(held_change, dim=0).clamp(min=len(held) ** 0.5)
        worst = (residual / size_of).reshape(-1, size).amax(0)
        for j in torch.nonzero(~(worst <= _LEAVES))[:, 0].tolist():
            if not partial:
                name = f"generator {number + 1}" if infinitesimal else f"element {number + 1}"
                raise _leaves(library.terms[j], name, moves, infinitesimal, float(worst[j]))
            leaving[library.terms[j]] = None
    return stream.R, scale, list(leaving)


def _rows(
    library: Library, moves: Moves, x: Tensor, scale: Tensor, infinitesimal: bool, element: Tensor
) -> tuple[Float[Tensor, "N m c"], Float[Tensor, "N f"], Tensor]:
    """Rows ``[N, m, m·T + 1]``, how the terms change, and the size of what was subtracted to get the rows.

    The change has one column a term, and one a pair of entries of a fibre that looks at x. Without the size rounding
    could not be told from a constraint.
    """
    moved = moves.points(x, infinitesimal, element)
    values, fibres = library.values(x) / scale, moves.fibres(x, infinitesimal, element)
    if infinitesimal:
        slopes = library.gradients(x)
        change = torch.einsum("kjn,kn->kj", slopes, moved) / scale
        parts = torch.einsum("kjn,kn->kj", slopes.abs(), moved.abs()) / scale
    else:
        change = parts = library.values(moved) / scale
    if not bool(torch.isfinite(change).all()):
        raise InputError("x", "samples that the group moves to where a term is not finite", "other samples", "x=…")
    one, matrix = torch.eye(moves.m).to(x), fibres[:, :, :-1]
    rows = torch.einsum("ab,kj->kabj", one, change) - torch.einsum("kab,kj->kabj", matrix, values)
    columns = torch.cat([rows.flatten(2), fibres[:, :, -1:]], dim=2)
    size = moves.m**0.5 * parts.norm() + torch.einsum("kab,kj->kabj", matrix, values).norm()
    turning = (matrix - matrix[:1]).abs().amax() > 1e-11 * (1 + matrix.abs().amax())
    return columns, rows.flatten(1) if bool(turning) else change, size


def _values(library: Library, x: Tensor) -> tuple[Tensor, Tensor]:
    """φ at the samples with columns of size 1, and their sizes; terms must be independent functions there."""
    values = library.values(x)
    scale = values.square().mean(0).sqrt()
    if not bool(torch.isfinite(values).all()) or not bool((scale > 0).all()):
        term = library.terms[int((~torch.isfinite(values).all(0) | (scale == 0)).nonzero()[0])]
        raise InputError("x", f"samples where the term {term} is zero or not finite", "samples in its domain", "x=…")
    _, s, vh = torch.linalg.svd(values / scale, full_matrices=False)
    if float(s[-1]) < 1e-10 * float(s[0]):
        named = [library.terms[j] for j in torch.nonzero(vh[-1].abs() > 1e-6)[:, 0].tolist()]
        got = f"terms that are linearly dependent as functions: {', '.join(named[:6])}"
        raise InputError("library", got, "each function once", "the library without one of them")
    return values / scale, scale


def _leaves(term: str, element: str, moves: Moves, infinitesimal: bool, residual: float) -> InputError:
    group = moves.action.group
    got = f"the term {term}, which {element} of {group} carries out of its span (relative residual {residual:.1e})"
    change = f"∇({term})·ξ" if infinitesimal else f"({term})∘g"
    instead = f'library + library.named("{change}", …), or partial=True for what is equivariant within the span'
    return InputError("library", got, f"a library that {group} maps into itself", instead)


def _unit(rows: Tensor, size: Tensor) -> Tensor:
    """Rows of one element at unit size; rows that are rounding in the difference of two terms of this size are zero."""
    norm = torch.linalg.vector_norm(rows[:, :-1])
    return rows / norm if float(norm) > ROUNDING * float(size) else rows * (rows.abs() > ROUNDING * size)


def solve(factor: Tensor, tolerance: float, action_out: str) -> tuple[NullSpace, Tensor]:
    """All solutions of the homogeneous rows, and the smallest of the inhomogeneous ones.

    Raises:
        InputError: outputs that are translated, and no function of the library that follows.
    """
    found, size = null_space(factor[:, :-1], tolerance), factor.shape[1] - 1
    shift = factor[:, -1]
    offset = factor.new_zeros(size)
    if float(torch.linalg.vector_norm(shift)) > 1e-12:
        offset = torch.linalg.lstsq(factor[:, :-1], shift[:, None], driver="gelsd", rcond=1e-10).solution[:, 0]
        error = torch.linalg.vector_norm(factor[:, :-1] @ offset - shift) / torch.linalg.vector_norm(shift)
        if float(error) > max(tolerance, 1e-8):
            got = f"outputs that {action_out} translates, while no function of the library does"
            raise InputError("action_out", got, "inputs that are translated along with them", "a representation")
    return found, offset
