"""Everything linear that is equivariant: exact bases of maps between representations, and of functions in a library.

``linear_basis(V_in, V_out)`` finds all W with ``W ρ_in(g) = ρ_out(g) W``. Conventions: W is ``[dim_out, dim_in]``, its
vector is row-major, bases are orthonormal in the Frobenius inner product and float64 (complex128 if a side is complex).
``library_constraint(library, action_in, action_out)`` finds all equivariant functions in the span of a dictionary, and
``SymmetricRegression`` and ``SymmetricDynamics`` fit such functions to data. ``average(model, action_in, action_out)``
makes any model equivariant as it stands, ``frame_average`` and ``canonicalise`` do so with fewer calls of it.
"""

from symmetra.enforce._average import Average, average
from symmetra.enforce._average_units import PhysicalUnits, symmetric_statistics
from symmetra.enforce._basis import EquivariantBasis
from symmetra.enforce._canonical import Canonical, canonicalise
from symmetra.enforce._disk import remember
from symmetra.enforce._frame_average import FrameAverage, frame_average
from symmetra.enforce._kernel_constraint import KernelConstraint, kernel_constraint
from symmetra.enforce._library_constraint import library_constraint
from symmetra.enforce._library_dynamics import SymmetricDynamics
from symmetra.enforce._library_regression import SymmetricRegression
from symmetra.enforce._library_result import LibraryConstraint
from symmetra.enforce._linear_basis import forget, linear_basis

__all__ = [
    "Average",
    "Canonical",
    "EquivariantBasis",
    "FrameAverage",
    "KernelConstraint",
    "LibraryConstraint",
    "PhysicalUnits",
    "SymmetricDynamics",
    "SymmetricRegression",
    "average",
    "canonicalise",
    "forget",
    "frame_average",
    "kernel_constraint",
    "library_constraint",
    "linear_basis",
    "remember",
    "symmetric_statistics",
]
