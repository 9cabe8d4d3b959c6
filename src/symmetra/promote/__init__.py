"""Symmetry as a convex prior: models with as much of a candidate algebra as the data allow."""

from symmetra.promote._library import PolynomialModel
from symmetra.promote._recover import recover
from symmetra.promote._result import Promotion

__all__ = ["Promotion", "PolynomialModel", "recover"]
