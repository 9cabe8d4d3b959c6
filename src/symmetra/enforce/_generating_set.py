"""What has to commute: the operators of a group's generators, and whether they contain their adjoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from symmetra.enforce._unitary import root_of_invariant_form, spread
from symmetra.groups._product import _Product
from symmetra.groups._span import closure_defect, generated_basis, orthonormal_rows, real_rows
from symmetra.inputs import InputError
from symmetra.representations._algebra import Sum, TensorProduct

if TYPE_CHECKING:
    from symmetra.groups import Group
    from symmetra.representations import LinearMap, Representation

_EXACT = 1e-8  # closure defect of generators that close: rounding of whatever made them


def leaves(*reps: Representation) -> tuple[Representation, ...]:
    """The representations that sums and tensor products are made of, each once, in the order met."""
    found: dict[Representation, None] = {}
    for rep in reps:
        if isinstance(rep, Sum):
            parts: tuple[Representation, ...] = tuple(part for part, _ in rep.runs)
        elif isinstance(rep, TensorProduct):
            parts = rep.factors
        else:
            found[rep] = None
            continue
        found.update(dict.fromkeys(leaves(*parts)))
    return tuple(found)


def check_closure(group: Group, rtol: float) -> bool:
    """Whether the generators close only approximately (and are to be taken as they are, to ``rtol``).

    A set that generates a larger algebra is welcome: two rotations stand for SO(3). Noisy generators are not such a
    set, since their brackets fill the space of matrices; they need a tolerance of the user's.

    Raises:
        InputError: the closure defect is neither rounding nor covered by ``rtol``, and the brackets lead nowhere.
    """
    if isinstance(group, _Product):
        found = [check_closure(factor, rtol) for factor in group.factors]  # all of them are checked
        return any(found)
    matrices = group.generators
    defect = closure_defect(matrices) if matrices.shape[0] else 0.0
    if defect <= _EXACT:
        return False
    if defect <= rtol:
        return True
    full = (group.d**2 - 1) * (2 if group.is_complex else 1)
    if defect < 0.1 or generated_basis(matrices).shape[0] >= full:
        got = f"{matrices.shape[0]} generators of {group.name} that do not close under brackets (defect {defect:.1e})"
        instead = f"rtol={2 * defect:.0e} if they are approximate, LieGroup(group.algebra.matrices) for all they make"
        raise InputError("V_in", got, f"generators of a Lie algebra, closed to rtol = {rtol:g}", instead)
    return False


class GeneratingSet:
    """An orthonormal basis of the Lie algebra and the component representatives, on which everything is tested.

    Orthonormal, because the sum of the squares is then a Casimir operator with few distinct eigenvalues.

    Attributes:
        lie: ``[q, d, d]``.
        discrete: ``[k, d, d]``.
        roots: for parts in a skew basis, S with ``S ρ S⁻¹`` unitary, ``[n, n]``; none if all are as they should be.
    """

    def __init__(self, group: Group) -> None:
        matrices = group.generators
        self.lie = generated_basis(matrices, group.components) if matrices.shape[0] else matrices
        self.discrete = group.components
        self.roots: dict[Representation, Tensor] = {}

    def operators(self, rep: Representation) -> tuple[Tensor, Tensor]:
        """Dense ``drho`` ``[q, n, n]`` and ``rho`` ``[k, n, n]`` of the set, in unitary coordinates."""
        lie, discrete = dense_operators(rep, self.lie, self.discrete)
        if not self.roots:
            return lie, discrete
        S, back = (change.dense() for change in self.changes(rep))
        return S @ lie @ back, S @ discrete @ back

    def changes(self, rep: Representation) -> tuple[LinearMap, LinearMap]:
        """S and its inverse on a representation made of the parts."""
        there = spread(rep, lambda part: self.roots[part])
        return there, spread(rep, lambda part: torch.linalg.inv(self.roots[part]))

    def splits(self, parts: tuple[Representation, ...]) -> bool:
        """Whether everything made of ``parts`` splits orthogonally, here or in coordinates that are found for them."""
        if self.adjoint_closed(parts):
            return True
        roots = {part: root_of_invariant_form(*self.operators(part)) for part in parts}
        found = {part: S for part, S in roots.items() if S is not None}
        if len(found) < len(parts):
            return False
        self.roots = found
        if self.lie.shape[0]:
            # orthonormal where the group is unitary, for the same reason as before
            rows = torch.cat([real_rows(self.operators(part)[0].to(torch.complex128)) for part in parts], dim=1)
            L = torch.linalg.cholesky(rows @ rows.mT)
            self.lie = torch.einsum("ab,bij->aij", torch.linalg.inv(L).to(self.lie.dtype), self.lie)
        return self.adjoint_closed(parts)

    def adjoint_closed(self, reps: tuple[Representation, ...], tolerance: float = 1e-10) -> bool:
        """Whether the span of the derivatives on all ``reps`` at once contains its adjoints, and ``rho`` is unitary."""
        rows, adjoints = [], []
        for rep in reps:
            lie, discrete = self.operators(rep)
            one = torch.eye(rep.dimension, dtype=discrete.dtype)
            if discrete.shape[0] and float((discrete @ discrete.mH - one).abs().max()) > tolerance:
                return False
            rows.append(real_rows(lie.to(torch.complex128)))
            adjoints.append(real_rows(lie.mH.resolve_conj().to(torch.complex128)))
        if not self.lie.shape[0]:
            return True
        span, wanted = torch.cat(rows, dim=1), torch.cat(adjoints, dim=1)
        basis = orthonormal_rows(span)
        outside = wanted - (wanted @ basis.T) @ basis
        return float(outside.norm()) <= tolerance * max(1.0, float(wanted.norm()))


def dense_operators(rep: Representation, lie: Tensor, discrete: Tensor) -> tuple[Tensor, Tensor]:
    """``drho(lie) [q, n, n]`` and ``rho(discrete) [k, n, n]`` as matrices."""
    n, dtype = rep.dimension, torch.complex128 if rep.is_complex else torch.float64
    D = rep.drho(lie).dense().to(dtype).resolve_conj() if lie.shape[0] else torch.zeros(0, n, n, dtype=dtype)
    H = rep.rho(discrete).dense().to(dtype).resolve_conj() if discrete.shape[0] else torch.zeros(0, n, n, dtype=dtype)
    return D, H
