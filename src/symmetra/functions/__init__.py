"""Dictionaries of functions and of candidate generators."""

from symmetra.functions import candidates, library
from symmetra.functions._fields import CallableFields, CandidateSpace, PolynomialFields
from symmetra.functions._monomials import exponents, monomial_gradients, monomial_name, monomials, variable_names
from symmetra.functions.library import Library

__all__ = [
    "CallableFields",
    "CandidateSpace",
    "Library",
    "PolynomialFields",
    "candidates",
    "exponents",
    "library",
    "monomial_gradients",
    "monomial_name",
    "monomials",
    "variable_names",
]
