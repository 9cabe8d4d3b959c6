"""Everything linear that is equivariant: exact bases of the maps between two representations.

``linear_basis(V_in, V_out)`` finds all W with ``W ρ_in(g) = ρ_out(g) W``. Conventions: W is ``[dim_out, dim_in]``, its
vector is row-major, bases are orthonormal in the Frobenius inner product and float64 (complex128 if a side is complex).
"""

from symmetra.enforce._basis import EquivariantBasis
from symmetra.enforce._linear_basis import forget, linear_basis

__all__ = ["EquivariantBasis", "forget", "linear_basis"]
