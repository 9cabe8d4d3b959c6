"""Equivariant layers and small networks; buffers are baked when a layer is made, so that it compiles and exports."""

from symmetra.nn._linear import EquivariantLinear
from symmetra.nn._quadratic_gated import QuadraticGated

__all__ = ["EquivariantLinear", "QuadraticGated"]
