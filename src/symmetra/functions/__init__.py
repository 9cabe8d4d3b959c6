"""Dictionaries of functions and of candidate generators."""

from symmetra.functions import candidates, library
from symmetra.functions._fields import CallableFields, CandidateSpace, PolynomialFields
from symmetra.functions._formula import linear_combination
from symmetra.functions._library import LibraryFunction
from symmetra.functions._monomials import exponents, monomial_gradients, monomial_name, monomials, variable_names
from symmetra.functions.library import Library

__all__ = [
    "CallableFields",
    "CandidateSpace",
    "Library",
    "LibraryFunction",
    "PolynomialFields",
    "candidates",
    "exponents",
    "library",
    "linear_combination",
    "monomial_gradients",
    "monomial_name",
    "monomials",
    "variable_names",
]
