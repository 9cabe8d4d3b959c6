"""All models of a molecule under one interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symmetra.inputs import InputError, describe
from symmetra.molecules._averages import Augmented, GroupAverage
from symmetra.molecules._classical import GraphNetwork, InvariantMLP, SmallMLP
from symmetra.molecules._energy import EnergyModel
from symmetra.molecules._graph import GraphCircuit
from symmetra.molecules._molecule import molecule_named
from symmetra.molecules._replicas import ReplicaPlain, replica_euler, replica_graph
from symmetra.molecules._vectors import joint, joint_o3, plain, rotation, rotation_permutation

# Each with the sizes that may be chosen.
MODELS: dict[str, tuple[Callable[..., EnergyModel], tuple[str, ...]]] = {
    "plain": (plain, ("depth",)),
    "plain-averaged": (lambda *given, **sizes: GroupAverage(plain(*given, **sizes)), ("depth",)),
    "plain-augmented": (lambda *given, **sizes: Augmented(plain(*given, **sizes)), ("depth",)),
    "rotation": (rotation, ("depth",)),
    "rotation-permutation": (rotation_permutation, ("depth",)),
    "graph": (GraphCircuit, ("depth",)),
    "joint": (joint, ("depth",)),
    "joint-o3": (joint_o3, ("depth",)),
    "mlp": (InvariantMLP, ()),
    "mlp-small": (SmallMLP, ()),
    "egnn": (GraphNetwork, ("hidden", "layers")),
    "replica-plain": (ReplicaPlain, ()),
    "replica-euler": (replica_euler, ()),
    "replica-graph": (replica_graph, ()),
}


def model(name: Any, molecule: Any = "NH3", seed: Any = 0, **sizes: Any) -> EnergyModel:
    """A model of the energy surface of a molecule.

    ``m(positions)`` takes positions ``[B, atoms, 3]`` in ångström (atoms Li, H or N, H, H, H) to energies ``[B]`` in
    hartree, ``m.forces(positions)`` to their exact negative gradient in hartree/ångström, ``m.energies_and_forces``
    to both; the dtype is that of the positions. Circuits have about 80 parameters, and six qubits each.

    | name | invariant under | what it is |
    |---|---|---|
    | plain | – | bond vectors in a circuit of ZZ and XX |
    | plain-averaged | 24 rotations, exchanges | its mean over them |
    | plain-augmented | – | trained on turned and exchanged geometries |
    | rotation | SO(3) | Heisenberg ring |
    | rotation-permutation | SO(3), exchanges | the same, twirled |
    | graph | O(3), exchanges | distances as weights of a graph |
    | joint | SO(3), exchanges | all orbits of SWAPs, exact exponentials |
    | joint-o3 | O(3), exchanges | its mean over parity |
    | mlp | O(3) | the published baseline, 27,000 parameters |
    | mlp-small | O(3) | 81 parameters |
    | egnn | O(3), exchanges | message passing |
    | replica-plain | O(3) | published circuit, blind to angles |
    | replica-euler | – | published "rotational" circuit; invariant for axial molecules only |
    | replica-graph | O(3) for NH3 | published "permutational" circuit; not invariant under exchanges |

    Args:
        name: one of these.
        molecule: ``"NH3"`` or ``"LiH"``.
        seed: of the parameters.
        **sizes: ``depth`` of a circuit that is no replica; ``hidden`` and ``layers`` of the EGNN.

    Raises:
        InputError: an unknown name, molecule or size.

    Example:
        >>> m = model("joint", "NH3", seed=1)
        >>> x = m.molecule.minimum[None]
        >>> m(x).shape, m.forces(x).shape
        (torch.Size([1]), torch.Size([1, 4, 3]))
    """
    if not isinstance(name, str) or name not in MODELS:
        raise InputError("name", describe(name), f"one of {', '.join(MODELS)}", "name='joint'")
    chosen = molecule_named(molecule)
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise InputError("seed", describe(seed), "a whole number", "seed=0")
    make, known = MODELS[name]
    for size, value in sizes.items():
        if size not in known:
            expected = f"{' or '.join(known) or 'no sizes'} for {name!r}"
            raise InputError(size, describe(value), expected, f"model({name!r}, {molecule!r})")
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise InputError(size, describe(value), "a positive number", f"{size}=6")
    return make(chosen, seed, **sizes).eval()
