"""The algebra of linear actions: ``V + W``, ``V * W``, ``V.dual``, ``V ** k``, ``3 * V``, and one's own."""

from symmetra.representations._base import Representation
from symmetra.representations._basic import Determinant, Pseudoscalar, Scalar, Vector
from symmetra.representations._linear_map import LinearMap

V = Vector
Sign = Pseudoscalar

__all__ = ["Determinant", "LinearMap", "Pseudoscalar", "Representation", "Scalar", "Sign", "V", "Vector"]
