"""What acts: Lie groups, finite groups, products, and their algebras.

Conventions, the same throughout:

- An element is a matrix ``[..., d, d]`` that acts on columns, float64 or complex128; ``multiply(g, h)`` is ``g h``.
- Lie algebras are real vector spaces, also those of complex matrices; ``[A, B] = A B − B A``.
- Rotations and boosts: ``L_ij = e_i e_jᵀ − η_i η_j e_j e_iᵀ``, i < j, in lexicographic order; all generators have
  entries 0, ±1 (±i) and a positive first entry. ``exp(t L_12)`` turns axis 2 towards axis 1.
- Metric of (p, q): ``diag(+1 × p, −1 × q)``; Lorentz and Poincaré: (t, x, y, z) with (+, −, −, −).
- Symplectic: ``J = [[0, 1], [−1, 0]]`` on (q, p); ``Sp(4)`` acts on R⁴.
- Affine groups: homogeneous coordinates (x, 1), the 1 last; linear generators first, then P_1 … P_n.
- ``generators`` make the identity component, ``components`` the rest; O, Lorentz, Poincare, Galilei are full.
- ``C(n)`` and ``D(n)`` act on the plane, ``Z(n)`` shifts n coordinates, ``S(n)`` permutes them.
"""

from symmetra.groups._affine import SE, Affine, E, Galilei, Poincare, Translation
from symmetra.groups._algebra import Algebra
from symmetra.groups._classical import GL, SL, SO, SU, Lorentz, O, Scaling, Sp, U
from symmetra.groups._discrete import C, D, Hyperoctahedral, S, Signs, Z
from symmetra.groups._finite import FiniteGroup
from symmetra.groups._grid import grid_group
from symmetra.groups._group import Group
from symmetra.groups._lie import LieGroup
from symmetra.groups._product import FiniteProductGroup, ProductGroup
from symmetra.groups._readable import readable_basis
from symmetra.groups._span import bracket

__all__ = [
    "GL",
    "SE",
    "SL",
    "SO",
    "SU",
    "Affine",
    "Algebra",
    "C",
    "D",
    "E",
    "FiniteGroup",
    "FiniteProductGroup",
    "Galilei",
    "Group",
    "Hyperoctahedral",
    "LieGroup",
    "Lorentz",
    "O",
    "Poincare",
    "ProductGroup",
    "S",
    "Scaling",
    "Signs",
    "Sp",
    "Translation",
    "U",
    "Z",
    "bracket",
    "grid_group",
    "readable_basis",
]
