"""What the field does where it can be summed: the free theory, two by two sites, one or two sites in space."""

from symmetra.lattice.exact._free_theory import free_theory
from symmetra.lattice.exact._transfer_matrix import transfer_matrix
from symmetra.lattice.exact._two_by_two import two_by_two

__all__ = ["free_theory", "two_by_two", "transfer_matrix"]
