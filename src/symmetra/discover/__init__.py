"""Discover: which symmetries a map, a dynamical system, a set or data have, with the evidence."""

from symmetra.discover._certificate import Certificate
from symmetra.discover._dynamics import dynamics
from symmetra.discover._estimator import SymmetryDiscovery
from symmetra.discover._function import function
from symmetra.discover._manifold import manifold
from symmetra.discover._operator import OperatorDiscovery, operator
from symmetra.discover._result import Coverage, Discovery
from symmetra.discover._stream import DiscoveryStream
from symmetra.discover.conservation import Conservation, conserved
from symmetra.discover.evolution import evolution_equation
from symmetra.discover.samples import certify_generator, regression

__all__ = [
    "Certificate",
    "Conservation",
    "Coverage",
    "Discovery",
    "DiscoveryStream",
    "OperatorDiscovery",
    "SymmetryDiscovery",
    "certify_generator",
    "conserved",
    "dynamics",
    "evolution_equation",
    "function",
    "manifold",
    "operator",
    "regression",
]
