"""How a group moves data: vectors, affine spaces, flows of vector fields, several copies, pytrees, and fibres."""

from symmetra.actions._base import Action, FibreAction, as_fibre_action

__all__ = ["Action", "FibreAction", "as_fibre_action"]
