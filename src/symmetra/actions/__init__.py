"""How a group moves data: vectors, affine spaces, flows, several copies, pytrees, fibres, fields and lattices."""

from symmetra.actions._base import Action, FibreAction, as_fibre_action
from symmetra.actions._fibres import Density, Pushforward
from symmetra.actions._fibres import TensorField as Tensor
from symmetra.actions._flow import Flow, FlowGroup
from symmetra.actions._grid import Grid
from symmetra.actions._joint import Diagonal, Pytree
from symmetra.actions._laws import check
from symmetra.actions._linear import AffineAction, LinearAction, Trivial
from symmetra.actions._rolls import Rolls
from symmetra.actions._sampled_field import SampledField, sampled_field
from symmetra.actions._signed_permutation import SignedPermutation

__all__ = [
    "Action",
    "AffineAction",
    "Density",
    "Diagonal",
    "FibreAction",
    "Flow",
    "FlowGroup",
    "Grid",
    "LinearAction",
    "Pushforward",
    "Pytree",
    "Rolls",
    "SampledField",
    "SignedPermutation",
    "Tensor",
    "Trivial",
    "as_fibre_action",
    "check",
    "sampled_field",
]
