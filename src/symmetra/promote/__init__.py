"""Symmetry as a convex prior: models with as much of a candidate algebra as the data allow."""

from symmetra.promote._lasso import GroupLassoPenalty
from symmetra.promote._library import PolynomialModel
from symmetra.promote._penalty import NuclearNormPenalty
from symmetra.promote._promoted import PromotedAlgebra
from symmetra.promote._recover import recover
from symmetra.promote._result import Promotion

__all__ = ["GroupLassoPenalty", "NuclearNormPenalty", "Promotion", "PolynomialModel", "PromotedAlgebra", "recover"]
