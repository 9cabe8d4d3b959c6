"""How a group moves data: vectors, affine spaces, flows of vector fields, several copies, pytrees, and fibres."""

from symmetra.actions._base import Action, FibreAction, as_fibre_action
from symmetra.actions._fibres import Density, Pushforward
from symmetra.actions._fibres import TensorField as Tensor
from symmetra.actions._flow import Flow, FlowGroup
from symmetra.actions._joint import Diagonal, Pytree
from symmetra.actions._laws import check
from symmetra.actions._linear import AffineAction, LinearAction, Trivial

__all__ = [
    "Action",
    "AffineAction",
    "Density",
    "Diagonal",
    "FibreAction",
    "Flow",
    "FlowGroup",
    "LinearAction",
    "Pushforward",
    "Pytree",
    "Tensor",
    "Trivial",
    "as_fibre_action",
    "check",
]
