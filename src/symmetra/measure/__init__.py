"""Measure: how far a model is from equivariance, in total, by generator, by layer, and in words."""

from symmetra.measure._audit import Audit, Finding, audit
from symmetra.measure._equivariance import EquivarianceError, equivariance_error
from symmetra.measure._layers import Layerwise, layerwise
from symmetra.measure._lie_error import LieDerivativeError, lie_derivative_error

__all__ = [
    "Audit",
    "EquivarianceError",
    "Finding",
    "Layerwise",
    "LieDerivativeError",
    "audit",
    "equivariance_error",
    "layerwise",
    "lie_derivative_error",
]
