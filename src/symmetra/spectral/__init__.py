"""Eigenvectors one can trust, and networks that respect their signs and bases.

``eigenpairs(graph, k)`` gives eigenvectors that are the same bits every time, with the multiplicities of their
eigenvalues. An eigenvector is known up to its sign: ``SignEquivariantNetwork`` commutes with signs to the last bit,
``SignInvariantNet`` does not see them; ``BasisEquivariantLayer`` commutes with rotations inside of eigenspaces.
``OrthogonalModel`` makes of a sign-equivariant network one of point clouds that commutes with rotations and
reflections, in a single call.
"""

from symmetra.spectral import polynomials
from symmetra.spectral._basis_layer import BasisEquivariantLayer
from symmetra.spectral._eigenpairs import eigenpairs
from symmetra.spectral._graph_layer import SignEquivariantGraphLayer
from symmetra.spectral._invariant_net import SignInvariantNet
from symmetra.spectral._layers import SignEquivariantGate, SignEquivariantLayer
from symmetra.spectral._network import SignEquivariantNetwork
from symmetra.spectral._orthogonal import OrthogonalModel
from symmetra.spectral._pairs import Eigenpairs
from symmetra.spectral._transform import AddLaplacianEigenvectorPE

__all__ = [
    "AddLaplacianEigenvectorPE",
    "BasisEquivariantLayer",
    "Eigenpairs",
    "OrthogonalModel",
    "SignEquivariantGate",
    "SignEquivariantGraphLayer",
    "SignEquivariantLayer",
    "SignEquivariantNetwork",
    "SignInvariantNet",
    "eigenpairs",
    "polynomials",
]
