"""A real Lie algebra, from matrices or from structure constants."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from symmetra.groups import _series, _structure
from symmetra.groups._levi import levi_rows
from symmetra.groups._name import algebra_name
from symmetra.groups._readable import readable_basis
from symmetra.groups._span import (
    as_matrices,
    closure_defect,
    from_real_rows,
    generated_basis,
    orthonormal_rows,
    real_rows,
)
from symmetra.inputs import InputError, as_tensor, describe

_NOT_CLOSED = 1e-6
_DEFECT_MARGIN = 10.0


class Algebra:
    """The real Lie algebra spanned by matrices; the bracket is the commutator.

    The matrices are taken as they are: if their span is not closed under brackets, ``closure_defect`` says so and the
    structure constants are those of the projected brackets; :meth:`generated_by` closes the span instead. Dependent
    matrices are replaced by an orthonormal basis of their span. Immutable; all properties are computed once, on
    demand, in an orthonormal basis.

    Ideals and series are :class:`Algebra` objects again; their ``rows`` are coordinates in the basis of the algebra
    they were taken from.

    Args:
        matrices: ``[k, d, d]`` or a list of ``[d, d]``, real or complex (complex ones span over the reals).
        tolerance: threshold of every rank decision, relative to the size of the brackets; at least ten times the
            closure defect is used. For generators found in noisy data give their accuracy, 1e-3 say: spans with a
            closure defect above max(1e-6, 10 × tolerance) are called "not closed".

    Raises:
        InputError: matrices that are not square, not of one size, or not finite.
    """

    tolerance: float
    matrices: Tensor | None
    rows: Tensor | None

    def __init__(self, matrices: Any, tolerance: float = 1e-8) -> None:
        given = as_matrices(matrices, "matrices")
        units = orthonormal_rows(real_rows(given), tolerance)
        if units.shape[0] < given.shape[0]:
            given = from_real_rows(units, given.shape[-1], given.is_complex())
        self.__dict__.update(
            matrices=given.clone(), rows=None, tolerance=float(tolerance), _units=units, _c=None, _defect=None
        )

    @classmethod
    def from_structure_constants(cls, c: Any, closure_defect: float = 0.0, tolerance: float = 1e-8) -> Algebra:
        """The abstract algebra with ``[e_i, e_j] = Σ_l c[i, j, l] e_l``, for vector fields that are not matrices.

        Args:
            c: ``[k, k, k]``, antisymmetric in the first two indices (its antisymmetric part is used) in a basis of
                comparable lengths.
            closure_defect: what was lost when the brackets were expanded; shown, and named if above 1e-6.
            tolerance: as above.

        Raises:
            InputError: wrong shape, or constants that are not antisymmetric to 1e-6.
        """
        constants = as_tensor(c, "c")
        if constants.ndim != 3 or len(set(constants.shape)) > 1 or constants.is_complex():
            raise InputError("c", describe(constants), "real structure constants [k, k, k]", "c[i, j, l]")
        constants = constants.to(torch.float64)
        size = float(constants.abs().max()) if constants.numel() else 0.0
        symmetric = float((constants + constants.transpose(0, 1)).abs().max()) if constants.numel() else 0.0
        if symmetric > 1e-6 * max(size, 1e-300):
            expected = "[e_i, e_j] = −[e_j, e_i]"
            raise InputError("c", f"a symmetric part of {symmetric:.1e}", expected, "(c - c.transpose(0, 1)) / 2")
        algebra = cls.__new__(cls)
        algebra.__dict__.update(
            matrices=None,
            rows=None,
            tolerance=float(tolerance),
            _units=None,
            _c=(constants - constants.transpose(0, 1)) / 2,
            _defect=float(closure_defect),
        )
        return algebra

    @classmethod
    def generated_by(cls, matrices: Any, tolerance: float = 1e-8) -> Algebra:
        """The smallest Lie algebra that contains the matrices ``[k, d, d]``."""
        return cls(generated_basis(as_matrices(matrices, "matrices"), None, tolerance), tolerance)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"algebras are immutable: {name} cannot be set; make a new one instead")

    def __repr__(self) -> str:
        return f"Algebra({self.name}, dimension {self.dimension})"

    @property
    def dimension(self) -> int:
        """The dimension over the reals."""
        return self._constants.shape[0]

    @functools.cached_property
    def _constants(self) -> Tensor:
        """Structure constants in the basis that all analysis uses: orthonormal for matrices, the given one else."""
        if self.matrices is None:
            return self.__dict__["_c"]
        return _structure.structure_constants(self._unit_matrices)

    @functools.cached_property
    def _unit_matrices(self) -> Tensor:
        assert self.matrices is not None
        return from_real_rows(self.__dict__["_units"], self.matrices.shape[-1], self.matrices.is_complex())

    @functools.cached_property
    def structure_constants(self) -> Tensor:
        """``c [k, k, k]`` with ``[e_i, e_j] = Σ_l c[i, j, l] e_l`` for the basis ``matrices``, by least squares."""
        return self._constants if self.matrices is None else _structure.structure_constants(self.matrices)

    @functools.cached_property
    def closure_defect(self) -> float:
        """``max ‖[ξ, η] − P [ξ, η]‖`` over an orthonormal basis, P the projection on the span; 0 if closed."""
        return self.__dict__["_defect"] if self.matrices is None else closure_defect(self.matrices)

    @functools.cached_property
    def killing(self) -> Tensor:
        """The Killing form ``K_ij = tr(ad_i ad_j)`` ``[k, k]`` in the basis of ``structure_constants``."""
        return _structure.killing_form(self.structure_constants)

    @functools.cached_property
    def signature(self) -> tuple[int, int, int]:
        """How many directions of the Killing form are positive, negative, zero: so(3) has (0, 3, 0)."""
        values = torch.linalg.eigvalsh(_structure.killing_form(self._constants))
        scale = _series.scale_of(self._constants)
        if scale < self._threshold:
            return 0, 0, self.dimension
        cut = self._threshold * max(float(values.abs().max()), scale**2)
        positive, negative = int((values > cut).sum()), int((values < -cut).sum())
        return positive, negative, self.dimension - positive - negative

    @functools.cached_property
    def _threshold(self) -> float:
        """The tolerance of rank decisions: not below what the closure defect shows the errors to be."""
        defect = self.closure_defect
        limit = max(_NOT_CLOSED, _DEFECT_MARGIN * self.tolerance)
        return max(self.tolerance, _DEFECT_MARGIN * defect) if defect <= limit else self.tolerance

    @property
    def _cut(self) -> float:
        scale = _series.scale_of(self._constants)
        return self._threshold * (scale if scale >= self._threshold else 1.0)

    @property
    def _whole(self) -> Tensor:
        return torch.eye(self.dimension, dtype=torch.float64)

    def _sub(self, rows: Tensor) -> Algebra:
        """The subalgebra of linearly independent rows ``[r, k]`` in the basis of ``_constants``."""
        if self.matrices is not None:
            units = self._unit_matrices
            inside = torch.einsum("rk,kij->rij", rows.to(units.dtype), units)
            part = Algebra(inside, self.tolerance)
            coordinates = real_rows(inside) @ torch.linalg.pinv(real_rows(self.matrices))
        else:
            q = torch.linalg.qr(rows.T).Q.T if rows.shape[0] else rows
            restricted = _structure.restrict(self._constants, q)
            part = Algebra.from_structure_constants(restricted, self.closure_defect, self.tolerance)
            coordinates = q
        part.__dict__["rows"] = coordinates
        return part

    @functools.cached_property
    def centre(self) -> Algebra:
        """All elements that commute with everything."""
        return self._sub(_series.centralizer(self._constants, self._whole, self._cut))

    @functools.cached_property
    def derived_series(self) -> tuple[Algebra, ...]:
        """``g ⊃ [g, g] ⊃ …`` until it stays the same; ends in dimension 0 if and only if g is solvable."""
        return tuple(self._sub(rows) for rows in _series.derived_series(self._constants, self._whole, self._cut))

    @functools.cached_property
    def lower_central_series(self) -> tuple[Algebra, ...]:
        """``g ⊃ [g, g] ⊃ [g, [g, g]] ⊃ …``; ends in dimension 0 if and only if g is nilpotent."""
        series = _series.lower_central_series(self._constants, self._whole, self._cut)
        return tuple(self._sub(rows) for rows in series)

    @functools.cached_property
    def _radical_rows(self) -> Tensor:
        if _series.scale_of(self._constants) < self._threshold:
            return self._whole
        return _series.radical(self._constants, self._threshold)

    @functools.cached_property
    def radical(self) -> Algebra:
        """The largest solvable ideal."""
        return self._sub(self._radical_rows)

    @functools.cached_property
    def nilradical(self) -> Algebra:
        """The largest nilpotent ideal."""
        if _series.scale_of(self._constants) < self._threshold:
            return self._sub(self._whole)
        return self._sub(_series.nilradical(self._constants, self._radical_rows, self._threshold))

    @functools.cached_property
    def levi(self) -> tuple[Algebra, Algebra]:
        """``(semisimple part, radical)``: a semisimple subalgebra that is a complement of the radical."""
        rows = levi_rows(self._constants, self._radical_rows, self._threshold)
        return self._sub(rows), self.radical

    @property
    def is_abelian(self) -> bool:
        return _series.scale_of(self._constants) < self._threshold

    @property
    def is_solvable(self) -> bool:
        return self._radical_rows.shape[0] == self.dimension

    @property
    def is_nilpotent(self) -> bool:
        return self.lower_central_series[-1].dimension == 0

    @property
    def is_semisimple(self) -> bool:
        return self.dimension > 0 and self._radical_rows.shape[0] == 0

    @functools.cached_property
    def name(self) -> str:
        """What the algebra is called: "so(3)", "se(3)", "sl(2) ⊕ R", "abelian R²" and so on.

        The name follows from the structure constants. Where low-dimensional algebras are isomorphic the field's usual
        name is taken; matrices, if known, decide between so(3) and su(2) and the like by the representations they
        carry, and call a single generator of a circle so(2). Sums list
        the largest summand first. Where errors of the structure constants, or a badly conditioned basis, leave a
        decision without a gap, the name says that the structure is not decidable.
        """
        if self.closure_defect > max(_NOT_CLOSED, _DEFECT_MARGIN * self.tolerance):
            return f"{self.dimension}-dimensional span, not closed under brackets"
        units = None if self.matrices is None else self._unit_matrices
        try:
            return algebra_name(self._constants, self._threshold, units)
        except (_series.UndecidedError, torch.linalg.LinAlgError):
            return f"{self.dimension}-dimensional, structure not decidable at this accuracy"

    def canonical_basis(self, tolerance: float = 1e-9) -> Tensor:
        """A readable basis ``[k, d, d]`` of the same span: sparse, largest entry 1, first entry positive.

        For so(p, q), se(n) and the like these are L_ij and P_i of :func:`SO` and :func:`SE`. See
        :func:`readable_basis`, which does the same for rows of coefficients.

        Raises:
            InputError: for an algebra made from structure constants, which has no matrices.
        """
        if self.matrices is None:
            raise InputError(
                "canonical_basis", "an algebra without matrices", "Algebra(matrices)", "readable_basis(coefficients)"
            )
        rows = readable_basis(self.__dict__["_units"], tolerance)
        return from_real_rows(rows, self.matrices.shape[-1], self.matrices.is_complex())
