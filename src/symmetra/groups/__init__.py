"""What acts: Lie groups, finite groups, products, and their algebras."""

from symmetra.groups._affine import SE, Affine, E, Galilei, Poincare, Translation
from symmetra.groups._algebra import Algebra
from symmetra.groups._classical import GL, SL, SO, SU, Lorentz, O, Scaling, Sp, U
from symmetra.groups._discrete import C, D, Hyperoctahedral, S, Signs, Z
from symmetra.groups._finite import FiniteGroup
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
    "readable_basis",
]
