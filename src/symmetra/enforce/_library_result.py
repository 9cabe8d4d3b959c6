"""The equivariant functions of a library, as a result and as constraints for other solvers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from symmetra.functions import Library, LibraryFunction
from symmetra.groups import readable_basis
from symmetra.inputs import InputError, as_tensor, describe


@dataclass(frozen=True, eq=False)
class LibraryConstraint:
    """All equivariant F = C φ of a library φ with T terms: C = offset + Σ_k w_k basis_k.

    Attributes:
        library: φ.
        action_in: how inputs move.
        action_out: how outputs move, a fibre action.
        basis: ``[rank, m, T]``, orthonormal coefficients.
        offset: ``[m, T]``, zero unless outputs are translated; then one equivariant F, to which multiples of the basis
            are added.
        spectrum: ascending relative singular values or residuals, as the engine gives them.
        gap: first value not taken as null over the last one taken.
        tolerance: what was taken as null.
        residual: the largest violation of F(g x) = g F(x) on random finite elements, over the basis, relative to F.
        engine: how it was found: the exact engines of :func:`linear_basis` ("orbits", "isotypic", "projector", …),
            "rows" for exact constraints without representations, "samples" for named terms and fibres that look at x.
        leaving: the terms that the group carries out of the library; none unless ``partial`` was asked for.
    """

    library: Library
    action_in: Any
    action_out: Any
    basis: Tensor
    offset: Tensor
    spectrum: Tensor
    gap: float
    tolerance: float
    residual: float
    engine: str
    leaving: tuple[str, ...] = field(default=())

    @property
    def rank(self) -> int:
        """The number of independent equivariant functions."""
        return self.basis.shape[0]

    @property
    def dimension(self) -> int:
        """The rank."""
        return self.rank

    @property
    def outputs(self) -> int:
        """The number of outputs, m."""
        return self.basis.shape[1]

    @cached_property
    def readable(self) -> Float[Tensor, "rank m T"]:
        """A sparse basis of the same space, the largest entry of each element 1; it depends on the space alone."""
        return readable_basis(self.basis.flatten(1)).unflatten(1, self.basis.shape[1:]) if self.rank else self.basis

    @property
    def functions(self) -> tuple[LibraryFunction, ...]:
        """The readable basis as functions of x ``[..., n]``; translated outputs: without the offset."""
        return tuple(LibraryFunction(self.library, C) for C in self.readable)

    def expand(self, weights: Any) -> Float[Tensor, "m T"]:
        """The coefficients C of the function with these weights ``[rank]`` in the basis; gradients flow."""
        w = as_tensor(weights, "weights")
        if w.shape != (self.rank,):
            raise InputError("weights", describe(w), f"shape [{self.rank}], one a basis function", "torch.ones(rank)")
        return self.offset.to(w) + torch.einsum("k,kmt->mt", w, self.basis.to(w))

    def project(self, coefficients: Any) -> Float[Tensor, "m T"]:
        """The equivariant C nearest to the given one, ``[m, T]``."""
        C = as_tensor(coefficients, "coefficients")
        if C.shape != self.offset.shape:
            raise InputError("coefficients", describe(C), f"shape {tuple(self.offset.shape)}, (outputs, terms)", "C.T")
        basis, offset = self.basis.to(C), self.offset.to(C)
        return offset + torch.einsum("kmt,k->mt", basis, torch.einsum("kmt,mt->k", basis, C - offset))

    def function(self, weights: Any) -> LibraryFunction:
        """The function with these weights ``[rank]``."""
        return LibraryFunction(self.library, self.expand(weights).detach())

    @cached_property
    def constraint_matrix(self) -> Float[Tensor, "constraints unknowns"]:
        """Orthonormal rows A ``[m·T − rank, m·T]``: C is equivariant iff A vec(C) = constraint_rhs, vec row-major."""
        columns = self.basis.flatten(1).mT
        return torch.linalg.qr(columns, mode="complete").Q[:, self.rank :].mT.contiguous()

    @property
    def constraint_rhs(self) -> Float[Tensor, " constraints"]:
        """The right-hand sides, zero unless outputs are translated."""
        return self.constraint_matrix @ self.offset.flatten()

    def for_pysindy(self) -> dict[str, Any]:
        """Arguments of pysindy's constrained optimisers, e.g. ``ConstrainedSR3(**constraint.for_pysindy(), …)``.

        The terms must be those of pysindy's feature library, in its order: ``library.polynomial(n, d)`` has the terms
        of ``PolynomialLibrary(degree=d)``.
        """
        return {
            "constraint_lhs": self.constraint_matrix.numpy(),
            "constraint_rhs": self.constraint_rhs.numpy(),
            "constraint_order": "target",
            "equality_constraints": True,
        }

    def expressions(self) -> list[str]:
        """The readable basis in words; several outputs as ``(…, …)``."""
        texts = [f.expressions() for f in self.functions]
        return [text[0] if len(text) == 1 else f"({', '.join(text)})" for text in texts]

    def rows(self) -> list[dict[str, Any]]:
        """What was found and on which evidence, a line each, as ``{"label", "value", "note"}``."""
        size = self.outputs * self.library.size
        return [
            {"label": "equivariant functions", "value": self.rank, "note": f"of {size}, group {self.action_in.group}"},
            {"label": "largest violation", "value": self.residual, "note": "random finite elements, relative"},
            {"label": "gap", "value": self.gap, "note": f"tolerance {self.tolerance:g}, engine {self.engine}"},
        ]

    def __repr__(self) -> str:
        return f"LibraryConstraint(rank {self.rank} of {self.outputs * self.library.size}, {self.engine})"
