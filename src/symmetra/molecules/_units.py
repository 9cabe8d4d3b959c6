"""The two constants that turn atomic units into the chemist's: CODATA 2018 (10.1103/RevModPhys.93.025010).

Positions are in ångström, energies in hartree, forces in hartree/ångström throughout ``symmetra.molecules``.
"""

HARTREE_EV = 27.211386245988
"""Electronvolts in a hartree."""

BOHR_ANGSTROM = 0.529177210903
"""Ångström in a bohr."""
