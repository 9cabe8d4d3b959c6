"""A real Lie algebra, from matrices or from structure constants."""

from __future__ import annotations

import functools
from typing import Any

import torch
from torch import Tensor

from symmetra.groups import _structure
from symmetra.groups._span import as_matrices, closure_defect, from_real_rows, orthonormal_rows, real_rows


class Algebra:
    """The span of matrices."""

    def __init__(self, matrices: Any, tolerance: float = 1e-8) -> None:
        given = as_matrices(matrices, "matrices")
        rows = orthonormal_rows(real_rows(given), tolerance)
        if rows.shape[0] < given.shape[0]:
            given = from_real_rows(rows, given.shape[-1], given.is_complex())
        self.matrices = given
        self.tolerance = tolerance

    @property
    def dimension(self) -> int:
        """The dimension of the span over the reals."""
        return self.matrices.shape[0]

    @functools.cached_property
    def structure_constants(self) -> Tensor:
        """``[k, k, k]`` with ``[e_i, e_j] = Σ_l c[i, j, l] e_l``."""
        return _structure.structure_constants(self.matrices)

    @functools.cached_property
    def closure_defect(self) -> float:
        return closure_defect(self.matrices)

    @functools.cached_property
    def killing(self) -> Tensor:
        """The Killing form ``[k, k]``."""
        return _structure.killing_form(self.structure_constants)
